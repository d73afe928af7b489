using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Who steers the wall clock, by the command lines that distributions start them with.</summary>
public sealed class ClockChecksTests
{
    private static readonly SystemClockReading Good = Reading(synchronised: true, new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));
    private static readonly WallClockWatch Steady = new(5_000, 5_200, TimeSpan.FromSeconds(10));

    [Theory]
    [InlineData("chronyd", "/usr/sbin/chronyd -F 1", true)]
    [InlineData("chronyd", "chronyd -x -d", false)]
    [InlineData("systemd-timesyn", "/lib/systemd/systemd-timesyncd", true)]
    [InlineData("ntpd", "/usr/sbin/ntpd -p /run/ntpd.pid -u ntpsec:ntpsec", true)]
    [InlineData("ptp4l", "/usr/sbin/ptp4l -f /etc/linuxptp/ptp4l.conf -i eth0", false)]
    [InlineData("ptp4l", "ptp4l -S -i eth0", true)]
    [InlineData("phc2sys", "/usr/sbin/phc2sys -w -s eth0", true)]
    [InlineData("phc2sys", "/usr/sbin/phc2sys -c eth0 -s CLOCK_REALTIME -O 0", false)]
    [InlineData("phc2sys", "phc2sys -a -r", true)]
    [InlineData("phc2sys", "phc2sys -a", false)]
    [InlineData("bash", "bash", false)]
    public void A_program_steers_the_wall_clock_by_its_arguments(string name, string commandLine, bool steers) => Assert.Equal(steers, Program(name, commandLine).SteersWallClock);

    [Fact]
    public void Two_that_steer_one_clock_are_a_problem_and_the_one_to_stop_is_named()
    {
        Finding fight = Discipline([Program("systemd-timesyn", "/lib/systemd/systemd-timesyncd"), Program("phc2sys", "phc2sys -a -r"), Program("ptp4l", "ptp4l -i eth0")], Good, ClockSource.System);

        Assert.Equal((FindingVerdict.Problem, "sudo systemctl disable --now systemd-timesyncd"), (fight.Verdict, fight.Remedy));
        Assert.Contains("systemd-timesyncd and phc2sys both steer", fight.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void One_alone_is_well_and_chrony_shows_twice_because_it_has_two_processes()
    {
        Finding finding = Discipline([Program("chronyd", "chronyd -F 1"), Program("chronyd", "chronyd -F 1")], Good, ClockSource.Auto);

        Assert.Equal(FindingVerdict.Ok, finding.Verdict);
        Assert.StartsWith("chronyd alone steers the wall clock", finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unsynchronised_wall_clock_matters_to_those_who_go_by_it()
    {
        SystemClockReading free = Good with { Synchronised = false };

        Assert.Equal(FindingVerdict.Problem, Discipline([], free, ClockSource.System).Verdict);
        Assert.Equal(FindingVerdict.Ok, Discipline([], free, ClockSource.Auto).Verdict);
    }

    [Fact]
    public void A_step_is_told_with_its_size()
    {
        Finding stepped = WallClock(Good, Steady with { AfterNs = Steady.BeforeNs - 1_500_000_000 });

        Assert.Equal(FindingVerdict.Warning, stepped.Verdict);
        Assert.Contains("stepped by -1.500 s within 10 s", stepped.Evidence, StringComparison.Ordinal);
        Assert.Equal(FindingVerdict.Ok, WallClock(Good, Steady).Verdict);
    }

    [Fact]
    public void A_board_without_a_battery_begins_in_the_past()
    {
        Finding finding = WallClock(Reading(false, new DateTime(2018, 1, 28, 15, 58, 13, DateTimeKind.Utc)), Steady);

        Assert.Equal(FindingVerdict.Warning, finding.Verdict);
        Assert.Contains("2018-01-28 15:58:13", finding.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_wall_clock_is_read_to_microseconds()
    {
        // two readings one after the other, with nobody who steps it between them
        WallClockWatch watch = new(WallClockWatch.Read(), WallClockWatch.Read(), TimeSpan.Zero);

        Assert.Null(watch.StepNs);
    }

    private static Finding Discipline(IReadOnlyList<ClockProgram> programs, SystemClockReading kernel, ClockSource wanted) => ClockChecks.Judge(programs, kernel, Steady, wanted).Single(finding => finding.Check == "discipline");

    private static Finding WallClock(SystemClockReading kernel, WallClockWatch watch) => ClockChecks.Judge([], kernel, watch, ClockSource.Auto).Single(finding => finding.Check == "wall clock");

    private static ClockProgram Program(string name, string commandLine) => new(name, commandLine.Split(' '));

    private static SystemClockReading Reading(bool synchronised, DateTime wall) => new(new LocalTime(0), new NetworkTime((wall - DateTime.UnixEpoch).Ticks * 100), synchronised, 250_000, ByKernelLoop: false);
}
