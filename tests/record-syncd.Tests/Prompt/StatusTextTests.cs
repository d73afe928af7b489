using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class StatusTextTests
{
    private static readonly NodeStatus Idle = new(
        Node: "cam1",
        Role: "follower",
        State: "Ready",
        Fault: null,
        Interface: "eth0 (192.168.1.11)",
        Camera: "test 640×480 at 30",
        Encoder: "x265enc",
        Output: "{take}/{node}.mp4",
        Leader: null,
        OffsetNs: null,
        ErrorBoundNs: null,
        RatePpb: null,
        RoundTripNs: null,
        DiskSecondsLeft: null,
        DiskFreeBytes: null,
        Take: null,
        PacketsDropped: []
    );

    [Fact]
    public void A_node_that_knows_little_says_so()
    {
        Assert.Equal(
            """
            node            cam1, follower, on eth0 (192.168.1.11)
            leader          none
            state           Ready
            ready           yes
            clock           not synchronised: no leader has been heard
            stamps          —
            camera          test 640×480 at 30
            encoder         x265enc
            output          {take}/{node}.mp4
            disk            —
            take            none
            group key       none: this network is trusted
            packets dropped none
            """,
            StatusText.Render(Idle)
        );
    }

    [Fact]
    public void A_leader_says_who_is_not_ready_and_why_and_in_which_term_it_leads()
    {
        string text = StatusText.Render(Idle with { Leader = "cam1", Term = "term 3", NotReady = "the camera is not ready", OthersNotReady = ["cam2: no such device"] });

        Assert.Contains("leader          cam1, term 3\n", text);
        Assert.Contains("ready           no: the camera is not ready; cam2: no such device\n", text);
    }

    [Fact]
    public void A_take_that_runs_shows_its_figures()
    {
        string text = StatusText.Render(
            Idle with
            {
                State = "Recording",
                Leader = "cam9",
                OffsetNs = 2_500_000_123,
                ErrorBoundNs = 12_300,
                RatePpb = -40_120,
                RoundTripNs = 240_000,
                DiskFreeBytes = 123_456_789_000,
                DiskSecondsLeft = 5400,
                Take = new TakeStatus("t1", "t1/cam1.mp4", 12_345_000_000, 370, 1, 2),
                PacketsDropped = [new("malformed", 3), new("of another group", 0), new("too long", 1)],
            }
        );

        Assert.Contains("clock           +2.500 s ± 12 µs, -40.12 ppm, round trip 240 µs, time of cam9\n", text);
        Assert.Contains("disk            123.5 GB free, enough for 90 min\n", text);
        Assert.Contains("take            t1: 12.345 s, 370 frames, 1 repeated, 2 dropped → t1/cam1.mp4\n", text);
        Assert.EndsWith("packets dropped 3 malformed, 1 too long", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clock_without_its_leader_says_for_how_long_and_how_steady_it_was()
    {
        NodeStatus holding = Idle with { OffsetNs = 5_000, ErrorBoundNs = 23_000, DispersionNs = 340, HoldoverNs = 73_000_000_000, Stamps = "kernel" };

        string text = StatusText.Render(holding);

        Assert.Contains("clock           holdover for 73 s, +5.0 µs ± 23 µs, steady to 340 ns, no leader now\n", text);
        Assert.Contains("stamps          kernel\n", text);
        // a leader makes the time: there is nothing to be steady against
        Assert.Contains("clock           +5.0 µs ± 0 µs, time of cam1\n", StatusText.Render(holding with { Leader = "cam1", ErrorBoundNs = 0, HoldoverNs = null }));
    }

    [Fact]
    public void An_error_stands_beside_the_state() =>
        Assert.Contains("state           Error: The disk is full.\n", StatusText.Render(Idle with { State = "Error", Fault = "The disk is full." }));
}
