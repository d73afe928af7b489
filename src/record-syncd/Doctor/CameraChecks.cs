using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The user that the doctor runs as, and the groups that this process has and those that the user has been given.</summary>
internal sealed record UserGroups(string User, bool IsRoot, IReadOnlySet<string> OfProcess, IReadOnlySet<string> OfUser)
{
    public static UserGroups Read(Kernel kernel) =>
        Parse(Environment.UserName, Environment.IsPrivilegedProcess, kernel.Text("/proc/self/status") ?? "", kernel.Text("/etc/group") ?? "");

    /// <param name="status">/proc/self/status.</param>
    /// <param name="groups">/etc/group.</param>
    internal static UserGroups Parse(string user, bool isRoot, string status, string groups)
    {
        HashSet<string> numbers = [.. Numbers(status, "Groups:"), .. Numbers(status, "Gid:")];
        HashSet<string> ofProcess = [], ofUser = [];
        foreach (string line in groups.Split('\n'))
        {
            // video:x:44:alice,bob
            string[] field = line.Split(':');
            if (field.Length < 4)
                continue;
            if (numbers.Contains(field[2]))
                ofProcess.Add(field[0]);
            if (field[3].Split(',', StringSplitOptions.TrimEntries).Contains(user))
                ofUser.Add(field[0]);
        }
        return new UserGroups(user, isRoot, ofProcess, ofUser);
    }

    /// <summary>What brings this user into a group.</summary>
    public string RemedyFor(string group) => OfUser.Contains(group) ? $"{User} is in the group {group} since this session began: log out and in again" : $"sudo usermod -aG {group} {User}, then log in again";

    private static string[] Numbers(string status, string name) =>
        status.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
}

/// <summary>Whether the camera is there and may be used, and the groups that this needs.</summary>
internal static class CameraChecks
{
    private const string ArgusSocket = "/tmp/argus_socket";

    /// <param name="obstacle">Why no camera may be opened; null where it may.</param>
    public static IEnumerable<Finding> Run(NodeOptions options, Kernel kernel, string? obstacle)
    {
        UserGroups user = UserGroups.Read(kernel);
        IReadOnlyList<VideoDevice> devices = VideoDevice.List();
        yield return Devices(devices, user);
        if (IsJetson(kernel))
            yield return ArgusDaemon(kernel.Has(ArgusSocket));
        yield return Chosen(options, devices, obstacle);
        foreach (NamedCamera further in options.Further)
            yield return Chosen(options with { Camera = further.Source }, devices, obstacle);
        foreach (Finding finding in Permissions(kernel, user, options.Audio.Kind.Word == "alsa"))
            yield return finding;
    }

    internal static Finding Devices(IReadOnlyList<VideoDevice> devices, UserGroups user)
    {
        const string Check = "video devices";
        if (devices.Count == 0)
            return Finding.Ok(Check, "there is no /dev/video* here");
        List<VideoDevice> closed = [.. devices.Where(device => device.Problem.Length > 0)];
        string usable = string.Join(", ", devices.Where(device => device is { Captures: true, Problem.Length: 0 }).Select(device => $"{device.Path} ({device.Name})"));
        if (closed.Find(device => device.Problem.Contains("Permission denied", StringComparison.Ordinal)) is { } forbidden)
            return Finding.Problem(Check, $"{user.User} may not open {forbidden.Path} ({forbidden.Name}{ModeOf(forbidden.Path)}), and is {(user.OfProcess.Contains("video") ? "" : "not ")}in the group video", user.RemedyFor("video"));
        if (closed.Count > 0)
            return Finding.FromSentence(Check, FindingVerdict.Warning, $"{closed[0].Path} ({closed[0].Name}) cannot be opened: {closed[0].Problem}");
        return Finding.Ok(Check, usable.Length > 0 ? $"cameras: {usable}" : $"{devices.Count} without a picture of their own (encoders, metadata)");
    }

    /// <summary>In octal digits, as chmod takes it; nothing where the device has gone.</summary>
    private static string ModeOf(string path) => (int)new FileInfo(path).UnixFileMode is >= 0 and int mode ? $", mode {Convert.ToString(mode, 8)}" : "";

    internal static Finding ArgusDaemon(bool socketThere) =>
        socketThere
            ? Finding.Ok("argus daemon", $"listens on {ArgusSocket}")
            : Finding.Problem("argus daemon", $"there is no {ArgusSocket}: no CSI camera of this Jetson can be opened", "sudo systemctl restart nvargus-daemon; journalctl -u nvargus-daemon says why it ends");

    private static bool IsJetson(Kernel kernel) => kernel.Has("/etc/nv_tegra_release") || (kernel.Text("/proc/device-tree/compatible") ?? "").Contains("nvidia,tegra", StringComparison.Ordinal);

    private static Finding Chosen(NodeOptions options, IReadOnlyList<VideoDevice> devices, string? obstacle)
    {
        const string Check = "camera";
        try
        {
            if (options.Camera is null && obstacle is not null && GstRuntime.HasElement("nvarguscamerasrc"))
                return Finding.Skipped(Check, obstacle, "run the doctor when nothing is recorded");
            string name = options.Camera ?? DefaultCamera.Find();
            if (!CameraSource.TryParse(name, options.Rate, out CameraSource source, out string error))
                return Finding.Problem(Check, error, "record-syncd cameras lists what can be written after --camera");
            if (source.IsNone)
                return Finding.Ok(Check, "none is wanted");
            if (CameraFault.Foresee(source, new CameraSettings(name, options.Size.Width, options.Size.Height, options.Rate)) is { } fault)
                return Finding.FromSentence(Check, FindingVerdict.Problem, fault);
            if (options.Camera is null && name == "test")
            {
                string why = devices.Any(device => device.Captures) ? "a camera is there, but not as /dev/video0" : "no real camera is there";
                return Finding.Warning(Check, $"{why}: without --camera the simulated one would be recorded", "plug a camera in (record-syncd cameras lists them), or say --camera test");
            }
            return Finding.Ok(Check, $"{name}: {source.Description}, {options.Size} at {options.Rate} fps asked for");
        }
        catch (GstException fault)
        {
            return Finding.FromSentence(Check, FindingVerdict.Problem, fault.Message);
        }
    }

    /// <summary>What a user who is not root may open: tried, not guessed from the groups.</summary>
    private static IEnumerable<Finding> Permissions(Kernel kernel, UserGroups user, bool sound)
    {
        const string Check = "permissions";
        if (user.IsRoot)
        {
            yield return Finding.Ok(Check, "root may open every device; a node needs no root, but for groups video, render and audio");
            yield break;
        }
        List<(string Group, string Path)> closed = [];
        foreach ((string group, string folder, string pattern) in (ReadOnlySpan<(string, string, string)>)[("render", "/dev/dri", "renderD*"), .. sound ? ((string, string, string)[])[("audio", "/dev/snd", "pcm*c")] : []])
        {
            foreach (string path in kernel.Entries(folder, pattern))
            {
                if (!VideoDevice.TryOpen(path, out string reason) && reason == "Permission denied")
                    closed.Add((group, path));
            }
        }
        foreach ((string group, string path) in closed.DistinctBy(device => device.Group))
            yield return Finding.Warning(Check, $"{user.User} may not open {path}{(group == "render" ? ", which hardware encoders need" : ", which sound needs")}", user.RemedyFor(group));
        if (closed.Count == 0)
            yield return Finding.Ok(Check, $"{user.User} may open what is needed (groups {string.Join(", ", user.OfProcess.Order(StringComparer.Ordinal))})");
    }
}
