using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>CLOCK_MONOTONIC itself, whatever clock this node pretends to have: the simulated camera is part of the outside world and runs on true time.</summary>
internal static partial class MonotonicClock
{
    private const int ClockRealtime = 0;
    private const int ClockMonotonic = 1;
    private const int WallReadings = 5;
    private const long GoodReading = 2_000;
    private const int AbsoluteTime = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    // so that a camera with a frame every ten seconds still stops at once
    private const long LongestSleep = 100_000_000;

    public static long Now
    {
        get
        {
            _ = clock_gettime(ClockMonotonic, out Timespec now);
            return now.Seconds * NanosecondsPerSecond + now.Nanoseconds;
        }
    }

    /// <summary>CLOCK_REALTIME less CLOCK_MONOTONIC: of a few readings the one that was interrupted least.</summary>
    public static long WallOffset
    {
        get
        {
            (long width, long offset) = (long.MaxValue, 0);
            for (int i = 0; i < WallReadings && width > GoodReading; i++)
            {
                long before = Now;
                _ = clock_gettime(ClockRealtime, out Timespec wall);
                long after = Now;
                if (after - before < width)
                    (width, offset) = (after - before, wall.Seconds * NanosecondsPerSecond + wall.Nanoseconds - (before + (after - before) / 2));
            }
            return offset;
        }
    }

    /// <summary>Sleeps until the instant (ns). False when <paramref name="stop"/> became true first.</summary>
    public static bool SleepUntil(long instant, ref readonly bool stop)
    {
        for (long now = Now; now < instant; now = Now)
        {
            if (Volatile.Read(in stop))
                return false;
            long wake = Math.Min(instant, now + LongestSleep);
            Timespec until = new(wake / NanosecondsPerSecond, wake % NanosecondsPerSecond);
            _ = clock_nanosleep(ClockMonotonic, AbsoluteTime, in until, 0);
        }
        return !Volatile.Read(in stop);
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);

    [LibraryImport("libc")]
    private static partial int clock_nanosleep(int clock, int flags, in Timespec until, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}
