using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>
/// Moves datagrams between this node and its group, with the kernel's time stamps, and knows nothing of what they say. One
/// thread receives and mends the link; any thread may send. Neither allocates per datagram, so that no garbage collection
/// ever stands between a packet and its stamp. What the interface suffers (down, deleted, address changed) is reported once
/// and healed by opening the sockets again.
/// </summary>
internal sealed partial class MulticastLink : IDisposable
{
    private const int LargestDatagram = 64 * 1024;
    private const int RetryMilliseconds = 1_000;
    private const int DatagramsPerTurn = 64;
    private const int ReceivingNiceness = -10;

    private readonly LinkSettings settings;
    private readonly LocalClock clock;
    private readonly byte[] buffer = new byte[LargestDatagram];
    private readonly Lock sending = new();
    private readonly PendingStamps pending = new();
    private readonly LinkWatch watch = new();
    private readonly SafeFileHandle wake = Libc.Event();
    private readonly LinkSeal? seal;
    private LinkSockets? sockets;
    private LinkStamps stamps;
    private TimestampSource stampsTold;
    private LinkState state;
    private ulong self;
    private Thread? receiving;
    private DatagramHandler? onDatagram;
    private TransmitStampHandler? onTransmitStamp;
    private Func<int>? onTurn;
    private volatile bool stopping;
    private volatile bool mendWanted;
    private bool interrupted;

    // written under the lock
    private uint lastSendId;
    private int groupSendError;
    private long sent;
    private long sendErrors;
    private long overflows;
    private long rejoined;

    // written by the receiving thread
    private long received;
    private long userStamps;
    private long hardwareStamps;
    private long transmitStamps;

    /// <exception cref="NetworkException">The port is taken, or the interface cannot be used.</exception>
    public MulticastLink(LinkSettings settings, LocalClock clock)
    {
        (this.settings, this.clock) = (settings, clock);
        try
        {
            InterfaceChoice choice = settings.NetworkInterface;
            NetworkInterface row = choice.FindAgain() ?? throw new NetworkException($"The interface {choice.Name} is gone.");
            sockets = LinkSockets.Open(row, AddressOn(row), settings, kept: null, preferredPort: 0);
            stamps = new LinkStamps(settings, sockets, row.Name, clock);
            (Self, stampsTold) = (sockets.Self, stamps.Source);
            state = new LinkState.Up(Self);
            seal = settings.Keys is { } keys ? new LinkSeal(keys, settings.Group, clock) : null;
        }
        catch
        {
            sockets?.Dispose();
            watch.Dispose();
            wake.Dispose();
            throw;
        }
    }

    /// <summary>Changes of <see cref="State"/>, on the receiving thread. Subscribe before <see cref="Start"/>.</summary>
    public event Action<LinkState>? StateChanged;

    /// <summary>Changes of <see cref="Timestamps"/>, with <see cref="DescribeStamps"/>; on the receiving thread.</summary>
    public event Action<string>? TimestampsChanged;

    /// <summary>Where this node sends from and takes unicast; changes with the interface's address.</summary>
    public Endpoint Self
    {
        get
        {
            ulong packed = Volatile.Read(ref self);
            return new((uint)(packed >> 16), (ushort)packed);
        }
        private set => Volatile.Write(ref self, (ulong)value.Address << 16 | value.Port);
    }

    public Endpoint Group => settings.Group;

    public LinkState State => Volatile.Read(ref state);

    /// <summary>What stamps the packets; single datagrams may lack it all the same.</summary>
    public TimestampSource Timestamps => Volatile.Read(ref stamps).Source;

    /// <summary>The same in words, and why it is not better.</summary>
    public string DescribeStamps() => Volatile.Read(ref stamps).Describe();

    public long SendErrors => Volatile.Read(ref sendErrors);

    public LinkCounters Counters
    {
        get
        {
            lock (sending)
            {
                long lost = overflows + (sockets?.Group.Overflows ?? 0) + (sockets?.Unicast.Overflows ?? 0);
                return new(Volatile.Read(ref received), sent, sendErrors, Volatile.Read(ref userStamps), Volatile.Read(ref hardwareStamps), Volatile.Read(ref transmitStamps), lost, rejoined);
            }
        }
    }

    /// <param name="turn">Called on the receiving thread each time before it waits; returns how long it may, in ms, or -1.</param>
    public void Start(DatagramHandler datagramHandler, TransmitStampHandler transmitStampHandler, Func<int>? turn = null)
    {
        (onDatagram, onTransmitStamp, onTurn) = (datagramHandler, transmitStampHandler, turn);
        receiving = new Thread(Receive) { Name = "link", IsBackground = true };
        receiving.Start();
    }

    /// <summary>Makes the receiving thread take a turn. From any thread.</summary>
    public void Wake() => Libc.Signal(wake);

    /// <summary>False (and counted) when it cannot be sent; the link reports that by its state.</summary>
    public bool SendToGroup(ReadOnlySpan<byte> payload) => Send(settings.Group, payload, stamp: false, out _);

    /// <summary>As above, and the kernel's stamp of the send is handed to the transmit stamp handler by this id, never 0.</summary>
    public bool SendToGroup(ReadOnlySpan<byte> payload, out uint sendId) => Send(settings.Group, payload, stamp: true, out sendId);

    public bool SendTo(Endpoint destination, ReadOnlySpan<byte> payload) => Send(destination, payload, stamp: false, out _);

    public bool SendTo(Endpoint destination, ReadOnlySpan<byte> payload, out uint sendId) => Send(destination, payload, stamp: true, out sendId);

    private bool Send(Endpoint destination, ReadOnlySpan<byte> payload, bool stamp, out uint sendId)
    {
        lock (sending)
        {
            sendId = 0;
            if (stamp && ++lastSendId == 0)
                lastSendId = 1;
            if (stamp)
                sendId = lastSendId;
            ReadOnlySpan<byte> datagram = seal is null ? payload : seal.Seal(payload, destination, toGroup: destination == settings.Group);
            int result =
                sockets is null ? -Libc.NetworkUnreachable
                : seal is not null && datagram.IsEmpty ? -Libc.MessageTooLong
                : Send(sockets.Unicast, destination, datagram, sendId);
            if (result >= 0)
                sent++;
            else
                sendErrors++;
            if (destination == settings.Group && sockets is not null)
                NoteGroupSend(result < 0 ? -result : 0);
            return result >= 0;
        }
    }

    private int Send(StampedSocket socket, Endpoint destination, ReadOnlySpan<byte> payload, uint sendId)
    {
        bool stamp = sendId != 0 && socket.StampsSends;
        if (stamp)
            pending.Add(sendId, clock.Now().Nanoseconds);
        bool byHardware = stamp && stamps.Selection.ByHardware(toOwnHost: sockets!.IsOwnHost(destination.Address));
        int result = socket.Send(destination, payload, stamp, byHardware);
        if (stamp && result < 0)
            pending.Restart();
        return result;
    }

    /// <summary>A full queue is a passing matter of one datagram; anything else is a state that the receiving thread reports.</summary>
    private void NoteGroupSend(int error)
    {
        if (error is Libc.Again or Libc.NoBuffers or Libc.MessageTooLong || error == groupSendError)
            return;
        Volatile.Write(ref groupSendError, error);
        mendWanted = true;
        Libc.Signal(wake);
    }

    private void Receive()
    {
        _ = Libc.TrySetThreadNiceness(ReceivingNiceness);
        Span<Libc.PollDescriptor> polled = stackalloc Libc.PollDescriptor[4];
        Mend();
        while (!stopping)
        {
            polled[0] = Watched(wake);
            polled[1] = Watched(watch.Handle);
            // a negative descriptor is passed over
            polled[2] = Watched(sockets?.Unicast.Handle);
            polled[3] = Watched(sockets?.Group.Handle);
            bool look = State is LinkState.Down || !watch.IsWatching;
            int turn = onTurn?.Invoke() ?? -1;
            int patience = !look ? turn : turn < 0 ? RetryMilliseconds : Math.Min(turn, RetryMilliseconds);
            int ready = Libc.Poll(polled, patience);
            if (polled[0].Returned != 0)
                Libc.ClearSignal(wake);
            if (stopping)
                return;
            if (sockets is not null && polled[2].Returned != 0)
            {
                // all that there are: what stays would end each wait at once
                while (TryTakeTransmitStamp(sockets))
                {
                }
                TakeDatagrams(sockets, sockets.Unicast, viaMulticast: false);
            }
            if (sockets is not null && polled[3].Returned != 0)
                TakeDatagrams(sockets, sockets.Group, viaMulticast: true);
            if (Timestamps != stampsTold)
            {
                stampsTold = Timestamps;
                TimestampsChanged?.Invoke(DescribeStamps());
            }
            if ((look && ready == 0) || polled[1].Returned != 0 || mendWanted)
                Mend();
        }
    }

    private static Libc.PollDescriptor Watched(SafeFileHandle? handle) =>
        new() { Descriptor = (int?)handle?.DangerousGetHandle() ?? -1, Events = Libc.PollIn };

    /// <returns>False when there is none.</returns>
    private bool TryTakeTransmitStamp(LinkSockets open)
    {
        if (!open.Unicast.TryReadTransmitStamp(out uint key, out RawStamp raw))
            return false;
        if (stamps.Selection.OfSend(raw) is { } at && pending.TryTake(key, at.Nanoseconds, out uint sendId))
        {
            transmitStamps++;
            onTransmitStamp!(sendId, at);
        }
        return true;
    }

    private void TakeDatagrams(LinkSockets open, StampedSocket socket, bool viaMulticast)
    {
        for (int turn = 0; turn < DatagramsPerTurn; turn++)
        {
            int length = socket.Receive(buffer, out Endpoint source, out RawStamp raw);
            if (length < 0)
                break;
            bool fromOwnHost = open.IsOwnHost(source.Address);
            LocalTime at = stamps.Selection.OfReceived(raw, fromOwnHost, out StampSource stampedBy) ?? clock.Now();
            // what this datagram answers was sent before it came in: its stamp goes first
            while (pending.Any && TryTakeTransmitStamp(open))
            {
            }
            // multicast loops back to its sender
            if (source == open.Self)
                continue;
            received++;
            userStamps += stampedBy == StampSource.User ? 1 : 0;
            hardwareStamps += stampedBy == StampSource.Hardware ? 1 : 0;
            Datagram datagram = new()
            {
                Payload = buffer.AsSpan(0, length),
                Source = source,
                ReceivedAt = at,
                Stamp = stampedBy,
                ViaMulticast = viaMulticast,
                FromOwnHost = fromOwnHost,
            };
            if (seal is null)
                onDatagram!(in datagram);
            else
                Open(seal, in datagram, open.Self);
        }
    }

    /// <summary>Looks at the interface, opens the sockets again where that is needed, and reports what has changed.</summary>
    private void Mend()
    {
        mendWanted = false;
        InterfaceChoice choice = settings.NetworkInterface;
        interrupted |= watch.Drain(sockets?.InterfaceIndex ?? 0);
        NetworkInterface? row = choice.FindAgain();
        if ((row is null ? "is gone" : row.Trouble) is { } trouble)
        {
            interrupted = true;
            Report(new LinkState.Down($"{choice.Name} {trouble}"));
            return;
        }
        bool changed = sockets is null || row!.Index != sockets.InterfaceIndex || !row.Addresses.Contains(sockets.Self.Address);
        if ((interrupted || changed) && !TryReopen(row!))
            return;
        interrupted = false;
        int error = Volatile.Read(ref groupSendError);
        Report(error == 0 ? new LinkState.Up(Self) : new LinkState.Down($"{choice.Name} cannot send to {settings.Group}: {Libc.Error(error)}"));
    }

    private bool TryReopen(NetworkInterface row)
    {
        NetworkException? failure = null;
        lock (sending)
        {
            uint address = AddressOn(row);
            LinkSockets? old = sockets;
            // leaving first makes the kernel report the membership anew, for switches that listen
            overflows += old?.Group.Overflows ?? 0;
            old?.Group.Dispose();
            bool keep = old?.Self.Address == address;
            if (!keep)
            {
                overflows += old?.Unicast.Overflows ?? 0;
                old?.Unicast.Dispose();
                pending.Restart();
            }
            sockets = null;
            // a failure of before says nothing about now
            groupSendError = 0;
            try
            {
                sockets = LinkSockets.Open(row, address, settings, keep ? old!.Unicast : null, Self.Port);
                Volatile.Write(ref stamps, new LinkStamps(settings, sockets, row.Name, clock, stamps));
            }
            catch (NetworkException thrown)
            {
                failure = thrown;
                pending.Restart();
            }
            rejoined += sockets is null ? 0 : 1;
        }
        if (sockets is null)
        {
            interrupted = true;
            Report(new LinkState.Down(failure!.Message));
            return false;
        }
        Self = sockets.Self;
        return true;
    }

    /// <summary>The address of before where the interface still has it, else the one asked for, else its first.</summary>
    private uint AddressOn(NetworkInterface row) =>
        row.Addresses.Contains(Self.Address) ? Self.Address
        : row.Addresses.Contains(settings.NetworkInterface.Address) ? settings.NetworkInterface.Address
        : row.Addresses.Count > 0 ? row.Addresses[0]
        : settings.NetworkInterface.Address;

    private void Report(LinkState next)
    {
        if (next == state)
            return;
        Volatile.Write(ref state, next);
        StateChanged?.Invoke(next);
    }

    public void Dispose()
    {
        if (stopping)
            return;
        stopping = true;
        Libc.Signal(wake);
        if (receiving != Thread.CurrentThread)
            receiving?.Join();
        lock (sending)
        {
            sockets?.Dispose();
            sockets = null;
            stamps.Dispose();
            seal?.Dispose();
        }
        watch.Dispose();
        wake.Dispose();
    }
}
