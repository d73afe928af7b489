namespace RecordSync.Daemon.Tests;

/// <summary>A started link that keeps all that it delivers.</summary>
internal sealed class ListeningLink : IDisposable
{
    public ListeningLink(InterfaceChoice networkInterface, Endpoint group, LocalClock? clock = null, GroupKeys? keys = null)
    {
        Clock = clock ?? new LocalClock();
        Link = new MulticastLink(new LinkSettings(networkInterface, group) { Keys = keys }, Clock);
        Link.StateChanged += States.Add;
        Link.Warned += Warnings.Add;
        Link.Start(
            (in Datagram datagram) =>
                Arrivals.Add(
                    new(datagram.Payload.ToArray(), datagram.Source, datagram.ReceivedAt, datagram.Stamp, datagram.ViaMulticast, datagram.FromOwnHost, Clock.Now())
                ),
            (sendId, at) => TransmitStamps.Add((sendId, at))
        );
    }

    public MulticastLink Link { get; }

    public LocalClock Clock { get; }

    public EventLog<Arrival> Arrivals { get; } = new("datagrams");

    public EventLog<(uint SendId, LocalTime At)> TransmitStamps { get; } = new("transmit stamps");

    public EventLog<LinkState> States { get; } = new("link states");

    public EventLog<string> Warnings { get; } = new("warnings");

    public void Dispose() => Link.Dispose();

    internal sealed record Arrival(
        byte[] Payload,
        Endpoint Source,
        LocalTime ReceivedAt,
        StampSource Stamp,
        bool ViaMulticast,
        bool FromOwnHost,
        LocalTime HandledAt
    )
    {
        public bool Says(string text) => System.Text.Encoding.UTF8.GetString(Payload) == text;

        public override string ToString() => $"{System.Text.Encoding.UTF8.GetString(Payload)} from {Source}";
    }
}
