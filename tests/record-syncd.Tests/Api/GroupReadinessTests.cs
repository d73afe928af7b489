using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The one large state, and the sentence beside it.</summary>
public sealed class GroupReadinessTests
{
    private static readonly TakePlan Plan = new("id", "take-20261125-025011", new NetworkTime(2_000_000_000), FrameRate.Default, "cam1");

    private static PeerSnapshot Peer(string id, NodeState state = NodeState.Ready, string? notReady = null, string? error = null, bool lost = false, TakePlan? take = null, string? records = "test") =>
        new(id, 7, NodeRole.Follower, state, Endpoint.Parse("10.0.0.2:9943"), Nanos.FromSeconds(7), lost, false, null, records, null, error, notReady, take, null, null);

    private static NodeSnapshot Node(string? leader = "cam1", NodeState state = NodeState.Ready, string? notReady = null, string? fault = null, TakeSnapshot? take = null, params PeerSnapshot[] peers) =>
        new(default, new NetworkTime(3_000_000_000), "cam1", NodeRole.Leader, state, fault, notReady, "test", null, null, new ClockReport("leader", 0, 0, 0, null), leader, new Term(1), "x", take, [], peers);

    [Fact]
    public void All_cameras_ready_is_ready()
    {
        GroupReadiness readiness = GroupReadiness.Of(Node(peers: [Peer("cam2"), Peer("cam3")]), hasCamera: true);
        Assert.Equal(("ready", "3 cameras are ready", true, false), (readiness.State, readiness.Sentence, readiness.CanStart, readiness.CanStop));
    }

    [Fact]
    public void Who_is_not_ready_is_named_with_the_reason()
    {
        GroupReadiness readiness = GroupReadiness.Of(Node(peers: [Peer("cam2", NodeState.Idle, "the camera is not ready"), Peer("cam3")]), hasCamera: true);
        Assert.Equal(("idle", "cam2: the camera is not ready", false), (readiness.State, readiness.Sentence, readiness.CanStart));
        Assert.Equal([new ApiReason("cam2", "the camera is not ready")], readiness.Reasons);
    }

    [Fact]
    public void A_fault_and_a_lost_node_are_errors()
    {
        GroupReadiness faulty = GroupReadiness.Of(Node(peers: [Peer("cam2", NodeState.Error, error: "disk full")]), hasCamera: true);
        Assert.Equal(("error", "cam2: disk full", false), (faulty.State, faulty.Sentence, faulty.CanStart));
        GroupReadiness lost = GroupReadiness.Of(Node(peers: [Peer("cam2", lost: true)]), hasCamera: true);
        Assert.Equal(("error", "cam2: lost, nothing heard from it for 7 s"), (lost.State, lost.Sentence));
        GroupReadiness own = GroupReadiness.Of(Node(state: NodeState.Error, fault: "no camera at /dev/video0", notReady: "no camera at /dev/video0"), hasCamera: true);
        Assert.Equal(("error", "cam1: no camera at /dev/video0"), (own.State, own.Sentence));
    }

    [Fact]
    public void Without_a_leader_or_a_camera_nothing_can_be_started()
    {
        Assert.Equal(("idle", "no leader is known", false), GroupReadiness.Of(Node(leader: null), hasCamera: true) is var none ? (none.State, none.Sentence, none.CanStart) : default);
        Assert.Equal(("idle", "no node with a camera is here", false), GroupReadiness.Of(Node(peers: [Peer("cam2", records: "no camera")]), hasCamera: false) is var blind ? (blind.State, blind.Sentence, blind.CanStart) : default);
    }

    [Theory]
    [InlineData(nameof(TakePhase.Armed), 2_000, "armed", true)]
    [InlineData(nameof(TakePhase.Recording), 4_000, "armed", true)]
    [InlineData(nameof(TakePhase.Recording), 2_000, "recording", true)]
    [InlineData(nameof(TakePhase.Leading), 2_000, "recording", true)]
    [InlineData(nameof(TakePhase.Stopping), 2_000, "stopping", false)]
    public void A_take_is_shown_as_it_is_and_can_be_stopped_once(string name, long startMs, string shown, bool canStop)
    {
        TakePhase phase = Enum.Parse<TakePhase>(name);
        TakeSnapshot take = new(Plan with { Start = new NetworkTime(startMs * 1_000_000) }, phase, null, default, phase == TakePhase.Stopping ? new NetworkTime(5_000_000_000) : null);
        GroupReadiness readiness = GroupReadiness.Of(Node(state: NodeState.Recording, take: take, peers: [Peer("cam2", NodeState.Recording), Peer("cam3", lost: true)]), hasCamera: true);
        Assert.Equal((shown, false, canStop), (readiness.State, readiness.CanStart, readiness.CanStop));
        Assert.EndsWith("take-20261125-025011; cam3: lost, nothing heard from it for 7 s", readiness.Sentence);
        Assert.Equal(phase == TakePhase.Stopping ? 5_000_000 : null, readiness.Take!.StopUs);
    }

    [Fact]
    public void A_follower_that_is_not_in_the_take_shows_what_its_leader_says()
    {
        GroupReadiness readiness = GroupReadiness.Of(Node(leader: "cam2", peers: [Peer("cam2", NodeState.Recording, take: Plan)]), hasCamera: true);
        Assert.Equal(("recording", Plan.Name), (readiness.State, readiness.Take!.Name));
        // its own part is over, and the leader has not said yet that the take is
        Assert.Equal("stopping", GroupReadiness.Of(Node(leader: "cam2", peers: [Peer("cam2", NodeState.Recording, take: Plan)]), hasCamera: true, stopping: Plan.Name).State);
    }

    [Fact]
    public void While_cameras_are_set_for_a_start_that_is_said_and_not_that_they_are_not_ready()
    {
        TakeSettings asked = new() { Size = new FrameSize(1280, 720), LockExposure = true };
        NodeSnapshot node = Node(notReady: "the camera is not ready", peers: [Peer("cam2", NodeState.Idle, "the camera is not ready")]) with { BeingSet = asked };
        GroupReadiness setting = GroupReadiness.Of(node, hasCamera: true);
        Assert.Equal(("idle", "the cameras are being set to 1280x720, exposure locked", false, false), (setting.State, setting.Sentence, setting.CanStart, setting.CanStop));
        // what is wrong is said all the same
        GroupReadiness wrong = GroupReadiness.Of(node with { Peers = [Peer("cam2", lost: true)] }, hasCamera: true);
        Assert.Equal("error", wrong.State);
        Assert.Contains("cam2: lost", wrong.Sentence);
    }

    [Fact]
    public void A_take_tells_what_was_asked_of_its_cameras()
    {
        static ApiTakeSettings? Of(TakeSettings? asked) => GroupReadiness.Of(Node(take: new TakeSnapshot(Plan with { Settings = asked }, TakePhase.Recording, null, default, null)), hasCamera: true).Take!.Settings;
        Assert.Null(Of(null));
        Assert.Equal(new ApiTakeSettings("1280x720", "30000/1001", 8_000, LockWhiteBalance: true), Of(new TakeSettings { Size = new FrameSize(1280, 720), Rate = new FrameRate(30_000, 1_001), Bitrate = 8_000, LockWhiteBalance = true }));
    }

    [Fact]
    public void The_pace_is_that_of_the_last_seconds_and_of_this_take()
    {
        TakePace pace = new();
        static ApiNodeTake Take(long frames, string name = "a") => new(name, frames, 0, 0, 0, frames * 4_000, 0, "f");
        Assert.Equal((null, null), pace.Of("cam1", Take(30), 1_000_000));
        Assert.Equal((30.0, 960), pace.Of("cam1", Take(60), 2_000_000));
        // nothing new is told: the figure stands for a while, and not for ever
        Assert.Equal((30.0, 960), pace.Of("cam1", Take(60), 4_000_000));
        Assert.Equal((null, null), pace.Of("cam1", Take(60), 8_000_000));
        Assert.Equal((null, null), pace.Of("cam1", Take(10, "b"), 9_000_000));
        Assert.Equal((null, null), pace.Of("cam1", null, 9_500_000));
    }
}
