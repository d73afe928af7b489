namespace RecordSync.Daemon;

/// <summary>A sound card that hears <see cref="TickSound"/>: a thread of its own that gives a block of 10 ms whenever its own, wrong oscillator has counted that many samples.</summary>
internal sealed class SimulatedCard : IDisposable
{
    private readonly CardTiming timing;
    private readonly BlockHandler onBlock;
    private readonly Action<string> onEnd;
    private readonly Thread thread;
    private bool stop;

    public SimulatedCard(CardTiming timing, BlockHandler onBlock, Action<string> onEnd)
    {
        (this.timing, this.onBlock, this.onEnd) = (timing, onBlock, onEnd);
        thread = new Thread(Run) { Name = "sound card", IsBackground = true };
        thread.Start();
    }

    public void Dispose()
    {
        Volatile.Write(ref stop, true);
        thread.Join();
    }

    private void Run()
    {
        try
        {
            Pace();
        }
        catch (Exception e)
        {
            onEnd(e.Message);
        }
    }

    private void Pace()
    {
        Random random = new(timing.Seed);
        int count = timing.Rate / 100;
        float[] block = new float[count * timing.Channels];
        long opened = MonotonicClock.Now;
        double period = timing.PeriodNs;
        for (long taken = 0; ; taken += count)
        {
            double first = opened + taken * period;
            double late = random.NextDouble() * timing.JitterUs * 1e3;
            long arrival = (long)(first + count * period + late + timing.OffsetMs * 1e6);
            if (!MonotonicClock.SleepUntil(arrival, in stop))
                return;
            double seconds = (first - opened) / 1e9;
            if (timing.StopAfterSeconds > 0 && seconds > timing.StopAfterSeconds)
            {
                onEnd($"the simulated sound card was told to stop after {timing.StopAfterSeconds:0.###} s");
                return;
            }
            if (timing.Lose.Covers(new Nanos((long)(first - opened))))
                continue;
            for (int i = 0; i < count; i++)
                block.AsSpan(i * timing.Channels, timing.Channels).Fill(TickSound.At(first + i * period));
            // as a driver stamps it: by the clock when it came, which may be later than it should
            onBlock(timing.Format, block, MonotonicClock.Now - (long)(count * 1e9 / timing.Rate), null);
        }
    }
}
