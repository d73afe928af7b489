using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The package in a clean Debian: installed, started, upgraded, removed and purged.</summary>
[Collection(Processes.Name)]
public sealed partial class DebianPackageTests
{
    private const string Config = "etc/record-syncd/record-syncd.jsonc";
    private const string Wanted = "etc/systemd/system/multi-user.target.wants/record-syncd.service";

    /// <summary>The C library of Debian 12.</summary>
    private static readonly Version DebiansLibrary = new(2, 36);

    [Fact]
    public void Installed_started_upgraded_removed_and_purged()
    {
        string binary = Binary();
        using NodeGroup group = new();
        string package = Build(binary, "2.0.0~1.gtest", group.Folder);
        using var root = DebianRoot.Create();

        File.Copy(package, root["tmp/record-syncd.deb"]);
        root.Install("/tmp/record-syncd.deb");
        InstalledAndOff(root);
        string take = RecordAsTheService(root, group);
        Upgrade(root, package, group.Folder);
        RemoveAndPurge(root, take);
    }

    /// <summary>Where it was built for a newer system than Debian 12 it cannot run there.</summary>
    private static string Binary()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") is { Length: > 0 }, "packages are made of the ahead-of-time compiled program: ./dev test");
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the package of this test is that of amd64");
        string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY")!;
        Version newest = LibraryVersion().Matches(DebianRoot.Run("readelf", "-VW", binary).Output).Max(found => Version.Parse(found.Groups[1].Value))!;
        Assert.SkipWhen(newest > DebiansLibrary, $"{binary} is linked against glibc {newest}, and Debian 12 has {DebiansLibrary}; ./dev package links against an old one");
        return binary;
    }

    private static string Build(string binary, string version, string folder)
    {
        (int code, string output) = DebianRoot.Run(Path.Join(Repository.Root, "packaging/deb.sh"), "amd64", version, binary, binary, folder);
        Assert.True(code == 0, output);
        string package = Path.Join(folder, $"record-syncd_{version}_amd64.deb");
        (code, output) = DebianRoot.Run("lintian", "--allow-root", "--fail-on", "error,warning", package);
        Assert.True(code == 0, output);
        return package;
    }

    private static void InstalledAndOff(DebianRoot root)
    {
        Assert.False(Path.Exists(root[Wanted]) || new FileInfo(root[Wanted]).LinkTarget is not null, "the service is switched on by the installation");
        Assert.Equal("", root.In("systemd-analyze", "verify", "--man=no", "record-syncd.service"));
        string groups = root.In("id", "-nG", "record-syncd");
        Assert.Equal(["audio", "record-syncd", "render", "video"], groups.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal("record-syncd:record-syncd 755\nrecord-syncd:record-syncd 755\n", root.In("stat", "-c", "%U:%G %a", "/var/lib/record-syncd", "/var/lib/record-syncd/takes"));
        Assert.Contains("role    follower", root.In("record-syncd", "check", "--config", $"/{Config}"));
        foreach (string installed in (string[])["usr/share/bash-completion/completions/record-syncd", "usr/share/zsh/vendor-completions/_record-syncd", "usr/share/fish/vendor_completions.d/record-syncd.fish", "usr/share/doc/record-syncd/install.md"])
            Assert.True(File.Exists(root[installed]), installed);
    }

    /// <summary>A node with the packaged settings, as the unit starts it (but without systemd), records a take that another one leads.</summary>
    /// <returns>The video, as a path in the root.</returns>
    private static string RecordAsTheService(DebianRoot root, NodeGroup group)
    {
        // the group, and nothing else, is this test's own: the packaged one is for a network and not for loopback
        Dictionary<string, string> environment = new()
        {
            ["RECORD_SYNCD_INTERFACE"] = "lo",
            ["RECORD_SYNCD_GROUP"] = $"{group.Group}",
            ["RECORD_SYNCD_NODE_ID"] = "packaged",
            ["RECORD_SYNCD_CAMERA"] = "test",
            ["RECORD_SYNCD_SIZE"] = "320x240",
            ["RECORD_SYNCD_HTTP"] = "off",
            ["RECORD_SYNCD_MIN_RECORD_TIME"] = "1s",
            ["HOME"] = "/var/lib/record-syncd",
        };
        string[] words = root.Words("chroot", $"--userspec=record-syncd:record-syncd", "--groups=record-syncd,video,render,audio", root.Path, "sh", "-c", "cd /var/lib/record-syncd && exec record-syncd --config /etc/record-syncd/record-syncd.jsonc </dev/null");
        using var node = RunningNode.StartProgram(group.Folder, environment, words[0], words[1..]);
        RunningNode leader = group.Start("leader", "lead", "--camera", "none");
        node.WaitForLine("camera ready");
        group.HeardReady("packaged").GetAwaiter().GetResult();
        leader.WaitForLineEver("this node leads");
        leader.Type("start 1000");
        node.WaitForLine("recording take");
        leader.Type("stop 1000");
        node.WaitForLine("finished");
        string video = Assert.Single(Directory.GetFiles(root["var/lib/record-syncd/takes"], "packaged.mp4", SearchOption.AllDirectories));
        TakeReport judged = group.VerifyGood(Path.GetDirectoryName(video)!);
        Assert.NotNull(judged);
        return Path.GetRelativePath(root.Path, video);
    }

    private static void Upgrade(DebianRoot root, string package, string folder)
    {
        const string Own = "// written by whoever keeps this machine\n{ \"role\": \"auto\" }\n";
        File.WriteAllText(root[Config], Own);
        // a later version whose own settings have changed too
        string contents = Path.Join(folder, "contents");
        Assert.Equal(0, DebianRoot.Run("dpkg-deb", "--raw-extract", package, contents).Code);
        File.AppendAllText(Path.Join(contents, Config), "// new\n");
        string control = Path.Join(contents, "DEBIAN/control");
        File.WriteAllText(control, File.ReadAllText(control).Replace("Version: 2.0.0~1.gtest\n", "Version: 2.0.0\n", StringComparison.Ordinal));
        Assert.Equal(0, DebianRoot.Run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", contents, root["tmp/later.deb"]).Code);

        root.Install("/tmp/later.deb");
        Assert.Equal("2.0.0", root.In("dpkg-query", "-W", "-f", "${Version}", "record-syncd"));
        Assert.Equal(Own, File.ReadAllText(root[Config]));
        Assert.EndsWith("// new\n", File.ReadAllText(root[Config + ".dpkg-dist"]), StringComparison.Ordinal);
        Assert.False(new FileInfo(root[Wanted]).LinkTarget is not null, "the service is switched on by the upgrade");
    }

    private static void RemoveAndPurge(DebianRoot root, string take)
    {
        root.Apt("remove", "record-syncd");
        Assert.False(File.Exists(root["usr/bin/record-syncd"]));
        Assert.True(File.Exists(root[Config]) && File.Exists(root[take]));
        root.Apt("purge", "record-syncd");
        Assert.False(Path.Exists(root["etc/record-syncd"]));
        Assert.True(File.Exists(root[take]), "a take was deleted");
        Assert.NotEqual(0, DebianRoot.Run("chroot", root.Path, "dpkg-query", "-W", "record-syncd").Code);
    }

    [GeneratedRegex(@"GLIBC_(\d+\.\d+)")]
    private static partial Regex LibraryVersion();
}
