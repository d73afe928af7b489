using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The unit of systemd, as systemd itself judges it; it need not run for that.</summary>
public sealed class UnitTests
{
    private static readonly string Unit = Path.Join(Repository.Root, "packaging/systemd/record-syncd.service");

    [Fact]
    public void Its_exposure_is_at_most_2()
    {
        (int code, string output) = DebianRoot.Run("systemd-analyze", "security", "--no-pager", "--offline=yes", "--threshold=20", Unit);
        Assert.Contains("Overall exposure level", output);
        Assert.True(code == 0, output);
    }

    [Fact]
    public void It_waits_for_the_word_of_the_node_and_needs_no_capability()
    {
        string[] lines = File.ReadAllLines(Unit);
        foreach (string wanted in (string[])["Type=notify", "WatchdogSec=30", "User=record-syncd", "CapabilityBoundingSet=", "AmbientCapabilities=", "StateDirectory=record-syncd record-syncd/takes", "SupplementaryGroups=video render audio"])
            Assert.Contains(wanted, lines);
    }

    /// <summary>Each node proves its container with a trial file before it is ready.</summary>
    [Fact]
    public void Trial_files_go_where_it_may_write()
    {
        string[] lines = File.ReadAllLines(Unit);
        string folder = Assert.Single(Assert.Single(lines, line => line.StartsWith("Environment=", StringComparison.Ordinal)).Split(' '), word => word.StartsWith("TMPDIR=", StringComparison.Ordinal))["TMPDIR=".Length..];
        Assert.Contains("ProtectSystem=strict", lines);
        Assert.Contains($"CacheDirectory={Path.GetRelativePath("/var/cache", folder)}", lines);
    }
}
