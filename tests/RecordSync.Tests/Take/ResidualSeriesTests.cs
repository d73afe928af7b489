using CsCheck;
using Xunit;

namespace RecordSync.Tests;

public sealed class ResidualSeriesTests
{
    /// <summary>A camera with a phase, a drift, jitter and lost frames.</summary>
    private static readonly Gen<(double Phase, double Drift, double Jitter, double Lost, int Seed)> Cameras =
        Gen.Select(Gen.Double[-16_000, 16_000], Gen.Double[-3, 3], Gen.Double[0, 400], Gen.Double[0, 0.1], Gen.Int);

    [Fact]
    public void However_long_the_take_the_series_fits_and_its_steps_are_powers_of_two()
    {
        foreach (int frames in (int[])[1, 2, 127, 128, 129, 150, 4096, 4097, 864_000])
        {
            ResidualTally tally = new();
            for (int index = 0; index < frames; index++)
                tally.Add(index, index * 1_000L);
            ResidualSeries series = tally.ToSeries();
            Assert.True(long.IsPow2(series.Step) && long.IsPow2(series.Span));
            Assert.InRange(series.Samples.Count, Math.Min(frames, ResidualSeries.MostSamples / 2), ResidualSeries.MostSamples);
            Assert.InRange(series.Low.Count, Math.Min(frames, ResidualSeries.MostSpans / 2), ResidualSeries.MostSpans);
            for (int j = 0; j < series.Samples.Count; j++)
                Assert.Equal((int)(j * series.Step), series.Samples[j]!.Value);
            for (int j = 0; j < series.Low.Count; j++)
            {
                Assert.Equal((int)(j * series.Span), series.Low[j]!.Value);
                Assert.Equal((int)Math.Min(frames, (j + 1) * series.Span) - 1, series.High[j]!.Value);
            }
        }
    }

    [Fact]
    public void A_point_without_a_frame_of_its_own_is_null_and_does_not_shift_the_others()
    {
        ResidualTally tally = new();
        tally.Add(0, 5_000);
        tally.Reach(1);
        tally.Add(2, -7_400);
        tally.Reach(3);
        ResidualSeries series = tally.ToSeries();
        Assert.Equal([5, null, -7, null], series.Samples);
        Assert.Equal([5, null, -8, null], series.Low);
        Assert.Equal([5, null, -7, null], series.High);
    }

    [Fact]
    public void The_worst_skew_of_all_frames_is_never_above_the_bound_and_never_below_the_sampled_worst() =>
        Gen.Select(Cameras.Array[2, 5], Gen.Int[2, 3000])
            .Sample(
                (cameras, frames) =>
                {
                    int?[][] truth = [.. cameras.Select(camera => Residuals(camera, frames))];
                    NodeVerdict[] nodes = [.. truth.Select((series, n) => VerdictOf($"cam{n}", series))];
                    List<double> all = [];
                    for (int index = 0; index < frames; index++)
                    {
                        int[] there = [.. truth.Select(series => series[index]).OfType<int>()];
                        if (there.Length > 1)
                            all.Add((there.Max() - there.Min()) / 1e3);
                    }
                    if (GroupSkewCalculation.Of(nodes) is not { } skew)
                        return;
                    // a sample is rounded to a microsecond, on both sides
                    Assert.InRange(skew.WorstUs, 0, all.Max() + 1.01);
                    Assert.True(skew.WorstBoundUs >= all.Max() - 0.001, $"bound {skew.WorstBoundUs}, truth {all.Max()}");
                    if (frames <= ResidualSeries.MostSamples)
                        Assert.Equal(all.Max(), skew.WorstUs, 1.01);
                },
                iter: 300
            );

    [Fact]
    public void Nodes_of_different_lengths_are_compared_at_the_indices_that_they_share()
    {
        NodeVerdict whole = VerdictOf("a", [.. Enumerable.Repeat((int?)1_000, 3000)]), cut = VerdictOf("b", [.. Enumerable.Repeat((int?)251_000, 400)]);
        Assert.NotEqual(whole.Residuals.Step, cut.Residuals.Step);
        GroupSkew skew = GroupSkewCalculation.Of([whole, cut])!;
        Assert.Equal((250d, 250d, "a", "b"), (skew.WorstUs, skew.WorstBoundUs, skew.Earliest, skew.Latest));
        Assert.Equal(400 / whole.Residuals.Step + 1, skew.Indices);
    }

    internal static NodeVerdict VerdictOf(string node, int?[] residualsNs)
    {
        FrameGrid grid = new(new NetworkTime(1_795_395_175_000_000_000), FrameRate.Default);
        NodeTally tally = new(grid);
        for (int index = 0; index < residualsNs.Length; index++)
            tally.Add(index, residualsNs[index] is { } residual ? grid.At(index).Nanoseconds + residual : null, residualsNs[index] is null ? SidecarFlags.Repeated : SidecarFlags.None);
        return tally.Close(new NodeFacts("take-1", node, residualsNs.Length, 0, 40_000, "synchronised", NodeVerdict.FreeRunning, 3, 0, null));
    }

    private static int?[] Residuals((double Phase, double Drift, double Jitter, double Lost, int Seed) camera, int frames)
    {
        Random random = new(camera.Seed);
        return [.. Enumerable.Range(0, frames).Select(i => random.NextDouble() < camera.Lost ? null : (int?)((camera.Phase + camera.Drift * i + (random.NextDouble() - 0.5) * camera.Jitter) * 1e3))];
    }
}
