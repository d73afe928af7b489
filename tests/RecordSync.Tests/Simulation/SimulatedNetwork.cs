namespace RecordSync.Tests;

/// <summary>The links between places: each way has a delay of its own, and loss, doubles, stragglers, cuts and clogs that come and go.</summary>
internal sealed class SimulatedNetwork
{
    private const long LongestStraggle = 40_000_000;

    private readonly Random random;
    private readonly long[,] least;
    private readonly bool[,] cut;
    private readonly long[,] clogged;
    private readonly double jitterNs;

    /// <param name="jitterNs">Mean of what a time request's way varies by; other messages vary by ten times that.</param>
    public SimulatedNetwork(Random random, int places, double jitterNs)
    {
        (this.random, this.jitterNs) = (random, jitterNs);
        (least, cut, clogged) = (new long[places, places], new bool[places, places], new long[places, places]);
        for (int a = 0; a < places; a++)
        {
            for (int b = 0; b < a; b++)
            {
                long way = random.NextInt64(40_000, 300_000);
                least[a, b] = way;
                // one way is up to half as long again as the other
                least[b, a] = way + random.NextInt64(way / 2);
            }
        }
    }

    public double Loss { get; set; }

    public double Doubles { get; set; }

    /// <summary>How many are overtaken by those behind them.</summary>
    public double Straggles { get; set; }

    public void Cut(int from, int to, bool isCut) => cut[from, to] = isCut;

    /// <summary>Everything on this way takes so much longer.</summary>
    public void Clog(int from, int to, long longerNs) => clogged[from, to] = longerNs;

    public void Heal()
    {
        Array.Clear(cut);
        Array.Clear(clogged);
        (Loss, Doubles, Straggles) = (0, 0, 0);
    }

    public int Way(int from, int to, Message message, Span<long> delays)
    {
        if (cut[from, to] || (Loss > 0 && random.NextDouble() < Loss))
            return 0;
        int copies = Doubles > 0 && random.NextDouble() < Doubles ? 2 : 1;
        bool isTime = message is TimeSyncRequestMessage or TimeSyncResponse;
        for (int copy = 0; copy < copies; copy++)
        {
            double noise = SimulatedPath.Exponential(random, isTime ? jitterNs : jitterNs * 10);
            delays[copy] = least[from, to] + clogged[from, to] + (long)noise;
            if (Straggles > 0 && !isTime && random.NextDouble() < Straggles)
                delays[copy] += random.NextInt64(LongestStraggle);
        }
        return copies;
    }
}
