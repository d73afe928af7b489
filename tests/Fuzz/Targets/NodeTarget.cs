using System.Buffers.Binary;
using System.Text;

namespace RecordSync.Fuzz;

/// <summary>
/// A node that hears datagrams of anybody's making: a row of them, each with the time that passes before it and the address that it comes from. The node leads, follows or waits
/// for its turn, records what it is told to record, and must not be brought to a stop, to waste memory, or to talk without end.
/// </summary>
internal static class NodeTarget
{
    private const int HeaderSize = 4;
    private const long MostMemory = 1_000_000;
    private const long Epoch = 1_795_395_175_000_000_000;

    public static FuzzTarget Make() => new("node", 32_768, WireTarget.FieldNames, Examine)
    {
        // a row of them: each is looked at by itself
        Memory = 1 << 30,
        Seeds = Seeds,
    };

    private static void Examine(byte[] input)
    {
        if (input.Length == 0)
            return;
        HostileGroup group = new(input[0]);
        for (int at = 1; at + HeaderSize <= input.Length;)
        {
            int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input.AsSpan(at)), input.Length - at - HeaderSize);
            group.Pass(input[at + 2]);
            if (PacketCodec.TryDecode(input.AsSpan(at + HeaderSize, length), out Message? message) == DropReason.None && message is not TimeSyncRequestMessage)
                group.Hear(message!, input[at + 3]);
            at += HeaderSize + length;
        }
        group.Pass(255);
        group.Pass(255);
    }

    /// <summary>All examples of the specification in a row, to each kind of node; and the same as a burst.</summary>
    private static IEnumerable<(string, byte[])> Seeds()
    {
        byte[][] examples = [.. WireTarget.Examples().Select(example => example.Item2)];
        foreach ((string name, byte kind, byte pause) in ((string, byte, byte)[])[("follower", 0, 40), ("leader", 1, 40), ("auto", 2, 60), ("burst", 2, 0)])
        {
            List<byte> bytes = [kind];
            foreach (byte[] example in examples)
                bytes.AddRange([(byte)(example.Length >> 8), (byte)example.Length, pause, (byte)example.Length, .. example]);
            yield return (name, [.. bytes]);
        }
    }

    /// <summary>The node, its timers and its recorder; nobody else obeys anything.</summary>
    private sealed class HostileGroup
    {
        private const int MostLines = NoticeAllowance.AtOnce + 8;

        private static readonly byte[] Room = new byte[PacketCodec.LargestDatagram];

        private readonly Node node;
        private readonly List<NodeAction> actions = [];
        private readonly long[] due = new long[Enum.GetValues<NodeTimer>().Length];
        private readonly Dictionary<string, int> lines = new(StringComparer.Ordinal);
        private long now = 1_000_000_000;
        private TakePlan? plan;

        public HostileGroup(byte kind)
        {
            Array.Fill(due, long.MaxValue);
            NodeRole role = (kind & 3) == 1 ? NodeRole.Leader : NodeRole.Follower;
            node = new Node(new NodeSettings("cam1", role, "host", new Nanos(Epoch), 4503599627370497, FrameRate.Default, HasCamera: true) { Auto = (kind & 3) == 2, JoinTakes = (kind & 4) != 0 });
            Step(new NodeInput.Started());
            Step(new NodeInput.Recorder(new RecorderEvent.Ready("test")));
        }

        public void Hear(Message message, byte from) => Step(new NodeInput.PacketReceived(message, new Endpoint(0x0A000000u | from, 9943), new LocalTime(now)));

        /// <summary>0 nothing, 255 some 20 s; timers run meanwhile.</summary>
        public void Pass(byte length)
        {
            long until = now + (long)length * length * 300_000;
            while (due.Min() is var next && next <= until)
            {
                int timer = Array.IndexOf(due, next);
                (due[timer], now) = (long.MaxValue, Math.Max(now, next));
                Step(new NodeInput.TimerElapsed((NodeTimer)timer));
            }
            now = until;
        }

        private void Step(NodeInput input)
        {
            actions.Clear();
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            node.Step(input, new LocalTime(now), actions);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            BrokenLawException.Unless(allocated <= MostMemory, "nothing that happens to a node costs it more than a megabyte");
            foreach (NodeAction action in actions.ToArray())
                Obey(action);
        }

        private void Obey(NodeAction action)
        {
            switch (action)
            {
                case NodeAction.SetTimer timer:
                    // a timer in the past would run again and again while no time passes
                    due[(int)timer.Timer] = Math.Max(timer.At.Nanoseconds, now + 1_000_000);
                    break;
                case NodeAction.Send send:
                    BrokenLawException.Unless(PacketCodec.Encode(send.Message, Room) > 0, "what a node sends fits a datagram");
                    break;
                case NodeAction.StartTake start:
                    BrokenLawException.Unless(plan is null, "no take is started while one is recorded");
                    plan = start.Plan;
                    Step(new NodeInput.Recorder(new RecorderEvent.Recording(plan.Name, "cam1.mp4")));
                    break;
                case NodeAction.StopTake when plan is { } ended:
                    plan = null;
                    Step(new NodeInput.Recorder(new RecorderEvent.Finished(ended.Name, "cam1.mp4", new TakeCounts(1, 0, 0, 0, 1), null)));
                    break;
                case NodeAction.PublishVerdict published:
                    _ = RecordSync.Daemon.VerdictTable.Render(published.Verdict, 80);
                    _ = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(published.Verdict, RecordSync.Daemon.ManifestJson.Readable.GroupVerdict);
                    break;
                case NodeAction.Tell tell:
                    Count(tell);
                    break;
                case NodeAction.Exit:
                    throw new BrokenLawException("no datagram makes a node leave");
            }
        }

        /// <summary>Of one reason: as many at once as its allowance has, and then one a second.</summary>
        private void Count(NodeAction.Tell tell)
        {
            string reason = $"{tell.Reason}";
            lines[reason] = lines.GetValueOrDefault(reason) + 1;
            BrokenLawException.Unless(lines[reason] <= MostLines + now / 1_000_000_000, $"no more than a line a second for each reason: {tell.Text}");
        }
    }
}
