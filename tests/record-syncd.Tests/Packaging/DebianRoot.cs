using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>
/// A Debian of its own in a folder, nothing in it but what every Debian has. Programs run in it with mounts and processes of their own, which are gone
/// when they end, however that is. What was downloaded for it is kept for the next time, in the folder for temporary files.
/// </summary>
internal sealed class DebianRoot : IDisposable
{
    public const string Suite = "bookworm";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly ScratchFolder folder = new();

    private DebianRoot() { }

    public string Path => folder["root"];

    public string this[string path] => System.IO.Path.Join(Path, path);

    /// <summary>Skips the test where there can be none.</summary>
    public static DebianRoot Create()
    {
        Assert.SkipUnless(Environment.UserName == "root", "a Debian root can be made by root only");
        string kept = System.IO.Path.Join(System.IO.Path.GetTempPath(), $"record-syncd-tests-{Suite}.tar"), mirror = Environment.GetEnvironmentVariable("RECORD_SYNCD_MIRROR") ?? "http://deb.debian.org/debian";
        if (!File.Exists(kept))
        {
            string unfinished = $"{kept}.{Environment.ProcessId}.tar";
            (int code, string output) = Run("mmdebstrap", "--variant=minbase", "--skip=cleanup/apt/lists", "--aptopt=Acquire::Languages \"none\"", Suite, unfinished, $"deb {mirror} {Suite} main");
            if (code != 0)
            {
                File.Delete(unfinished);
                Assert.Skip($"no Debian root can be made here: {output}");
            }
            File.Move(unfinished, kept, overwrite: true);
        }
        DebianRoot root = new();
        Directory.CreateDirectory(root.Path);
        (int unpacked, string fault) = Run("tar", "-xf", kept, "-C", root.Path);
        if (unpacked != 0)
        {
            root.Dispose();
            Assert.Fail($"{kept} is damaged; delete it: {fault}");
        }
        File.Copy("/etc/resolv.conf", root["etc/resolv.conf"], overwrite: true);
        return root;
    }

    /// <summary>The words of a command line that runs a program in here.</summary>
    public string[] Words(string program, params string[] arguments) =>
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", "root=$1; shift; mount --bind /dev \"$root/dev\" && mount -t proc proc \"$root/proc\" && exec \"$@\"", "sh", Path, program, .. arguments];

    /// <summary>Runs a program to its end; the test fails when it does.</summary>
    public string In(string program, params string[] arguments)
    {
        string[] words = Words("chroot", [Path, program, .. arguments]);
        (int code, string output) = Run(words[0], words[1..]);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}:\n{output}");
        return output;
    }

    /// <summary>As somebody would who is not asked anything.</summary>
    public string Apt(params string[] arguments) =>
        In("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Options::=--force-unsafe-io", .. arguments]);

    /// <summary>Installs a package of this root's folder for temporary files. Skips the test where the mirror cannot be reached; what is wrong with the package fails it.</summary>
    public void Install(string package)
    {
        string[] words = Words("chroot", Path, "sh", "-c", $"apt-get -q -o APT::Update::Error-Mode=any update && apt-get -q -y -o Acquire::Retries=3 --no-install-recommends --download-only install {package}");
        (int code, string output) = Run(words[0], words[1..]);
        Assert.SkipWhen(code != 0 && output.Contains("Failed to fetch", StringComparison.Ordinal), $"the packages that it needs cannot be fetched: {output}");
        Apt("install", "--no-install-recommends", package);
    }

    public static (int Code, string Output) Run(string program, params string[] arguments)
    {
        // both streams as one, and nothing to read: who asks gets no answer
        ProcessStartInfo start = new("sh", ["-c", "exec \"$@\" 2>&1 </dev/null", "sh", program, .. arguments]) { RedirectStandardOutput = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (process.WaitForExit(Patience) && output.Wait(RunningNode.Patience))
            return (process.ExitCode, output.Result);
        process.Kill(entireProcessTree: true);
        return (-1, $"{program} does not end");
    }

    public void Dispose() => folder.Dispose();
}
