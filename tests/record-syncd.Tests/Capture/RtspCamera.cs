using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A network camera on the loopback interface, with a delay and a clock of its own (tests/stand-in/rtspcamera.c); pulled out and plugged in again by <see cref="Stop"/> and <see cref="Start"/>.</summary>
internal sealed class RtspCamera : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string[] arguments;
    private Process? process;
    private int port;

    /// <summary>Compiles it; skips the test where the compiler or the library is missing.</summary>
    public RtspCamera(int delayMs, long clockOffsetMs = 0, bool reports = true, [CallerFilePath] string thisFile = "")
    {
        arguments = ["320", "240", "30", $"{delayMs}", $"{clockOffsetMs}", reports ? "reports" : "silent"];
        try
        {
            (int code, string errors) = Build(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../stand-in/build-rtspcamera")));
            Assert.True(code == 0, errors);
            Start();
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public string Url => $"rtsp://127.0.0.1:{port}/camera";

    public void Start()
    {
        process = Process.Start(new ProcessStartInfo(folder.File("rtspcamera"), [$"{port}", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string? line = process.StandardOutput.ReadLine();
        Assert.True(line?.StartsWith("rtsp://", StringComparison.Ordinal) == true, $"the camera does not start: {line}");
        port = new Uri(line!).Port;
    }

    public void Stop()
    {
        process!.Kill();
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    public void Dispose()
    {
        if (process is not null)
            Stop();
        folder.Dispose();
    }

    private (int Code, string Errors) Build(string script)
    {
        try
        {
            using Process known = Process.Start("pkg-config", ["--exists", "gstreamer-rtsp-server-1.0", "gstreamer-app-1.0"]);
            known.WaitForExit();
            if (known.ExitCode != 0)
                Assert.Skip("libgstrtspserver-1.0-dev is needed to build the network camera");
            using Process build = Process.Start(new ProcessStartInfo(script, [folder.Path]) { RedirectStandardError = true })!;
            string errors = build.StandardError.ReadToEnd();
            build.WaitForExit();
            return (build.ExitCode, errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip("gcc and pkg-config are needed to build the network camera");
            throw;
        }
    }
}
