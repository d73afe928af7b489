namespace RecordSync.Daemon;

/// <summary>A camera and its name, as after <c>--camera</c>: <c>front=v4l2:/dev/video0</c>, or without a name.</summary>
internal sealed record NamedCamera(string? Name, string Source)
{
    private const int LongestName = 24;

    /// <summary>A camera in a process of its own each: more than this is a typing mistake.</summary>
    private const int Most = 16;

    /// <summary>Kinds of which the same may be opened twice.</summary>
    private static readonly string[] Shareable = ["test", "file", "pipeline"];

    /// <summary>Reads all that was given with <c>--camera</c>. Does not look whether the cameras exist.</summary>
    /// <returns>The cameras in their order; of several each has a name. Null with a sentence when they make no sense together.</returns>
    public static IReadOnlyList<NamedCamera>? Read(IReadOnlyList<string> texts, out string fault)
    {
        List<NamedCamera> cameras = [];
        foreach (string text in texts)
        {
            if (Read(text, out fault) is not { } camera)
                return null;
            cameras.Add(camera);
        }
        if (cameras.Count > 1)
        {
            for (int i = 0; i < cameras.Count; i++)
                cameras[i] = cameras[i] with { Name = cameras[i].Name ?? $"cam{i + 1}" };
        }
        fault = FaultOf(cameras) ?? "";
        return fault.Length == 0 ? cameras : null;
    }

    /// <summary>The node of this camera: that of a camera without a name is called as it always was.</summary>
    public static string NodeId(string node, string? camera) => camera is null ? node : $"{node}-{camera}";

    /// <summary>Where several cameras would record to one name, theirs is put before its ending.</summary>
    public static string Output(string pattern, string? camera)
    {
        if (camera is null || pattern.Contains("{node}", StringComparison.Ordinal))
            return pattern;
        string ending = Path.GetExtension(pattern);
        return $"{pattern[..^ending.Length]}-{camera}{ending}";
    }

    private static NamedCamera? Read(string text, out string fault)
    {
        fault = "";
        int equals = text.IndexOf('=', StringComparison.Ordinal), colon = text.IndexOf(':', StringComparison.Ordinal);
        // what comes after a kind and its colon may contain anything: test:phase=3, rtsp://camera/live?a=b
        if (equals < 0 || (colon >= 0 && colon < equals))
            return new NamedCamera(null, text);
        string name = text[..equals].Trim(), source = text[(equals + 1)..].Trim();
        bool good = name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && name[0] != '-';
        if (!good)
            fault = $"'{name}' in --camera {text} is no name for a camera: use up to {LongestName} letters, digits and '-', as in front=v4l2:/dev/video0";
        else if (source.Length == 0)
            fault = $"--camera {text} names no source: write one after the '=', as in {name}=v4l2:/dev/video0";
        return fault.Length == 0 ? new NamedCamera(name, source) : null;
    }

    private static string? FaultOf(List<NamedCamera> cameras)
    {
        if (cameras.Count > Most)
            return $"{cameras.Count} cameras are more than the {Most} that one node command runs; start a second one with another --node-id";
        Dictionary<string, NamedCamera> devices = new(StringComparer.Ordinal);
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (NamedCamera camera in cameras)
        {
            if (camera.Name is { } name && !names.Add(name))
                return $"two cameras are called '{name}': give each --camera a name of its own, as in left=… and right=…";
            if (DeviceOf(camera.Source) is not { } device)
                continue;
            if (device == "none" && cameras.Count > 1)
                return "--camera none is a node without a camera: it cannot stand beside other cameras";
            if (!devices.TryAdd(device, camera))
                return $"--camera {devices[device].Name}={devices[device].Source} and {camera.Name}={camera.Source} are the same camera: a camera can be opened once";
        }
        return null;
    }

    /// <summary>Null: the same may be there twice, or it is no camera at all, which the node says when it opens it.</summary>
    private static string? DeviceOf(string text)
    {
        if (!CameraSource.TryParse(text, FrameRate.Default, out CameraSource source, out _) || Shareable.Contains(source.Kind.Word))
            return null;
        if (source.IsNone)
            return "none";
        string argument = source.Argument;
        // /dev/v4l/by-id/… and by-path/… are links to /dev/videoN
        if (source.Kind.Word == "v4l2" && File.Exists(argument))
            argument = new FileInfo(argument).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(argument);
        return $"{source.Kind.Word}:{argument}";
    }
}
