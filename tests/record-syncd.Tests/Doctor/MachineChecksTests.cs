using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Governor, heat, voltage and zone, as real machines show them in /sys.</summary>
public sealed class MachineChecksTests
{
    [Theory]
    [InlineData("powersave", "intel_pstate", nameof(FindingVerdict.Ok))]
    [InlineData("powersave", "cpufreq-dt", nameof(FindingVerdict.Warning))]
    [InlineData("schedutil", "tegra194", nameof(FindingVerdict.Ok))]
    [InlineData("performance", "acpi-cpufreq", nameof(FindingVerdict.Ok))]
    public void A_governor_that_keeps_the_machine_slow_is_told(string governor, string driver, string verdict)
    {
        using SystemTree tree = new();
        for (int cpu = 0; cpu < 4; cpu++)
        {
            tree.Write($"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor", governor);
            tree.Write($"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_driver", driver);
        }
        Finding finding = MachineChecks.Governor(tree.Kernel);

        Assert.Equal(verdict, finding.Verdict.ToString());
        Assert.Contains($"{governor} on 4 processors, driver {driver}", finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_governor_or_thermometer_is_well()
    {
        using SystemTree tree = new();

        Assert.Equal(FindingVerdict.Ok, MachineChecks.Governor(tree.Kernel).Verdict);
        Assert.Equal(Finding.Ok("heat", "no thermometer; nothing is throttled"), MachineChecks.Heat(tree.Kernel));
        Assert.Empty(MachineChecks.Undervoltage(tree.Kernel));
    }

    [Fact]
    public void Heat_is_judged_by_trip_points_and_throttles_and_not_by_fans()
    {
        // a Jetson Orin Nano
        using SystemTree tree = new();
        tree.Write("sys/class/thermal/thermal_zone0/type", "cpu-thermal");
        tree.Write("sys/class/thermal/thermal_zone0/temp", "51281");
        tree.Write("sys/class/thermal/thermal_zone0/trip_point_0_type", "active");
        tree.Write("sys/class/thermal/thermal_zone0/trip_point_0_temp", "50000");
        tree.Write("sys/class/thermal/thermal_zone0/trip_point_1_type", "passive");
        tree.Write("sys/class/thermal/thermal_zone0/trip_point_1_temp", "99000");
        tree.Write("sys/class/thermal/cooling_device0/type", "pwm-fan");
        tree.Write("sys/class/thermal/cooling_device0/cur_state", "3");
        tree.Write("sys/class/thermal/cooling_device1/type", "thermal-cpufreq-0");
        tree.Write("sys/class/thermal/cooling_device1/cur_state", "0");
        tree.Write("sys/class/thermal/cooling_device1/max_state", "28");
        Assert.Equal(Finding.Ok("heat", "hottest cpu-thermal 51.3 °C; nothing is throttled"), MachineChecks.Heat(tree.Kernel));

        tree.Write("sys/class/thermal/thermal_zone0/temp", "95500");
        Finding warm = MachineChecks.Heat(tree.Kernel);
        Assert.Equal((FindingVerdict.Warning, "cpu-thermal has 95.5 °C, and slows down at 99 °C"), (warm.Verdict, warm.Evidence));

        tree.Write("sys/class/thermal/cooling_device1/cur_state", "7");
        Finding throttled = MachineChecks.Heat(tree.Kernel);
        Assert.Equal(FindingVerdict.Problem, throttled.Verdict);
        Assert.Contains("thermal-cpufreq-0 at step 7 of 28", throttled.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", nameof(FindingVerdict.Ok), "never")]
    [InlineData("50000", nameof(FindingVerdict.Warning), "since the start there was too little voltage, throttled")]
    [InlineData("50005", nameof(FindingVerdict.Problem), "too little voltage, throttled")]
    public void A_raspberry_tells_of_its_supply(string bits, string verdict, string evidence)
    {
        using SystemTree tree = new();
        tree.Write("sys/devices/platform/soc/soc:firmware/get_throttled", bits);
        Finding finding = Assert.Single(MachineChecks.Undervoltage(tree.Kernel));

        Assert.Equal(verdict, finding.Verdict.ToString());
        Assert.Contains(evidence, finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_zone_that_does_not_exist_is_worth_a_warning()
    {
        using SystemTree tree = new();
        tree.Write("usr/share/zoneinfo/Europe/Berlin", "TZif2");

        Assert.Equal(FindingVerdict.Ok, MachineChecks.TimeZone(null, tree.Kernel).Verdict);
        Assert.Equal(FindingVerdict.Ok, MachineChecks.TimeZone(":Europe/Berlin", tree.Kernel).Verdict);
        Assert.Equal(FindingVerdict.Warning, MachineChecks.TimeZone("Europe/Berln", tree.Kernel).Verdict);
        // a rule of POSIX, not a name
        Assert.Equal(FindingVerdict.Ok, MachineChecks.TimeZone("CET-1CEST,M3.5.0,M10.5.0/3", tree.Kernel).Verdict);
    }
}
