using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>Runs a node: <c>record-syncd --role …</c>. Starts in stages, and fails with a sentence that says what to do.</summary>
internal static class NodeCommand
{
    /// <summary>The settings make no sense (sysexits.h EX_CONFIG).</summary>
    public const int ExitConfiguration = 78;

    /// <summary>The network cannot be used (sysexits.h EX_UNAVAILABLE).</summary>
    private const int ExitUnavailable = 69;

    /// <summary>A fault of the program (sysexits.h EX_SOFTWARE).</summary>
    private const int ExitSoftware = 70;

    /// <summary>Ended by a second Ctrl-C, as a shell reports it.</summary>
    private const int ExitForced = 130;

    public static async Task<int> Run(NodeOptions options)
    {
        if (!OutputPath.TryParse(options.Output, out OutputPath? output, out string? fault) || !OutputPath.TryParse(NamedCamera.Output(options.Output, options.CameraName), out output, out fault))
            return Fail(fault, ExitConfiguration);
        if (FaultOfNodeIds(options) is { } badId)
            return Fail(badId, ExitConfiguration);
        SyncLog? syncLog = null;
        if (options.SyncLog is { } path && !SyncLog.TryOpen(path, out syncLog, out fault))
            return Fail(fault, ExitConfiguration);
        GroupKeys? keys = null;
        if (options.KeyFile is { } keyFile && !KeyFile.TryOpen(keyFile, out keys, out fault))
            return Fail(fault, ExitConfiguration);
        if (!NodePage.TryPrepare(options, keys, out NodePage? page, out fault, out bool inUse))
            return Fail(fault, inUse ? ExitUnavailable : ExitConfiguration);
        LocalClock clock = new(options.SimulatedClock);
        MulticastLink link;
        InterfaceChoice chosen;
        try
        {
            chosen = InterfaceChoice.Resolve(options.Interface);
            link = new MulticastLink(new LinkSettings(chosen, options.Group) { Hardware = options.HardwareTimestamps, Keys = keys }, clock);
        }
        catch (NetworkException refused)
        {
            return Fail(refused.Message, ExitUnavailable);
        }
        using (link)
        await using (page)
        await using (syncLog)
        {
            return await Run(options, output, clock, link, chosen, syncLog, page, keys);
        }
    }

    private static async Task<int> Run(NodeOptions options, OutputPath output, LocalClock clock, MulticastLink link, InterfaceChoice chosen, SyncLog? syncLog, NodePage? page, GroupKeys? keys)
    {
        NodeSettings settings = options.ToSettings(clock, link.Self, page?.AnnouncedFrom(link.Self));
        SharedClock network = new();
        using Prompt prompt = new();
        NoticeLog notices = new(settings.NodeId, () => (network.Mapping?.At(clock.Now()) ?? clock.WallNow()).Nanoseconds / 1_000);
        void Tell(NoticeLevel level, string text)
        {
            prompt.Tell(level, text);
            notices.Add(level, text);
        }
        NodeLoop loop = new(settings, link, clock, network, Tell);
        // the first beacon leaves here, before a camera or a word to the user costs time
        Task running = loop.Run();
        syncLog?.Start(loop, Tell);
        prompt.Say($"record-syncd {ProgramVersion.Text}: {settings.NodeId}, {options.Role.ToString().ToLowerInvariant()}, on {chosen}, group {options.Group}, {(keys is null ? "no key: this network is trusted" : $"sealed with {keys}")}");
        using KeyFileWatch? keyWatch = keys is null ? null : KeyFileWatch.TryStart(options.KeyFile!, keys, Tell);
        if (options.SimulatedClock is { } wrong)
            prompt.Say($"simulated clock: {wrong}");
        if (link.Timestamps == TimestampSource.Hardware)
            prompt.Say($"packets are stamped by {link.DescribeStamps()}");
        else if (link.Timestamps != TimestampSource.Kernel)
            Tell(NoticeLevel.Warning, $"packets are stamped by the {link.DescribeStamps()}");
        if (options.Clock != ClockSource.Builtin && WallClock.Refusal() is { } refusal)
            Tell(NoticeLevel.Warning, refusal);
        // disposed after the recorder: until the last file is closed the service is alive
        using ServiceSupervisor? service = ServiceSupervisor.Start(loop, () => loop.Recorder is Recorder { IsRecording: true }, Tell);
        await using Recorder? recorder = settings.HasCamera ? new Recorder(options, settings, output, clock, network, link, happened => loop.Post(new NodeInput.Recorder(happened))) : null;
        loop.Recorder = recorder;
        using VerdictDesk desk = new(output, settings.NodeId, prompt, Tell);
        loop.OnVerdict = desk.Take;
        using SignalsToLeave signals = new(loop, prompt, service, options.Attached);
        NodeSnapshots snapshots = new(loop);
        NodeView view = new(snapshots, loop, link, options, settings, output, chosen, recorder);
        if (page?.Url is { } url)
            prompt.Say($"page: {url}");
        else if (page is not null)
            Tell(NoticeLevel.Warning, page.Fault!);
        if (options.CameraName is { } name)
            prompt.Say($"camera {name} is recorded to {output.Pattern}");
        FurtherCameras further = new(options, options.NodeIdAt(link.Self), prompt.Say, Tell);
        page?.Open(new NodePage.Parts(snapshots, loop, link, clock, settings, output, chosen, notices, desk, Tell, () => recorder?.Preview));
        prompt.Start(loop, view, options.Attached ? () => Orphan.Leave(loop, Tell) : null);
        Task first = await Task.WhenAny(running, signals.Forced, recorder?.Completion ?? signals.Forced);
        if (first == signals.Forced)
            Force(prompt, further);
        try
        {
            // only a fault ends the recorder before the node has left
            await first;
            await running;
        }
        catch (Exception fault)
        {
            Console.Error.WriteLine($"record-syncd: a fault in the program, please report it: {fault}");
            Environment.Exit(ExitSoftware);
        }
        // after this node, whose STOP, where it leads, has ended their takes at the same point
        if (await Task.WhenAny(further.Leave(), signals.Forced) == signals.Forced)
            Force(prompt, further);
        desk.Dispose();
        prompt.Say("left the group");
        return 0;
    }

    private static void Force(Prompt prompt, FurtherCameras further)
    {
        further.Kill();
        prompt.Tell(NoticeLevel.Warning, "forced: the file ends where it is; it is playable without repair");
        Environment.Exit(ExitForced);
    }

    private static string? FaultOfNodeIds(NodeOptions options)
    {
        IEnumerable<string?> names = [options.CameraName, .. options.Further.Select(camera => camera.Name)];
        return options.NodeId is { } node ? names.Select(name => NodeOptions.FaultOfNodeId(NamedCamera.NodeId(node, name))).FirstOrDefault(fault => fault is not null) : null;
    }

    private static int Fail(string sentence, int code)
    {
        Console.Error.WriteLine($"record-syncd: {sentence}");
        return code;
    }

    /// <summary>Ctrl-C, SIGTERM and SIGHUP ask the node to leave; a second one does not wait for the file. A terminal sends Ctrl-C and its own end to attached processes too: these leave it to the first one to tell them.</summary>
    private sealed class SignalsToLeave : IDisposable
    {
        private readonly List<PosixSignalRegistration> registrations = [];
        private readonly TaskCompletionSource forced = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int count;

        public SignalsToLeave(NodeLoop loop, Prompt prompt, ServiceSupervisor? service, bool attached)
        {
            foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            {
                bool forAll = attached && signal != PosixSignal.SIGTERM;
                registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    if (!forAll)
                        OnSignal(context, loop, prompt, service);
                }));
            }
        }

        public Task Forced => forced.Task;

        public void Dispose()
        {
            foreach (PosixSignalRegistration registration in registrations)
                registration.Dispose();
        }

        private void OnSignal(PosixSignalContext context, NodeLoop loop, Prompt prompt, ServiceSupervisor? service)
        {
            if (Interlocked.Increment(ref count) > 1)
            {
                forced.TrySetResult();
                return;
            }
            string name = context.Signal == PosixSignal.SIGINT ? "Ctrl-C" : context.Signal.ToString();
            prompt.Say($"{name}: leaving{(context.Signal == PosixSignal.SIGINT ? " (once more forces)" : "")}");
            loop.Post(new NodeInput.LeaveRequested(name));
            service?.Leave();
        }
    }
}
