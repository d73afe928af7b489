using System.Runtime.Versioning;

namespace RecordSync.Web.Tests;

/// <summary>Nodes that ask for a token, each on a machine of its own, and a browser on another machine of their network.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Elsewhere : IDisposable
{
    public const string Token = "correct-horse-battery-staple-0123456789";

    private readonly NetworkNamespaces lab = NetworkNamespaces.Create(4);
    private readonly ScratchFolder folder = new();
    private readonly List<RunningNode> nodes = [];

    /// <summary>With cam1, which leads.</summary>
    public Elsewhere(params string[] options)
    {
        Start("leader", Token, options).WaitForLineEver("this node leads");
        Chromium = Wrapper(folder, lab.Name(3));
    }

    public string Chromium { get; }

    /// <summary>cam1 on machine 0, cam2 on machine 1, cam3 on machine 2.</summary>
    public RunningNode Start(string role, string token, params string[] options)
    {
        string id = $"cam{nodes.Count + 1}", file = folder[$"token-of-{id}"];
        File.WriteAllText(file, token + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] serve = ["--http", "0.0.0.0:9943", "--http-token-file", file, "--min-record-time", "10s", "--output", $"{id}-{{take}}.mp4", .. options];
        RunningNode node = RunningNode.StartProgram(folder.Path, null, "ip", ["netns", "exec", lab.Name(nodes.Count), .. RunningNode.Command, "--role", role, "--node-id", id, "--interface", "eth0", "--camera", "test", "--size", "320x240", .. serve]);
        nodes.Add(node);
        node.WaitForLineEver("page: http://");
        return node;
    }

    public static string PageOf(int machine) => $"http://{NetworkNamespaces.Address(machine)}:9943/";

    public void Dispose()
    {
        foreach (RunningNode node in nodes)
            node.Dispose();
        lab.Dispose();
        folder.Dispose();
    }

    private static string Wrapper(ScratchFolder folder, string place)
    {
        string wrapper = folder["chromium-elsewhere"];
        File.WriteAllText(wrapper, $"#!/bin/sh\nexec ip netns exec {place} {RecordSync.Web.Tests.Chromium.FindProgram()} \"$@\"\n");
        File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return wrapper;
    }
}
