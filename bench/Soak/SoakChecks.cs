using System.Diagnostics;
using System.Globalization;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>What must be true of the files of a take, whatever happened in it.</summary>
internal static class SoakChecks
{
    // no misfortune of this soak makes two records of one node disagree
    private static readonly string[] Contradictions = ["disagree", "is not what was recorded", "do not belong together", "out of order", "has no line for", "not the same instant"];

    /// <param name="pixels">Decodes every frame; else by sidecars, and a count of the packets.</param>
    public static void Files(SoakTake take, SoakGroup group, bool pixels)
    {
        List<string> folders = [];
        foreach (SoakNode node in group.All)
        {
            string folder = node.FolderOf(take.Name!);
            if (!Directory.Exists(folder))
            {
                Require(take, !take.Recorders.Contains(node.Name), $"{node.Name} has recorded, and has no folder of the take");
                continue;
            }
            folders.Add(folder);
            Folder(take, node, folder);
        }
        Judge(take, folders, pixels);
        EqualCounts(take, group);
    }

    /// <summary>Every file is of this node's take, and its manifest says what became of it.</summary>
    private static void Folder(SoakTake take, SoakNode node, string folder)
    {
        string[] names = [.. Directory.GetFiles(folder, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        string[] videos = [.. names.Where(name => name.EndsWith(".mp4", StringComparison.Ordinal))];
        foreach (string name in names)
        {
            bool known = name is "take.json" || name == $"{node.Name}.json" || name == $"{node.Name}.frames.csv" || videos.Contains(name) || name.EndsWith(".salvage-original", StringComparison.Ordinal);
            Require(take, known, $"{node.Name} has left a file that belongs to nothing: {name}");
        }
        TakeManifest? manifest = ManifestFile.Read(Path.Combine(folder, $"{node.Name}.json"), out string? fault);
        if (manifest is null)
        {
            // a full disk, or a kill in the very moment of START, may leave take.json alone
            Require(take, videos.Length == 0 || take.Full.Contains(node.Name), $"{node.Name} has video without a manifest: {fault}");
            return;
        }
        Require(take, names.Contains(manifest.Sidecar), $"{node.Name} has no sidecar");
        string[] told = manifest.Segments is { } segments ? [.. segments.Select(segment => segment.Video)] : [manifest.Video];
        Require(take, told.Order(StringComparer.Ordinal).SequenceEqual(videos), $"{node.Name} has {string.Join(", ", videos)}, and its manifest names {string.Join(", ", told)}");
        ManifestState[] states =
            take.Killed.Contains(node.Name) ? [ManifestState.Salvaged, ManifestState.Finished]
            : take.Full.Contains(node.Name) ? [ManifestState.Failed, ManifestState.Salvaged, ManifestState.Finished]
            : [ManifestState.Finished];
        Require(take, states.Contains(manifest.State), $"{node.Name}'s manifest says {manifest.State}{(manifest.Error is null ? "" : $": {manifest.Error}")}");
        long frames = videos.Sum(video => Packets(take, node.Name, Path.Combine(folder, video)));
        Require(take, frames == manifest.Frames, $"{node.Name} has {frames} pictures in its files, and {manifest.Frames} by its manifest");
    }

    private static void Judge(SoakTake take, List<string> folders, bool pixels)
    {
        VerifyReport report = VerifyReport.Examine(folders, sidecarsOnly: !pixels);
        foreach (UnreadableFile file in report.Unreadable)
            take.Anomalies.Add($"verify cannot read {file.Path}: {file.Reason}");
        foreach (ReasonReport reason in report.Takes.SelectMany(found => found.Reasons))
            Require(take, !Contradictions.Any(word => reason.Text.Contains(word, StringComparison.Ordinal)), $"verify: {reason.Text}");
    }

    /// <summary>Of those that were there all the time; a node whose cable was out may have got the STOP late, and says so by its count.</summary>
    private static void EqualCounts(SoakTake take, SoakGroup group)
    {
        List<string> counts = [];
        foreach (SoakNode node in group.All.Where(node => take.IsWhole(node.Name) && !take.Cut.Contains(node.Name)))
        {
            if (ManifestFile.Read(Path.Combine(node.FolderOf(take.Name!), $"{node.Name}.json"), out _) is { } manifest)
                counts.Add(FormattableString.Invariant($"{manifest.Frames + manifest.Dropped}"));
        }
        Require(take, counts.Distinct().Count() <= 1, $"the nodes that were there all the time have {string.Join(", ", counts)} grid points");
    }

    /// <summary>Every node that was there at the end has the verdict, all have the same nodes in it, and what went wrong is named.</summary>
    public static void Verdicts(SoakTake take, SoakGroup group)
    {
        List<GroupVerdict> verdicts = [];
        foreach (SoakNode node in group.All.Where(node => take.IsWhole(node.Name)))
        {
            GroupVerdict? verdict = GroupVerdictFile.Read(VerdictPath(node, take));
            Require(take, verdict is not null, $"{node.Name} has no take.json");
            if (verdict is not null)
                verdicts.Add(verdict);
        }
        if (verdicts.Count == 0)
            return;
        take.Grade = verdicts.Max(verdict => verdict.Word);
        string[] members = [.. verdicts.Select(verdict => string.Join(' ', verdict.Nodes.Select(node => node.Node).Order())).Distinct()];
        Require(take, members.Length == 1 || take.Cut.Count > 0, $"take.json has different nodes on different nodes: {string.Join(" | ", members)}");
        GroupVerdict best = verdicts.MaxBy(verdict => verdict.Nodes.Count)!;
        string words = string.Join(' ', [.. best.Reasons, .. best.Missing]);
        foreach (string name in take.Recorders.Where(name => best.Nodes.All(node => node.Node != name)))
            Require(take, words.Contains(name, StringComparison.Ordinal), $"{name} has recorded, and the verdict does not name it");
        foreach (string name in take.Killed.Concat(take.Full).Concat(take.Left).Distinct().Where(take.Recorders.Contains))
            Require(take, best.Word != TakeGrade.Pass && words.Contains(name, StringComparison.Ordinal), $"something happened to {name}, and the verdict {best.Word} does not name it: {words}");
    }

    /// <summary>A record may be put together anew, by a leader's successor: in the end all have the same.</summary>
    public static bool AreVerdictsEqual(SoakTake take, SoakGroup group) =>
        group.All.Where(node => take.IsWhole(node.Name)).Select(node => GroupVerdictFile.Read(VerdictPath(node, take)) is { } verdict ? string.Join(' ', verdict.Nodes.Select(part => $"{part.Node}/{part.Revision}")) : "").Distinct().Count() <= 1;

    public static string VerdictPath(SoakNode node, SoakTake take) => Path.Combine(node.FolderOf(take.Name!), "take.json");

    /// <summary>As ffprobe counts them, which also must have nothing to complain of.</summary>
    private static long Packets(SoakTake take, string node, string video)
    {
        ProcessStartInfo start = new("ffprobe", ["-v", "error", "-select_streams", "v", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", video]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> complaints = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        string complaint = complaints.Result.Trim();
        Require(take, process.ExitCode == 0 && complaint.Length == 0, $"ffprobe about {node}'s {Path.GetFileName(video)}: {complaint}");
        return long.TryParse(said.Split('\n')[0].TrimEnd(','), CultureInfo.InvariantCulture, out long count) ? count : 0;
    }

    private static void Require(SoakTake take, bool holds, string otherwise)
    {
        if (!holds)
            take.Anomalies.Add(otherwise);
    }
}
