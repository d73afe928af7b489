using System.Globalization;
using System.Net;

namespace RecordSync.Daemon;

/// <summary>
/// The one interface this node multicasts on. <see cref="ByAddress"/>: asked for by its address, which then is followed
/// should it move to another interface. <see cref="Reason"/> says why it was chosen, for the start-up line.
/// </summary>
internal sealed record InterfaceChoice(string Name, int Index, uint Address, bool ByAddress, string Reason)
{
    // of the calling thread's network namespace; /proc/net is that of the process's first thread
    private const string RouteTable = "/proc/thread-self/net/route";
    private const int RouteUp = 1;

    public override string ToString() => $"{Name} ({Endpoint.FormatAddress(Address)}), {Reason}";

    /// <param name="nameOrAddress">Like "eth0" or "192.168.1.5"; null chooses the interface of the default route, or the one that can multicast.</param>
    /// <exception cref="NetworkException">There is no such interface or it cannot be used.</exception>
    public static InterfaceChoice Resolve(string? nameOrAddress)
    {
        List<NetworkInterface> all = Libc.Interfaces();
        if (string.IsNullOrWhiteSpace(nameOrAddress))
            return ChooseFrom(all);
        return Endpoint.TryParseAddress(nameOrAddress, out uint address) ? WithAddress(all, address) : Named(all, nameOrAddress);
    }

    /// <summary>The chosen interface as it is now, or null while it is gone.</summary>
    public NetworkInterface? FindAgain()
    {
        List<NetworkInterface> all = Libc.Interfaces();
        return (ByAddress ? all.Find(row => row.Addresses.Contains(Address)) : null) ?? all.Find(row => row.Name == Name);
    }

    private static InterfaceChoice WithAddress(List<NetworkInterface> all, uint address)
    {
        NetworkInterface row =
            all.Find(candidate => candidate.Addresses.Contains(address))
            ?? throw new NetworkException(
                $"No interface of this machine has the address {Endpoint.FormatAddress(address)}. It has {List(all)}. Choose one of them with --interface."
            );
        Require(row);
        return new(row.Name, row.Index, address, ByAddress: true, "as asked for");
    }

    private static InterfaceChoice Named(List<NetworkInterface> all, string name)
    {
        NetworkInterface? row = all.Find(candidate => candidate.Name == name);
        if (row is null && IPAddress.TryParse(name, out _))
            throw new NetworkException($"\"{name}\" is no IPv4 address, and record-syncd speaks IPv4 only. This machine has {List(all)}. Choose one of them with --interface.");
        if (row is null)
            throw new NetworkException($"There is no network interface \"{name}\". This machine has {List(all)}. Choose one of them with --interface.");
        Require(row);
        return new(row.Name, row.Index, row.Addresses[0], ByAddress: false, "as asked for");
    }

    private static InterfaceChoice ChooseFrom(List<NetworkInterface> all)
    {
        List<NetworkInterface> usable = all.FindAll(row => row is { IsUp: true, IsLoopback: false, CanMulticast: true, Addresses.Count: > 0 });
        if (usable.Count == 0)
            throw new NetworkException(
                $"No network interface is up with an IPv4 address. This machine has {List(all)}. "
                    + "Connect the network (ip link set NAME up; ip addr add 10.0.0.1/24 dev NAME), or try alone on this machine with --interface lo."
            );
        string? defaultRoute = DefaultRouteInterface();
        if (usable.Find(row => row.Name == defaultRoute) is { } routed)
            return Choose(routed, "the interface of the default route");
        return usable.Count == 1
            ? Choose(usable[0], "the only interface that can multicast")
            : Choose(usable.Find(row => row.IsRunning) ?? usable[0], "the first that can multicast: choose another with --interface");

        static InterfaceChoice Choose(NetworkInterface row, string reason) => new(row.Name, row.Index, row.Addresses[0], ByAddress: false, reason);
    }

    private static void Require(NetworkInterface row)
    {
        if (!row.IsUp)
            throw new NetworkException($"The interface {row.Name} is down. Bring it up: ip link set {row.Name} up");
        if (!row.CanMulticast)
            throw new NetworkException($"The interface {row.Name} has multicast switched off. Switch it on: ip link set {row.Name} multicast on");
        if (row.Addresses.Count == 0)
            throw new NetworkException(
                $"The interface {row.Name} has no IPv4 address. Give it one: ip addr add 10.0.0.1/24 dev {row.Name} (another number on each machine)"
            );
    }

    /// <summary>The interface with the default route of the lowest metric, if there is one.</summary>
    private static string? DefaultRouteInterface()
    {
        string? best = null;
        int bestMetric = int.MaxValue;
        foreach (string line in File.Exists(RouteTable) ? File.ReadAllLines(RouteTable).Skip(1) : [])
        {
            // Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT; addresses and flags in hexadecimal
            string[] field = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (field.Length < 8 || field[1] != "00000000" || field[7] != "00000000")
                continue;
            int flags = int.Parse(field[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            int metric = int.Parse(field[6], CultureInfo.InvariantCulture);
            if ((flags & RouteUp) == 0 || metric >= bestMetric)
                continue;
            (best, bestMetric) = (field[0], metric);
        }
        return best;
    }

    private static string List(List<NetworkInterface> all) => all.Count == 0 ? "none" : string.Join(", ", all);
}
