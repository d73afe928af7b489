using System.Text;
using Microsoft.Win32.SafeHandles;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>
/// Repairs one node's take that was cut off by a power failure or a kill: the video becomes an ordinary file, the sidecar gets a line for each of
/// its frames and no more, the manifest says "salvaged". A repaired file takes the name only when it was read back and shows every picture that the old one
/// showed; the old ones are kept. What cannot be repaired is left as it is.
/// </summary>
internal sealed class TakeSalvage
{
    private readonly string manifestPath;
    private readonly string folder;
    private readonly TakeManifest manifest;
    private readonly FrameRate rate;
    private readonly CancellationToken stop;

    private TakeSalvage(string manifestPath, TakeManifest manifest, FrameRate rate, CancellationToken stop)
    {
        (this.manifestPath, this.manifest, this.rate, this.stop) = (manifestPath, manifest, rate, stop);
        folder = Path.GetDirectoryName(Path.GetFullPath(manifestPath))!;
    }

    /// <exception cref="OperationCanceledException">Nothing has been changed then.</exception>
    public static SalvagedTake Run(string manifestPath, CancellationToken stop = default)
    {
        TakeManifest? manifest = ManifestFile.Read(manifestPath, out string? fault);
        if (manifest is null || !FrameRate.TryParse(manifest.Fps, out FrameRate rate))
            return new SalvagedTake(manifestPath, SalvageOutcome.Unreadable, fault ?? $"\"{manifestPath}\" names no frame rate.");
        SalvagedTake report = new(manifestPath, SalvageOutcome.LeftAlone, "", manifest.Take);
        try
        {
            return new TakeSalvage(manifestPath, manifest, rate, stop).Run(report);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return report with { Text = $"{manifest.Video} is left as it is: {StorageFault.Describe(e, manifestPath)}" };
        }
        catch (Exception e) when (e is GstException or InvalidDataException)
        {
            return report with { Text = $"{manifest.Video} is left as it is: {e.Message}" };
        }
    }

    private SalvagedTake Run(SalvagedTake report)
    {
        List<string> videos = Videos();
        if (videos.Count == 0)
            return report with { Outcome = SalvageOutcome.Unreadable, Text = $"{manifest.Video} is not there any more." };
        if (manifest.State != ManifestState.Recording && !(manifest.State == ManifestState.Failed && videos.Any(IsFragmented)))
            return report with { Outcome = SalvageOutcome.Whole, Text = $"{manifest.Video} is whole.", Frames = manifest.Frames };
        // the first file is held by its recorder as long as the take lasts
        using SafeFileHandle? held = Original.TryLock(videos[0]);
        if (held is null)
            return report with { Text = $"{manifest.Video} is being recorded by a running record-syncd, or open in another program." };
        // read again: it may have been finished a moment ago
        if (ManifestFile.Read(manifestPath, out _)?.State != manifest.State)
            return report with { Outcome = SalvageOutcome.Whole, Text = $"{manifest.Video} was finished just now." };
        return Repair(report, videos);
    }

    private SalvagedTake Repair(SalvagedTake report, List<string> videos)
    {
        List<(string Path, string? Repaired, CodedPictures Pictures, long FirstIndex)> files = [];
        List<string> empty = [];
        try
        {
            foreach (string video in videos)
            {
                long first = FirstIndexOf(video, files.Count == 0 ? 0 : files[^1].FirstIndex + Span(files[^1].Pictures));
                (string? repaired, CodedPictures pictures) = RepairVideo(video, first);
                if (pictures.Times.Count == 0)
                    empty.Add(video);
                else
                    files.Add((video, repaired, pictures, first));
            }
            if (files.Count == 0)
                return report with { Outcome = SalvageOutcome.BeyondRepair, Text = $"{manifest.Video} is beyond repair: not one picture in it can be read. It is left as it is." };
            return Exchange(report, files, empty);
        }
        finally
        {
            foreach (string? unfinished in files.Select(file => file.Repaired))
            {
                // only copies that were not wanted still have this name
                if (unfinished is not null)
                    File.Delete(unfinished);
            }
        }
    }

    /// <summary>The grid point of the frame after the last one.</summary>
    private long Span(CodedPictures pictures) => rate.FramesIn(new Nanos(pictures.Times[^1])) + 1;

    /// <returns>Where the repaired copy lies, null where none is needed; and what is in the video.</returns>
    private (string? Repaired, CodedPictures Pictures) RepairVideo(string video, long firstIndex)
    {
        if (new FileInfo(video).Length == 0)
            return (null, new CodedPictures([], [], ""));
        if (IsOrdinary(video))
            return (null, CodedFile.Read(video, stop: stop));
        long free = new DriveInfo(folder).AvailableFreeSpace, size = new FileInfo(video).Length;
        if (free < size + OutputCheck.LeastFree)
            throw new GstException($"the repaired copy needs {Quantity.Bytes(size + OutputCheck.LeastFree)}, and {Quantity.Bytes(free)} are free. It plays without repair, too");
        string unfinished = Original.UnfinishedOf(video);
        try
        {
            FileLabels labels = new(manifest.Take, manifest.Node, manifest.Camera, manifest.Encoder, new FrameGrid(new NetworkTime(manifest.StartNs), rate).At(firstIndex), rate);
            EncodeSettings settings = new() { Rate = rate, FirstIndex = firstIndex, Labels = labels, SoundExpected = manifest.Audio is not null };
            CodedPictures found = CodedFile.Copy(video, unfinished, settings, stop);
            if (found.Times.Count == 0)
                return (null, found);
            CodedPictures copied = CodedFile.Read(unfinished, null, found.SoundFrames == 0 ? null : _ => { }, stop);
            if (copied.Digest != found.Digest)
                throw new GstException($"the repaired copy shows {copied.Times.Count} pictures and {copied.SoundFrames} frames of sound, and not the same {found.Times.Count} and {found.SoundFrames}");
            return (unfinished, found);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private SalvagedTake Exchange(SalvagedTake report, List<(string Path, string? Repaired, CodedPictures Pictures, long FirstIndex)> files, List<string> empty)
    {
        List<(long Index, long PtsNs, long Bytes)> frames = [];
        foreach (var file in files)
        {
            foreach ((long time, long bytes) in file.Pictures.Times.Zip(file.Pictures.Sizes))
            {
                long index = file.FirstIndex + rate.FramesIn(new Nanos(time));
                frames.Add((index, rate.TimeOf(index).Value, bytes));
            }
        }
        string sidecar = Path.Join(folder, manifest.Sidecar);
        string found = File.Exists(sidecar) ? ReadText(sidecar) : "";
        RepairedSidecar repaired = SidecarRepair.Repair(found, frames);
        List<string> kept = [];
        foreach (var file in files.Where(file => file.Repaired is not null))
            kept.Add(Original.Replace(file.Path, file.Repaired!));
        foreach (string unused in empty)
        {
            // opened for the next part of the take, which did not come
            kept.Add(Original.Keep(unused));
            File.Delete(unused);
        }
        if (found != repaired.Text)
        {
            if (File.Exists(sidecar))
                kept.Add(Original.Keep(sidecar));
            Original.Put(sidecar, Encoding.UTF8.GetBytes(repaired.Text));
        }
        kept.Add(Original.Keep(manifestPath));
        TakeManifest salvaged = Salvaged(files, frames, repaired, [.. kept.Select(name => Path.GetFileName(name))]);
        if (ManifestFile.Write(manifestPath, salvaged) is { } fault)
            return report with { Text = $"{manifest.Video} is repaired, its manifest is not: {fault}" };
        ManifestSalvage done = salvaged.Salvage!;
        return report with
        {
            Outcome = SalvageOutcome.Salvaged,
            Text = $"{manifest.Video} is salvaged: {frames.Count} frames, the last one at {done.LastPtsNs / 1e9:0.00} s, {done.FramesLost} lost after it.",
            Frames = frames.Count,
            LastIndex = done.LastIndex,
            LastSeconds = done.LastPtsNs / 1e9,
            FramesLost = done.FramesLost,
            Kept = done.Kept,
        };
    }

    private TakeManifest Salvaged(
        List<(string Path, string? Repaired, CodedPictures Pictures, long FirstIndex)> files,
        List<(long Index, long PtsNs, long Bytes)> frames,
        RepairedSidecar sidecar,
        IReadOnlyList<string> kept
    )
    {
        (long lastIndex, long lastPts, _) = frames[^1];
        string note = $"cut off, and salvaged: the last good frame is {lastIndex}, {lastPts / 1e9:0.000} s after the start";
        if (manifest.Audio is not null)
            note += files.All(file => file.Repaired is null || file.Pictures.SoundFrames > 0) ? "; its sound was kept" : "; no sound could be read";
        if (sidecar.FramesWithoutRow > 0)
            note += $"; of {sidecar.FramesWithoutRow} frames the capture time is not known";
        return manifest with
        {
            State = ManifestState.Salvaged,
            Frames = frames.Count,
            Repeated = sidecar.Repeated,
            Dropped = sidecar.Dropped,
            Segments = manifest.Segments is null && files.Count == 1
                ? null
                : [.. files.Select(file => new ManifestSegment(Path.GetFileName(file.Path), file.FirstIndex, file.Pictures.Times.Count, file.Pictures.Sizes.Sum()))],
            // it spoke of the files as they were; in take.json, and in the manifest that is kept, it still does
            Verdict = null,
            Salvage = new ManifestSalvage(lastIndex, lastPts, sidecar.FramesLost, kept),
            Notes = [.. manifest.Notes, note],
        };
    }

    /// <summary>The video, or all files of a take that has several, also those that its manifest did not live to name.</summary>
    private List<string> Videos()
    {
        string first = Path.Join(folder, manifest.Video);
        OutputFiles names = new(first, "", Path.GetFullPath(manifestPath), null);
        List<string> found = [];
        for (int number = 1; File.Exists(names.NumberedVideo(number)); number++)
            found.Add(names.NumberedVideo(number));
        return found;
    }

    /// <summary>A file that the manifest does not name yet begins where the one before ends.</summary>
    private long FirstIndexOf(string video, long expected) => manifest.Segments?.FirstOrDefault(segment => segment.Video == Path.GetFileName(video))?.FirstIndex ?? expected;

    private static string ReadText(string path)
    {
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    /// <summary>Only an MP4 tells whether it was finished.</summary>
    private static bool IsOrdinary(string video) => Mp4Box.TopLevel(video) is { } boxes && boxes.Contains("moov") && boxes.Contains("mdat") && !boxes.Contains("moof");

    private static bool IsFragmented(string video) => Mp4Box.TopLevel(video)?.Contains("moof") == true;
}
