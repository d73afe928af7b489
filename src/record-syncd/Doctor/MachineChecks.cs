using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>What slows a machine down: the governor and heat. And the time zone.</summary>
internal static class MachineChecks
{
    private const string Cpu = "/sys/devices/system/cpu";

    // their "powersave" goes to full speed under load
    private static readonly string[] SelfGoverned = ["intel_pstate", "amd-pstate-epp", "amd_pstate_epp", "amd-pstate"];

    // cooling devices that slow something down; a fan that turns is none
    private static readonly string[] Throttles = ["processor", "cpufreq", "cpu-", "thermal-cpufreq", "devfreq", "thermal-devfreq", "cpu_throttle", "gpu-throttle", "emc-throttle"];

    /// <summary>As near to a trip point.</summary>
    private const double WarmC = 5;

    public static IEnumerable<Finding> Run(Kernel kernel) => [Governor(kernel), Heat(kernel), .. Undervoltage(kernel), TimeZone(Environment.GetEnvironmentVariable("TZ"), kernel)];

    internal static Finding Governor(Kernel kernel)
    {
        const string Check = "cpu governor";
        string[] governors = [.. kernel.Entries(Cpu, "cpu[0-9]*").Concat(kernel.Entries(Cpu, "cpu*")).Distinct().Select(cpu => kernel.Text($"{cpu}/cpufreq/scaling_governor")).OfType<string>()];
        if (governors.Length == 0)
            return Finding.Ok(Check, "the system does not change the frequency (a virtual machine, or fixed)");
        string driver = kernel.Text($"{Cpu}/cpu0/cpufreq/scaling_driver") ?? "";
        string evidence = $"{string.Join(", ", governors.Distinct())} on {governors.Length} processors{(driver.Length > 0 ? $", driver {driver}" : "")}";
        return governors.Any(governor => governor is "powersave" or "conservative" or "userspace") && !SelfGoverned.Contains(driver)
            ? Finding.Warning(Check, $"{evidence}: it stays slow, or is slow to wake", $"echo performance | sudo tee {Cpu}/cpu*/cpufreq/scaling_governor (on a Jetson: sudo nvpmodel -m 0 && sudo jetson_clocks)")
            : Finding.Ok(Check, evidence);
    }

    internal static Finding Heat(Kernel kernel)
    {
        const string Check = "heat";
        const string Remedy = "a fan or a larger heat sink, shade, a smaller --size; record shorter until it is cool";
        List<string> throttled = [];
        foreach (string device in kernel.Entries("/sys/class/thermal", "cooling_device*"))
        {
            string type = kernel.Text($"{device}/type") ?? "";
            if (Throttles.Any(word => type.StartsWith(word, StringComparison.OrdinalIgnoreCase)) && kernel.Number($"{device}/cur_state") is > 0 and { } state)
                throttled.Add($"{type} at step {state} of {kernel.Text($"{device}/max_state") ?? "?"}");
        }
        List<(string Zone, double Now, double? Trip)> zones = [.. kernel.Entries("/sys/class/thermal", "thermal_zone*").Select(zone => ReadZone(kernel, zone)).OfType<(string, double, double?)>()];
        string hottest = zones.Count == 0 ? "no thermometer" : $"hottest {zones.MaxBy(zone => zone.Now).Zone} {zones.Max(zone => zone.Now):0.#} °C";
        if (throttled.Count > 0)
            return Finding.Problem(Check, $"the machine slows itself down: {string.Join(", ", throttled)}; {hottest}", Remedy);
        if (zones.FirstOrDefault(zone => zone.Trip is { } trip && zone.Now >= trip - WarmC) is { Zone: not null } warm)
            return Finding.Warning(Check, $"{warm.Zone} has {warm.Now:0.#} °C, and slows down at {warm.Trip:0.#} °C", Remedy);
        return Finding.Ok(Check, $"{hottest}; nothing is throttled");
    }

    /// <summary>Of a Raspberry Pi: bits 0 to 3 now, 16 to 19 since the start.</summary>
    internal static IEnumerable<Finding> Undervoltage(Kernel kernel)
    {
        string? text = kernel.Text("/sys/devices/platform/soc/soc:firmware/get_throttled");
        if (text is null || !uint.TryParse(text.Replace("0x", "", StringComparison.Ordinal), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint bits))
            yield break;
        (uint Bit, string Meaning)[] meanings = [(0x1, "too little voltage"), (0x2, "capped frequency"), (0x4, "throttled"), (0x8, "soft temperature limit")];
        string now = string.Join(", ", meanings.Where(meaning => (bits & meaning.Bit) != 0).Select(meaning => meaning.Meaning));
        string before = string.Join(", ", meanings.Where(meaning => (bits & meaning.Bit << 16) != 0).Select(meaning => meaning.Meaning));
        const string Remedy = "the supply that was made for this board, a short thick cable, a heat sink";
        if (now.Length > 0)
            yield return Finding.Problem("power", $"{now} (0x{bits:x})", Remedy);
        else if (before.Length > 0)
            yield return Finding.Warning("power", $"since the start there was {before} (0x{bits:x})", Remedy);
        else
            yield return Finding.Ok("power", "never too little voltage since the start");
    }

    /// <summary>Takes are named in UTC whatever the zone: only one that does not exist is worth a word.</summary>
    internal static Finding TimeZone(string? environment, Kernel kernel)
    {
        const string Check = "time zone";
        string name = environment?.TrimStart(':') ?? "";
        if (name.Length > 0 && !name.StartsWith('/') && name.All(letter => char.IsLetter(letter) || letter is '/' or '_') && name.Contains('/') && !kernel.Has($"/usr/share/zoneinfo/{name}"))
            return Finding.Warning(Check, $"TZ={name} is no zone that this machine knows: local times are shown in UTC", "unset TZ, or sudo apt install tzdata");
        return Finding.Ok(Check, $"{TimeZoneInfo.Local.Id}; takes are named in UTC on every machine, now {DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}, so zones need not agree");
    }

    private static (string Zone, double Now, double? Trip)? ReadZone(Kernel kernel, string zone)
    {
        if (kernel.Number($"{zone}/temp") is not { } milli)
            return null;
        double? trip = null;
        for (int point = 0; kernel.Text($"{zone}/trip_point_{point}_type") is { } type; point++)
        {
            // passive: the kernel slows something down there; lower ones are for fans
            if (type is "passive" or "hot" or "critical" && kernel.Number($"{zone}/trip_point_{point}_temp") is > 0 and { } at)
                trip = Math.Min(trip ?? double.MaxValue, at / 1000.0);
        }
        return (kernel.Text($"{zone}/type") ?? zone, milli / 1000.0, trip);
    }
}
