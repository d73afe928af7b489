using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace RecordSync.Laboratory;

/// <summary>
/// A bad cable in user space: takes every Ethernet frame that one interface receives and sends it out of the other, later, twice or
/// never. One thread with real-time priority, which sleeps until shortly before a frame is due and waits out the rest reading the clock (so two cores must be there); a frame's delay counts from
/// the kernel's stamp of its arrival, so that the thread's own waking up is no part of it. Nothing is allocated per frame.
/// </summary>
internal sealed class Relay : IDisposable
{
    private const int Slots = 1024;
    // a timer of a virtual machine wakes its thread 60 to 100 µs late
    private const long SpinNs = 250_000;
    private const long LongestSleepNs = 50_000_000;

    private readonly PacketSocket node;
    private readonly PacketSocket network;
    private readonly RelaySettings settings;
    private readonly Random random;
    private readonly nint memory = Marshal.AllocHGlobal((nint)Slots * PacketSocket.LargestFrame);
    private readonly Stack<int> free = new(Slots);
    private readonly int[] lengths = new int[Slots];
    private readonly bool[] outward = new bool[Slots];
    private readonly PriorityQueue<int, (long DueNs, long Order)> waiting = new(Slots);
    private readonly RelayReport report = new();
    private readonly Thread thread;
    private long order;
    private volatile bool stopping;
    private Exception? failure;

    /// <summary>Between two interfaces of the calling thread's network namespace, at once and until disposed of.</summary>
    public Relay(string nodeInterface, string networkInterface, RelaySettings settings)
    {
        this.settings = settings;
        random = new Random(settings.Seed);
        node = new PacketSocket(nodeInterface);
        network = new PacketSocket(networkInterface);
        for (int slot = Slots - 1; slot >= 0; slot--)
            free.Push(slot);
        thread = new Thread(Run) { IsBackground = true, Name = "relay" };
        thread.Start();
    }

    /// <summary>Still counting while the relay runs.</summary>
    public RelayReport Report => report;

    public void Dispose()
    {
        stopping = true;
        thread.Join();
        node.Dispose();
        network.Dispose();
        Marshal.FreeHGlobal(memory);
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run()
    {
        try
        {
            RealTime.TakePriority();
            while (!stopping)
            {
                Take(node, fromNode: true);
                Take(network, fromNode: false);
                long now = RealTime.MonotonicNs();
                long wait = waiting.TryPeek(out _, out (long DueNs, long) first) ? first.DueNs - now : LongestSleepNs;
                if (wait <= 0)
                    SendFirst();
                else if (wait > SpinNs)
                    RealTime.Poll(node.Descriptor, network.Descriptor, Math.Min(wait - SpinNs, LongestSleepNs));
            }
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }
    }

    private void Take(PacketSocket from, bool fromNode)
    {
        WireSettings wire = fromNode ? settings.FromNode : settings.ToNode;
        while (true)
        {
            if (!free.TryPop(out int slot))
            {
                // the rest waits in the kernel, and is late
                report.Full++;
                return;
            }
            int length = from.Receive(Memory(slot), out long realtimeNs);
            if (length == 0)
            {
                free.Push(slot);
                return;
            }
            // in this order: whatever holds this thread up in between makes the frame late. The other way about it would leave before its least
            // delay, and a packet that is faster than its path can be is believed for as long as anyone remembers it.
            long wall = RealTime.WallNs();
            long now = RealTime.MonotonicNs();
            // a wall clock that was stepped meanwhile would send the frame anywhere
            long age = realtimeNs == 0 ? 0 : Math.Clamp(wall - realtimeNs, 0, 100_000_000);
            report.Received++;
            if (wire.Loss > 0 && random.NextDouble() < wire.Loss)
            {
                report.Lost++;
                free.Push(slot);
                continue;
            }
            (lengths[slot], outward[slot]) = (length, fromNode);
            waiting.Enqueue(slot, (now - age + wire.DelayNs(random), order++));
            if (wire.Duplication > 0 && random.NextDouble() < wire.Duplication && free.TryPop(out int copy))
            {
                Copy(slot, copy, length);
                (lengths[copy], outward[copy]) = (length, fromNode);
                waiting.Enqueue(copy, (now - age + wire.DelayNs(random), order++));
                report.Duplicated++;
            }
        }
    }

    private void SendFirst()
    {
        waiting.TryDequeue(out int slot, out (long DueNs, long Order) key);
        long late = RealTime.MonotonicNs() - key.DueNs;
        bool sent = (outward[slot] ? network : node).Send(Memory(slot), lengths[slot]);
        report.CountSent(sent, late, key.Order);
        free.Push(slot);
    }

    private nint Memory(int slot) => memory + (nint)slot * PacketSocket.LargestFrame;

    private void Copy(int from, int to, int length)
    {
        for (int position = 0; position < length; position += sizeof(long))
            Marshal.WriteInt64(Memory(to), position, Marshal.ReadInt64(Memory(from), position));
    }
}
