using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>The interface, its route and its driver. What is read comes from /proc and /sys; what is judged is given.</summary>
internal static class NetworkChecks
{
    private const int UsualMtu = 1500;

    /// <summary>A command of the group and a beacon fit into one packet.</summary>
    private const int LeastMtu = 1280;

    public static Finding Interface(InterfaceChoice chosen, IReadOnlyList<NetworkInterface> all)
    {
        List<NetworkInterface> others = [.. all.Where(row => row.Name != chosen.Name && row is { IsUp: true, IsLoopback: false, CanMulticast: true, Addresses.Count: > 0 })];
        string evidence = others.Count == 0 ? $"{chosen}" : $"{chosen}; there are also {string.Join(", ", others)}";
        NetworkInterface? row = all.FirstOrDefault(row => row.Name == chosen.Name);
        return row?.Trouble is { } trouble ? Finding.Problem("interface", $"{chosen.Name} {trouble}", $"plug the cable in, or choose another with --interface; sudo ip link set {chosen.Name} up")
            : row is { IsLoopback: true } ? Finding.Warning("interface", $"{evidence}: no other machine can be reached over it", "--interface NAME of the network that the other machines are on")
            : chosen.Reason.Contains("--interface", StringComparison.Ordinal) && others.Count > 0 ? Finding.Warning("interface", evidence, $"say which one the group is on: --interface {chosen.Name}")
            : Finding.Ok("interface", evidence);
    }

    /// <summary>What the kernel says of the cable: /sys/class/net.</summary>
    public static Finding Cable(string name, Kernel kernel)
    {
        const string Check = "cable";
        string folder = $"/sys/class/net/{name}";
        if (kernel.Has($"{folder}/wireless") || kernel.Has($"{folder}/phy80211"))
            return Finding.Warning(Check, $"{name} is Wi-Fi: milliseconds of delay that come and go, multicast at the lowest rate and without repetition", "connect the machine by cable");
        long? speed = kernel.Number($"{folder}/speed");
        string? duplex = kernel.Text($"{folder}/duplex");
        if (duplex == "half")
            return Finding.Problem(Check, $"{name} runs at half duplex, {speed} Mbit/s: packets wait for each other", $"replace the cable, or set both ends alike: sudo ethtool -s {name} autoneg on");
        string[] counters = ["rx_errors", "rx_crc_errors", "rx_dropped", "tx_errors", "tx_dropped", "collisions"];
        List<(string Name, long Count)> faults = [.. counters.Select(counter => (counter, kernel.Number($"{folder}/statistics/{counter}") ?? 0)).Where(counter => counter.Item2 > 0)];
        long packets = (kernel.Number($"{folder}/statistics/rx_packets") ?? 0) + (kernel.Number($"{folder}/statistics/tx_packets") ?? 0);
        string link = speed is > 0 ? $"{name} at {speed} Mbit/s, {duplex ?? "duplex unknown"}" : $"{name}, whose driver tells no speed";
        // dropped ones are also those of protocols that nobody here has asked for
        long broken = faults.Where(fault => fault.Name is "rx_errors" or "rx_crc_errors" or "tx_errors" or "collisions").Sum(fault => fault.Count);
        string told = faults.Count == 0 ? "no errors" : string.Join(", ", faults.Select(fault => $"{fault.Name} {fault.Count}"));
        string evidence = $"{link}; {told} in {packets} packets";
        return broken * 10_000 > packets && broken > 10 ? Finding.Warning(Check, evidence, "replace the cable, then try another port of the switch")
            : speed is > 0 and < 100 ? Finding.Warning(Check, evidence, "a cable of category 5e and a gigabit switch; all machines of the group at one speed")
            : Finding.Ok(Check, evidence);
    }

    public static Finding Mtu(string name, long? mtu, bool loopback) =>
        mtu is null ? Finding.Skipped("mtu", $"{name} tells none")
        : mtu < LeastMtu ? Finding.Warning("mtu", $"{name} has {mtu}: larger packets of the group go in pieces, and are lost if one is", $"sudo ip link set {name} mtu {UsualMtu}")
        : mtu > UsualMtu && !loopback
            ? Finding.Warning("mtu", $"{name} has {mtu} (jumbo frames): where the switch or another machine has less, what is larger than {UsualMtu} is lost without a word", $"the same on all machines and the switch, or: sudo ip link set {name} mtu {UsualMtu}")
        : Finding.Ok("mtu", $"{name} has {mtu}");

    /// <summary>Given the interface, Linux needs no route: the evidence says which there is, for other programs.</summary>
    /// <param name="table">/proc/net/route.</param>
    public static Finding Route(InterfaceChoice chosen, Endpoint group, string table)
    {
        string address = Endpoint.FormatAddress(group.Address);
        return RouteInterface(table, group.Address) switch
        {
            null => Finding.Ok("multicast route", $"there is no route to {address}, and none is needed: record-syncd names {chosen.Name} with each packet (other programs: sudo ip route add {group.Address >> 24}.0.0.0/8 dev {chosen.Name})"),
            var leads when leads == chosen.Name => Finding.Ok("multicast route", $"{address} goes out of {chosen.Name}"),
            var leads => Finding.Ok("multicast route", $"the table sends {address} out of {leads}; record-syncd names {chosen.Name} with each packet, and so needs none (version-1 programs go by the table)"),
        };
    }

    /// <summary>The interface of the most particular route to an address; null where there is none.</summary>
    internal static string? RouteInterface(string table, uint address)
    {
        (string? best, int bestBits, int bestMetric) = (null, -1, int.MaxValue);
        foreach (string line in table.Split('\n').Skip(1))
        {
            // Iface Destination Gateway Flags RefCnt Use Metric Mask …; addresses as the processor has them in memory: the first byte is the last here
            string[] field = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (field.Length < 8 || !TryHex(field[1], out uint destination) || !TryHex(field[7], out uint mask) || !TryHex(field[3], out uint flags) || !int.TryParse(field[6], out int metric))
                continue;
            (destination, mask) = (System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(destination), System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(mask));
            int bits = System.Numerics.BitOperations.PopCount(mask);
            if ((flags & 1) == 0 || (address & mask) != destination || bits < bestBits || (bits == bestBits && metric >= bestMetric))
                continue;
            (best, bestBits, bestMetric) = (field[0], bits, metric);
        }
        return best;
    }

    /// <param name="table">/proc/net/igmp, read while the doctor is a member.</param>
    public static Finding Membership(InterfaceChoice chosen, Endpoint group, string table) =>
        IsMember(table, chosen.Name, group.Address)
            ? Finding.Ok("membership", $"the kernel takes {Endpoint.FormatAddress(group.Address)} on {chosen.Name}")
            : Finding.Problem("membership", $"the kernel does not list {Endpoint.FormatAddress(group.Address)} on {chosen.Name}", $"sudo ip link set {chosen.Name} multicast on; then restart record-syncd");

    internal static bool IsMember(string table, string interfaceName, uint group)
    {
        string wanted = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(group).ToString("X8", CultureInfo.InvariantCulture);
        string current = "";
        foreach (string line in table.Split('\n').Skip(1))
        {
            string[] field = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (field.Length == 0)
                continue;
            // "4	eth0      :     1      V3", then an indented line for each group
            if (!char.IsWhiteSpace(line[0]))
                current = field.Length > 1 ? field[1].TrimEnd(':') : "";
            else if (current == interfaceName && field[0].Equals(wanted, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>A bridge of this machine's own (virtual machines, containers, a Linux switch) that snoops without a querier.</summary>
    public static Finding? Bridge(string name, Kernel kernel)
    {
        string bridge = kernel.Has($"/sys/class/net/{name}/bridge") ? name : "";
        if (bridge.Length == 0 && kernel.Has($"/sys/class/net/{name}/brport/bridge/bridge"))
            bridge = "brport";
        string folder = bridge == "brport" ? $"/sys/class/net/{name}/brport/bridge/bridge" : $"/sys/class/net/{name}/bridge";
        if (bridge.Length == 0 || kernel.Number($"{folder}/multicast_snooping") is not 1)
            return null;
        string device = bridge == "brport" ? "BRIDGE" : name;
        return kernel.Number($"{folder}/multicast_querier") is 1
            ? Finding.Ok("bridge", $"the bridge of {name} snoops, and is a querier")
            : Finding.Warning("bridge", $"the bridge of {name} snoops IGMP and is no querier: where no other is, multicast stops after minutes", $"sudo ip link set dev {device} type bridge mcast_querier 1");
    }

    /// <summary>Strict filtering: the larger of the two settings counts.</summary>
    public static bool ReversePathIsStrict(string name, Kernel kernel) =>
        Math.Max(kernel.Number("/proc/sys/net/ipv4/conf/all/rp_filter") ?? 0, kernel.Number($"/proc/sys/net/ipv4/conf/{name}/rp_filter") ?? 0) == 1;

    /// <param name="lack">Of the card; null where it stamps.</param>
    public static Finding Timestamps(string name, TimestampSource ofKernel, string? lack, HardwareChoice wanted)
    {
        const string Check = "time stamps";
        if (ofKernel != TimestampSource.Kernel)
            return Finding.Warning(Check, $"the kernel stamps {(ofKernel == TimestampSource.User ? "no packets" : "received packets only")}: the clocks' error bounds are wider", "a kernel with SO_TIMESTAMPING (any since 3.17; some sandboxes and containers keep it back: run outside of it)");
        if (lack is not null && wanted == HardwareChoice.On)
            return Finding.Problem(Check, $"--hardware-timestamps on, but {name} {lack}", "--hardware-timestamps auto goes on with those of the kernel");
        return Finding.Ok(Check, lack is null ? $"{name} can stamp in hardware{(wanted == HardwareChoice.Off ? ", which is switched off" : "")}; the kernel stamps both ways" : $"by the kernel, both ways; {name} {lack}");
    }

    public static string? LackOfHardwareStamps(string name)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle socket = Libc.Socket(Libc.AddressFamilyInternet, Libc.SocketDatagram);
        int told = Libc.TimestampingInfo(socket, name, out TimestampingAbilities abilities);
        return told < 0 ? $"has no hardware time stamps (its driver does not tell of any: {Libc.Error(told)})" : abilities.Lack;
    }

    private static bool TryHex(string text, out uint number) => uint.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out number);
}
