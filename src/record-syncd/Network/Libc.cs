using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>
/// The C library calls that .NET does not offer: messages with control data (time stamps), the error queue, poll, netlink,
/// clocks. Every pointer of the executable is in this file and its neighbour for devices. Calls return what C returns, or minus errno where they say so.
/// Numbers are those of Linux's generic ABI (x64, arm64, arm).
/// </summary>
internal static unsafe partial class Libc
{
    public const int AddressFamilyInternet = 2;
    public const int AddressFamilyPacket = 17;
    public const int AddressFamilyNetlink = 16;
    public const int SocketDatagram = 2;
    public const int SocketRaw = 3;
    public const int SocketCloseOnExec = 0x80000;
    public const int SocketNonBlocking = 0x800;

    public const int LevelIp = 0;
    public const int LevelSocket = 1;
    public const int ReuseAddress = 2;
    public const int ReceiveBuffer = 8;
    public const int ReusePort = 15;
    public const int ReceiveBufferForce = 33;
    public const int ReceiveQueueOverflow = 40;
    public const int TimestampNanoseconds = 35;
    public const int Timestamping = 37;
    public const int IpReceiveError = 11;
    public const int IpMulticastInterface = 32;
    public const int IpMulticastTtl = 33;
    public const int IpMulticastLoop = 34;
    public const int IpAddMembership = 35;
    public const int IpMulticastAll = 49;

    public const int MessageDontWait = 0x40;
    public const int MessageErrorQueue = 0x2000;

    public const short PollIn = 1;
    public const short PollError = 8;

    public const int NotPermitted = 1;
    public const int Interrupted = 4;
    public const int Again = 11;
    public const int NoSuchDevice = 19;
    public const int MessageTooLong = 90;
    public const int AddressInUse = 98;
    public const int NetworkUnreachable = 101;
    public const int NoBuffers = 105;

    private const int ClockRealtime = 0;
    private const int ClockMonotonic = 1;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InternetAddress
    {
        public ushort Family;
        public ushort Port;
        public uint Address;
        public ulong Zero;

        public InternetAddress(Endpoint endpoint)
        {
            Family = AddressFamilyInternet;
            Port = BinaryPrimitives.ReverseEndianness(endpoint.Port);
            Address = BinaryPrimitives.ReverseEndianness(endpoint.Address);
        }

        public readonly Endpoint ToEndpoint() =>
            new(BinaryPrimitives.ReverseEndianness(Address), BinaryPrimitives.ReverseEndianness(Port));
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NetlinkAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint PortId;
        public uint Groups;
    }

    /// <summary>struct ip_mreqn</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MulticastRequest
    {
        public uint Group;
        public uint Address;
        public int InterfaceIndex;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InterfaceAddress
    {
        public InterfaceAddress* Next;
        public byte* Name;
        public uint Flags;
        public byte* Address;
        public byte* Netmask;
        public byte* Destination;
        public void* Data;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int ClockGetTime(int clock, Timespec* time);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeFileHandle socket, void* address, uint length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(SafeFileHandle socket, void* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int GetSocketName(SafeFileHandle socket, void* address, uint* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOption(SafeFileHandle socket, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(SafeFileHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeFileHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int OpenEvent(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "getifaddrs", SetLastError = true)]
    private static partial int GetInterfaceAddresses(InterfaceAddress** list);

    [LibraryImport("libc", EntryPoint = "freeifaddrs")]
    private static partial void FreeInterfaceAddresses(InterfaceAddress* list);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, uint who, int niceness);

    /// <summary>CLOCK_MONOTONIC in nanoseconds.</summary>
    public static long Monotonic() => ReadClock(ClockMonotonic);

    /// <summary>CLOCK_REALTIME in nanoseconds since the UNIX epoch: the clock of the kernel's packet stamps.</summary>
    public static long Realtime() => ReadClock(ClockRealtime);

    private static long ReadClock(int clock)
    {
        Timespec time;
        _ = ClockGetTime(clock, &time);
        return time.Seconds * 1_000_000_000L + time.Nanoseconds;
    }

    /// <exception cref="NetworkException">The kernel refuses a socket of this kind.</exception>
    public static SafeFileHandle Socket(int family, int type, int protocol = 0)
    {
        int descriptor = OpenSocket(family, type | SocketCloseOnExec | SocketNonBlocking, protocol);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new NetworkException($"The kernel gives no socket: {Error(Marshal.GetLastPInvokeError())}.");
    }

    /// <summary>0 or minus errno.</summary>
    public static int Bind(SafeFileHandle socket, Endpoint endpoint)
    {
        InternetAddress address = new(endpoint);
        return Result(Bind(socket, &address, (uint)sizeof(InternetAddress)));
    }

    /// <summary>Subscribes a NETLINK_ROUTE socket to groups (RTMGRP_*). 0 or minus errno.</summary>
    public static int BindNetlink(SafeFileHandle socket, uint groups)
    {
        NetlinkAddress address = new() { Family = AddressFamilyNetlink, Groups = groups };
        return Result(Bind(socket, &address, (uint)sizeof(NetlinkAddress)));
    }

    /// <summary>Connecting a UDP socket sends nothing but looks the route up: 0 or minus errno.</summary>
    public static int Connect(SafeFileHandle socket, Endpoint endpoint)
    {
        InternetAddress address = new(endpoint);
        return Result(Connect(socket, &address, (uint)sizeof(InternetAddress)));
    }

    public static Endpoint LocalEndpoint(SafeFileHandle socket)
    {
        InternetAddress address;
        uint length = (uint)sizeof(InternetAddress);
        _ = GetSocketName(socket, &address, &length);
        return address.ToEndpoint();
    }

    /// <summary>0 or minus errno.</summary>
    public static int SetOption(SafeFileHandle socket, int level, int name, int value) =>
        Result(SetSocketOption(socket, level, name, &value, sizeof(int)));

    /// <summary>IP_ADD_MEMBERSHIP or IP_MULTICAST_IF by interface index, which (unlike by address) needs no route. 0 or minus errno.</summary>
    public static int SetMulticast(SafeFileHandle socket, int name, uint group, uint address, int interfaceIndex)
    {
        MulticastRequest request = new()
        {
            Group = BinaryPrimitives.ReverseEndianness(group),
            Address = BinaryPrimitives.ReverseEndianness(address),
            InterfaceIndex = interfaceIndex,
        };
        return Result(SetSocketOption(socket, LevelIp, name, &request, (uint)sizeof(MulticastRequest)));
    }

    /// <summary>Bytes received (0 is an empty datagram) or minus errno. Does not allocate.</summary>
    public static int Receive(
        SafeFileHandle socket, Span<byte> payload, Span<byte> control, int flags, out Endpoint source, out int controlLength)
    {
        InternetAddress address = default;
        fixed (byte* payloadStart = payload, controlStart = control)
        {
            IoVector vector = new() { Base = payloadStart, Length = (nuint)payload.Length };
            MessageHeader message = new()
            {
                Name = &address,
                NameLength = (uint)sizeof(InternetAddress),
                Vectors = &vector,
                VectorCount = 1,
                Control = controlStart,
                ControlLength = (nuint)control.Length,
            };
            int received = Result(ReceiveMessage(socket, &message, flags | MessageDontWait));
            source = address.ToEndpoint();
            controlLength = received < 0 ? 0 : (int)message.ControlLength;
            return received;
        }
    }

    /// <summary>Bytes sent or minus errno. Never blocks and does not allocate.</summary>
    public static int Send(SafeFileHandle socket, Endpoint destination, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> control)
    {
        InternetAddress address = new(destination);
        fixed (byte* payloadStart = payload, controlStart = control)
        {
            IoVector vector = new() { Base = payloadStart, Length = (nuint)payload.Length };
            MessageHeader message = new()
            {
                Name = &address,
                NameLength = (uint)sizeof(InternetAddress),
                Vectors = &vector,
                VectorCount = 1,
                Control = controlStart,
                ControlLength = (nuint)control.Length,
            };
            return Result(SendMessage(socket, &message, MessageDontWait));
        }
    }

    /// <summary>Number of ready descriptors, 0 after the timeout (-1: none) or minus errno.</summary>
    public static int Poll(Span<PollDescriptor> descriptors, int timeoutMilliseconds)
    {
        fixed (PollDescriptor* start = descriptors)
            return Result(Poll(start, (nuint)descriptors.Length, timeoutMilliseconds));
    }

    /// <summary>A descriptor that wakes a poll: see <see cref="Signal"/> and <see cref="ClearSignal"/>.</summary>
    public static SafeFileHandle Event()
    {
        int descriptor = OpenEvent(0, SocketCloseOnExec | SocketNonBlocking);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new NetworkException($"The kernel gives no event descriptor: {Error(Marshal.GetLastPInvokeError())}.");
    }

    public static void Signal(SafeFileHandle wake)
    {
        ulong one = 1;
        _ = Write(wake, &one, sizeof(ulong));
    }

    public static void ClearSignal(SafeFileHandle wake)
    {
        ulong count;
        _ = Read(wake, &count, sizeof(ulong));
    }

    /// <summary>Niceness of the calling thread only (Linux takes "process 0" so). False where it is not permitted.</summary>
    public static bool TrySetThreadNiceness(int niceness) => SetPriority(0, 0, niceness) == 0;

    /// <summary>All interfaces of the calling thread's network namespace with their IPv4 addresses, in the kernel's order.</summary>
    public static List<NetworkInterface> Interfaces()
    {
        InterfaceAddress* list;
        if (GetInterfaceAddresses(&list) != 0)
            throw new NetworkException($"The network interfaces cannot be listed: {Error(Marshal.GetLastPInvokeError())}.");
        Dictionary<string, NetworkInterface> found = [];
        List<NetworkInterface> inOrder = [];
        try
        {
            for (InterfaceAddress* entry = list; entry is not null; entry = entry->Next)
            {
                // an address label such as "eth0:1" is still the interface eth0
                string name = Marshal.PtrToStringUTF8((nint)entry->Name)!.Split(':')[0];
                if (!found.TryGetValue(name, out NetworkInterface? row))
                {
                    found[name] = row = new NetworkInterface(name, (InterfaceFlags)entry->Flags);
                    inOrder.Add(row);
                }
                if (entry->Address is null)
                    continue;
                ushort family = *(ushort*)entry->Address;
                if (family == AddressFamilyInternet)
                    row.Addresses.Add(((InternetAddress*)entry->Address)->ToEndpoint().Address);
                else if (family == AddressFamilyPacket)
                    row.Index = *(int*)(entry->Address + 4); // sockaddr_ll: family, protocol, ifindex
            }
        }
        finally
        {
            FreeInterfaceAddresses(list);
        }
        return inOrder;
    }

    /// <summary>The C library's words for an error number.</summary>
    public static string Error(int number) => Marshal.GetPInvokeErrorMessage(Math.Abs(number));

    private static int Result(nint returned) => returned >= 0 ? (int)returned : -Marshal.GetLastPInvokeError();
}
