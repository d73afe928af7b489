using System.Diagnostics;

namespace RecordSync.Daemon;

/// <summary>This program, to be started once more.</summary>
internal static class OwnProgram
{
    /// <summary>With all three streams as pipes.</summary>
    public static ProcessStartInfo With(IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // under `dotnet record-syncd.dll` the process is the host, and the program its first argument
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Insert(0, Path.Combine(AppContext.BaseDirectory, "record-syncd.dll"));
        // systemd listens to the process that it started
        foreach (string variable in (string[])["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
            start.Environment.Remove(variable);
        return start;
    }
}
