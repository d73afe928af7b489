namespace RecordSync.Daemon;

/// <param name="Group">Multicast address and port: <see cref="DefaultGroup"/> unless several productions share the network.</param>
internal sealed record LinkSettings(InterfaceChoice NetworkInterface, Endpoint Group)
{
    /// <summary>The first port to try for the own socket. 0, for a listener that is no node: any that is free, so that the nodes' ports, and the names made of them, stay theirs.</summary>
    public ushort FirstPort { get; init; } = LinkSockets.FirstPort;

    /// <summary>Whether the network card's own stamps are wanted.</summary>
    public HardwareChoice Hardware { get; init; } = HardwareChoice.Off;

    /// <summary>What seals every datagram; null: nothing is sealed (docs/security.md).</summary>
    public GroupKeys? Keys { get; init; }

    /// <summary>The best of the kernel's stamps that is asked for: for tests of what poorer machines give.</summary>
    public TimestampSource BestOfKernel { get; init; } = TimestampSource.Kernel;

    public static readonly Endpoint DefaultGroup = Endpoint.Parse("239.255.42.99:9942");

    /// <summary>As the command line's --group takes it.</summary>
    /// <exception cref="NetworkException">Not a multicast address and port.</exception>
    public static Endpoint ParseGroup(string text) =>
        Endpoint.TryParse(text, out Endpoint group) && group.IsMulticast
            ? group
            : throw new NetworkException($"\"{text}\" is no multicast group. Write an address from 239.0.0.0 to 239.255.255.255 and a port, like {DefaultGroup}.");
}
