namespace RecordSync.Daemon;

/// <summary>
/// The follower's side of the time exchange: runs a burst on the receiving thread, each request as soon as the one before is answered. The thread that
/// sends is then the one that waits for the kernel's stamp and for the answer, as it is on the leader: nobody has to be woken between a packet's
/// stamp and its way to the wire, which would make one way longer than the other (docs/clock.md). What
/// happened is posted once, at the end of the burst.
/// </summary>
internal sealed class TimeClient(MulticastLink link, LocalClock clock, NodeSettings settings, Action<IReadOnlyList<NodeInput>> post)
{
    private const int Never = -1;

    /// <summary>A network card's stamp of the last request may come later than its answer.</summary>
    private static readonly Nanos StampPatience = Nanos.FromMilliseconds(5);

    private readonly byte[] datagram = new byte[512];
    private NodeAction.SendSyncBurst? wanted;

    // used by the receiving thread alone
    private NodeAction.SendSyncBurst? burst;
    private List<NodeInput> happened = [];
    private long sequence;
    private uint[] sendIds = [];
    private bool lastStamped;
    private bool awaitsStamp;
    private LocalTime deadline;

    /// <summary>From any thread.</summary>
    public void Begin(NodeAction.SendSyncBurst next)
    {
        Volatile.Write(ref wanted, next);
        link.Wake();
    }

    /// <summary>On the receiving thread, before it waits.</summary>
    /// <returns>How long it may wait, ms; -1 for ever.</returns>
    public int Turn()
    {
        if (Interlocked.Exchange(ref wanted, null) is { } next)
        {
            if (burst is not null)
                End();
            burst = next;
            if (sendIds.Length < next.Count)
                sendIds = new uint[next.Count];
            Ask(next.FirstSequence);
        }
        if (burst is null)
            return Never;
        Nanos left = deadline - clock.Now();
        if (left <= Nanos.Zero)
        {
            Advance(answered: false);
            return burst is null ? Never : (int)Math.Ceiling(burst.Patience.Milliseconds);
        }
        return (int)Math.Ceiling(left.Milliseconds);
    }

    /// <summary>On the receiving thread: the stamp of a send, by the kernel at once or by a network card a little later.</summary>
    public void Stamped(uint id, LocalTime at)
    {
        int last = burst is null ? -1 : (int)(sequence - burst.FirstSequence);
        int index = Array.IndexOf(sendIds, id, 0, last + 1);
        if (index < 0)
            return;
        long stamped = burst!.FirstSequence + index;
        // told before the answer, whenever it came: an exchange is complete with its answer
        int sent = happened.FindIndex(input => input is NodeInput.SyncRequestSent request && request.Sequence == stamped);
        happened.Insert(sent + 1, new NodeInput.SyncRequestStamped(stamped, at));
        lastStamped |= index == last;
        if (awaitsStamp && lastStamped)
            End();
    }

    /// <summary>On the receiving thread.</summary>
    /// <returns>True when this is kept until the end of the burst.</returns>
    public bool TryTake(NodeInput.PacketReceived packet)
    {
        if (burst is null || packet.Message is not TimeSyncResponse { Sequence: { } answered })
            return false;
        happened.Add(packet);
        if (answered == sequence && !awaitsStamp)
            Advance(answered: true);
        return true;
    }

    private void Advance(bool answered)
    {
        if (sequence + 1 < burst!.FirstSequence + burst.Count)
            Ask(sequence + 1);
        else if (answered && !lastStamped && link.Timestamps == TimestampSource.Hardware)
            (awaitsStamp, deadline) = (true, clock.Now() + StampPatience);
        else
            End();
    }

    private void Ask(long number)
    {
        (sequence, lastStamped, awaitsStamp) = (number, false, false);
        LocalTime t1 = clock.Now();
        TimeSyncRequest request = MakeRequest(settings, t1, number);
        happened.Add(new NodeInput.SyncRequestSent(number, request.T1Micros, request.T1Ns!.Value, t1));
        int length = PacketCodec.Encode(new TimeSyncRequestMessage(request), datagram);
        link.SendTo(burst!.To, datagram.AsSpan(0, length), out sendIds[number - burst.FirstSequence]);
        deadline = clock.Now() + burst.Patience;
    }

    private void End()
    {
        happened.Add(new NodeInput.SyncBurstEnded());
        post(happened);
        happened = new List<NodeInput>(happened.Count);
        burst = null;
    }

    /// <summary>With t1 as time of day, so that version 1 sees what it expects and no simulated clock makes it negative.</summary>
    /// <param name="number">Null for version 1.</param>
    public static TimeSyncRequest MakeRequest(NodeSettings settings, LocalTime t1, long? number)
    {
        long t1Ns = Math.Max(0, t1.Nanoseconds + settings.WallOffset.Value);
        return new TimeSyncRequest(settings.NodeId, t1Ns / 1_000, number, number is null ? null : t1Ns);
    }
}
