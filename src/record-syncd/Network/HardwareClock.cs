using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>A network card's clock, read now and then beside CLOCK_MONOTONIC so that its stamps can be converted. Used by the receiving thread.</summary>
/// <param name="read">Reads the card's clock, as well as it can be; null when that fails.</param>
internal sealed class HardwareClock(LocalClock clock, Func<PhcReading?> read)
{
    // a reading takes some microseconds on the bus: one for a whole burst of packets
    private const long ReadingLifeNs = 50_000_000;

    private readonly PhcMapping mapping = new();
    private long lastReadNs = long.MinValue / 2;

    /// <summary>A stamp of the card as local time; null when that cannot be trusted.</summary>
    public LocalTime? ToLocal(long phcNs)
    {
        long now = Libc.Monotonic();
        if (now - lastReadNs > ReadingLifeNs)
        {
            if (read() is { } reading)
                mapping.Note(reading);
            lastReadNs = now = Libc.Monotonic();
        }
        return mapping.ToMonotonic(phcNs, now) is { } monotonic ? clock.FromMonotonic(monotonic) : null;
    }
}

/// <summary>/dev/ptpN: a network card's clock as the kernel offers it.</summary>
internal sealed class PtpDevice(SafeFileHandle device, LocalClock clock) : IDisposable
{
    private const int ReadsAtOnce = 5;

    private readonly PhcReading[] reads = new PhcReading[ReadsAtOnce];

    /// <summary>The narrowest of a few reads: by the driver, close round the register, where the kernel offers that (Linux 5.0), else by this program.</summary>
    public PhcReading? Read()
    {
        int got = Libc.ReadPtpClock(device, reads);
        // these brackets are in wall-clock time, because older kernels offer no other
        for (int i = 0; i < got; i++)
            reads[i] = clock.MonotonicOf(reads[i].BeforeNs) is { } before ? reads[i] with { BeforeNs = before, AfterNs = before + reads[i].AfterNs - reads[i].BeforeNs } : default;
        for (int i = 0; got <= 0 && i < ReadsAtOnce; i++)
            reads[i] = Libc.BracketPtpClock(device);
        return PhcReading.Narrowest(reads);
    }

    public void Dispose() => device.Dispose();
}
