namespace RecordSync.Daemon;

/// <summary>The three files of one take on this node. <see cref="Instead"/> is the video's name that was asked for, when it was not free.</summary>
internal sealed record OutputFiles(string Video, string Sidecar, string Manifest, string? Instead)
{
    /// <summary>What to tell the user when the name had to change; null when it is the one that was asked for.</summary>
    public string? Notice => Instead is null ? null : $"\"{Instead}\" belongs to an earlier take and is kept; this one goes to \"{Video}\".";

    /// <summary>The digits that tell the files of a cut take apart.</summary>
    private const string FirstNumber = "-0001";

    /// <summary>Before the number of a file that the camera's return began, in a take that is not cut.</summary>
    private const string PartMark = "-part";

    /// <summary>"X-0002.mp4" for 2 of a take that is cut, of all others "X-part2.mp4".</summary>
    public string NumberedVideo(int number)
    {
        string extension = Path.GetExtension(Video), stem = Video[..^extension.Length];
        if (number == 1)
            return Video;
        return IsCut ? $"{stem[..^FirstNumber.Length]}-{number:0000}{extension}" : $"{stem}{PartMark}{number}{extension}";
    }

    /// <summary>The stem of manifest and sidecar, by the name of one of the take's videos, as "X" of "X-0002.mp4", "X-part2.mp4" and "X.mp4": all that it may be.</summary>
    internal static IEnumerable<string> StemsOf(string video)
    {
        string stem = video[..^Path.GetExtension(video).Length];
        if (stem.Length > FirstNumber.Length && stem[^FirstNumber.Length] == '-' && !stem.AsSpan(stem.Length - FirstNumber.Length + 1).ContainsAnyExceptInRange('0', '9'))
            yield return stem[..^FirstNumber.Length];
        int mark = stem.LastIndexOf(PartMark, StringComparison.Ordinal);
        if (mark > 0 && int.TryParse(stem.AsSpan(mark + PartMark.Length), System.Globalization.NumberStyles.None, null, out _))
            yield return stem[..mark];
        yield return stem;
    }

    private bool IsCut => Path.ChangeExtension(Manifest, null) != Path.ChangeExtension(Video, null);

    /// <summary>The names of a take that is cut into several files.</summary>
    internal static OutputFiles Numbered(string stem, string extension, string? instead) =>
        new(stem + FirstNumber + extension, stem + ".frames.csv", stem + ".json", instead);

    /// <summary>Whether a file of an earlier cut take, which has lost its manifest, stands in the way.</summary>
    internal bool HasNumberedNeighbours()
    {
        string folder = Path.GetDirectoryName(Video) is { Length: > 0 } named ? named : ".";
        string extension = Path.GetExtension(Video);
        string stem = Path.GetFileName(Video)[..^(FirstNumber.Length + extension.Length)];
        return Directory
            .EnumerateFiles(folder)
            .Select(Path.GetFileName)
            .Any(name =>
                name!.Length == stem.Length + FirstNumber.Length + extension.Length
                && name.StartsWith(stem + "-", StringComparison.Ordinal)
                && name.EndsWith(extension, StringComparison.Ordinal)
                && name.AsSpan(stem.Length + 1, 4).IndexOfAnyExceptInRange('0', '9') < 0
            );
    }

    /// <summary>Makes all three, empty, or none. The manifest comes first: it is the one that recordings with different endings share.</summary>
    internal bool TryClaim()
    {
        string[] all = [Manifest, Sidecar, Video];
        for (int made = 0; made < all.Length; made++)
        {
            try
            {
                using var _ = new FileStream(all[made], FileMode.CreateNew, FileAccess.Write);
            }
            catch (IOException e) when (StorageFault.IsExists(e))
            {
                Remove(all[..made]);
                return false;
            }
            catch
            {
                Remove(all[..made]);
                throw;
            }
        }
        return true;
    }

    /// <summary>Gives the names back when the take came to nothing: removes those of the three that are still empty.</summary>
    public void Release() => Remove([.. new[] { Manifest, Sidecar, Video }.Where(file => new FileInfo(file) is { Exists: true, Length: 0 })]);

    /// <summary>A take without a single frame leaves nothing behind that could be mistaken for footage.</summary>
    public void Discard() => Remove([Manifest, Sidecar, Video]);

    private static void Remove(string[] files)
    {
        foreach (string file in files)
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // an empty file that stays behind costs a number in the next name, nothing more
            }
        }
    }
}
