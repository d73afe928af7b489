using Xunit;

namespace RecordSync.Tests;

/// <summary>Thousands of clusters, each with commands and faults drawn from its seed, held to the laws of <see cref="ClusterLaws"/> at every event.</summary>
public sealed class ClusterSimulationTests
{
    private const int Seeds = 10_000;

    [Fact]
    public void The_laws_hold_in_ten_thousand_clusters()
    {
        System.Collections.Concurrent.ConcurrentBag<ClusterOutcome> broken = [];
        Parallel.For(0, Seeds, (seed, state) =>
        {
            ClusterOutcome outcome = ClusterRun.Of(seed);
            if (outcome.Broken is null)
                return;
            broken.Add(outcome);
            state.Stop();
        });
        if (broken.MinBy(outcome => outcome.Seed) is not { } first)
            return;
        ClusterTranscript transcript = new();
        ClusterRun.Of(first.Seed, transcript);
        Assert.Fail($"seed {first.Seed}: {first.Broken}\n{transcript}");
    }
}
