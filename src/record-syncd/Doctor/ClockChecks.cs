using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>A program that may steer the wall clock.</summary>
/// <param name="Name">As /proc/PID/comm has it, at most 15 letters.</param>
internal sealed record ClockProgram(string Name, IReadOnlyList<string> Arguments)
{
    private static readonly Dictionary<string, string> Known = new()
    {
        ["chronyd"] = "chronyd",
        ["ntpd"] = "ntpd",
        ["systemd-timesyn"] = "systemd-timesyncd",
        ["phc2sys"] = "phc2sys",
        ["ptp4l"] = "ptp4l",
        ["ptpd"] = "ptpd",
        ["timemaster"] = "timemaster",
        ["ntpd-rs-daemon"] = "ntpd-rs",
        ["ntp-daemon"] = "ntpd-rs",
    };

    /// <summary>Null for a program that has nothing to do with clocks.</summary>
    public string? Title => Known.GetValueOrDefault(Name);

    /// <summary>Whether it sets CLOCK_REALTIME, by its arguments.</summary>
    public bool SteersWallClock =>
        Title switch
        {
            null or "timemaster" => false,
            "chronyd" => !Arguments.Contains("-x"),
            // with hardware stamps it steers the card's clock, with software ones the wall clock
            "ptp4l" => Arguments.Contains("-S"),
            "phc2sys" => !Arguments.Contains("-n") && (Arguments.Contains("-a") ? Arguments.Any(word => word is "-r" or "-rr") : After("-c") is null or "CLOCK_REALTIME"),
            _ => true,
        };

    public string Unit =>
        Title switch
        {
            "systemd-timesyncd" => "systemd-timesyncd",
            "chronyd" => "chrony",
            "ntpd" => "ntp",
            _ => Title ?? Name,
        };

    private string? After(string option) => Arguments.SkipWhile(word => word != option).Skip(1).FirstOrDefault();
}

/// <summary>The wall clock over the time that the doctor took: between two steps it is ahead of CLOCK_MONOTONIC by one number of nanoseconds.</summary>
internal sealed record WallClockWatch(long BeforeNs, long AfterNs, TimeSpan Watched)
{
    /// <summary>Two readings are not at the same instant.</summary>
    private const long ReadingErrorNs = 50_000;

    public long? StepNs => Math.Abs(AfterNs - BeforeNs) > ReadingErrorNs ? AfterNs - BeforeNs : null;

    /// <summary>The wall clock less CLOCK_MONOTONIC, from the closest of some readings, ns.</summary>
    public static long Read()
    {
        (long best, long difference) = (long.MaxValue, 0);
        for (int turn = 0; turn < 16; turn++)
        {
            long before = Libc.Monotonic(), wall = Libc.Realtime(), after = Libc.Monotonic();
            if (after - before < best)
                (best, difference) = (after - before, wall - before - (after - before) / 2);
        }
        return difference;
    }
}

/// <summary>Who keeps the wall clock, and whether it is any good.</summary>
internal static class ClockChecks
{
    /// <summary>A board without a battery begins in the past.</summary>
    private const int LeastYear = 2025;

    public static IReadOnlyList<ClockProgram> Programs()
    {
        List<ClockProgram> programs = [];
        Kernel kernel = new();
        foreach (string folder in kernel.Entries("/proc", "*").Where(path => char.IsAsciiDigit(path[^1])))
        {
            if (kernel.Text($"{folder}/comm") is { } name && new ClockProgram(name, []).Title is not null)
                programs.Add(new ClockProgram(name, (kernel.Text($"{folder}/cmdline") ?? "").Split('\0', StringSplitOptions.RemoveEmptyEntries)));
        }
        return programs;
    }

    /// <summary>Pure.</summary>
    public static IEnumerable<Finding> Judge(IReadOnlyList<ClockProgram> programs, SystemClockReading kernel, WallClockWatch watch, ClockSource wanted)
    {
        yield return Discipline(programs, kernel, wanted);
        DateTime wall = DateTime.UnixEpoch.AddTicks(kernel.Wall.Nanoseconds / 100);
        if (watch.StepNs is { } step)
            yield return Finding.Warning("wall clock", $"it was stepped by {Quantity.Offset(step, null)} within {watch.Watched.TotalSeconds:0} s", "find who steps it (journalctl -u chrony -u systemd-timesyncd -u ntp); a VM: switch the hypervisor's time synchronisation off");
        else if (wall.Year < LeastYear)
            yield return Finding.Warning("wall clock", $"it says {Format(wall)}: takes are named and dated by it", "sudo timedatectl set-ntp true, or without internet: sudo date -us '2026-01-31 12:00:00'");
        else
            yield return Finding.Ok("wall clock", $"{Format(wall)} UTC, not stepped within {watch.Watched.TotalSeconds:0} s");
    }

    private static Finding Discipline(IReadOnlyList<ClockProgram> programs, SystemClockReading kernel, ClockSource wanted)
    {
        const string Check = "discipline";
        List<ClockProgram> steering = [.. programs.Where(program => program.SteersWallClock).DistinctBy(program => program.Title)];
        string names = programs.Count == 0 ? "no program" : string.Join(", ", programs.Select(program => program.Title).Distinct());
        string state = kernel.Synchronised ? $"the kernel counts the clock as synchronised, ± {Quantity.Span(kernel.MaxErrorNs)}" : "the kernel counts the clock as unsynchronised";
        if (steering.Count > 1)
        {
            // the one that was installed on purpose stays
            ClockProgram extra = steering.FirstOrDefault(program => program.Title == "systemd-timesyncd") ?? steering.FirstOrDefault(program => program.Title is "ntpd" or "chronyd") ?? steering[^1];
            return Finding.Problem(Check, $"{string.Join(" and ", steering.Select(program => program.Title))} both steer the wall clock, against each other; {state}", $"sudo systemctl disable --now {extra.Unit}");
        }
        if (wanted == ClockSource.System && !kernel.Synchronised)
            return Finding.Problem(Check, $"--clock system, but {state}; {names} runs here", "set chrony or ptp4l and phc2sys up (docs/clock.md), or use --clock builtin");
        return Finding.Ok(Check, $"{(steering.Count == 0 ? $"{names} steers" : $"{steering[0].Title} alone steers")} the wall clock; {state}{(wanted == ClockSource.System || kernel.Synchronised ? "" : ", which the nodes do not need: they go by their leader")}");
    }

    private static string Format(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
