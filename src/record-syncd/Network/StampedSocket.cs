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
    private const int TransmitSoftware = 1 << 1;
    private const int ReceiveSoftware = 1 << 3;
    private const int ReportSoftware = 1 << 4;
    private const int NumberSends = 1 << 7;
    private const int StampOnly = 1 << 11;
    private const int ReceiveFlags = ReceiveSoftware | ReportSoftware;
    private const int TransmitFlags = ReceiveFlags | NumberSends | StampOnly;

    private const byte OriginTimestamping = 4;
    private const int ControlSize = 512;

    // asks for a stamp of this send only, so that beacons wake no one
    private static readonly byte[] StampThisSend = ControlMessages.Single(Libc.LevelSocket, Libc.Timestamping, TransmitSoftware);

    private readonly byte[] control = new byte[ControlSize];

    public StampedSocket(bool sends)
    {
        Handle = Libc.Socket(Libc.AddressFamilyInternet, Libc.SocketDatagram);
        StampsSends = sends && Libc.SetOption(Handle, Libc.LevelSocket, Libc.Timestamping, TransmitFlags) == 0;
        Timestamps =
            StampsSends || Libc.SetOption(Handle, Libc.LevelSocket, Libc.Timestamping, ReceiveFlags) == 0 ? TimestampSource.Kernel
            : Libc.SetOption(Handle, Libc.LevelSocket, Libc.TimestampNanoseconds, 1) == 0 ? TimestampSource.KernelReceiveOnly
            : TimestampSource.User;
        _ = Libc.SetOption(Handle, Libc.LevelSocket, Libc.ReceiveQueueOverflow, 1);
    }

    public SafeFileHandle Handle { get; }

    public TimestampSource Timestamps { get; }

    /// <summary>Whether stamps of sends come at all.</summary>
    public bool StampsSends { get; }

    /// <summary>Datagrams dropped by the kernel because the queue was full, since the socket was opened.</summary>
    public uint Overflows { get; private set; }

    /// <summary>Bytes received, or minus errno. <paramref name="realtimeNs"/> is the kernel's stamp (CLOCK_REALTIME), or 0 without one.</summary>
    public int Receive(Span<byte> payload, out Endpoint source, out long realtimeNs)
    {
        realtimeNs = 0;
        int received = Libc.Receive(Handle, payload, control, 0, out source, out int controlLength);
        ControlMessages messages = new(control.AsSpan(0, controlLength));
        while (messages.MoveNext())
        {
            if (messages.Level != Libc.LevelSocket)
                continue;
            if (messages.Type is Libc.Timestamping or Libc.TimestampNanoseconds)
                realtimeNs = ControlMessages.ReadTimespec(messages.Data);
            else if (messages.Type == Libc.ReceiveQueueOverflow)
                Overflows = MemoryMarshal.Read<uint>(messages.Data);
        }
        return received;
    }

    /// <summary>Bytes sent, or minus errno. A failed send with <paramref name="stamp"/> starts the keys at 0 again.</summary>
    public int Send(Endpoint destination, ReadOnlySpan<byte> payload, bool stamp)
    {
        int sent = Libc.Send(Handle, destination, payload, stamp && StampsSends ? StampThisSend : default(ReadOnlySpan<byte>));
        if (sent >= 0 || !stamp || !StampsSends)
            return sent;
        // after a failure it is unknown whether the kernel's count went on: start it again from 0
        _ = Libc.SetOption(Handle, Libc.LevelSocket, Libc.Timestamping, ReceiveFlags);
        _ = Libc.SetOption(Handle, Libc.LevelSocket, Libc.Timestamping, TransmitFlags);
        return sent;
    }

    /// <summary>The next stamp of a send from the error queue; false when there is none.</summary>
    public bool TryReadTransmitStamp(out uint key, out long realtimeNs)
    {
        while (Libc.Receive(Handle, default, control, Libc.MessageErrorQueue, out _, out int controlLength) >= 0)
        {
            (key, realtimeNs) = (0, 0);
            bool numbered = false;
            ControlMessages messages = new(control.AsSpan(0, controlLength));
            while (messages.MoveNext())
            {
                if (messages is { Level: Libc.LevelSocket, Type: Libc.Timestamping })
                    realtimeNs = ControlMessages.ReadTimespec(messages.Data);
                // struct sock_extended_err: errno, origin, type, code, pad, info, data
                else if (messages is { Level: Libc.LevelIp, Type: Libc.IpReceiveError, Data: { Length: >= 16 } error } && error[4] == OriginTimestamping)
                    (numbered, key) = (true, MemoryMarshal.Read<uint>(error[12..]));
            }
            if (numbered && realtimeNs != 0)
                return true;
        }
        (key, realtimeNs) = (0, 0);
        return false;
    }

    public void Dispose() => Handle.Dispose();
}
