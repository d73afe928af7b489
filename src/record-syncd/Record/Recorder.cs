using System.Diagnostics;
using System.Threading.Channels;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// The camera's recorder for as long as the node lives: says whether a START would be obeyed, makes a file of each take and reports to the
/// node. One reader of one channel, like the node's loop, so that arming an encoder or waiting for a disk never holds up the node's clock.
/// </summary>
internal sealed partial class Recorder : ITakeRecorder, IAsyncDisposable
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    /// <summary>The last frames are looked for so long after the STOP before the file is filled up without them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>An encoder that makes no progress for so long is given up, and the file closed as it is.</summary>
    private static readonly TimeSpan EncoderPatience = TimeSpan.FromSeconds(10);

    private readonly Channel<Job> jobs = Channel.CreateUnbounded<Job>(new UnboundedChannelOptions { SingleReader = true });
    private readonly NodeOptions options;
    private readonly NodeSettings settings;
    private readonly OutputPath output;
    private readonly LocalClock clock;
    private readonly SharedClock network;
    private readonly MulticastLink link;
    private readonly DiskBudget budget;
    private readonly SalvageAtStart salvage;
    private readonly Action<RecorderEvent> report;
    private readonly FileHasher hasher = new();
    private readonly Timer check;
    private readonly Task running;
    private readonly PhaseAligner? aligner;
    private Camera? camera;
    private string? cameraFault;
    private (string Caps, int Width, int Height)? picture;
    private EncoderVerdict? encoder;
    private ContainerChoice? container;
    private RecorderEvent? lastReported;
    private ActiveTake? active;

    /// <summary>The ending of a take for which the disk had no room; written as soon as it has.</summary>
    private (string Path, TakeManifest Manifest, IDisposable Hold)? unwritten;

    public Recorder(
        NodeOptions options,
        NodeSettings settings,
        OutputPath output,
        LocalClock clock,
        SharedClock network,
        MulticastLink link,
        Action<RecorderEvent> report
    )
    {
        (this.options, this.settings, this.output) = (options, settings, output);
        (this.clock, this.network, this.link, this.report) = (clock, network, link, report);
        if (options.Align)
            aligner = new PhaseAligner(options.Rate, clock, network, phase => Post(new Job.PhaseChanged(phase)));
        budget = new DiskBudget(options.Storage, options.Bitrate + SoundKbps(options));
        salvage = new SalvageAtStart(output, settings.NodeId, (level, text) => report(new RecorderEvent.Notice(level, text)));
        card = OpenCard();
        running = Run();
        Post(new Job.Open());
        check = new Timer(_ => Post(new Job.Check()), null, CheckEvery, CheckEvery);
    }

    private abstract record Job
    {
        internal sealed record Open : Job;

        internal sealed record Check : Job;

        internal sealed record Report : Job;

        internal sealed record CameraChanged(CameraEvent Event) : Job;

        internal sealed record PhaseChanged(PhaseReport Phase) : Job;

        internal sealed record Configure(string Id, TakeSettings? Settings) : Job;

        internal sealed record Start(TakePlan Plan) : Job;

        internal sealed record Started(ActiveTake Take) : Job;

        internal sealed record Stop(NetworkTime At) : Job;

        internal sealed record Cut(ActiveTake Take) : Job;

        internal sealed record PartBegun(ActiveTake Take, long End, long Begin) : Job;

        internal sealed record GiveUpWaiting(ActiveTake Take) : Job;

        internal sealed record Finish(ActiveTake Take) : Job;

        internal sealed record Hashed(string Path, TakeManifest Manifest, IReadOnlyList<FileHash> Hashes) : Job;
    }

    /// <summary>Ends with the recorder; a fault in it is a fault of the program.</summary>
    public Task Completion => running;

    /// <summary>Whether a take is open; from any thread.</summary>
    public bool IsRecording => Volatile.Read(ref active) is not null;

    /// <summary>The encoder in use; null while none has been found to work.</summary>
    public string? Encoder => encoder?.Spec.Factory;

    /// <summary>How the camera stands to the group's grid; null where nobody asked for it to be aligned.</summary>
    public PhaseReport? Phase => aligner?.Report;

    /// <summary>By what the capture times are known; null before the camera was ready.</summary>
    public string? CaptureTimesInWords => camera?.Times?.Sentence;

    /// <summary>The live picture; null until the camera is opened.</summary>
    public PreviewFeed? Preview { get; private set; }

    public void StartTake(TakePlan plan) => Post(new Job.Start(plan));

    public void StopTake(NetworkTime at) => Post(new Job.Stop(at));

    public async ValueTask DisposeAsync()
    {
        await check.DisposeAsync();
        // its last word goes through the channel
        hasher.Dispose();
        jobs.Writer.TryComplete();
        await running;
        await salvage.DisposeAsync();
        active?.Dispose();
        Preview?.Dispose();
        camera?.Dispose();
        card?.Dispose();
    }

    private void Post(Job job) => jobs.Writer.TryWrite(job);

    private async Task Run()
    {
        await Task.Yield();
        await foreach (Job job in jobs.Reader.ReadAllAsync())
            Do(job);
    }

    private void Do(Job job)
    {
        switch (job)
        {
            case Job.Open:
                OpenCamera();
                break;
            case Job.Check:
                WriteEnding();
                if (active is null)
                    Say();
                SayDisk();
                break;
            case Job.CameraChanged changed:
                OnCamera(changed.Event);
                break;
            case Job.PhaseChanged phase:
                report(new RecorderEvent.Phase(phase.Phase.Word, phase.Phase.Sentence));
                break;
            case Job.Configure configure:
                Configure(configure);
                break;
            case Job.Start start:
                Start(start.Plan);
                break;
            case Job.Started started:
                aligner?.BeginTake();
                report(new RecorderEvent.Recording(started.Take.Recording.Plan.Name, started.Take.Files.Video));
                break;
            case Job.Report:
                if (active is { } running)
                    Progress(running);
                break;
            case Job.Cut cut:
                if (cut.Take == active)
                    ManifestFile.Write(active.Files.Manifest, WithFiles(active));
                break;
            case Job.PartBegun part:
                if (part.Take == active)
                    OnPart(active, part.End, part.Begin);
                break;
            case Job.Stop stop:
                Stop(stop.At);
                break;
            case Job.GiveUpWaiting late:
                if (late.Take == active)
                    active.Recording.FillUp();
                break;
            case Job.Finish finish:
                if (finish.Take == active)
                    Finish(active);
                break;
            case Job.Hashed hashed:
                Enter(hashed);
                break;
            default:
                throw new UnreachableException($"no case for {job.GetType().Name}");
        }
    }

    private void OpenCamera()
    {
        try
        {
            GstRuntime.Initialise();
            camera = new Camera(
                SettingsOfCamera,
                changed => Post(new Job.CameraChanged(changed)),
                aligner
            );
            if (!camera.Source.IsNone)
                Preview = new PreviewFeed(camera);
            camera.Start();
        }
        catch (GstException fault)
        {
            cameraFault = fault.Message;
        }
        Say();
    }

    /// <summary>Tells the node whether a START would be obeyed now, when that has changed.</summary>
    private void Say()
    {
        RecorderEvent now =
            Obstacle() is { } fault ? new RecorderEvent.NotReady(fault)
            : picture is { } shown ? new RecorderEvent.Ready(Describe(shown.Width, shown.Height))
            : new RecorderEvent.NotReady(null);
        if (now == lastReported)
            return;
        lastReported = now;
        report(now);
    }

    private string? Obstacle() => cameraFault ?? OutputCheck.Probe(output, settings.NodeId, Budget) ?? PrepareEncoder();

    /// <summary>In a few words, for everybody's table; the folder is this node's own business.</summary>
    private string Describe(int width, int height) =>
        $"{camera!.Source.Kind.Word} {width}x{height} at {Rate}, {encoder!.Spec.Factory}, {Path.GetFileName(output.Pattern).Replace("{node}", settings.NodeId, StringComparison.Ordinal)}";

    /// <summary>Chooses and tries encoder and container once; again after a failure, because packages get installed and devices freed.</summary>
    private string? PrepareEncoder()
    {
        if (container is not null)
            return null;
        try
        {
            encoder = EncoderChoice.Choose(options.Encoder);
            container = ContainerChoice.Proved(output.Pattern, encoder.Spec, Path.GetTempPath());
            soundCodec = card is null ? null : SoundCodec.Choose(options.AudioCodec, container);
            return null;
        }
        catch (GstException fault)
        {
            container = null;
            return fault.Message;
        }
    }

    private void Start(TakePlan plan)
    {
        if (active is not null || camera is null || picture is not { } shown || encoder is null || container is null)
        {
            report(new RecorderEvent.Failed(plan.Name, "the camera or the encoder is not ready", default));
            return;
        }
        // the disk is the take's alone
        salvage.Pause();
        if (!output.TryReserve(plan.Name, settings.NodeId, out OutputFiles? files, out string? fault, cut: options.Storage.Segment is not null))
        {
            salvage.Resume();
            report(new RecorderEvent.Failed(plan.Name, fault, default));
            return;
        }
        TakeVideo video;
        SoundSettings? sounding = SoundOfTake;
        try
        {
            video = new VideoFiles(encoder.Spec, container, SettingsOf(plan, sounding), camera.Caps ?? shown.Caps, files, plan, settings.NodeId, camera.Description).Open(EncoderPatience);
        }
        catch (GstException refused)
        {
            files.Release();
            salvage.Resume();
            report(new RecorderEvent.Failed(plan.Name, refused.Message, default));
            return;
        }
        SidecarWriter sidecar = new(files.Sidecar);
        TakeRecording recording = new(plan, options.OnDrop, video, sidecar, clock, network);
        network.BeginHistory();
        TakeSound? sound = sounding is null ? null : new TakeSound(card!, sounding, plan, video, clock, network);
        active = new ActiveTake(recording, video, sidecar, files, ManifestOf(plan, files, shown.Width, shown.Height), new Timer(_ => Post(new Job.Report()), null, ReportEvery, ReportEvery))
        {
            Sound = sound,
            SoundSettings = sounding,
        };
        active.Manifest = WithFiles(active) with { Audio = AudioOf(active) };
        Watch(active);
        ManifestFile.Write(files.Manifest, active.Manifest);
        if (files.Notice is { } notice)
            active.Notes.Add(notice);
        camera.Handler = recording.OnFrame;
        hasher.Recording = true;
        if (cameraFault is { } away)
            Interrupt(active, away);
    }

    private void Watch(ActiveTake take)
    {
        take.Recording.Started.ContinueWith(_ => Post(new Job.Started(take)), TaskScheduler.Default);
        take.Recording.Complete.ContinueWith(_ => Post(new Job.Finish(take)), TaskScheduler.Default);
        take.Video.Error += _ => Post(new Job.Finish(take));
        take.Video.Cut += () => Post(new Job.Cut(take));
        take.Recording.PartBegun += (end, begin) => Post(new Job.PartBegun(take, end, begin));
        if (take.Video.Current.Fault is not null)
            Post(new Job.Finish(take));
    }

    private void Stop(NetworkTime at)
    {
        if (active is not { } take)
            return;
        TakePlan plan = take.Recording.Plan;
        long frames = plan.Rate.FramesIn(at - plan.Start);
        take.StopAt = at;
        take.Recording.StopAt(frames);
        take.Sound?.StopAt(take.Recording.Limit ?? frames);
        TimeSpan wait = network.Mapping is { } mapping ? (mapping.LocalAt(at) - clock.Now()).ToTimeSpan() : TimeSpan.Zero;
        TimeSpan longest = (wait > TimeSpan.Zero ? wait : TimeSpan.Zero) + Patience;
        Task.Delay(longest).ContinueWith(_ => Post(new Job.GiveUpWaiting(take)), TaskScheduler.Default);
    }

    /// <summary>What belongs to the take that is being recorded.</summary>
    private sealed class ActiveTake(TakeRecording recording, TakeVideo video, SidecarWriter sidecar, OutputFiles files, TakeManifest manifest, Timer progress) : IDisposable
    {
        public TakeRecording Recording { get; } = recording;

        public TakeVideo Video { get; } = video;

        public SidecarWriter Sidecar { get; } = sidecar;

        public OutputFiles Files { get; } = files;

        public TakeManifest Manifest { get; set; } = manifest;

        /// <summary>Null: without sound.</summary>
        public TakeSound? Sound { get; init; }

        public SoundSettings? SoundSettings { get; init; }

        public List<string> Notes { get; } = [];

        /// <summary>Why there is no camera now, and the first grid point that lacks it; null while there is one.</summary>
        public (string Reason, long Since)? Away { get; set; }

        public List<TakeGap> Gaps { get; } = [];

        /// <summary>Tells salvage, in any process, that this take is not to be touched; outlives the files until the manifest is closed.</summary>
        public IDisposable Hold { get; } = Original.Hold(files.Video);

        public NetworkTime? StopAt { get; set; }

        /// <summary>Why the take was ended before anybody asked for it.</summary>
        public string? EndedEarly { get; set; }

        public long DeepestQueue { get; set; }

        public void Dispose()
        {
            progress.Dispose();
            Recording.Dispose();
            Sound?.Dispose();
            Video.Dispose();
            Sidecar.Dispose();
        }
    }
}
