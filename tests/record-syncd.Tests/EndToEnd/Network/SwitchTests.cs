using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Processes of the real executable on machines of their own: network namespaces, joined by a bridge.</summary>
[Collection(Processes.Name)]
public sealed class SwitchTests
{
    private static readonly string[] Clocks = ["offset=1.7,ppm=18", "offset=-2.5,ppm=-31", "offset=3.2,ppm=44"];

    [Fact]
    public void Three_machines_find_each_other_without_an_address_and_record_the_same_frames()
    {
        using WiredGroup group = new(NetworkNamespaces.Create(3));
        group.Machines!.Ip(1, "route add default dev eth0");
        RunningNode leader = Start(group, 0, "leader", "-i", "eth0");
        RunningNode second = Start(group, 1, "follower");
        RunningNode third = Start(group, 2, "follower", "-i", NetworkNamespaces.Address(2));
        second.WaitForLine("on eth0 (10.77.0.2), the interface of the default route, group 239.255.42.99:9942");
        third.WaitForLine("on eth0 (10.77.0.3), as asked for");
        foreach (RunningNode node in (RunningNode[])[leader, second, third])
            node.WaitForLine("camera ready");

        string[] table = WiredGroup.WaitForPeers(leader, rows => new[] { "cam2", "cam3" }.All(node => IsReadyAndKnown(WiredGroup.RowOf(node, rows))));
        Assert.Contains("10.77.0.1:", WiredGroup.RowOf("cam1", table), StringComparison.Ordinal);
        Assert.Contains("10.77.0.2:", WiredGroup.RowOf("cam2", table), StringComparison.Ordinal);
        Assert.Contains("10.77.0.3:", WiredGroup.RowOf("cam3", table), StringComparison.Ordinal);
        leader.Type("start 1000");
        leader.WaitForLine("START acknowledged by all 2 followers");
        foreach (RunningNode node in (RunningNode[])[leader, second, third])
            node.WaitForLine("recording take");
        leader.Type("stop 1500");
        leader.WaitForLine("STOP acknowledged by all 2 followers");
        foreach (RunningNode node in (RunningNode[])[leader, second, third])
            node.WaitForLine("finished");

        TakeReport take = group.Verify();
        Assert.Equal((3, true, true, "pixels"), (take.Files.Count, take.FrameCountsEqual, take.FrameTimesEqual, take.Evidence));
        Assert.Equal(["cam1", "cam2", "cam3"], take.Files.Select(file => file.Node));
        TakeManifest expected = group.Manifest("cam1");
        foreach (string node in (string[])["cam2", "cam3"])
        {
            TakeManifest manifest = group.Manifest(node);
            Assert.Equal((expected.Take, expected.StartNs, expected.StopNs, expected.Frames), (manifest.Take, manifest.StartNs, manifest.StopNs, manifest.Frames));
        }
    }

    /// <summary>Whose link breaks, and how, in mid-take: the cable is pulled, the interface set down, the adapter pulled out.</summary>
    [Theory]
    [InlineData(1, "has no link")]
    [InlineData(0, "is down")]
    [InlineData(1, "is gone")]
    public void A_link_that_breaks_in_mid_take_is_rejoined_and_the_take_goes_on(int machine, string trouble)
    {
        using WiredGroup group = new(NetworkNamespaces.Create(2));
        RunningNode leader = Start(group, 0, "leader", "-i", "eth0");
        RunningNode follower = Start(group, 1, "follower", "-i", "eth0");
        RunningNode cut = machine == 0 ? leader : follower;
        leader.WaitForLine("camera ready");
        follower.WaitForLine("camera ready");
        WiredGroup.WaitForPeers(leader, rows => IsReadyAndKnown(WiredGroup.RowOf("cam2", rows)));
        leader.Type("start 500");
        leader.WaitForLine("recording take");
        follower.WaitForLine("recording take");

        Break(group.Machines!, machine, trouble);
        cut.WaitForLine($"eth0 {trouble}");
        leader.WaitForLine("cam2 is lost");
        Assert.Contains("Lost", WiredGroup.RowOf("cam2", WiredGroup.Peers(leader)), StringComparison.Ordinal);
        Mend(group.Machines!, machine, trouble);
        cut.WaitForLine("link is up");
        leader.WaitForLine("cam2 is back");
        leader.Type("stop 1000");
        leader.WaitForLine("STOP acknowledged");
        leader.WaitForLine("finished");
        follower.WaitForLine("finished");

        // not judged as a whole: a clock that had two seconds to learn its rate may be some 100 µs off after eight without its leader
        TakeReport take = group.Examine();
        Assert.Equal((2, true, true), (take.Files.Count, take.FrameCountsEqual, take.FrameTimesEqual));
        Assert.InRange(take.Spread!.MaxUs, 0, 1e6 / WiredGroup.Fps);
        Assert.All(take.Files, file => Assert.InRange(Math.Abs(file.SidecarOffsetUs!.Value), 0, 2_000));
        // longer than a peer must be silent to be lost
        Assert.True(group.Manifest("cam2").Frames > 6 * WiredGroup.Fps, $"{group.Manifest("cam2").Frames} frames");
        Assert.DoesNotContain("failed", leader.Output + follower.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_that_is_given_while_a_link_is_broken_reaches_the_follower_when_it_is_mended()
    {
        using WiredGroup group = new(NetworkNamespaces.Create(2));
        RunningNode leader = Start(group, 0, "leader", "-i", "eth0");
        RunningNode follower = Start(group, 1, "follower", "-i", "eth0");
        leader.WaitForLine("camera ready");
        WiredGroup.WaitForPeers(leader, rows => IsReadyAndKnown(WiredGroup.RowOf("cam2", rows)));
        leader.Type("start 300");
        follower.WaitForLine("recording take");
        WiredGroup.WaitForPeers(leader, rows => WiredGroup.RowOf("cam2", rows).Contains("Recording", StringComparison.Ordinal));

        group.Machines!.SetCable(1, pluggedIn: false);
        leader.WaitForLine("cam2 is lost");
        leader.Type("stop 200");
        leader.WaitForLine("finished");
        Assert.False(follower.HasSaid("STOP"), follower.Output);
        group.Machines.SetCable(1, pluggedIn: true);
        follower.WaitForLine("STOP from cam1");
        follower.WaitForLine("finished");
        leader.WaitForLine("STOP acknowledged");

        // what was recorded after the STOP cannot be unwritten (on a starved machine that may be nothing); what came before is the same
        TakeReport take = group.Examine();
        TakeManifest shorter = group.Manifest("cam1");
        TakeManifest longer = group.Manifest("cam2");
        Assert.Equal((shorter.StartNs, shorter.StopNs), (longer.StartNs, longer.StopNs));
        Assert.True(longer.Frames >= shorter.Frames, $"{longer.Frames} and {shorter.Frames} frames");
        Assert.InRange(take.Spread!.MaxUs, 0, 1e6 / WiredGroup.Fps);
    }

    [Fact]
    public void A_follower_is_synchronised_within_one_second_of_meeting_its_leader()
    {
        using WiredGroup group = new(NetworkNamespaces.Create(2));
        RunningNode leader = group.StartOn(0, "leader", "cam1", ["-i", "eth0", .. WiredGroup.NoCamera]);
        leader.WaitForLine("leader, on eth0");
        List<TimeSpan> taken = [];
        for (int turn = 0; turn < 5; turn++)
        {
            RunningNode follower = group.StartOn(1, "follower", "cam2", ["-i", "eth0", .. WiredGroup.NoCamera, "--simulated-clock", Clocks[1]]);
            follower.WaitForLine("following leader cam1");
            long met = Stopwatch.GetTimestamp();
            follower.WaitForLine("synchronised to cam1");
            taken.Add(Stopwatch.GetElapsedTime(met));
            follower.Type("quit");
            Assert.Equal(0, follower.WaitForExit());
        }

        TimeSpan median = taken.Order().ElementAt(2);
        TestContext.Current.SendDiagnosticMessage($"synchronised after {string.Join(", ", taken.Select(time => $"{time.TotalMilliseconds:0} ms"))}");
        Assert.InRange(median, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private static RunningNode Start(WiredGroup group, int machine, string role, params string[] more) =>
        group.StartOn(machine, role, $"cam{machine + 1}", [.. WiredGroup.SmallPictures, "--simulated-clock", Clocks[machine], .. more]);

    private static void Break(NetworkNamespaces machines, int machine, string trouble)
    {
        if (trouble == "has no link")
            machines.SetCable(machine, pluggedIn: false);
        else
            machines.Ip(machine, trouble == "is gone" ? "link del eth0" : "link set eth0 down");
    }

    private static void Mend(NetworkNamespaces machines, int machine, string trouble)
    {
        switch (trouble)
        {
            case "has no link":
                machines.SetCable(machine, pluggedIn: true);
                break;
            case "is gone":
                machines.Plug(machine);
                machines.Ip(machine, $"addr add {NetworkNamespaces.Address(machine)}/24 dev eth0");
                break;
            default:
                machines.Ip(machine, "link set eth0 up");
                break;
        }
    }

    private static bool IsReadyAndKnown(string row) => row.Contains("Ready", StringComparison.Ordinal) && row.Contains('±');
}
