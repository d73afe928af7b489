namespace RecordSync;

/// <summary>
/// When to ask the leader for the time. Close together at first, because the rate is not known yet; then once a second; less often once the
/// clock is steady and nothing is at stake; twice a second during a take; soon again when a burst went unanswered or contradicted what was
/// believed. Every node has a phase and a little irregularity of its own, so that a thousand followers that were switched on together, or that
/// heard the same beacon, do not all ask at once.
/// </summary>
/// <param name="seed">Tells nodes apart: the instance.</param>
/// <param name="ceiling">Never less often than this.</param>
internal sealed class SyncCadence(long seed, Nanos ceiling)
{
    private static readonly Nanos FirstPause = Nanos.FromMilliseconds(50);

    /// <summary>On a noisy link the floor is only found by looking often: at these paces, each so many bursts long.</summary>
    private static readonly (Nanos Pause, int Bursts)[] Learning =
    [
        (Nanos.FromMilliseconds(20), 100),
        (Nanos.FromMilliseconds(100), 80),
    ];
    private static readonly Nanos Usual = Nanos.FromSeconds(1);
    private static readonly Nanos InTake = Nanos.FromMilliseconds(500);

    /// <summary>On a noisy link three more bursts in each second halve the error.</summary>
    private static readonly Nanos Noisy = Nanos.FromMilliseconds(250);

    /// <summary>Ten bursts in each second take four tenths off what is left (./dev bench filter). Packets cost next to nothing on a cable.</summary>
    private static readonly Nanos NoisyCable = Nanos.FromMilliseconds(100);

    /// <summary>A cable's first stage is this many times as long: until the rate is known, the second's few bursts would be little beside it.</summary>
    private const int CableLearning = 2;

    /// <summary>But a group asks no more often for its noise than a thousand bursts a second, all together.</summary>
    private static readonly Nanos NoisyPerNode = Nanos.FromMilliseconds(1);
    private static readonly Nanos FirstRetry = Nanos.FromMilliseconds(100);

    /// <summary>So many bursts of the usual pace, without trouble, before the pace is halved.</summary>
    private const int SteadyBursts = 30;

    /// <summary>A link is quiet when a round trip usually takes no more than this beyond the shortest.</summary>
    private const long QuietNs = 10_000;

    /// <summary>
    /// Switches and busy network cards make a round trip some ten or hundred µs longer. Where it is more the air is shared with everyone, and small packets take it
    /// as long as large ones.
    /// </summary>
    private const long CableNs = 500_000;

    /// <summary>A clock is steady when a burst moves the estimate by no more than this.</summary>
    private const long SteadyNs = 500;

    private ulong random = unchecked((ulong)seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) | 1;
    private Nanos startPause = FirstPause;
    private Nanos retryPause = FirstRetry;
    private int steady;
    private int stage;
    private int burstsInStage;

    /// <summary>How many nodes share the leader.</summary>
    public int Nodes { get; set; } = 1;

    public void Restart() => (startPause, retryPause, steady, stage, burstsInStage) = (FirstPause, FirstRetry, 0, 0, 0);

    /// <summary>Before the first burst after a beacon that all have heard: up to 0.2 ms for each node that is known, at most 150 ms.</summary>
    public Nanos FirstDelay() => new((long)(Fraction() * Math.Min(Nodes * 200_000L, 150_000_000L)));

    /// <summary>The pause after a burst.</summary>
    /// <param name="answers">How many of its requests were answered.</param>
    public Nanos AfterBurst(int answers, ClockEstimate? estimate, bool contradicted, bool takeRunning)
    {
        if (answers == 0 || contradicted)
        {
            steady = 0;
            Nanos retry = retryPause;
            retryPause = Shorter(retryPause * 2, Usual);
            return Irregular(Shorter(retry, ceiling));
        }
        retryPause = FirstRetry;
        bool isQuiet = estimate is { NoiseNs: <= QuietNs };
        Nanos usual = StartingPause(isQuiet, isCable: estimate is { NoiseNs: <= CableNs });
        if (usual < Usual)
            return Irregular(Shorter(usual, ceiling));
        steady = isQuiet && estimate!.Value.DispersionNs <= SteadyNs ? steady + 1 : 0;
        Nanos wanted =
            takeRunning ? InTake
            : steady > 2 * SteadyBursts ? Usual * 4
            : steady > SteadyBursts ? Usual * 2
            : Usual;
        return Irregular(Shorter(wanted, ceiling));
    }

    /// <summary>Bursts are close together at first, because the rate is not known; and longer so where the link is noisy. The usual pace when all is learned.</summary>
    private Nanos StartingPause(bool isQuiet, bool isCable)
    {
        if (startPause < Usual)
        {
            Nanos pause = startPause;
            startPause = startPause * 2;
            return isQuiet ? pause : Shorter(pause, LearningPause(isCable));
        }
        return isQuiet ? Usual : LearningPause(isCable);
    }

    private Nanos LearningPause(bool isCable)
    {
        Nanos pause = isCable ? NoisyCable : Noisy;
        if (stage < Learning.Length)
        {
            pause = Learning[stage].Pause;
            if (++burstsInStage >= Learning[stage].Bursts * (isCable ? CableLearning : 1))
                (stage, burstsInStage) = (stage + 1, 0);
        }
        return Shorter(Longer(pause, NoisyPerNode * Nodes), Usual);
    }

    /// <summary>When a take is armed while the node sleeps between bursts: how long it may still sleep.</summary>
    public Nanos Wake() => new((long)(Fraction() * InTake.Value));

    private static Nanos Shorter(Nanos a, Nanos b) => a < b ? a : b;

    private static Nanos Longer(Nanos a, Nanos b) => a > b ? a : b;

    /// <summary>± 5 %.</summary>
    private Nanos Irregular(Nanos pause) => new((long)(pause.Value * (0.95 + 0.1 * Fraction())));

    /// <summary>[0, 1): xorshift, so that a simulation replays.</summary>
    private double Fraction()
    {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return (random >> 11) * (1.0 / (1UL << 53));
    }
}
