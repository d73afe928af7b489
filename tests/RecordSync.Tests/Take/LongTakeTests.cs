using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>An hour of a take, simulated: wrong clocks, wrong sensors, the real filter, clock, grid and correction.</summary>
public sealed class LongTakeTests
{
    private const long Second = 1_000_000_000;
    private static readonly NetworkTime Zero = new(1_795_395_175_000_000_000);

    /// <summary>A follower that is asked what time it is: its oscillator is off by ppm and wanders, its path has a floor and a tail.</summary>
    private sealed class Follower
    {
        private readonly Random random;
        private readonly double ppm;
        private readonly double wanderPpm;
        private readonly ClockFilter filter = new();
        private readonly NetworkClock clock = new();

        public Follower(int seed, double ppm, double wanderPpm = 0)
        {
            (random, this.ppm, this.wanderPpm) = (new Random(seed), ppm, wanderPpm);
            Burst(-40 * Second, out _);
            for (long second = -39; second < 0; second++)
                Burst(second * Second, out _);
            History = new ClockHistory(clock.Mapping!);
        }

        public ClockHistory History { get; }

        public ClockMapping Mapping => clock.Mapping!;

        /// <summary>Wander: a slow swing of the rate, as temperature makes it, with a period of 10 minutes.</summary>
        public LocalTime Local(long trueNs) =>
            new(7_777_000_000_000 + trueNs + (long)(trueNs * ppm * 1e-6) + (long)(wanderPpm * 1e-6 * 600e9 / (2 * Math.PI) * Math.Sin(trueNs / 600e9 * 2 * Math.PI)));

        public void Ask(long trueNs)
        {
            Burst(trueNs, out ClockEstimate estimate);
            History.Add(estimate);
        }

        private void Burst(long trueNs, out ClockEstimate estimate)
        {
            for (int i = 0; i < NodeSettings.BurstLength; i++, trueNs += 2_000_000)
            {
                long arrives = trueNs + 40_000 + Tail(), leaves = arrives + 20_000, back = leaves + 40_000 + Tail();
                filter.Add(new ClockSample(Local(trueNs), Zero + new Nanos(arrives), Zero + new Nanos(leaves), Local(back)));
                clock.Follow(filter.Estimate!.Value, takeRunning: false);
            }
            estimate = filter.Estimate!.Value;
        }

        private long Tail() => (long)(-Math.Log(1 - random.NextDouble()) * 30_000);
    }

    private sealed record Recorded(long Points, int Repeats, int Duplicates, List<long> ResidualNs, List<long> GatedErrorNs, List<long> CorrectedErrorNs, SensorRateEstimate Rate);

    /// <summary>Records a take of so many seconds by one node, as the gate does it.</summary>
    private static Recorded Record(FrameRate rate, int seconds, double clockPpm, double sensorPpm, double phase, int seed, double wanderPpm = 0)
    {
        Follower node = new(seed, clockPpm, wanderPpm);
        FrameGrid grid = new(Zero, rate);
        FrameTimeline timeline = new(grid);
        Random random = new(seed + 1);
        long points = rate.FramesIn(Nanos.FromSeconds(seconds)), nextBurst = 0;
        List<(long True, LocalTime Local, long Gated)> frames = [];
        int repeats = 0, duplicates = 0;
        List<long> residuals = [];
        double period = 1e9 * rate.Denominator / rate.Numerator;
        for (long frame = -60; timeline.Next < points; frame++)
        {
            long exposed = (long)((frame + phase) * period * (1 + sensorPpm * 1e-6) + (random.NextDouble() * 2 - 1) * 100_000);
            for (; nextBurst < exposed; nextBurst += 2 * Second)
                node.Ask(nextBurst);
            LocalTime local = node.Local(exposed);
            NetworkTime gated = node.Mapping.At(local);
            Slot slot = timeline.Place(gated);
            if (slot.Kind is SlotKind.Duplicate or SlotKind.Nearer)
                duplicates++;
            if (slot.Kind != SlotKind.Frame)
                continue;
            repeats += (int)(Math.Min(slot.Index, points) - slot.FirstMissing);
            if (slot.Index >= points)
                break;
            residuals.Add(slot.Residual.Value);
            frames.Add((exposed, local, gated.Nanoseconds));
        }
        TakeClock settled = node.History.Settle();
        SensorRate sensor = new(rate);
        List<long> gatedErrors = [], corrected = [];
        foreach ((long exposed, LocalTime local, long gated) in frames)
        {
            NetworkTime best = settled.At(local);
            sensor.Add(best);
            gatedErrors.Add(gated - (Zero.Nanoseconds + exposed));
            corrected.Add(best.Nanoseconds - (Zero.Nanoseconds + exposed));
        }
        return new Recorded(timeline.Next, repeats, duplicates, residuals, gatedErrors, corrected, sensor.Estimate()!.Value);
    }

    [Theory]
    [InlineData("30", 100, -100)]
    [InlineData("60000/1001", -100, 100)]
    [InlineData("24", -100, -37.5)]
    public void An_hour_with_sensor_and_clock_off_by_100_ppm_keeps_every_frame_within_half_a_period_of_its_point_and_does_not_creep(string text, double clockPpm, double sensorPpm)
    {
        Assert.True(FrameRate.TryParse(text, out FrameRate rate));
        Recorded take = Record(rate, 3600, clockPpm, sensorPpm, phase: 0.3, seed: 11);

        Assert.Equal(rate.FramesIn(Nanos.FromSeconds(3600)), take.Points);
        // the margin of the slip and the jitter come on top
        Assert.InRange(take.ResidualNs.Max(Math.Abs), 0, (long)(0.505 * rate.Period.Value + 220_000));
        // so many ppm of an hour are so many frames too many or too few, and nothing else is repeated or left out
        double slips = 3600 * Math.Abs(sensorPpm) * 1e-6 * rate.PerSecond;
        Assert.InRange(sensorPpm > 0 ? take.Repeats : take.Duplicates, slips - 1.5, slips + 1.5);
        Assert.Equal(0, sensorPpm > 0 ? take.Duplicates : take.Repeats);

        // what the node believes of a frame's instant is as good in the last minute as in the first
        Assert.InRange(take.CorrectedErrorNs[^1800..].Average() - take.CorrectedErrorNs[..1800].Average(), -5_000, 5_000);
        Assert.InRange(take.CorrectedErrorNs.Max(Math.Abs), 0, 25_000);

        Assert.InRange(take.Rate.Ppm, sensorPpm - 0.01, sensorPpm + 0.01);
        Assert.InRange(take.Rate.ErrorPpm, 0, 0.01);
    }

    [Fact]
    public void The_clock_of_the_whole_take_is_better_than_the_estimates_of_the_moment()
    {
        List<long> gated = [], corrected = [];
        for (int seed = 0; seed < 12; seed++)
        {
            Recorded take = Record(new FrameRate(30, 1), 120, clockPpm: 60 - seed * 10, sensorPpm: 20, phase: 0.1, seed, wanderPpm: 0.5);
            gated.AddRange(take.GatedErrorNs.Select(Math.Abs));
            corrected.AddRange(take.CorrectedErrorNs.Select(Math.Abs));
        }
        gated.Sort();
        corrected.Sort();
        Assert.True(corrected[corrected.Count * 99 / 100] < gated[gated.Count * 99 / 100] * 0.8, $"p99 gated {gated[gated.Count * 99 / 100]} ns, corrected {corrected[corrected.Count * 99 / 100]} ns");
        Assert.True(corrected[corrected.Count / 2] <= gated[gated.Count / 2], $"median gated {gated[gated.Count / 2]} ns, corrected {corrected[corrected.Count / 2]} ns");
    }

    [Fact]
    public void A_stretch_of_holdover_is_bridged_from_both_ends()
    {
        ClockMapping mapping = new(new LocalTime(0), Zero, 0, 0, 0);
        ClockHistory history = new(mapping);
        // nothing is heard for a minute, and the oscillator goes 0.5 ppm faster than believed
        foreach (int second in Enumerable.Range(0, 30).Concat(Enumerable.Range(90, 30)))
            history.Add(new ClockEstimate(new LocalTime(second * Second), Zero.Nanoseconds + second * 500, 0, 1_000, 80_000, 40_000, 1e-7, 240));
        TakeClock settled = history.Settle();
        for (int second = 0; second < 120; second += 7)
            Assert.InRange((settled.At(new LocalTime(second * Second)) - Zero).Value - second * Second - second * 500, -1_000, 1_000);
    }

    [Fact]
    public void A_leader_is_the_time_scale_and_corrects_nothing()
    {
        ClockMapping mapping = new(new LocalTime(5), Zero, 0, 0, 0);
        TakeClock settled = new ClockHistory(mapping).Settle();
        Assert.False(settled.Corrects);
        Assert.Equal(mapping.At(new LocalTime(123_456_789)), settled.At(new LocalTime(123_456_789)));
    }

    [Fact]
    public void Lost_frames_a_pause_and_outliers_do_not_bend_the_sensors_rate() =>
        Gen.Select(Gen.Double[-100, 100], Gen.Int[0, 10_000])
            .Sample(
                (ppm, seed) =>
                {
                    Random random = new(seed);
                    SensorRate sensor = new(new FrameRate(30, 1));
                    double period = 1e9 / 30 * (1 + ppm * 1e-6);
                    for (int frame = 0; frame < 1_800; frame++)
                    {
                        bool paused = frame is >= 600 and < 640, lost = random.NextDouble() < 0.05;
                        double late = frame is >= 900 and < 930 ? 4_000_000 : random.NextDouble() * 100_000;
                        if (!paused && !lost)
                            sensor.Add(Zero + new Nanos((long)(frame * period + late)));
                    }
                    Assert.InRange(sensor.Estimate()!.Value.Ppm, ppm - 1, ppm + 1);
                },
                iter: 50
            );

    [Fact]
    public void A_take_too_short_to_tell_has_no_sensor_rate()
    {
        SensorRate sensor = new(new FrameRate(30, 1));
        for (int frame = 0; frame < 90; frame++)
            sensor.Add(Zero + new FrameRate(30, 1).TimeOf(frame));
        Assert.Null(sensor.Estimate());
    }
}
