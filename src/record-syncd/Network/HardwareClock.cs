using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>A network card's clock, read now and then beside CLOCK_MONOTONIC so that its stamps can be converted. Used by the receiving thread.</summary>
internal sealed class HardwareClock(SafeFileHandle device, LocalClock clock) : IDisposable
{
    // a reading takes some microseconds on the bus: one for a whole burst of packets
    private const long ReadingLifeNs = 50_000_000;
    private const int ReadsAtOnce = 5;

    private readonly PhcMapping mapping = new();
    private readonly PhcReading[] reads = new PhcReading[ReadsAtOnce];
    private long lastReadNs = long.MinValue / 2;

    /// <summary>A stamp of the card as local time; null when that cannot be trusted.</summary>
    public LocalTime? ToLocal(long phcNs)
    {
        long now = Libc.Monotonic();
        if (now - lastReadNs > ReadingLifeNs)
        {
            Read();
            lastReadNs = now = Libc.Monotonic();
        }
        return mapping.ToMonotonic(phcNs, now) is { } monotonic ? clock.FromMonotonic(monotonic) : null;
    }

    /// <summary>The narrowest of a few reads: by the driver, close round the register, where the kernel offers that (Linux 5.0), else by this program.</summary>
    private void Read()
    {
        int got = Libc.ReadPtpClock(device, reads);
        // these brackets are in wall-clock time, because older kernels offer no other
        for (int i = 0; i < got; i++)
            reads[i] = clock.MonotonicOf(reads[i].BeforeNs) is { } before ? reads[i] with { BeforeNs = before, AfterNs = before + reads[i].AfterNs - reads[i].BeforeNs } : default;
        if (got <= 0)
        {
            got = ReadsAtOnce;
            for (int i = 0; i < got; i++)
                reads[i] = Libc.BracketPtpClock(device);
        }
        if (PhcReading.Narrowest(reads.AsSpan(0, got)) is { } best)
            mapping.Note(best);
    }

    public void Dispose() => device.Dispose();
}
