using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The elements of a Jetson, by name (tests/stand-in). They are only for child processes: in this one they would be every other test's encoder too.</summary>
internal sealed partial class StandInPlugin : IDisposable
{
    /// <summary>The variable of the environment that chooses the properties of JetPack "5" or "6".</summary>
    public const string JetPack = "RECORD_SYNC_STAND_IN_JETPACK";

    private readonly TestFolder folder = new();

    /// <summary>Compiles the plugin; skips the test where the compiler or the headers are missing.</summary>
    public StandInPlugin([CallerFilePath] string thisFile = "")
    {
        string build = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../stand-in/build"));
        if (!Has("gcc", "--version") || !Has("pkg-config", "--exists", "gstreamer-1.0", "gstreamer-base-1.0", "gstreamer-video-1.0"))
        {
            folder.Dispose();
            Assert.Skip("gcc, pkg-config and libgstreamer-plugins-base1.0-dev are needed to build the stand-in elements");
        }
        (int code, string output) = Run(build, [folder.Path], []);
        Assert.True(code == 0, output);
    }

    /// <summary>The environment in which a program sees the stand-ins. The registry is a file of its own, so that the user's is left alone.</summary>
    public Dictionary<string, string> Environment =>
        new() { ["GST_PLUGIN_PATH"] = folder.Path, ["GST_REGISTRY"] = folder.File("registry.bin") };

    /// <summary>Runs the explicit tests of a class in a child process that sees the stand-ins.</summary>
    public void RunTests(Type tests, params (string Name, string Value)[] environment)
    {
        Dictionary<string, string> all = Environment;
        foreach ((string name, string value) in environment)
            all[name] = value;
        string self = System.Environment.ProcessPath!;
        string[] options = ["-noColor", "-noLogo", "-explicit", "only", "-class", tests.FullName!];
        bool throughHost = Path.GetFileNameWithoutExtension(self) == "dotnet";
        (int code, string output) = Run(self, throughHost ? [typeof(StandInPlugin).Assembly.Location, .. options] : options, all);
        Assert.True(code == 0, output);
        Match total = TotalPattern().Match(output);
        Assert.True(total.Success && total.Groups[1].Value != "0", output);
    }

    public void Dispose() => folder.Dispose();

    private static bool Has(string program, params string[] arguments)
    {
        try
        {
            return Run(program, arguments, []).Code == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Output) Run(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    [GeneratedRegex(@"Total: (\d+)")]
    private static partial Regex TotalPattern();
}
