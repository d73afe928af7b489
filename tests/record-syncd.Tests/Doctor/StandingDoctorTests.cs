using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A take is not disturbed by an examination: not by one that is asked for while it runs, and not by one that it finds going on.</summary>
public sealed class StandingDoctorTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly StandingDoctor doctor;
    private volatile Func<string?> recording = () => null;

    public StandingDoctorTests() =>
        doctor = new StandingDoctor(
            new NodeOptions { Role = RoleChoice.Leader, Interface = "lo", Group = TestGroup.Next(), Camera = "test", Size = new FrameSize(1920, 1080), Output = folder["{take}/{node}.mp4"], NodeId = "one" },
            "one",
            () => Task.FromResult(recording()),
            () => new RunningNodes([])
        );

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task While_something_is_recorded_trials_are_refused_and_the_rest_is_looked_at()
    {
        recording = () => "take scene-4 is being recorded";
        Assert.StartsWith("take scene-4 is being recorded: encoder, container and disk are not tried meanwhile", await doctor.Begin(withTrials: true), StringComparison.Ordinal);
        Assert.Equal("never", doctor.Now().State);

        Assert.Null(await doctor.Begin(withTrials: false));
        await AssertNothingTried("take scene-4 is being recorded, and is not disturbed");
        Assert.Equal("ok", Of("own multicast").Verdict);
    }

    [Fact]
    public async Task A_take_that_begins_breaks_the_trial_off_that_is_going_on()
    {
        // as early as a trial is seen to run: its 1080p pictures take the encoder a second at the least
        recording = () => doctor.Now().Step == "trying the encoder" ? "take scene-5 is about to be recorded" : null;
        Assert.Null(await doctor.Begin(withTrials: true));
        await doctor.Recent();

        ApiFinding encoder = Of("encoder");
        Assert.Equal(("skipped", "take scene-5 is about to be recorded, and is not disturbed"), (encoder.Verdict, encoder.Evidence));
        Assert.Equal("run the doctor when nothing is recorded", encoder.Remedy);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Trials_that_are_asked_for_while_it_listens_are_made_and_without_anybody_asking_none_are()
    {
        _ = doctor.Recent();
        Assert.Equal(("running", false), (doctor.Now().State, doctor.Now().Trials));
        Assert.Null(await doctor.Begin(withTrials: true));
        await doctor.Recent();
        Assert.NotEqual("skipped", Of("encoder").Verdict);
        Assert.NotEqual("skipped", Of("disk speed").Verdict);

        Assert.Null(await doctor.Begin(withTrials: false));
        await AssertNothingTried("it was not asked for: the doctor of the page tries it, and record-syncd doctor in a shell");
    }

    [Fact]
    public async Task A_recording_of_another_node_of_the_machine_is_not_disturbed_either()
    {
        StandingDoctor beside = new(new NodeOptions { Role = RoleChoice.Leader, Interface = "lo", Group = TestGroup.Next(), Camera = "test", Output = folder["one.mp4"], NodeId = "one" }, "one", () => Task.FromResult<string?>(null), () => new RunningNodes([new RunningProcess(4711, "/takes/other.mp4", Visible: true)]));
        Assert.Null(await beside.Begin(withTrials: true));
        ApiDoctor report = await beside.Recent();
        foreach (string trial in (string[])["encoder", "container", "disk speed"])
            Assert.Equal("a node (process 4711) records to /takes/other.mp4, and is not disturbed", Assert.Single(report.Findings, finding => finding.Check == trial).Evidence);
    }

    private async Task AssertNothingTried(string reason)
    {
        await doctor.Recent();
        foreach (string trial in (string[])["encoder", "container", "disk speed"])
            Assert.Equal(("skipped", reason), (Of(trial).Verdict, Of(trial).Evidence));
    }

    private ApiFinding Of(string check) => Assert.Single(doctor.Now().Report!.Findings, finding => finding.Check == check);
}
