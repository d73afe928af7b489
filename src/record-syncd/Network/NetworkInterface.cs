namespace RecordSync.Daemon;

/// <summary>IFF_* of netdevice(7), as far as they matter here.</summary>
[Flags]
internal enum InterfaceFlags : uint
{
    None = 0,
    Up = 0x1,
    Loopback = 0x8,

    /// <summary>The link works: cable plugged in, associated.</summary>
    Running = 0x40,
    Multicast = 0x1000,
}

/// <summary>A network interface as the kernel has it now, with its IPv4 addresses (host order) in the kernel's order.</summary>
internal sealed class NetworkInterface(string name, InterfaceFlags flags)
{
    public string Name { get; } = name;

    public InterfaceFlags Flags { get; } = flags;

    public int Index { get; set; }

    public List<uint> Addresses { get; } = [];

    public bool IsUp => Flags.HasFlag(InterfaceFlags.Up);

    public bool IsRunning => Flags.HasFlag(InterfaceFlags.Running);

    public bool IsLoopback => Flags.HasFlag(InterfaceFlags.Loopback);

    /// <summary>The loopback interface lacks the flag and multicasts all the same.</summary>
    public bool CanMulticast => IsLoopback || Flags.HasFlag(InterfaceFlags.Multicast);

    /// <summary>Null when datagrams can pass now; otherwise a clause that follows the interface's name.</summary>
    public string? Trouble =>
        !IsUp ? "is down"
        : !IsRunning ? "has no link (is the cable plugged in?)"
        : Addresses.Count == 0 ? "has no IPv4 address"
        : null;

    public override string ToString() =>
        Addresses.Count > 0 ? $"{Name} ({string.Join(", ", Addresses.ConvertAll(Endpoint.FormatAddress))})"
        : IsUp ? $"{Name} (no IPv4 address)"
        : $"{Name} (down)";
}
