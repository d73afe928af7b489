using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>Hears from the kernel (rtnetlink(7)) when interfaces and their addresses change.</summary>
internal sealed class LinkWatch : IDisposable
{
    private const int RouteProtocol = 0;
    private const uint LinkGroup = 1;
    private const uint AddressGroup = 0x10;
    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort DeleteAddress = 21;
    private const int HeaderSize = 16;

    private readonly byte[] buffer = new byte[16 * 1024];

    public LinkWatch()
    {
        Handle = Libc.Socket(Libc.AddressFamilyNetlink, Libc.SocketRaw, RouteProtocol);
        IsWatching = Libc.BindNetlink(Handle, LinkGroup | AddressGroup) == 0;
    }

    public SafeFileHandle Handle { get; }

    /// <summary>False where the kernel does not tell (a sandbox): then look now and then.</summary>
    public bool IsWatching { get; }

    /// <summary>
    /// Takes all news. True when the interface was interrupted meanwhile, though it may be well again by now: down, without
    /// link, deleted or an address taken away; also when news were lost.
    /// </summary>
    public bool Drain(int interfaceIndex)
    {
        bool interrupted = false;
        while (true)
        {
            int received = Libc.Receive(Handle, buffer, default, 0, out _, out _);
            if (received == -Libc.Again)
                return interrupted;
            if (received == -Libc.Interrupted)
                continue;
            if (received <= 0)
                return true;
            interrupted |= Interrupts(buffer.AsSpan(0, received), interfaceIndex);
        }
    }

    private static bool Interrupts(ReadOnlySpan<byte> news, int interfaceIndex)
    {
        bool interrupted = false;
        while (news.Length >= HeaderSize + 12)
        {
            int length = MemoryMarshal.Read<int>(news);
            if (length < HeaderSize)
                break;
            ushort type = MemoryMarshal.Read<ushort>(news[4..]);
            // ifinfomsg and ifaddrmsg both have the index at 4; ifinfomsg the flags at 8
            int index = MemoryMarshal.Read<int>(news[(HeaderSize + 4)..]);
            var flags = (InterfaceFlags)MemoryMarshal.Read<uint>(news[(HeaderSize + 8)..]);
            const InterfaceFlags Working = InterfaceFlags.Up | InterfaceFlags.Running;
            if (index == interfaceIndex)
                interrupted |= type is DeleteLink or DeleteAddress || (type == NewLink && (flags & Working) != Working);
            news = news[Math.Min((length + 3) & ~3, news.Length)..];
        }
        return interrupted;
    }

    public void Dispose() => Handle.Dispose();
}
