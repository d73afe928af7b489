using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>A camera that is lost in mid-take, and one that comes back (docs/recording.md, "A camera that is lost").</summary>
internal sealed partial class Recorder
{
    private void OnCamera(CameraEvent changed)
    {
        if (changed is CameraEvent.Settled settled)
        {
            OnSettled(settled);
            return;
        }
        // a camera that is being set shows and says nothing before that is done
        if (wanted is not null && changed is CameraEvent.Lost)
            return;
        if (changed is CameraEvent.Ready ready)
        {
            (picture, cameraFault) = ((ready.Caps, ready.Width, ready.Height), null);
            if (active is { Away: not null } take)
                Resume(take, ready.Caps);
        }
        else if (changed is CameraEvent.Times times)
            Tell(times.Now);
        else if (changed is CameraEvent.Lost lost)
        {
            cameraFault = lost.Reason;
            if (active is { } take)
                Interrupt(take, lost.Reason);
        }
        Say();
    }

    private void Tell(CaptureTimes times)
    {
        string sentence = $"camera {camera!.Description}: frame times are {times.Sentence}";
        active?.Notes.Add(sentence);
        report(new RecorderEvent.Notice(times.IsDoubtful ? NoticeLevel.Warning : NoticeLevel.Info, sentence));
    }

    private void Interrupt(ActiveTake take, string reason)
    {
        camera!.Handler = null;
        // a take that is complete needs no camera
        if (take.Recording.Interrupt() is not { } since || take.Away is not null)
            return;
        take.Away = (reason, since);
        report(new RecorderEvent.Interrupted(take.Recording.Plan.Name, reason));
    }

    /// <summary>Its pictures are watched while the encoder opens: they tell how the camera stands to the grid now.</summary>
    private void Resume(ActiveTake take, string caps)
    {
        TakePlan plan = take.Recording.Plan;
        long planned = network.Mapping is { } mapping ? plan.Grid.IndexFrom(mapping.At(clock.Now()) + TakePlan.JoinAhead) : take.Away!.Value.Since;
        take.Recording.Expect(planned);
        camera!.Handler = take.Recording.OnFrame;
        try
        {
            VideoFiles files = new(encoder!.Spec, container!, SettingsOf(plan, take.SoundSettings), caps, take.Files, plan, settings.NodeId, camera.Description);
            take.Video.Reopen(files.OpenFile, Math.Max(planned, take.Away!.Value.Since));
            take.Recording.GoOn();
        }
        catch (GstException refused)
        {
            camera.Handler = null;
            take.EndedEarly = $"the camera came back, and no new file could be opened for it: {refused.Message}";
            take.Recording.StopAt(0);
        }
    }

    /// <summary>A file has begun at a later grid point than START.</summary>
    private void OnPart(ActiveTake take, long end, long begin)
    {
        FrameRate rate = take.Recording.Plan.Rate;
        IReadOnlyList<VideoSegment> files = take.Video.Segments;
        string text = $"grid index {begin}, {rate.TimeOf(begin).Seconds:0.0} s after START";
        if (take.Away is { } away)
        {
            TakeGap gap = TakeGap.Between(end, begin, rate, files.Count, Path.GetFileName(files[^1].Path), away.Reason);
            if (gap.Points > 0)
                Enter(take, gap);
            take.Away = null;
            string missing = gap.Points > 0 ? $"; {gap.Points} frames are missing before it ({gap.Seconds:0.0##} s)" : "";
            report(new RecorderEvent.Resumed(take.Recording.Plan.Name, files[^1].Path, $"{files[^1].Path} begins at {text}{missing}"));
        }
        else
        {
            take.Notes.Add($"joined at {text}");
            report(new RecorderEvent.Notice(NoticeLevel.Info, $"joined take {take.Recording.Plan.Name} at {text}"));
        }
        take.Manifest = WithFiles(take);
        ManifestFile.Write(take.Files.Manifest, take.Manifest);
    }

    private static void Enter(ActiveTake take, TakeGap gap)
    {
        take.Gaps.Add(gap);
        take.Notes.Add(gap.Sentence.TrimEnd('.'));
    }

    /// <returns>Why the take has failed for want of a camera; null when it had one at its end.</returns>
    private static string? EndAway(ActiveTake take)
    {
        if (take.Away is not { } away)
            return null;
        TakeRecording recording = take.Recording;
        TakeGap gap = TakeGap.Between(away.Since, recording.Points, recording.Plan.Rate, null, null, away.Reason);
        // STOP was for a point before the loss
        if (gap.Points <= 0)
            return null;
        Enter(take, gap);
        return $"the camera was lost at grid index {away.Since} and was not back before the end: {away.Reason}";
    }

    private EncodeSettings SettingsOf(TakePlan plan, SoundSettings? sound) =>
        new() { Rate = plan.Rate, Bitrate = Bitrate, KeyframeInterval = options.Storage.KeyframeInterval, Segment = options.Storage.Segment, Sound = sound };

    /// <summary>The manifest with what is known by now of the take's files.</summary>
    private static TakeManifest WithFiles(ActiveTake take)
    {
        IReadOnlyList<VideoSegment> files = take.Video.Segments;
        TakePlan plan = take.Recording.Plan;
        long first = take.Recording.First;
        bool several = files.Count > 1 || files[0].FirstIndex > 0 || Path.ChangeExtension(take.Files.Video, null) != Path.ChangeExtension(take.Files.Manifest, null);
        return take.Manifest with
        {
            Segments = several ? [.. files.Select(file => new ManifestSegment(Path.GetFileName(file.Path), file.FirstIndex, file.Frames, file.Bytes))] : null,
            Gaps = take.Gaps.Count == 0 ? null : [.. take.Gaps],
            JoinedIndex = first == 0 ? null : first,
            JoinedSeconds = first == 0 ? null : Math.Round(plan.Rate.TimeOf(first).Seconds, 3),
            Timecode = SmpteTimecode.At(plan.Grid.At(files[0].FirstIndex), plan.Rate).ToString(),
        };
    }
}
