using System.Diagnostics;

namespace RecordSync.Bench;

/// <summary>The two small programs of Peers/, compiled for this run.</summary>
internal sealed class NativeTools : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("record-syncd-tools").FullName;

    public NativeTools()
    {
        string sources = Path.Combine(AppContext.BaseDirectory, "Peers");
        Compile("gcc", ["-O2", "-shared", "-fPIC", "-o", Drift, Path.Combine(sources, "drift.c"), "-ldl", "-lm"]);
        string[] flags = Compile("pkg-config", ["--cflags", "--libs", "gstreamer-1.0", "gstreamer-net-1.0"]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Compile("gcc", ["-O2", "-o", GstClock, Path.Combine(sources, "gstclock.c"), .. flags]);
    }

    public string Drift => Path.Combine(folder, "drift.so");

    public string GstClock => Path.Combine(folder, "gstclock");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Compile(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program} failed with code {process.ExitCode}");
    }
}
