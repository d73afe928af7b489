using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>
/// A UDP socket whose datagrams the kernel stamps (Documentation/networking/timestamping.rst). Stamps of sends come back on the
/// error queue with a key that counts the stamped sends, from 0. One thread receives; sends must not run at the same time.
/// </summary>
internal sealed class StampedSocket : IDisposable
{
    // SOF_TIMESTAMPING_*
    private const int TransmitHardware = 1 << 0;
    private const int TransmitSoftware = 1 << 1;
    private const int ReceiveHardware = 1 << 2;
    private const int ReceiveSoftware = 1 << 3;
    private const int ReportSoftware = 1 << 4;
    private const int ReportHardware = 1 << 6;
    private const int NumberSends = 1 << 7;
    private const int StampOnly = 1 << 11;
    private const int ReceiveFlags = ReceiveSoftware | ReportSoftware;
    private const int HardwareFlags = ReceiveHardware | ReportHardware;
    private const int TransmitFlags = NumberSends | StampOnly;

    private const byte OriginTimestamping = 4;
    private const int ControlSize = 512;

    // a thousand small datagrams and the stamps of as many sends, of which each counts as three quarters of a kilobyte; the kernel doubles it
    private const int QueueSize = 1 << 20;

    // ask for a stamp of this send only, so that beacons wake no one; and for one stamp, not one of each kind
    private static readonly byte[] StampThisSend = ControlMessages.Single(Libc.LevelSocket, Libc.Timestamping, TransmitSoftware);
    private static readonly byte[] StampThisSendInHardware = ControlMessages.Single(Libc.LevelSocket, Libc.Timestamping, TransmitHardware);

    private readonly byte[] control = new byte[ControlSize];
    private bool hardware;

    /// <param name="best">The best that is asked of the kernel.</param>
    public StampedSocket(bool sends, TimestampSource best = TimestampSource.Kernel)
    {
        Handle = Libc.Socket(Libc.AddressFamilyInternet, Libc.SocketDatagram);
        StampsSends = sends && best <= TimestampSource.Kernel && Set(ReceiveFlags | TransmitFlags);
        Timestamps =
            StampsSends || (!sends && best <= TimestampSource.Kernel && Set(ReceiveFlags)) ? TimestampSource.Kernel
            : best <= TimestampSource.KernelReceiveOnly && (Set(ReceiveFlags) || Libc.SetOption(Handle, Libc.LevelSocket, Libc.TimestampNanoseconds, 1) == 0)
                ? TimestampSource.KernelReceiveOnly
            : TimestampSource.User;
        _ = Libc.SetOption(Handle, Libc.LevelSocket, Libc.ReceiveQueueOverflow, 1);
        if (Libc.SetOption(Handle, Libc.LevelSocket, Libc.ReceiveBufferForce, QueueSize) != 0)
            _ = Libc.SetOption(Handle, Libc.LevelSocket, Libc.ReceiveBuffer, QueueSize);
    }

    public SafeFileHandle Handle { get; }

    public TimestampSource Timestamps { get; }

    /// <summary>Whether stamps of sends come at all.</summary>
    public bool StampsSends { get; }

    /// <summary>Datagrams dropped by the kernel because the queue was full, since the socket was opened.</summary>
    public uint Overflows { get; private set; }

    /// <summary>The network card's stamps too, once its driver makes them; beside the kernel's on reception, instead of them for the sends that ask for it.</summary>
    /// <returns>False where this socket stamps nothing.</returns>
    public bool UseHardware(bool use)
    {
        hardware = use && Timestamps == TimestampSource.Kernel;
        return Timestamps == TimestampSource.Kernel && Set(Flags) && hardware == use;
    }

    private int Flags => (StampsSends ? ReceiveFlags | TransmitFlags : ReceiveFlags) | (hardware ? HardwareFlags : 0);

    private bool Set(int flags) => Libc.SetOption(Handle, Libc.LevelSocket, Libc.Timestamping, flags) == 0;

    /// <summary>Bytes received, or minus errno.</summary>
    public int Receive(Span<byte> payload, out Endpoint source, out RawStamp stamp)
    {
        stamp = default;
        int received = Libc.Receive(Handle, payload, control, 0, out source, out int controlLength);
        ControlMessages messages = new(control.AsSpan(0, controlLength));
        while (messages.MoveNext())
        {
            if (messages.Level != Libc.LevelSocket)
                continue;
            if (messages.Type is Libc.Timestamping or Libc.TimestampNanoseconds)
                stamp = ControlMessages.ReadStamp(messages.Data);
            else if (messages.Type == Libc.ReceiveQueueOverflow)
                Overflows = MemoryMarshal.Read<uint>(messages.Data);
        }
        return received;
    }

    /// <summary>Bytes sent, or minus errno. A failed send with <paramref name="stamp"/> starts the keys at 0 again.</summary>
    /// <param name="byHardware">The stamp of the network card, and if there is none, none.</param>
    public int Send(Endpoint destination, ReadOnlySpan<byte> payload, bool stamp, bool byHardware = false)
    {
        ReadOnlySpan<byte> wanted =
            !stamp || !StampsSends ? default
            : byHardware ? StampThisSendInHardware
            : StampThisSend;
        int sent = Libc.Send(Handle, destination, payload, wanted);
        if (sent >= 0 || !stamp || !StampsSends)
            return sent;
        // after a failure it is unknown whether the kernel's count went on: start it again from 0
        _ = Set(ReceiveFlags);
        _ = Set(Flags);
        return sent;
    }

    /// <summary>The next stamp of a send from the error queue; false when there is none.</summary>
    public bool TryReadTransmitStamp(out uint key, out RawStamp stamp)
    {
        while (Libc.Receive(Handle, default, control, Libc.MessageErrorQueue, out _, out int controlLength) >= 0)
        {
            (key, stamp) = (0, default);
            bool numbered = false;
            ControlMessages messages = new(control.AsSpan(0, controlLength));
            while (messages.MoveNext())
            {
                if (messages is { Level: Libc.LevelSocket, Type: Libc.Timestamping })
                    stamp = ControlMessages.ReadStamp(messages.Data);
                // struct sock_extended_err: errno, origin, type, code, pad, info, data
                else if (messages is { Level: Libc.LevelIp, Type: Libc.IpReceiveError, Data: { Length: >= 16 } error } && error[4] == OriginTimestamping)
                    (numbered, key) = (true, MemoryMarshal.Read<uint>(error[12..]));
            }
            if (numbered && !stamp.IsNone)
                return true;
        }
        (key, stamp) = (0, default);
        return false;
    }

    public void Dispose() => Handle.Dispose();
}
