using System.Text;
using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §3: one golden example per message, read from the document itself, both ways.</summary>
public sealed class GoldenBytesTests
{
    public static TheoryData<string, string> VersionOne =>
        new()
        {
            { "Discovery", """{"Discovery":{"node_id":"cam1","role":"Leader","timestamp":1795395175255632}}""" },
            { "TimeSyncRequest", """{"TimeSyncRequest":{"node_id":"cam2","t1":1795395175255632}}""" },
            { "TimeSyncResponse", """{"TimeSyncResponse":{"node_id":"cam1","t1":1795395175255632,"t2":1795395175255900,"t3":1795395175255950}}""" },
            { "RecordingCommand", """{"RecordingCommand":{"command":"Start","target_timestamp":1795395177255632}}""" },
            { "Status", """{"Status":{"node_id":"cam2","state":"Recording","timestamp":1795395177255632}}""" },
        };

    private static Message MessageOf(string name) =>
        name switch
        {
            "Discovery" => new Discovery("cam1", NodeRole.Leader, 1795395175255632),
            "TimeSyncRequest" => new TimeSyncRequestMessage(new TimeSyncRequest("cam2", 1795395175255632, null, null)),
            "TimeSyncResponse" => new TimeSyncResponse("cam1", 1795395175255632, 1795395175255900, 1795395175255950),
            "RecordingCommand" => new RecordingCommand(CommandKind.Start, 1795395177255632),
            "Status" => new Status("cam2", NodeState.Recording, 1795395177255632),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such message"),
        };

    [Theory]
    [MemberData(nameof(VersionOne))]
    public void A_version_1_message_is_written_byte_for_byte(string name, string golden) =>
        Assert.Equal(golden, Encoding.UTF8.GetString(PacketCodec.Encode(MessageOf(name))));

    [Theory]
    [MemberData(nameof(VersionOne))]
    public void A_version_1_message_is_read_back_as_what_it_says(string name, string golden)
    {
        Assert.Equal(DropReason.None, PacketCodec.TryDecode(Encoding.UTF8.GetBytes(golden), out Message? read));
        Assert.Equal(MessageOf(name), read);
    }

    [Theory]
    [MemberData(nameof(DocumentedExamples))]
    public void Every_example_of_the_specification_is_read_and_written_back_byte_for_byte(string example)
    {
        Assert.Equal(DropReason.None, PacketCodec.TryDecode(Encoding.UTF8.GetBytes(example), out Message? read));
        Assert.Equal(example, Encoding.UTF8.GetString(PacketCodec.Encode(read!)));
    }

    [Fact]
    public void The_specification_has_an_example_of_each_message_in_both_versions_and_of_the_query()
    {
        string[] examples = [.. DocumentedExamples.Select(row => row.Data)];
        foreach (string name in VersionOne.Select(row => row.Data.Item1))
            Assert.Equal(
                name switch { "Discovery" => 4, "Status" => 11, "RecordingCommand" => 6, _ => 2 },
                examples.Count(example => example.StartsWith($"{{\"{name}\":", StringComparison.Ordinal))
            );
        Assert.Single(examples, example => example.EndsWith("\"query\":true}}", StringComparison.Ordinal));
    }

    public static TheoryData<string> DocumentedExamples =>
        [.. File.ReadLines(Path.Combine(RepositoryRoot(), "docs", "protocol.md")).Where(line => line.StartsWith("{\"", StringComparison.Ordinal))];

    private static string RepositoryRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "RecordSync.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside the repository");
        return folder;
    }
}
