using System.Diagnostics;
using System.Globalization;

namespace RecordSync.Bench;

/// <summary>A node process that is measured: its words, its processor time and its memory as the kernel counts them.</summary>
internal sealed class BenchNode : IDisposable
{
    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly SemaphoreSlim spoken = new(0);

    public BenchNode(params string[] arguments)
    {
        string binary = Environment.GetEnvironmentVariable("RECORD_SYNCD_BINARY") ?? throw new InvalidOperationException("run me by ./dev bench");
        process = Process.Start(new ProcessStartInfo(binary, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
    }

    /// <summary>User and system time of the process so far, seconds; clock ticks are 10 ms.</summary>
    public double CpuSeconds
    {
        get
        {
            string stat = File.ReadAllText($"/proc/{process.Id}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
        }
    }

    public double ResidentMegabytes =>
        File.ReadLines($"/proc/{process.Id}/status")
            .Where(line => line.StartsWith("VmRSS", StringComparison.Ordinal))
            .Select(line => double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024)
            .Single();

    /// <summary>How often its threads that live have waited for something so far: each wait ends in a wake-up.</summary>
    public long Waits =>
        Directory
            .EnumerateDirectories($"/proc/{process.Id}/task")
            .SelectMany(task => File.ReadLines($"{task}/status"))
            .Where(line => line.StartsWith("voluntary_ctxt_switches", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.AsSpan(line.IndexOf(':') + 1), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture));

    public void Type(string line) => process.StandardInput.WriteLine(line);

    public async Task<string> WaitFor(string part)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (true)
        {
            lock (lines)
            {
                if (lines.Find(line => line.Contains(part, StringComparison.Ordinal)) is { } found)
                    return found;
            }
            await spoken.WaitAsync(patience.Token);
        }
    }

    /// <summary>kill -9, and its instant on CLOCK_MONOTONIC in ns: nothing of the program ran after it.</summary>
    public long Kill()
    {
        process.Kill();
        long at = Daemon.MonotonicClock.Now;
        process.WaitForExit();
        return at;
    }

    public void Dispose()
    {
        if (process.HasExited)
        {
            process.Dispose();
            return;
        }
        process.StandardInput.Close();
        if (!process.WaitForExit(10_000))
            process.Kill();
        process.Dispose();
        spoken.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (lines)
            lines.Add(line);
        spoken.Release();
    }
}

/// <summary>Groups of this run alone, on the loopback interface.</summary>
internal static class BenchGroup
{
    public static Endpoint Next() => new(0xEFFE0000u | (uint)Random.Shared.Next(1, 65_000), (ushort)Random.Shared.Next(20_000, 32_000));

    public static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
