namespace RecordSync.Daemon;

/// <summary>Settings of a node with their defaults: one record, one place.</summary>
internal sealed record NodeOptions
{
    public required RoleChoice Role { get; init; }

    /// <summary>The place among those who may lead, the smallest first.</summary>
    public int Priority { get; init; } = NodeSettings.UsualPriority;

    /// <summary>A clock whose error may be larger is not ready for a take.</summary>
    public Nanos MaxClockError { get; init; } = Nanos.FromMilliseconds(1);

    /// <summary>Begin to record a take that was running when this node was started.</summary>
    public bool JoinTakes { get; init; }

    public string Output { get; init; } = "output_h265.mp4";

    public string? Interface { get; init; }

    public string? NodeId { get; init; }

    public Endpoint Group { get; init; } = LinkSettings.DefaultGroup;

    /// <summary>The file with the group's key; null: nothing is sealed.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Null: the best that this machine has.</summary>
    public string? Camera { get; init; }

    /// <summary>Its name on the command line, which becomes part of the node's id and of its files' names; null: it has none.</summary>
    public string? CameraName { get; init; }

    /// <summary>The other cameras of the command, which get a process each.</summary>
    public IReadOnlyList<NamedCamera> Further { get; init; } = [];

    /// <summary>The options that hold for them too, as they were written.</summary>
    public IReadOnlyList<string> Shared { get; init; } = [];

    /// <summary>This is the process of such a camera.</summary>
    public bool Attached { get; init; }

    public FrameSize Size { get; init; } = new(1280, 720);

    public FrameRate Rate { get; init; } = FrameRate.Default;

    /// <summary>kbit/s.</summary>
    public int Bitrate { get; init; } = 8_000;

    /// <summary>Null: the first of the table that works here.</summary>
    public string? Encoder { get; init; }

    /// <summary>What becomes of a grid point that got no frame.</summary>
    public DropPolicy OnDrop { get; init; } = DropPolicy.Repeat;

    /// <summary>Steer the camera's exposures onto the group's grid.</summary>
    public bool Align { get; init; }

    /// <summary>Where the sound comes from; none unless it is asked for.</summary>
    public SoundSource Audio { get; init; } = SoundCommandLine.None;

    public SoundCodecWish AudioCodec { get; init; }

    public StorageOptions Storage { get; init; } = new();

    /// <summary>Where the group's page is served.</summary>
    public PageOptions Page { get; init; } = new();

    public SimulatedClock? SimulatedClock { get; init; }

    public ClockSource Clock { get; init; } = ClockSource.Auto;

    /// <summary>The longest pause between two bursts of time requests.</summary>
    public Nanos SyncInterval { get; init; } = Nanos.FromSeconds(4);

    /// <summary>Whether packets are stamped by the network card.</summary>
    public HardwareChoice HardwareTimestamps { get; init; } = HardwareChoice.Auto;

    /// <summary>Where the clock's readings are logged; null: nowhere.</summary>
    public string? SyncLog { get; init; }

    /// <summary>A name that people can type and that is safe in a path and in a datagram.</summary>
    /// <returns>Null when the name is good, else what is wrong with it.</returns>
    public static string? FaultOfNodeId(string nodeId) =>
        nodeId.Length is > 0 and <= 64 && nodeId.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && nodeId[0] != '.'
            ? null
            : $"'{nodeId}' is no node id: use up to 64 letters, digits, '.', '_' and '-', for example cam1";

    /// <summary>Without <c>--node-id</c>: the host's name, and a number where another node of this host was there first.</summary>
    public static string AutomaticNodeId(string host, int unicastPort)
    {
        string name = new([.. host.Split('.')[0].Take(48).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')]);
        if (name.Length == 0)
            name = "node";
        int number = unicastPort - LinkSockets.FirstPort + 1;
        return number == 1 ? name : $"{name}-{number}";
    }

    /// <summary>What the ids of the cameras' nodes begin with, and of a camera without a name the id itself.</summary>
    public string NodeIdAt(Endpoint self) => NodeId ?? AutomaticNodeId(Environment.MachineName, self.Port);

    /// <param name="http">Where the page is served, as the beacons tell it; null: nowhere.</param>
    public NodeSettings ToSettings(LocalClock clock, Endpoint self, string? http = null) =>
        new(
            NamedCamera.NodeId(NodeIdAt(self), CameraName),
            Role == RoleChoice.Leader ? NodeRole.Leader : NodeRole.Follower,
            Environment.MachineName,
            new Nanos(clock.WallNow().Nanoseconds - clock.Now().Nanoseconds),
            // seeded by the kernel, as a cryptographic one would be, which costs a library of 3 MB
            Random.Shared.NextInt64(1L << 62),
            Rate,
            Camera != "none"
        )
        {
            Auto = Role == RoleChoice.Auto,
            Priority = Priority,
            MaxClockError = MaxClockError,
            JoinTakes = JoinTakes,
            SyncInterval = SyncInterval,
            Clock = Clock,
            Http = http,
            SystemClockAtStart = Clock == ClockSource.Builtin ? null : WallClock.Read(clock),
        };
}

/// <summary>What a node may become.</summary>
internal enum RoleChoice
{
    /// <summary>Leads when nobody better does.</summary>
    Auto,

    /// <summary>Leads, rather than one that merely may.</summary>
    Leader,

    /// <summary>Never leads.</summary>
    Follower,
}
