using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §8: the golden examples, read from the document itself; they were made by another implementation.</summary>
public sealed partial class SealedExampleTests
{
    private static readonly string[] Lines = [.. File.ReadLines(Path.Combine(RepositoryRoot(), "docs", "protocol.md")).SkipWhile(line => line != "## 8. Sealing")];

    private readonly GroupKey key;
    private readonly Endpoint group = Endpoint.Parse(Value("group"));
    private readonly SenderId sender = SenderId.Read(Convert.FromHexString(Value("sender")));

    public SealedExampleTests()
    {
        Assert.True(GroupKey.TryParse(Value("key"), out GroupKey? read));
        key = read!;
    }

    [Fact]
    public void All_that_is_derived_of_the_key_is_as_the_specification_has_it()
    {
        byte[] senderKey = new byte[32];
        key.DeriveSenderKey(sender, group, senderKey);
        Assert.Equal(Value("key id"), key.Name);
        Assert.Equal(Value("http token"), key.HttpToken());
        Assert.Equal(Value("mark"), $"{key.MarkOf(sender):x16}");
        Assert.Equal(Value("sender key"), Convert.ToHexString(senderKey).ToLowerInvariant());
    }

    [Fact]
    public void Every_example_is_sealed_and_opened_byte_for_byte()
    {
        Match[] examples = [.. Lines.Select(line => Example().Match(line)).Where(match => match.Success)];
        Assert.Equal(["0", "1", "2", "3"], examples.Select(example => example.Groups["kind"].Value));
        foreach (Match example in examples)
        {
            string datagram = Lines[Array.IndexOf(Lines, example.Value) + 1]["datagram ".Length..];
            (SealedKind kind, Endpoint to) = ((SealedKind)byte.Parse(example.Groups["kind"].Value), Endpoint.Parse(example.Groups["to"].Value));
            string text = example.Groups["message"].Value;
            byte[] message = kind is SealedKind.ToGroup or SealedKind.ToNode ? Encoding.UTF8.GetBytes(text) : Convert.FromHexString(text);
            ulong counter = ulong.Parse(example.Groups["counter"].Value);
            SealedHeader header = new(key.Id, sender, key.MarkOf(sender), counter, long.Parse(example.Groups["time"].Value), kind);
            using SenderCipher cipher = new(key, sender, group);

            byte[] written = new byte[message.Length + SealedHeader.Overhead];
            header.Write(written);
            cipher.Seal(message, counter, to, written);
            Assert.Equal(datagram, Convert.ToHexString(written).ToLowerInvariant());

            Assert.True(SealedHeader.TryRead(written, out SealedHeader read));
            Assert.Equal(header, read);
            byte[] opened = new byte[written.Length];
            Assert.True(cipher.TryOpen(written, counter, to, opened, new byte[written.Length]));
            Assert.Equal(message, opened[..message.Length]);
        }
    }

    private static string Value(string name) => Lines.First(line => line.StartsWith($"{name}: ", StringComparison.Ordinal))[(name.Length + 2)..];

    [GeneratedRegex("^counter (?<counter>[0-9]+), time (?<time>[0-9]+), kind (?<kind>[0-9]), to (?<to>[0-9.:]+), message (?<message>.+)$")]
    private static partial Regex Example();

    private static string RepositoryRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "RecordSync.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside the repository");
        return folder;
    }
}
