using System.Runtime.InteropServices;

namespace RecordSync.Laboratory;

/// <summary>The clocks, and a thread that wakes up when it said.</summary>
internal static class RealTime
{
    private const int Realtime = 0;
    private const int Monotonic = 1;
    private const int FirstInFirstOut = 1;
    private const int SetTimerSlack = 29;
    private const short PollIn = 1;

    public static long MonotonicNs() => Read(Monotonic);

    public static long WallNs() => Read(Realtime);

    /// <summary>Real-time priority for the calling thread where that is permitted, and timers without slack.</summary>
    public static void TakePriority()
    {
        int priority = 10;
        _ = SetScheduler(0, FirstInFirstOut, ref priority);
        _ = ProcessControl(SetTimerSlack, 1, 0, 0, 0);
    }

    /// <summary>Until one of two descriptors can be read, or the time is over.</summary>
    public static void Poll(int first, int second, long longestNs)
    {
        Pair pair = new() { First = new() { Descriptor = first, Events = PollIn }, Second = new() { Descriptor = second, Events = PollIn } };
        Timespec longest = new() { Seconds = (nint)(longestNs / 1_000_000_000), Nanoseconds = (nint)(longestNs % 1_000_000_000) };
        _ = PollPrecisely(ref pair, 2, ref longest, 0);
    }

    /// <summary>The kernel passes over descriptors below zero.</summary>
    public static void SleepUntil(long monotonicNs)
    {
        long rest = monotonicNs - MonotonicNs();
        if (rest > 0)
            Poll(-1, -1, rest);
    }

    private static long Read(int clock)
    {
        _ = ReadClock(clock, out Timespec time);
        return time.Seconds * 1_000_000_000L + time.Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Pair
    {
        public PollDescriptor First;
        public PollDescriptor Second;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ReadClock(int clock, out Timespec time);

    [DllImport("libc", EntryPoint = "ppoll")]
    private static extern int PollPrecisely(ref Pair descriptors, nint count, ref Timespec longest, nint signals);

    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    private static extern int SetScheduler(int thread, int policy, ref int priority);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int ProcessControl(int option, nint a, nint b, nint c, nint d);
}
