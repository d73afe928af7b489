using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Web.Tests;

/// <summary>Nodes with pages on this machine, each with a folder of its own for its takes, as if each had its own disk.</summary>
internal sealed partial class WebNodes : IDisposable
{
    /// <summary>Clocks that are wrong by seconds and cameras that run free, as they are on machines of one's own.</summary>
    private static readonly Dictionary<string, (string Clock, string Phase)> Wrong = new()
    {
        ["cam1"] = ("offset=1.732,ppm=18", "8"),
        ["cam2"] = ("offset=-2.5,ppm=-31", "14"),
        ["cam3"] = ("offset=3.217,ppm=44", "19"),
    };

    private readonly NodeGroup group = new();
    private readonly Dictionary<string, RunningNode> nodes = [];

    public RunningNode this[string id] => nodes[id];

    /// <summary>cam1, which leads, and followers that may take over.</summary>
    public static WebNodes Three() => Of(3);

    public static WebNodes Of(int count)
    {
        WebNodes started = new();
        try
        {
            started.Start("leader", "cam1").WaitForLineEver("this node leads");
            for (int i = 2; i <= count; i++)
                started.Start("auto", $"cam{i}");
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <param name="address">Where its page is to be: the next free port, or the one that it had before.</param>
    public RunningNode Start(string role, string id, string address = "127.0.0.1:0", params string[] options)
    {
        Directory.CreateDirectory(group[id]);
        string output = Path.Join(id, "{take}", "{node}.mp4");
        (string clock, string phase) = Wrong[id];
        string[] own = [.. options.Contains("--output") ? [] : new[] { "--output", output }, .. options.Contains("--camera") ? [] : new[] { "--camera", $"test:label={id},phase={phase}" }];
        return nodes[id] = group.Start(role, id, ["--http", address, "--min-record-time", "10s", "--simulated-clock", clock, .. own, .. options]);
    }

    /// <summary>A path in the folder where the nodes work.</summary>
    public string Folder(string name) => group[name];

    /// <summary>The videos on a node's disk.</summary>
    public string[] VideosOf(string id) => Directory.GetFiles(group[id], "*.mp4", SearchOption.AllDirectories);

    /// <summary>The one video on a node's disk, or the one of a take with this label.</summary>
    public string VideoOf(string id, string? label = null) => Assert.Single(VideosOf(id), video => label is null || Path.GetFileName(Path.GetDirectoryName(video))!.EndsWith($"-{label}", StringComparison.Ordinal));

    /// <summary>"http://127.0.0.1:41234/"</summary>
    public string PageOf(string id)
    {
        nodes[id].WaitForLineEver("page: http://");
        return PageLine().Match(nodes[id].Output).Value;
    }

    public void Dispose() => group.Dispose();

    [GeneratedRegex("(?<=page: )http://[0-9.]+:[0-9]+/")]
    private static partial Regex PageLine();
}
