using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The version of a working copy, in the order in which it grows.</summary>
public sealed class VersionTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public VersionTests()
    {
        Directory.CreateDirectory(folder["packaging"]);
        File.Copy(Path.Join(Repository.Root, "packaging/version.sh"), folder["packaging/version.sh"]);
        File.WriteAllText(folder["Directory.Build.props"], "<Project>\n  <VersionPrefix>1.2.0</VersionPrefix>\n</Project>\n");
        Git("init", "-q");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_grows_from_commit_to_commit_and_over_tags_as_Debian_sorts_it()
    {
        List<string> versions = [Commit(), Commit()];
        Git("tag", "v1.2.0");
        versions.Add(Version());
        versions.AddRange([Commit(), Commit()]);
        Git("tag", "-a", "-m", "a release", "v1.2.1");
        versions.Add(Version());

        Assert.Matches(@"^1\.2\.0~1\.g[0-9a-f]{7,}$", versions[0]);
        Assert.Equal("1.2.0", versions[2]);
        Assert.Matches(@"^1\.2\.0\+2\.g[0-9a-f]{7,}$", versions[4]);
        Assert.Equal("1.2.1", versions[5]);
        for (int later = 1; later < versions.Count; later++)
            Assert.Equal((0, ""), DebianRoot.Run("dpkg", "--compare-versions", versions[later - 1], "lt", versions[later]));

        File.AppendAllText(folder["Directory.Build.props"], "\n");
        Assert.Equal("1.2.1+0.g", Version()[..9]);
        Assert.EndsWith(".dirty", Version(), StringComparison.Ordinal);
    }

    private string Commit()
    {
        Git("add", ".");
        Git("commit", "-q", "--allow-empty", "-m", "a commit");
        return Version();
    }

    private string Version() => Run(folder["packaging/version.sh"]).TrimEnd();

    private void Git(params string[] words) => Run("git", ["-C", folder.Path, "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main", .. words]);

    private static string Run(string program, params string[] words)
    {
        (int code, string output) = DebianRoot.Run(program, words);
        Assert.True(code == 0, output);
        return output;
    }
}
