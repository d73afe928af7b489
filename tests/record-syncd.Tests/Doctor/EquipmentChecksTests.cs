using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Cameras, encoders, plugins, disks and running nodes: the judgements, apart from the trials.</summary>
public sealed class EquipmentChecksTests
{
    // Debian 12
    private const string Groups = "root:x:0:\naudio:x:29:pulse\nvideo:x:44:alice,bob\nrender:x:105:\nalice:x:1000:\n";

    [Fact]
    public void Groups_of_the_process_are_told_from_those_of_the_user()
    {
        UserGroups before = UserGroups.Parse("alice", false, "Name:\tdotnet\nGid:\t1000\t1000\t1000\t1000\nGroups:\t29 1000 \n", Groups);

        Assert.Equal(["alice", "audio"], before.OfProcess.Order());
        Assert.Equal("alice is in the group video since this session began: log out and in again", before.RemedyFor("video"));
        Assert.Equal("sudo usermod -aG render alice, then log in again", before.RemedyFor("render"));
    }

    [Fact]
    public void A_camera_that_may_not_be_opened_is_a_problem_with_the_command_for_it()
    {
        UserGroups carol = UserGroups.Parse("carol", false, "Groups:\t1001\n", Groups);
        VideoDevice closed = new("/dev/video0", "HD Pro Webcam C920", false, CameraFault.Explain("Permission denied"));
        Finding finding = CameraChecks.Devices([closed], carol);

        Assert.Equal((FindingVerdict.Problem, "sudo usermod -aG video carol, then log in again"), (finding.Verdict, finding.Remedy));
        Assert.Contains("may not open /dev/video0 (HD Pro Webcam C920), and is not in the group video", finding.Evidence, StringComparison.Ordinal);
        Assert.Equal("cameras: /dev/video0 (C920)", CameraChecks.Devices([new("/dev/video0", "C920", true, ""), new("/dev/video1", "C920", false, "")], carol).Evidence);
        Assert.Equal(FindingVerdict.Ok, CameraChecks.Devices([], carol).Verdict);
        Assert.Equal(FindingVerdict.Problem, CameraChecks.ArgusDaemon(socketThere: false).Verdict);
    }

    [Fact]
    public void Missing_plugins_are_installed_by_one_command()
    {
        Finding finding = EncoderChecks.OfPlugins([("mp4mux", "gstreamer1.0-plugins-good", "files of the kind .mp4"), ("h265parse", "gstreamer1.0-plugins-bad", "every recording"), ("jpegenc", "gstreamer1.0-plugins-good", "the page's picture")]);

        Assert.Equal("sudo apt install gstreamer1.0-plugins-bad gstreamer1.0-plugins-good", finding.Remedy);
        Assert.Contains("mp4mux (for files of the kind .mp4)", finding.Evidence, StringComparison.Ordinal);
        Assert.Equal(FindingVerdict.Ok, EncoderChecks.OfPlugins([]).Verdict);
    }

    [Theory]
    [InlineData("1.22.0", nameof(FindingVerdict.Ok))]
    [InlineData("1.20.3", nameof(FindingVerdict.Ok))]
    [InlineData("1.16.3", nameof(FindingVerdict.Warning))]
    public void An_old_gstreamer_is_told(string version, string verdict) => Assert.Equal(verdict, EncoderChecks.OfVersion(Version.Parse(version)).Verdict.ToString());

    [Theory]
    [InlineData(90, 1.0, nameof(FindingVerdict.Ok))]
    [InlineData(70, 2.0, nameof(FindingVerdict.Warning))]
    [InlineData(40, 2.0, nameof(FindingVerdict.Problem))]
    public void An_encoder_is_judged_by_its_frames_a_second(int frames, double seconds, string verdict)
    {
        Finding finding = EncoderChecks.OfSpeed(EncoderTable.Find("x265enc")!, "", Options, frames, TimeSpan.FromSeconds(seconds));

        Assert.Equal(verdict, finding.Verdict.ToString());
        Assert.Contains($"{frames} frames of 1280x720", finding.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10_000_000, 1.0, 50, nameof(FindingVerdict.Ok))]
    [InlineData(10_000_000, 1.0, 1500, nameof(FindingVerdict.Warning))]
    [InlineData(3_000_000, 1.0, 50, nameof(FindingVerdict.Warning))]
    [InlineData(1_200_000, 1.0, 50, nameof(FindingVerdict.Problem))]
    public void A_disk_is_judged_by_what_is_recorded(long bytes, double seconds, int syncMs, string verdict)
    {
        Finding finding = DiskChecks.OfSpeed(new DiskTrial(bytes, TimeSpan.FromSeconds(seconds), TimeSpan.FromMilliseconds(syncMs)), 1_000_000, "/takes");

        Assert.Equal(verdict, finding.Verdict.ToString());
        // 1.2 MB/s bears 800 kB/s
        Assert.Equal(verdict == nameof(FindingVerdict.Problem), finding.Remedy?.Contains("6400 kbit/s at the most", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void A_trial_of_the_disk_writes_for_real_and_leaves_nothing()
    {
        using ScratchFolder folder = new();
        DiskTrial trial = DiskChecks.Try(folder.Path, 1_000_000, () => null, out string? interrupted)!;

        Assert.Null(interrupted);
        Assert.InRange(trial.Bytes, 1, 5 << 20);
        Assert.InRange(trial.LongestSync, TimeSpan.FromTicks(1), trial.Took);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_trial_of_the_disk_ends_when_a_take_begins()
    {
        using ScratchFolder folder = new();
        int asked = 0;
        Assert.Null(DiskChecks.Try(folder.Path, 1_000_000, () => ++asked > 3 ? "a take" : null, out string? interrupted));

        Assert.Equal(("a take", 4), (interrupted, asked));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Room_is_judged_as_a_start_is()
    {
        StorageOptions storage = new();
        DiskBudget budget = new(storage, 8_000);

        Assert.Equal(FindingVerdict.Problem, DiskChecks.Room(budget, storage, 900_000_000, "/takes").Verdict);
        Assert.Equal(FindingVerdict.Ok, DiskChecks.Room(budget, storage, 4_000_000_000, "/takes").Verdict);
        Assert.StartsWith("delete or move old takes", DiskChecks.Room(budget, storage, 900_000_000, "/takes").Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/usr/bin/record-syncd\0--role\0leader\0", true)]
    [InlineData("dotnet\0/opt/record-syncd.dll\0-r\0follower\0", true)]
    [InlineData("/usr/bin/record-syncd\0--config\0/etc/record-syncd/record-syncd.jsonc\0", true)]
    [InlineData("/usr/bin/record-syncd\0", true)]
    [InlineData("/usr/bin/record-syncd\0--version\0", false)]
    [InlineData("/usr/bin/record-syncd\0verify\0.\0", false)]
    [InlineData("/usr/bin/record-syncd\0doctor\0--role\0leader\0", false)]
    [InlineData("vi\0record-syncd.cs\0--role\0", false)]
    [InlineData("", false)]
    public void A_node_is_known_by_its_command_line(string commandLine, bool isNode) => Assert.Equal(isNode, RunningNodes.IsNode(commandLine));

    [Fact]
    public void A_recording_is_an_obstacle_and_a_node_at_rest_is_none()
    {
        Assert.Null(new RunningNodes([new RunningProcess(7, null, Visible: true)]).Obstacle);
        Assert.Contains("process 8) records to /takes/cam1.mp4", new RunningNodes([new RunningProcess(7, null, true), new RunningProcess(8, "/takes/cam1.mp4", true)]).Obstacle, StringComparison.Ordinal);
        Assert.Contains("another user", new RunningNodes([new RunningProcess(9, null, Visible: false)]).Obstacle, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The interface eth0 is down. Bring it up: ip link set eth0 up", "The interface eth0 is down.", "Bring it up: ip link set eth0 up")]
    [InlineData("/dev/video9: this user may not open it: sudo usermod -aG video $USER, then log in again. (Permission denied)", "/dev/video9: this user may not open it (Permission denied)", "sudo usermod -aG video $USER, then log in again")]
    [InlineData("it is open to others: give it a token (make one with:  record-syncd token), or close it", "it is open to others", "give it a token (make one with:  record-syncd token), or close it")]
    [InlineData("there is no such device; 'record-syncd cameras' lists what there is", "there is no such device", "'record-syncd cameras' lists what there is")]
    [InlineData("No encoder works. Install it: sudo apt install x. 'record-syncd encoders' tells the reasons.", "No encoder works.", "Install it: sudo apt install x. 'record-syncd encoders' tells the reasons.")]
    [InlineData("\"/takes\" is on a read-only file system: mount it writable, or choose another --output.", "\"/takes\" is on a read-only file system", "mount it writable, or choose another --output.")]
    [InlineData("No interface has 192.0.2.7. It has lo (127.0.0.1). Choose one of them with --interface.", "No interface has 192.0.2.7. It has lo (127.0.0.1).", "Choose one of them with --interface.")]
    public void A_sentence_ends_with_its_remedy(string sentence, string evidence, string remedy) => Assert.Equal(Finding.Problem("x", evidence, remedy), Finding.FromSentence("x", FindingVerdict.Problem, sentence));

    private static NodeOptions Options => new() { Role = RoleChoice.Auto };
}
