namespace RecordSync.Daemon;

/// <summary>The cameras of a node command beside its first: each is a node of the group, in a process of its own (docs/cameras.md, "Several cameras").</summary>
internal sealed class FurtherCameras
{
    private readonly List<CameraProcess> processes;

    /// <param name="node">The id that all their nodes' ids begin with.</param>
    public FurtherCameras(NodeOptions options, string node, Action<string> say, Action<NoticeLevel, string> tell) =>
        processes = [.. options.Further.Select(camera => new CameraProcess(camera.Name!, ArgumentsOf(options, node, camera), say, tell))];

    /// <summary>Asks them all to leave, and waits until they have.</summary>
    public Task Leave()
    {
        processes.ForEach(process => process.Leave());
        return Task.WhenAll(processes.Select(process => process.Gone));
    }

    /// <summary>Waits for no file.</summary>
    public void Kill() => processes.ForEach(process => process.Kill());

    internal static IReadOnlyList<string> ArgumentsOf(NodeOptions options, string node, NamedCamera camera)
    {
        // a page that was given a port has only one; that of a further camera is found through it
        string[] page = options.Page switch
        {
            { Address: null } => ["--http", "off"],
            { Written: true, Address: var address } => ["--http", new System.Net.IPEndPoint(address.Address, 0).ToString()],
            _ => [],
        };
        return ["--role", "follower", "--node-id", node, "--camera", $"{camera.Name}={camera.Source}", "--attached", .. page, .. options.Shared];
    }
}
