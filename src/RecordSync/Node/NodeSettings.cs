namespace RecordSync;

/// <summary>What the core needs to know of a node; all the rest of the settings is the shell's.</summary>
/// <param name="WallOffset">Wall clock minus local time at start: makes the time scale of a leader, and the epoch times of version 1.</param>
/// <param name="Instance">Random per process start.</param>
/// <param name="HasCamera">False for <c>--camera none</c>: such a node leads without recording.</param>
internal sealed record NodeSettings(string NodeId, NodeRole Role, string Host, Nanos WallOffset, long Instance, FrameRate Rate, bool HasCamera)
{
    /// <summary>Names the time scale that this node makes when it leads: another start, another time scale; but the wall clock's is one for all.</summary>
    public string Timescale => LeadsSystemTime ? SystemClock.Timescale : Instance.ToString("x16");

    public const int UsualPriority = 128;

    /// <summary><c>--role auto</c>: leads when nobody better does.</summary>
    public bool Auto { get; init; }

    /// <summary>The place in the order of those who may lead, the smallest first (IEEE 1588's priority1).</summary>
    public int Priority { get; init; } = UsualPriority;

    /// <summary><c>--role leader</c> and <c>--role auto</c>; a follower never leads.</summary>
    public bool CanLead => Role == NodeRole.Leader || Auto;

    /// <summary>A node that finds a take running begins to record it, from a later grid point on.</summary>
    public bool JoinTakes { get; init; }

    /// <summary>A clock whose bound is larger is not ready for a take.</summary>
    public Nanos MaxClockError { get; init; } = Nanos.FromMilliseconds(1);

    /// <summary>Where the group's page is served here, "address:port"; null: nowhere.</summary>
    public string? Http { get; init; }

    public ClockSource Clock { get; init; } = ClockSource.Builtin;

    /// <summary>What the kernel said of the wall clock when the node started: an <see cref="ClockSource.Auto"/> leader goes by it.</summary>
    public SystemClockReading? SystemClockAtStart { get; init; }

    /// <summary>As a leader, this node's time scale is the wall clock.</summary>
    public bool LeadsSystemTime => Clock == ClockSource.System || (Clock == ClockSource.Auto && SystemClockAtStart is { IsGood: true });

    public static readonly Nanos BeaconInterval = Nanos.FromSeconds(2);

    /// <summary>A peer that missed three beacons is lost; a quarter of a second is the third one's own chance to be late.</summary>
    public static readonly Nanos SilenceToLose = BeaconInterval * 3 + Nanos.FromMilliseconds(250);

    /// <summary>How often silent peers are looked for.</summary>
    public static readonly Nanos SweepInterval = Nanos.FromMilliseconds(500);

    /// <summary>The longest pause between two bursts of time requests, whatever <see cref="SyncCadence"/> would like.</summary>
    public Nanos SyncInterval { get; init; } = Nanos.FromSeconds(4);

    /// <summary>Time requests that follow each other closely: they travel warm and symmetric (docs/clock.md).</summary>
    public const int BurstLength = 8;

    /// <summary>A version-1 leader is asked one at a time: a few at once to begin with, then at version 1's own pace.</summary>
    public static readonly Nanos VersionOneSpacing = Nanos.FromMilliseconds(100);

    public static readonly Nanos VersionOneInterval = Nanos.FromSeconds(5);

    /// <summary>A START that arrives later than this after its target is refused: the file would begin with that much of one repeated picture.</summary>
    public static readonly Nanos LatestStart = Nanos.FromSeconds(10);

    /// <summary>"Now" for a stop: a point of the grid that no frame can have passed yet, so that the file ends exactly there.</summary>
    public static readonly Nanos SoonestStop = Nanos.FromMilliseconds(100);

    /// <summary>A node that is told to leave waits no longer than this for a STOP that is already known.</summary>
    public static readonly Nanos LongestLeave = Nanos.FromSeconds(3);

    /// <summary>A target further ahead than this is a mistake, or another time scale.</summary>
    public static readonly Nanos FurthestTarget = Nanos.FromSeconds(2 * 3600);

    /// <summary>The followers' own verdicts are waited for so long after a STOP; an encoder that is behind needs some of it.</summary>
    public static readonly Nanos VerdictPatience = Nanos.FromSeconds(12);

    /// <summary>Nobody is asked earlier than this after a STOP: files are closed in tenths of a second.</summary>
    public static readonly Nanos VerdictGrace = Nanos.FromSeconds(1);

    /// <summary>Answers to the operator's question come at once or not at all.</summary>
    public static readonly Nanos VerdictPatienceAsked = Nanos.FromSeconds(3);

    /// <summary>A node that leaves waits no longer than this for verdicts to arrive.</summary>
    public static readonly Nanos LongestFarewell = Nanos.FromSeconds(3);
}
