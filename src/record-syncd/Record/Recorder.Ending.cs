namespace RecordSync.Daemon;

/// <summary>How a take ends, and what is written of it: the last pass over its sidecar, its manifest, its verdict and its hashes.</summary>
internal sealed partial class Recorder
{
    private void Finish(ActiveTake take)
    {
        camera!.Handler = null;
        active = null;
        hasher.Recording = false;
        FinishSound(take);
        EncodeOutcome outcome = take.Video.Finish();
        take.Dispose();
        TakeCounts counts = take.Recording.Counts with { Bytes = outcome.Bytes };
        if (outcome.Note is { } remark)
            take.Notes.Add(remark);
        string name = take.Recording.Plan.Name;
        long? expected = take.Recording.Limit;
        long reached = take.Recording.First + counts.Frames + counts.Dropped;
        if (expected is { } points && reached > points)
            take.Notes.Add($"STOP came too late for {reached - points} frames");
        if (take.Sidecar.Error is { } sidecarFault)
            take.Notes.Add(sidecarFault);
        bool nothing = counts.Frames == 0;
        string? noCamera = EndAway(take);
        string? error = outcome.Error ?? take.EndedEarly ?? noCamera ?? (nothing ? take.StopAt is null ? "no frame came from the camera" : "stopped before its first frame" : null);
        // the camera's phase is asked once: a take has ended
        string phase = aligner?.EndTake() ?? PhaseAligner.FreeRunning;
        ManifestTiming timing = nothing ? new ManifestTiming(OnDropInWords, counts.Late, phase, null, null, null) : Correct(take, counts, phase);
        NodeVerdict verdict = Judge(take, nothing, error, phase);
        TakeManifest manifest = Closing(take, counts, error) with { Timing = timing, Verdict = verdict };
        if (nothing)
        {
            take.Files.Discard();
            take.Hold.Dispose();
        }
        else
            unwritten = (take.Files.Manifest, manifest, take.Hold);
        WriteEnding();
        salvage.Resume();
        if (!nothing)
            hasher.Add([.. take.Video.Segments.Select(segment => segment.Path), take.Files.Sidecar], hashes => Post(new Job.Hashed(take.Files.Manifest, manifest, hashes)));
        report(new RecorderEvent.Judged(verdict));
        report(
            error is null
                ? new RecorderEvent.Finished(name, take.Files.Video, counts, take.Notes.Count == 0 ? null : string.Join("; ", take.Notes))
                : new RecorderEvent.Failed(name, nothing ? error : $"{error}; what was recorded until then is in {take.Files.Video}{(outcome.Complete ? ", closed properly" : "")}", counts)
        );
        lastReported = null;
        Say();
        FreedMemory.GiveBack();
    }

    /// <summary>This node's verdict, by the sidecar as it has become: what verify will find there.</summary>
    private NodeVerdict Judge(ActiveTake take, bool nothing, string? error, string phase)
    {
        NodeFacts facts = take.Recording.Facts(settings.NodeId, network.Led is not null, take.Video.Syncs, take.Manifest.LateNs, error) with { Phase = phase, Sound = AudioOf(take)?.Complaint, Gaps = take.Gaps, JoinedIndex = take.Recording.First };
        bool sound = !nothing && take.Sidecar.Error is null;
        return (sound ? SidecarFile.Tally(take.Files.Sidecar, take.Recording.Plan.Grid)?.Close(facts) : null) ?? take.Recording.Judge(facts);
    }

    /// <summary>The files of a take have been hashed, perhaps minutes after it ended.</summary>
    private void Enter(Job.Hashed hashed)
    {
        NodeVerdict verdict = hashed.Manifest.Verdict! with { Hashes = hashed.Hashes, Revision = hashed.Manifest.Verdict.Revision + 1 };
        TakeManifest manifest = hashed.Manifest with { Verdict = verdict };
        // one that the disk had no room for is written with the hashes, when it has
        if (unwritten is { } ending && ending.Path == hashed.Path)
            unwritten = (hashed.Path, manifest, ending.Hold);
        else if (File.Exists(hashed.Path))
            ManifestFile.Write(hashed.Path, manifest);
        report(new RecorderEvent.Judged(verdict));
    }

    /// <summary>The last pass over the frames' times, now that the whole take's clock is known.</summary>
    private ManifestTiming Correct(ActiveTake take, TakeCounts counts, string phase)
    {
        ManifestTiming timing = new(OnDropInWords, counts.Late, phase, null, null, null);
        if (network.EndHistory() is not { } settled || take.Sidecar.Error is not null)
            return timing;
        if (SidecarCorrection.Apply(take.Files.Sidecar, settled, take.Recording.Plan.Rate, out string? fault) is not { } corrected)
        {
            take.Notes.Add(fault!);
            return timing;
        }
        return timing with { SensorPpm = Round(corrected.Rate?.Ppm), SensorPpmError = Round(corrected.Rate?.ErrorPpm), LargestCorrectionNs = corrected.LargestNs };
    }

    private string OnDropInWords => options.OnDrop == DropPolicy.Gap ? "gap" : "repeat";

    private static double? Round(double? ppm) => ppm is { } value ? Math.Round(value, 3) : null;

    private void WriteEnding()
    {
        // a manifest that the user has moved or deleted meanwhile is not made again
        if (unwritten is not { } ending || (File.Exists(ending.Path) && ManifestFile.Write(ending.Path, ending.Manifest) is not null))
            return;
        unwritten = null;
        ending.Hold.Dispose();
    }

    private TakeManifest ManifestOf(TakePlan plan, OutputFiles files, int width, int height) =>
        new()
        {
            Take = plan.Name,
            Node = settings.NodeId,
            Role = network.Led is null ? "follower" : "leader",
            Leader = plan.Leader,
            Video = Path.GetFileName(files.Video),
            Sidecar = Path.GetFileName(files.Sidecar),
            State = ManifestState.Recording,
            Fps = plan.Rate.ToString(),
            Width = width,
            Height = height,
            Camera = camera!.Description,
            CaptureTimes = camera.Times?.Sentence,
            Encoder = encoder!.Spec.Factory,
            Container = container!.Mode,
            ContainerNote = container.Note,
            BitrateKbps = Bitrate,
            Asked = plan.Settings?.InWords,
            StartNs = plan.Start.Nanoseconds,
            LateNs = network.Mapping is { } mapping ? Math.Max(0, (mapping.At(clock.Now()) - plan.Grid.At(plan.FirstIndex)).Value) : 0,
            Clock = ClockNow(plan.Leader),
            SimulatedClock = options.SimulatedClock?.ToString(),
            SimulatedCamera = camera!.Source is { Kind.Maker: PictureMaker.TestPicture, Timing: { } timing } ? timing.ToOptions() : null,
            Version = ProgramVersion.Text,
            Host = settings.Host,
        };

    private ManifestClock? ClockNow(string leader)
    {
        if (network.Mapping is not { } mapping)
            return null;
        LocalTime now = clock.Now();
        long wall = now.Nanoseconds + settings.WallOffset.Value;
        return new ManifestClock(
            mapping.At(now).Nanoseconds - wall,
            (long)(mapping.Rate * 1e9),
            mapping.ErrorAt(now),
            link.Timestamps.WireName(),
            leader
        );
    }

    private TakeManifest Closing(ActiveTake take, TakeCounts counts, string? error) =>
        WithFiles(take) with
        {
            Disk = new ManifestDisk(take.DeepestQueue, take.Video.LongestSync.Ticks * 100),
            State = error is null ? ManifestState.Finished : ManifestState.Failed,
            StopNs = take.StopAt?.Nanoseconds,
            Frames = counts.Frames,
            Repeated = counts.Repeated,
            Dropped = counts.Dropped,
            Duplicates = counts.Duplicated,
            Clock = ClockNow(take.Recording.Plan.Leader),
            Audio = AudioOf(take),
            Notes = [.. take.Notes],
            Error = error,
        };
}
