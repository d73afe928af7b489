using System.Text;
using System.Text.RegularExpressions;

namespace RecordSync.Fuzz;

/// <summary>A datagram (docs/protocol.md §2).</summary>
internal static partial class WireTarget
{
    private static readonly byte[] Buffer = new byte[PacketCodec.LargestDatagram];

    public static readonly string[] FieldNames =
    [
        .. "node_id role timestamp v host instance state leaving query timescale clock offset_ns rate_ppb error_ns delay_ns dispersion_ns stamps age_ns source alarm records phase error term priority preferred not_ready take take_id start_ns fps stop_ns take_timescale http t1 t2 t3 seq t1_ns t2_ns t3_ns prev_seq prev_t2_ns prev_t3_ns command target_timestamp id leader target_ns prepare withdraw request delay_ms force label ack nack frames dropped duplicated bytes queued file disk_seconds_left prepared ask got verdict outcome record revision word reasons expected recorded repeated residuals step samples_us span low_us high_us hashes sha256 serial parts missing version_one start stop node nodes answer reason joined_index"
            .Split(' ')
            .Select(name => $"\"{name}\":"),
        .. "Discovery TimeSyncRequest TimeSyncResponse RecordingCommand Status".Split(' ').Select(name => $"{{\"{name}\":{{"),
        .. "Leader Follower Idle Ready Recording Error Start Stop PASS WARN FAIL".Split(' ').Select(word => $"\"{word}\""),
    ];

    public static FuzzTarget Make() => new("wire", PacketCodec.LargestDatagram + 8, FieldNames, Examine) { Seeds = Examples };

    private static void Examine(byte[] input)
    {
        bool isRequest = PacketCodec.TryReadSyncRequest(input, out TimeSyncRequest request);
        DropReason reason = PacketCodec.TryDecode(input, out Message? message);
        BrokenLawException.Unless(reason == DropReason.None == message is not null, "a datagram gives a message or a reason, never both and never neither");
        BrokenLawException.Unless(!isRequest || message is TimeSyncRequestMessage, "what the receiving thread takes for a time request is one for everybody");
        if (isRequest)
        {
            TimeSyncRequest read = ((TimeSyncRequestMessage)message!).Request;
            BrokenLawException.Unless(read with { NodeId = null } == request with { NodeId = null }, "both readers of a time request read the same");
        }
        if (message is null)
            return;
        int length = PacketCodec.Encode(message, Buffer);
        BrokenLawException.Unless(length > 0, "what came in a datagram fits into one");
        DropReason again = PacketCodec.TryDecode(Buffer.AsSpan(0, length), out Message? same);
        BrokenLawException.Unless(again == DropReason.None, $"what was read can be written and read again ({again})");
        byte[] first = Buffer.AsSpan(0, length).ToArray();
        int second = PacketCodec.Encode(same!, Buffer);
        BrokenLawException.Unless(first.AsSpan().SequenceEqual(Buffer.AsSpan(0, second)), "written again it is the same");
    }

    /// <summary>The golden examples of the specification.</summary>
    internal static IEnumerable<(string, byte[])> Examples()
    {
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "docs", "protocol.md")).Where(line => Example().IsMatch(line)))
            yield return ($"example-{++number:00}", Encoding.UTF8.GetBytes(line));
    }

    [GeneratedRegex("""^\{"[A-Za-z]+":\{.*\}\}$""")]
    private static partial Regex Example();
}
