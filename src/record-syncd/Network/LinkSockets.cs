namespace RecordSync.Daemon;

/// <summary>
/// The two sockets of a link, opened for the interface as it is now. The group socket is bound to the group's address and not to
/// 0.0.0.0 as version 1 does: so it takes nothing that is sent to this host's port 9942, which belongs to a version-1 program
/// here (docs/protocol.md). All sending is done from the unicast socket, whose port no other program shares: several nodes
/// of one host have an address each.
/// </summary>
internal sealed class LinkSockets : IDisposable
{
    internal const ushort FirstPort = 9943;
    private const ushort LastPort = 9999;

    private readonly uint[] ownAddresses;

    private LinkSockets(StampedSocket group, StampedSocket unicast, NetworkInterface row)
    {
        (Group, Unicast, InterfaceIndex) = (group, unicast, row.Index);
        Self = Libc.LocalEndpoint(unicast.Handle);
        ownAddresses = [.. Libc.Interfaces().SelectMany(other => other.Addresses)];
    }

    public StampedSocket Group { get; }

    public StampedSocket Unicast { get; }

    public int InterfaceIndex { get; }

    public Endpoint Self { get; }

    public bool IsOwnHost(uint address)
    {
        foreach (uint own in ownAddresses)
        {
            if (own == address)
                return true;
        }
        return address >> 24 == 127;
    }

    /// <param name="address">The interface's address to send from.</param>
    /// <param name="kept">A unicast socket of before that is bound to the address already, so that peers find this node where it was.</param>
    /// <param name="preferredPort">Tried first where none is kept; 0 for none. Then the settings' first port and those after it.</param>
    /// <exception cref="NetworkException">With what to do about it. Nothing stays open then.</exception>
    public static LinkSockets Open(NetworkInterface row, uint address, LinkSettings settings, StampedSocket? kept, ushort preferredPort)
    {
        Endpoint group = settings.Group;
        StampedSocket groupSocket = new(sends: false, settings.BestOfKernel);
        StampedSocket unicastSocket = kept ?? new(sends: true, settings.BestOfKernel);
        try
        {
            Join(groupSocket, row, group);
            SendVia(unicastSocket, row, address, group);
            if (kept is null)
                BindOwnPort(unicastSocket, row, address, group.Port, preferredPort, settings.FirstPort);
            RequireRoute(row, address, group);
            return new LinkSockets(groupSocket, unicastSocket, row);
        }
        catch
        {
            groupSocket.Dispose();
            unicastSocket.Dispose();
            throw;
        }
    }

    private static void Join(StampedSocket socket, NetworkInterface row, Endpoint group)
    {
        // both kinds of reuse: the kernel lets programs share a port that have one of them in common
        Set(socket, Libc.LevelSocket, Libc.ReuseAddress, 1);
        Set(socket, Libc.LevelSocket, Libc.ReusePort, 1);
        // only what comes in on the joined interface, whatever other programs of this host have joined
        Set(socket, Libc.LevelIp, Libc.IpMulticastAll, 0);
        int bound = Libc.Bind(socket.Handle, group);
        if (bound == -Libc.AddressInUse)
            throw new NetworkException(
                $"UDP port {group.Port} is taken by {PortOwner.Describe(group.Port)}, which does not share it. "
                    + "Stop that program, or give all nodes another group with --group 239.255.42.99:PORT."
            );
        if (bound < 0)
            throw new NetworkException($"Cannot listen on {group}: {Libc.Error(bound)}.");
        int joined = Libc.SetMulticast(socket.Handle, Libc.IpAddMembership, group.Address, 0, row.Index);
        if (joined < 0)
            throw new NetworkException($"Cannot join the group {group} on {row}: {Libc.Error(joined)}. Choose another interface with --interface.");
    }

    private static void SendVia(StampedSocket socket, NetworkInterface row, uint address, Endpoint group)
    {
        Set(socket, Libc.LevelIp, Libc.IpMulticastLoop, 1);
        Set(socket, Libc.LevelIp, Libc.IpMulticastTtl, 1);
        int chosen = Libc.SetMulticast(socket.Handle, Libc.IpMulticastInterface, 0, address, row.Index);
        if (chosen < 0)
            throw new NetworkException($"Cannot send to the group {group} on {row}: {Libc.Error(chosen)}. Choose another interface with --interface.");
    }

    private static void BindOwnPort(StampedSocket socket, NetworkInterface row, uint address, ushort groupPort, ushort preferredPort, ushort firstPort)
    {
        int bound = preferredPort == 0 ? -Libc.AddressInUse : Libc.Bind(socket.Handle, new Endpoint(address, preferredPort));
        for (ushort port = firstPort; bound == -Libc.AddressInUse && port is >= FirstPort and <= LastPort; port++)
        {
            // the group's port stays free for programs that bind it on all addresses
            if (port != groupPort)
                bound = Libc.Bind(socket.Handle, new Endpoint(address, port));
        }
        if (bound == -Libc.AddressInUse)
            bound = Libc.Bind(socket.Handle, new Endpoint(address, 0));
        if (bound < 0)
            throw new NetworkException($"Cannot send from {Endpoint.FormatAddress(address)} on {row}: {Libc.Error(bound)}.");
    }

    /// <summary>Before the first send fails. Given the interface, Linux needs no multicast route; an IPsec policy or a sandbox may refuse.</summary>
    private static void RequireRoute(NetworkInterface row, uint address, Endpoint group)
    {
        using StampedSocket probe = new(sends: false);
        SendVia(probe, row, address, group);
        int routed = Libc.Connect(probe.Handle, group);
        if (routed >= 0)
            return;
        throw new NetworkException(
            routed == -Libc.NotPermitted
                ? $"This machine forbids sending to {group} on {row.Name} ({Libc.Error(routed)}). Look at ip xfrm policy and the firewall."
                : $"There is no multicast route on {row.Name} ({Libc.Error(routed)}). Add one: ip route add {group.Address >> 24}.0.0.0/8 dev {row.Name}"
        );
    }

    private static void Set(StampedSocket socket, int level, int name, int value)
    {
        int set = Libc.SetOption(socket.Handle, level, name, value);
        if (set < 0)
            throw new NetworkException($"The kernel refuses socket option {level}/{name}: {Libc.Error(set)}.");
    }

    public void Dispose()
    {
        Group.Dispose();
        Unicast.Dispose();
    }
}
