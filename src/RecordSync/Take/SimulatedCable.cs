namespace RecordSync;

/// <summary>The cable of a simulated camera (<c>test:die=4+1.5</c>): pulled once, so many seconds after the camera's very first frame, and plugged in again. Outlives the camera's openings.</summary>
internal sealed class SimulatedCable(SensorStall pulled)
{
    private long zero = long.MinValue;

    /// <summary>The camera has been opened, and this is its frame 0, true clock in ns. Only the first opening counts.</summary>
    public void Opened(long firstFrameNs) => Interlocked.CompareExchange(ref zero, firstFrameNs, long.MinValue);

    public bool IsPulledAt(long ns) => Interlocked.Read(ref zero) is var first && first != long.MinValue && pulled.Covers(new Nanos(ns - first));
}
