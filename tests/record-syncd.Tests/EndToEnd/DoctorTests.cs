using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary><c>record-syncd doctor</c> as people run it, on machines that are well and on those that are not.</summary>
[Collection(Processes.Name)]
public sealed class DoctorTests
{
    private static readonly string[] Cheap = ["--camera", "none", "--http", "off"];

    [Fact]
    public async Task A_healthy_group_of_two_has_no_trouble_with_its_network_and_is_measured()
    {
        using NodeGroup group = new();
        RunningNode leader = group.Start("leader", "cam1");
        group.Start("follower", "cam2");
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");
        ApiDoctor report = Run(group.Folder, 1, "--interface", "lo", "--group", group.Group.ToString(), "--camera", "test", "--size", "320x240", "--bitrate", "800");

        ApiFinding[] troubles = [.. report.Findings.Where(finding => finding.Area == "network" && finding.Verdict is "problem" or "warning" && finding.Check != "interface")];
        // a busy machine delays packets, one way more than the other: the figures are there, the judgement is the machine's
        Assert.True(troubles.All(finding => finding.Check.StartsWith("symmetry", StringComparison.Ordinal) || finding.Evidence.Contains("no switch takes as long", StringComparison.Ordinal)), Text(troubles));
        Assert.Contains("2 nodes heard", Of(report, "peers").Evidence, StringComparison.Ordinal);
        Assert.Equal("ok", Of(report, "IGMP snooping").Verdict);
        Assert.Matches(@"^(4|5|6)\d of (4|5|6)\d answered, 0 out of order", Of(report, "way to cam1").Evidence);
        Assert.Matches(@"^1\d of 1\d answered, 0 out of order", Of(report, "way to cam2").Evidence);
        Assert.Contains("the median packet there waited", Of(report, "symmetry to cam1").Evidence, StringComparison.Ordinal);
        Assert.Contains($"process {leader.Id}", Of(report, "nodes").Evidence, StringComparison.Ordinal);
        // the nodes know nothing of it
        Assert.DoesNotContain("doctor", leader.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(group.Folder, "*.tmp"));
    }

    [Fact]
    public void The_program_that_holds_the_port_is_named()
    {
        Endpoint group = TestGroup.Next();
        using Socket holder = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        holder.Bind(new IPEndPoint(IPAddress.Any, group.Port));
        using ScratchFolder folder = new();
        ApiFinding port = Of(Run(folder.Path, 2, ["--interface", "lo", "--group", group.ToString(), .. Cheap]), "port");

        Assert.Equal("problem", port.Verdict);
        Assert.Contains($"(process {Environment.ProcessId})", port.Evidence, StringComparison.Ordinal);
        Assert.Contains("Stop that program", port.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Equipment_is_tried_and_a_recording_that_runs_is_left_in_peace()
    {
        using NodeGroup group = new();
        RunningNode leader = group.StartReadyLeader();
        leader.Type("start 300");
        leader.WaitForLine("recording take");
        ApiDoctor report = Run(group.Folder, 1, "--interface", "lo", "--group", group.Group.ToString(), "--camera", "test", "--size", "320x240");

        Assert.Equal("skipped", Of(report, "encoder").Verdict);
        Assert.Equal("skipped", Of(report, "disk speed").Verdict);
        Assert.Contains("is not disturbed", Of(report, "disk speed").Evidence, StringComparison.Ordinal);
        leader.Type("stop 300");
        leader.WaitForLine("finished");
    }

    [Fact]
    public void A_folder_that_cannot_be_written_and_a_full_disk_are_found()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=40m");
        Endpoint group = TestGroup.Next();
        ApiDoctor full = Run(disk.Path, 2, ["--interface", "lo", "--group", group.ToString(), .. Cheap]);
        Assert.Contains("Disk full", Of(full, "disk room").Evidence, StringComparison.Ordinal);
        Assert.Equal("problem", Of(full, "disk room").Verdict);
        Assert.Contains("is memory (tmpfs)", Of(full, "output").Evidence, StringComparison.Ordinal);

        ApiDoctor nowhere = Run(disk.Path, 2, ["--interface", "lo", "--group", group.ToString(), "--output", "no/such/take.mp4", .. Cheap]);
        ApiFinding output = Of(nowhere, "output");
        Assert.Equal("problem", output.Verdict);
        Assert.Contains("mkdir -p", output.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_machine_without_a_route_nothing_is_wrong_until_a_firewall_drops_the_group()
    {
        using WiredGroup group = new(NetworkNamespaces.Create(2));
        RunningNode peer = group.StartOn(0, "leader", "cam1", ["-i", "eth0", .. WiredGroup.NoCamera]);
        peer.WaitForLine("this node leads");
        ApiDoctor open = RunOn(group, 1, "-i", "eth0");
        Assert.Contains("there is no route to 239.255.42.99, and none is needed", Of(open, "multicast route").Evidence, StringComparison.Ordinal);
        Assert.Equal("ok", Of(open, "own multicast").Verdict);
        Assert.Equal("ok", Of(open, "membership").Verdict);
        Assert.Contains("cam1 at 10.77.0.1:9943", Of(open, "peers").Evidence, StringComparison.Ordinal);
        Assert.Contains("answered", Of(open, "way to cam1").Evidence, StringComparison.Ordinal);

        Assert.SkipUnless(File.Exists("/usr/sbin/nft"), "nft, of nftables, makes the firewall");
        Nft(group, 1, "add table inet guard; add chain inet guard in { type filter hook input priority 0; policy accept; }; add rule inet guard in udp dport 9942 drop");
        ApiDoctor closed = RunOn(group, 1, "-i", "eth0");
        ApiFinding firewall = Of(closed, "firewall");
        Assert.Equal(("problem", "sudo nft insert rule inet guard in udp dport '{ 9942, 9943 }' accept"), (firewall.Verdict, firewall.Remedy));
        Assert.Contains("(udp dport 9942 drop)", firewall.Evidence, StringComparison.Ordinal);
        Assert.Equal("problem", Of(closed, "own multicast").Verdict);
        Assert.Equal("warning", Of(closed, "peers").Verdict);
        // the answer of the leader comes by another port: it is this machine that drops the beacons, not a switch
        Assert.Equal("warning", Of(closed, "IGMP snooping").Verdict);

        // its own remedy helps
        Nft(group, 1, firewall.Remedy!["sudo nft ".Length..].Replace("'", "", StringComparison.Ordinal));
        Assert.Equal("ok", Of(RunOn(group, 1, "-i", "eth0"), "own multicast").Verdict);
    }

    [Fact]
    public void A_switch_that_holds_multicast_back_and_a_foreign_group_are_told_apart()
    {
        using WiredGroup group = new(NetworkNamespaces.Create(2));
        Assert.SkipUnless(File.Exists("/usr/sbin/nft"), "nft, of nftables, plays the switch");
        RunningNode peer = group.StartOn(0, "leader", "cam1", ["-i", "eth0", .. WiredGroup.NoCamera]);
        peer.WaitForLine("this node leads");
        // what leaves the peer's side for the group never arrives; all else does
        Nft(group, 0, "add table inet switch; add chain inet switch out { type filter hook output priority 0; policy accept; }; add rule inet switch out oifname eth0 ip daddr 239.255.42.99 drop");
        ApiFinding snooping = Of(RunOn(group, 1, "-i", "eth0"), "IGMP snooping");
        Assert.Equal("problem", snooping.Verdict);
        Assert.Contains("10.77.0.1 answers this machine by unicast", snooping.Evidence, StringComparison.Ordinal);

        Nft(group, 0, "flush ruleset");
        ApiFinding foreign = Of(RunOn(group, 1, "-i", "eth0", "--group", "239.255.42.99:9950"), "foreign groups");
        Assert.Equal(("warning", "the same --group for all: --group 239.255.42.99:9942"), (foreign.Verdict, foreign.Remedy));
        Assert.Contains("cam1", foreign.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_gets_plain_lines_with_the_remedy_below()
    {
        using var doctor = RunningNode.Start(["doctor", "--interface", "nope0", "--output", "no/such/take.mp4", .. Cheap]);
        Assert.Equal(2, doctor.WaitForExit());
        string[] lines = doctor.StandardOutput.Split('\n');
        int found = Array.FindIndex(lines, line => line.StartsWith("problem  network/interface: There is no network interface \"nope0\".", StringComparison.Ordinal));
        Assert.True(found >= 0, doctor.Output);
        Assert.Equal("         → Choose one of them with --interface.", lines[found + 1]);
        Assert.Contains(lines, line => line.StartsWith("problem  disk/output: ", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', doctor.StandardOutput);
        Assert.Matches(@"problems.*: \d+ checks", lines.Last(line => line.Length > 0));
    }

    private static ApiDoctor Run(string folder, int least, params string[] arguments)
    {
        using var doctor = RunningNode.StartIn(folder, null, ["doctor", "--json", .. arguments]);
        return Read(doctor, least);
    }

    private static ApiDoctor RunOn(WiredGroup group, int machine, params string[] arguments) => Read(group.RunOn(machine, ["doctor", "--json", .. arguments, .. Cheap]), 0);

    /// <param name="least">The exit code at the least: what else this machine has is not the test's matter.</param>
    private static ApiDoctor Read(RunningNode doctor, int least)
    {
        int code = doctor.WaitForExit();
        ApiDoctor report = JsonSerializer.Deserialize(doctor.StandardOutput, DoctorJson.Default.ApiDoctor)!;
        Assert.InRange(code, least, 2);
        Assert.Equal(code, report.ExitCode);
        Assert.All(report.Findings, finding => Assert.Equal(finding.Verdict is "warning" or "problem", finding.Remedy is not null && finding.Verdict is not "skipped"));
        return report;
    }

    private static ApiFinding Of(ApiDoctor report, string check)
    {
        ApiFinding? finding = report.Findings.FirstOrDefault(finding => finding.Check == check);
        Assert.True(finding is not null, $"there is no {check}: {Text(report.Findings)}");
        return finding;
    }

    private static string Text(IEnumerable<ApiFinding> findings) => string.Join('\n', findings);

    private static void Nft(WiredGroup group, int machine, string rules)
    {
        using Process nft = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", group.Machines!.Name(machine), "nft", rules]) { RedirectStandardError = true })!;
        string fault = nft.StandardError.ReadToEnd();
        nft.WaitForExit();
        Assert.True(nft.ExitCode == 0, fault);
    }
}
