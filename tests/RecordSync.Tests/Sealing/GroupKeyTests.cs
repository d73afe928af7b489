using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §8.1: keys and what is derived of them.</summary>
public sealed class GroupKeyTests
{
    private static readonly string One = GroupKey.Write([.. Enumerable.Range(0, 32).Select(index => (byte)(index + 1))]);
    private static readonly string Two = GroupKey.Write([.. Enumerable.Range(0, 32).Select(index => (byte)(index + 2))]);

    [Fact]
    public void A_key_is_read_as_it_was_written()
    {
        Assert.True(GroupKey.TryParse(One, out GroupKey? read));
        Assert.Equal(TestKeys.Key(1).Id, read!.Id);
        Assert.Equal(TestKeys.Key(1).HttpToken(), read.HttpToken());
    }

    [Fact]
    public void The_first_key_of_a_file_seals_and_all_open()
    {
        Assert.True(GroupKeyRing.TryParse($"# the group of stage 3\n\n  {One}\r\n{Two} \n", out GroupKeyRing? ring, out _));
        Assert.Equal(TestKeys.Key(1).Id, ring.First.Id);
        Assert.NotNull(ring.Find(TestKeys.Key(2).Id));
        Assert.Null(ring.Find(TestKeys.Key(3).Id));
        Assert.Equal($"key {TestKeys.Key(1).Name}; {TestKeys.Key(2).Name} opens too", ring.ToString());
    }

    [Theory]
    [InlineData("", "holds no key")]
    [InlineData("# nothing\n", "holds no key")]
    [InlineData("hunter2\n", "has in line 1 no key as record-syncd keygen prints it")]
    [InlineData("# a\nrecord-syncd-key-1:AAAA\n", "has in line 2 no key as record-syncd keygen prints it")]
    [InlineData("record-syncd-key-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "has in line 1 no key as record-syncd keygen prints it")]
    [InlineData("record-syncd-key-2:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA", "has in line 1 no key as record-syncd keygen prints it")]
    public void A_file_that_is_no_key_file_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(GroupKeyRing.TryParse(text, out GroupKeyRing? ring, out string? fault));
        Assert.Null(ring);
        Assert.Equal(reason, fault);
    }

    [Fact]
    public void A_key_that_is_there_twice_and_too_many_keys_are_refused()
    {
        Assert.False(GroupKeyRing.TryParse($"{One}\n{One}\n", out _, out string? fault));
        Assert.Equal("has in line 2 a key that it has already", fault);
        string many = string.Join('\n', Enumerable.Range(0, 9).Select(fill => GroupKey.Write([.. Enumerable.Range(0, 32).Select(index => (byte)(index + fill + 1))])));
        Assert.False(GroupKeyRing.TryParse(many, out _, out fault));
        Assert.Equal("holds 9 keys, more than the 8 that a node keeps", fault);
    }

    [Fact]
    public void What_is_derived_differs_by_key_by_sender_and_by_group()
    {
        (SenderId sender, Endpoint group) = (new SenderId(7), SealedWire.Group);
        string[] derived =
        [
            Derive(1, sender, group),
            Derive(2, sender, group),
            Derive(1, new SenderId(8), group),
            Derive(1, sender, group with { Port = 9943 }),
            Derive(1, sender, group with { Address = group.Address + 1 }),
        ];
        Assert.Equal(derived.Length, derived.Distinct().Count());
        Assert.NotEqual(TestKeys.Key(1).MarkOf(sender), TestKeys.Key(1).MarkOf(new SenderId(8)));
        Assert.NotEqual(TestKeys.Key(1).HttpToken(), TestKeys.Key(2).HttpToken());
    }

    private static string Derive(byte key, SenderId sender, Endpoint group)
    {
        byte[] derived = new byte[32];
        TestKeys.Key(key).DeriveSenderKey(sender, group, derived);
        return Convert.ToHexString(derived);
    }
}
