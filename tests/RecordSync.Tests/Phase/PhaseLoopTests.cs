using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>The control loop against the simulated sensor: lines of 15 µs, two frames of latency, a clock of its own.</summary>
public sealed class PhaseLoopTests
{
    private const long Second = 1_000_000_000;
    private const long ReachedAfter = 3 * Second;
    private static readonly NetworkTime Epoch = new(1_795_395_177_123_456_789);

    /// <summary>One camera under the loop. Network time is true time from an epoch that is not on the grid.</summary>
    private sealed class Steered
    {
        private readonly FrameGrid grid;
        private readonly SimulatedSensor sensor;

        public Steered(FrameRate rate, string options)
        {
            Assert.True(SensorTiming.TryParse($"steer,{options}", rate, new Random(1), out SensorTiming timing, out string error), error);
            Rate = rate;
            sensor = new SimulatedSensor(timing, rate, 0);
            grid = new FrameGrid(new NetworkTime(0), rate);
            Loop = new PhaseLoop(rate, new FrameLengths(SimulatedSensor.Line, sensor.ShortestFrame, sensor.LongestFrame, SimulatedSensor.Latency));
        }

        public FrameRate Rate { get; }

        public PhaseLoop Loop { get; }

        public List<(long At, double Error, PhaseState State)> Seen { get; } = [];

        /// <summary>A frame's capture time is known to the loop while the sensor exposes the next one already, as in the real pipeline.</summary>
        public Steered Run(long seconds, Func<long, bool>? unseen = null, Func<long, long>? clockError = null, Func<long, bool>? held = null)
        {
            SensorFrame? exposed = null;
            Nanos? waiting = null;
            long end = (Seen.Count > 0 ? Seen[^1].At : 0) + seconds * Second;
            while (true)
            {
                SensorFrame next = sensor.Next();
                if (exposed is { } frame)
                {
                    NetworkTime captured = Epoch + new Nanos(frame.CaptureNs);
                    Seen.Add((frame.CaptureNs, grid.Residual(captured, grid.Nearest(captured)).Value, Loop.State));
                    if (waiting is { } late)
                        sensor.Steer(late);
                    waiting = null;
                    if (unseen?.Invoke(frame.Number) != true && !frame.Lost)
                    {
                        Nanos length = Loop.Next(captured + new Nanos(clockError?.Invoke(frame.CaptureNs) ?? 0));
                        if (held?.Invoke(frame.Number) == true)
                            waiting = length;
                        else
                            sensor.Steer(length);
                    }
                    if (frame.CaptureNs > end)
                        return this;
                }
                exposed = next;
            }
        }

        public double Worst(long after) => Seen.Where(frame => frame.At > after).Max(frame => Math.Abs(frame.Error));
    }

    private static readonly Gen<string> Cameras =
        from phase in Gen.Double[0, 41]
        from ppm in Gen.Double[-50, 50]
        from jitter in Gen.Double[0, 15]
        from seed in Gen.Int[0, 1_000_000]
        select string.Create(System.Globalization.CultureInfo.InvariantCulture, $"phase={phase:0.###},ppm={ppm:0.###},jitter={jitter:0.#},seed={seed}");

    [Theory]
    [InlineData("24")]
    [InlineData("25")]
    [InlineData("30")]
    [InlineData("30000/1001")]
    [InlineData("60")]
    [InlineData("120")]
    public void From_any_phase_all_exposures_are_within_100_µs_of_the_grid_in_3_s_and_stay_there(string text)
    {
        Assert.True(FrameRate.TryParse(text, out FrameRate rate));
        Cameras.Sample(
            options =>
            {
                Steered camera = new Steered(rate, options).Run(30);
                Assert.True(camera.Worst(ReachedAfter) <= 100_000, $"{options}: {camera.Worst(ReachedAfter):0} ns");
                Assert.All(camera.Seen.Where(frame => frame.At > ReachedAfter), frame => Assert.Equal(PhaseState.Aligned, frame.State));
            },
            iter: 150
        );
    }

    [Fact]
    public void A_jittery_camera_is_aligned_in_its_mean_as_well_as_its_jitter_allows() =>
        Gen.Select(Gen.Double[0, 33], Gen.Int[0, 100_000])
            .Sample(
                (phase, seed) =>
                {
                    Steered camera = new Steered(FrameRate.Default, FormattableString.Invariant($"phase={phase:0.##},ppm=40,jitter=100,seed={seed}")).Run(20);
                    double[] errors = [.. camera.Seen.Where(frame => frame.At > ReachedAfter).Select(frame => frame.Error)];
                    Assert.InRange(errors.Average(), -25_000, 25_000);
                    // three sigma of its own, and what the loop adds
                    Assert.InRange(errors.Max(Math.Abs), 0, 300_000 + 75_000);
                },
                iter: 60
            );

    [Fact]
    public void Lost_frames_do_not_disturb_it() =>
        Gen.Int[0, 100_000]
            .Sample(
                seed =>
                {
                    Steered camera = new Steered(FrameRate.Default, $"phase=20,ppm=-30,jitter=10,drop=0.05,seed={seed}").Run(30);
                    Assert.True(camera.Worst(ReachedAfter) <= 100_000, $"seed {seed}: {camera.Worst(ReachedAfter):0} ns");
                },
                iter: 60
            );

    [Fact]
    public void Commands_that_now_and_then_reach_the_camera_a_frame_late_do_not_push_it_off() =>
        Gen.Int[0, 100_000]
            .Sample(
                seed =>
                {
                    Random busy = new(seed);
                    Steered camera = new Steered(FrameRate.Default, $"phase=20,ppm=-30,jitter=5,seed={seed}").Run(60, held: frame => frame > 60 && busy.NextDouble() < 0.3);
                    double[] errors = [.. camera.Seen.Where(frame => frame.At > ReachedAfter).Select(frame => Math.Abs(frame.Error)).Order()];
                    Assert.True(errors[errors.Length * 99 / 100] <= 60_000, $"seed {seed}: p99 {errors[errors.Length * 99 / 100]:0} ns, worst {errors[^1]:0} ns");
                },
                iter: 40
            );

    [Fact]
    public void Delayed_commands_that_miss_their_frame_are_mended_by_another_try()
    {
        // frames 20 to 29 reach the loop in no time for their commands: the long frame is lost on the way
        Steered camera = new Steered(FrameRate.Default, "phase=11,ppm=20,jitter=5,seed=3").Run(12, unseen: frame => frame is >= 22 and < 28);
        Assert.True(camera.Worst(6 * Second) <= 100_000, $"{camera.Worst(6 * Second):0} ns");
    }

    [Fact]
    public void When_network_time_steps_the_camera_follows()
    {
        Steered camera = new Steered(FrameRate.Default, "phase=3,ppm=20,jitter=5,seed=3").Run(6).Run(8, clockError: _ => 7_000_000);
        Assert.All(camera.Seen.Where(frame => frame.At > 10 * Second), frame => Assert.InRange(PhaseFilter.Wrap(frame.Error + 7_000_000, 1e9 / 30), -100_000, 100_000));
    }

    [Fact]
    public void While_a_take_is_recorded_it_slides_back_without_a_long_frame()
    {
        Steered camera = new(FrameRate.Default, "phase=3,ppm=20,jitter=5,seed=3");
        camera.Run(6);
        camera.Loop.Gentle = true;
        int before = camera.Seen.Count;
        camera.Run(10, clockError: _ => 9_000_000);
        long[] intervals = [.. camera.Seen.Skip(before).Zip(camera.Seen.Skip(before + 1), (a, b) => b.At - a.At)];
        Assert.All(intervals, interval => Assert.InRange(interval, 1e9 / 30 * 0.975, 1e9 / 30 * 1.025));
        Assert.InRange(PhaseFilter.Wrap(camera.Seen[^1].Error + 9_000_000, 1e9 / 30), -100_000, 100_000);
    }

    [Theory]
    [InlineData("ppm=300,shortest=33330")]
    [InlineData("ppm=900,shortest=33315")]
    public void A_camera_that_cannot_be_made_fast_enough_is_named_and_not_driven_about(string options)
    {
        Steered camera = new Steered(FrameRate.Default, $"phase=3,jitter=5,seed=3,{options}").Run(10);
        Assert.Equal(PhaseState.NoHeadroom, camera.Loop.State);
        Assert.DoesNotContain(camera.Seen, frame => frame.State == PhaseState.Aligned);
        // no long frames in vain
        Assert.All(camera.Seen.Zip(camera.Seen.Skip(1)), pair => Assert.InRange(pair.Second.At - pair.First.At, 33_000_000, 33_700_000));
    }

    [Fact]
    public void A_camera_that_pauses_is_learned_anew()
    {
        Steered camera = new Steered(FrameRate.Default, "phase=3,ppm=-20,jitter=5,seed=3,stall=5+2").Run(14);
        Assert.True(camera.Seen.Where(frame => frame.At > 11 * Second).Max(frame => Math.Abs(frame.Error)) <= 100_000);
        Assert.Equal(PhaseState.Aligned, camera.Loop.State);
    }
}
