using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>CLOCK_REALTIME beside the local clock, with the kernel's own judgement of it (adjtimex(2), reading only).</summary>
internal static partial class WallClock
{
    private const int Readings = 4;

    // STA_*
    private const int KernelLoop = 0x0001;
    private const int Unsynchronised = 0x0040;

    /// <summary>struct timex of 64-bit Linux, as far as it is read.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 208)]
    private struct Timex
    {
        public uint Modes;
        public long Offset;
        public long Frequency;
        public long MaxErrorMicros;
        public long EstimatedErrorMicros;
        public int Status;
    }

    public static SystemClockReading Read(LocalClock clock)
    {
        (LocalTime at, NetworkTime wall) = ReadPair(clock);
        Timex kernel = default;
        int state = AdjustTime(ref kernel);
        double rate = clock.Simulated is { } wrong ? -wrong.RatePpm(clock.ToMonotonic(at)) * 1e-6 : 0;
        return new SystemClockReading(
            at,
            wall,
            state >= 0 && (kernel.Status & Unsynchronised) == 0,
            kernel.MaxErrorMicros * 1_000,
            (kernel.Status & KernelLoop) != 0,
            rate
        );
    }

    /// <summary>Why <see cref="Read"/> calls every clock unsynchronised here, and what to do; null where the kernel answers. A sandbox may refuse the call, which could also set the clock.</summary>
    public static string? Refusal()
    {
        Timex kernel = default;
        return AdjustTime(ref kernel) >= 0
            ? null
            : $"the kernel does not say how well the wall clock is kept (adjtimex: {Marshal.GetLastPInvokeErrorMessage()}), and so it is not used; a service is allowed to ask by the drop-in system-clock.conf (docs/clock.md)";
    }

    /// <summary>Several readings, because one may have been interrupted; together they confine the difference of the clocks, and tell a step.</summary>
    private static (LocalTime At, NetworkTime Wall) ReadPair(LocalClock clock)
    {
        for (int more = 1; more < Readings; more++)
            _ = clock.Both();
        return clock.Both();
    }

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    private static partial int AdjustTime(ref Timex timex);
}
