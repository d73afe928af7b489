using System.ComponentModel;
using System.Runtime.InteropServices;

namespace RecordSync.Laboratory;

/// <summary>
/// Whole Ethernet frames of one interface, in and out, with the kernel's time of arrival. Frames travel with the kernel's offload header
/// (PACKET_VNET_HDR): so checksums that a virtual interface left open, and large TCP segments, pass as they are.
/// </summary>
internal sealed class PacketSocket : IDisposable
{
    /// <summary>A large TCP segment with its headers.</summary>
    public const int LargestFrame = 66 * 1024;

    private const int Family = 17;
    private const int Raw = 3;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const ushort AllProtocols = 0x0300; // ETH_P_ALL in network order
    private const int LevelSocket = 1;
    private const int TimestampNanoseconds = 35;
    private const int ReceiveBufferForce = 33;
    private const int LevelPacket = 263;
    private const int OffloadHeader = 15;
    private const int IgnoreOutgoing = 23;
    private const int ControlLength = 128;

    private readonly nint control = Marshal.AllocHGlobal(ControlLength);
    private readonly nint vector = Marshal.AllocHGlobal(2 * nint.Size);

    /// <summary>In the calling thread's network namespace.</summary>
    /// <exception cref="Win32Exception">No such interface, or not root.</exception>
    public PacketSocket(string interfaceName)
    {
        Descriptor = Checked(OpenSocket(Family, Raw | CloseOnExec | NonBlocking, 0));
        SetOption(LevelPacket, OffloadHeader, 1);
        SetOption(LevelPacket, IgnoreOutgoing, 1);
        SetOption(LevelSocket, TimestampNanoseconds, 1);
        SetOption(LevelSocket, ReceiveBufferForce, 8 << 20);
        LinkAddress address = new() { Family = Family, Protocol = AllProtocols, Index = (int)InterfaceIndex(interfaceName) };
        if (address.Index == 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        Checked(Bind(Descriptor, ref address, Marshal.SizeOf<LinkAddress>()));
    }

    public int Descriptor { get; }

    /// <summary>Length of the frame with its offload header, or 0 where none has come. Neither blocks nor allocates.</summary>
    /// <param name="realtimeNs">When the kernel got it, by CLOCK_REALTIME.</param>
    public int Receive(nint frame, out long realtimeNs)
    {
        Marshal.WriteIntPtr(vector, frame);
        Marshal.WriteIntPtr(vector, nint.Size, LargestFrame);
        MessageHeader message = new() { Vectors = vector, VectorCount = 1, Control = control, ControlLength = ControlLength };
        nint length = ReceiveMessage(Descriptor, ref message, 0);
        realtimeNs = 0;
        if (length <= 0)
            return 0;
        // the only control message that was asked for: length, level, type, seconds, nanoseconds
        if (message.ControlLength >= 2 * nint.Size + 16 && Marshal.ReadInt32(control, nint.Size + 4) == TimestampNanoseconds)
            realtimeNs = Marshal.ReadInt64(control, nint.Size + 8) * 1_000_000_000 + Marshal.ReadInt64(control, nint.Size + 16);
        return (int)length;
    }

    /// <summary>False where the interface takes no more, or is down.</summary>
    public bool Send(nint frame, int length) => Write(Descriptor, frame, length) == length;

    public void Dispose()
    {
        _ = Close(Descriptor);
        Marshal.FreeHGlobal(control);
        Marshal.FreeHGlobal(vector);
    }

    private void SetOption(int level, int name, int value) => Checked(SetSocketOption(Descriptor, level, name, ref value, sizeof(int)));

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    /// <summary>struct sockaddr_ll</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkAddress
    {
        public ushort Family;
        public ushort Protocol;
        public int Index;
        public ushort Hardware;
        public byte PacketType;
        public byte AddressLength;
        public ulong Address;
    }

    /// <summary>struct msghdr</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public nint Name;
        public uint NameLength;
        public nint Vectors;
        public nint VectorCount;
        public nint Control;
        public nint ControlLength;
        public int Flags;
    }

    // the tests' project has no unsafe code, which LibraryImport would need
    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static extern int OpenSocket(int family, int type, int protocol);

    [DllImport("libc", EntryPoint = "if_nametoindex", SetLastError = true)]
    private static extern uint InterfaceIndex([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static extern int Bind(int socket, ref LinkAddress address, int length);

    [DllImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static extern int SetSocketOption(int socket, int level, int name, ref int value, int length);

    [DllImport("libc", EntryPoint = "recvmsg")]
    private static extern nint ReceiveMessage(int socket, ref MessageHeader message, int flags);

    [DllImport("libc", EntryPoint = "write")]
    private static extern nint Write(int file, nint bytes, nint length);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int file);
}
