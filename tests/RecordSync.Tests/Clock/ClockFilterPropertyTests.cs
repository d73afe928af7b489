using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>What holds for every path and every oscillator.</summary>
public sealed class ClockFilterPropertyTests
{
    private static readonly Gen<(int Seed, double Ppm, double LeastUs, double NoiseUs, double AsymmetryUs)> Paths = Gen.Select(
        Gen.Int[0, 1_000_000],
        Gen.Double[-100, 100],
        Gen.Double[1, 3_000],
        Gen.Double[0.05, 3_000],
        Gen.Double[0, 2_000]
    );

    private static List<ClockSample> Samples((int Seed, double Ppm, double LeastUs, double NoiseUs, double AsymmetryUs) path, double seconds)
    {
        List<ClockSample> samples = [];
        SimulatedFollower follower = Follower(path);
        follower.Arrives = sample =>
        {
            samples.Add(sample);
            return [sample];
        };
        follower.RunFor(seconds);
        return samples;
    }

    private static SimulatedFollower Follower((int Seed, double Ppm, double LeastUs, double NoiseUs, double AsymmetryUs) path) =>
        new(
            path.Seed,
            new SimulatedOscillator(path.Seed, path.Ppm, MinutePpm: 0.1),
            new SimulatedPath(path.LeastUs * 1e3, random => SimulatedPath.Exponential(random, path.NoiseUs * 1e3), AsymmetryNs: path.AsymmetryUs * 1e3)
        );

    private static ClockEstimate Feed(IEnumerable<ClockSample> samples)
    {
        ClockFilter filter = new();
        foreach (ClockSample sample in samples)
            filter.Add(sample);
        return filter.Estimate!.Value;
    }

    [Fact]
    public void The_bound_covers_the_truth() =>
        Paths.Sample(
            path => Follower(path).RunFor(12, looked => Assert.True(Math.Abs(looked.ErrorNs) <= looked.BoundNs, $"{path}: error {looked.ErrorNs}, bound {looked.BoundNs}")),
            iter: 150
        );

    [Fact]
    public void Moving_either_clock_moves_the_offset_by_as_much_and_nothing_else() =>
        Gen.Select(Paths, Gen.Long[-1_000_000_000_000_000, 1_000_000_000_000_000], Gen.Long[0, 1_000_000_000_000_000])
            .Sample(
                (path, network, local) =>
                {
                    List<ClockSample> samples = Samples(path, 4);
                    Nanos byNetwork = new(network), byLocal = new(local);
                    ClockEstimate plain = Feed(samples);
                    ClockEstimate moved = Feed(
                        samples.Select(sample => new ClockSample(sample.T1 + byLocal, sample.T2 + byNetwork, sample.T3 + byNetwork, sample.T4 + byLocal))
                    );
                    Assert.Equal(plain.OffsetNs + network - local, moved.OffsetNs);
                    Assert.Equal(plain.Rate, moved.Rate);
                    Assert.Equal(plain.ErrorNs, moved.ErrorNs);
                    Assert.Equal(plain.DispersionNs, moved.DispersionNs);
                },
                iter: 60
            );

    [Fact]
    public void A_local_clock_that_runs_faster_makes_the_rate_slower_by_as_much() =>
        Gen.Select(Gen.Int[0, 100_000], Gen.Double[-40, 40])
            .Sample(
                (seed, faster) =>
                {
                    SimulatedFollower one = new(seed, new SimulatedOscillator(0, 10), SimulatedPath.Clean);
                    SimulatedFollower other = new(seed, new SimulatedOscillator(0, 10 + faster), SimulatedPath.Clean);
                    one.RunFor(12);
                    other.RunFor(12);
                    Assert.InRange(one.Filter.Estimate!.Value.Rate - other.Filter.Estimate!.Value.Rate - faster * 1e-6, -0.15e-6, 0.15e-6);
                },
                iter: 100
            );

    [Fact]
    public void Samples_of_one_instant_may_come_in_any_order() =>
        Gen.Select(Paths, Gen.Int[0, 1_000_000])
            .Sample(
                (path, order) =>
                {
                    // sixteen exchanges answered at one instant, however long each took
                    List<ClockSample> samples = Samples(path, 2);
                    LocalTime at = samples[^1].T4 + Nanos.FromMilliseconds(1);
                    ClockSample[] together = [.. samples.TakeLast(16).Select(sample => sample with { T1 = sample.T1 + (at - sample.T4), T2 = sample.T2 + (at - sample.T4), T3 = sample.T3 + (at - sample.T4), T4 = at })];
                    ClockEstimate inOrder = Feed(samples.Concat(together));
                    new Random(order).Shuffle(together);
                    ClockEstimate shuffled = Feed(samples.Concat(together));
                    Assert.InRange(shuffled.OffsetNs - inOrder.OffsetNs, -20 - inOrder.NoiseNs / 1_000, 20 + inOrder.NoiseNs / 1_000);
                    Assert.Equal(inOrder.Samples, shuffled.Samples);
                },
                iter: 60
            );
}
