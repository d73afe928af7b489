using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A group of node processes on the loopback interface, their common folder, and a listener that hears what they say on the wire.</summary>
internal sealed class NodeGroup : IDisposable
{
    private readonly Endpoint group = TestGroup.Next();
    private readonly List<RunningNode> nodes = [];
    private readonly GroupWatcher watcher;
    private readonly ScratchFolder folder;

    /// <param name="folder">Null: one of its own. Disposed with the group.</param>
    /// <param name="keys">What the listener needs to understand nodes with a key.</param>
    public NodeGroup(ScratchFolder? folder = null, GroupKeys? keys = null)
    {
        this.folder = folder ?? new ScratchFolder();
        watcher = new GroupWatcher(group, keys);
    }

    public Endpoint Group => group;

    /// <summary>The nodes' working folder.</summary>
    public string Folder => folder.Path;

    /// <summary>A path in the folder.</summary>
    public string this[string name] => folder[name];

    /// <summary>Starts a node with a small simulated camera; options that are given win.</summary>
    public RunningNode Start(string role, string id, params string[] options) => Start(null, role, id, options);

    public RunningNode Start(IReadOnlyDictionary<string, string>? environment, string role, string id, params string[] options)
    {
        List<string> arguments = ["--role", role, "--node-id", id, "--interface", "lo", "--group", group.ToString(), .. options];
        foreach ((string option, string value) in new[] { ("--camera", $"test:label={id}"), ("--size", "320x240"), ("--bitrate", "800"), ("--http", "off") })
        {
            if (!options.Contains(option))
                arguments.AddRange([option, value]);
        }
        var node = RunningNode.StartIn(Folder, environment, [.. arguments]);
        nodes.Add(node);
        return node;
    }

    /// <summary>Starts a leader that records alone, and waits until its camera is warm and it leads.</summary>
    public RunningNode StartReadyLeader(params string[] options)
    {
        RunningNode leader = Start("leader", "cam1", options);
        leader.WaitForLine("camera ready");
        leader.WaitForLineEver("this node leads");
        return leader;
    }

    /// <summary>Waits until what a node says on the wire fits.</summary>
    public async Task<WatchedNode> Heard(string id, Func<WatchedNode, bool> fits)
    {
        using CancellationTokenSource patience = new(RunningNode.Patience);
        while (true)
        {
            if (watcher.Nodes.TryGetValue(id, out WatchedNode? node) && fits(node))
                return node;
            try
            {
                await watcher.Changed(patience.Token);
            }
            catch (OperationCanceledException)
            {
                string heard = string.Join(", ", watcher.Nodes.Values);
                string said = string.Join("\n", nodes.Select(other => $"--- {other.Output}"));
                Assert.Fail($"gave up waiting for {id}; heard on the wire: {heard}\n{said}");
            }
        }
    }

    public Task<WatchedNode> HeardReady(string id) => Heard(id, node => node.IsReady);

    /// <summary>What <c>record-syncd verify --json</c> says, run as users run it.</summary>
    public VerifyReport Verify(params string[] paths)
    {
        using var verify = RunningNode.StartIn(Folder, null, ["verify", "--json", .. paths]);
        int code = verify.WaitForExit();
        VerifyReport? report = null;
        try
        {
            report = JsonSerializer.Deserialize(verify.StandardOutput, VerifyJson.Default.VerifyReport);
        }
        catch (JsonException fault)
        {
            verify.Fail(fault.Message);
        }
        Assert.Equal(report!.ExitCode, code);
        return report;
    }

    /// <summary>The one take's report, which must not be a failure.</summary>
    public TakeReport VerifyGood(params string[] paths)
    {
        VerifyReport report = Verify(paths);
        Assert.True(report.Verdict is "pass" or "warn", report.ToJson());
        return Assert.Single(report.Takes);
    }

    public void Dispose()
    {
        foreach (RunningNode node in nodes)
            node.Dispose();
        watcher.Dispose();
        folder.Dispose();
    }
}
