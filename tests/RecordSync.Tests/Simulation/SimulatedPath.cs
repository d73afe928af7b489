namespace RecordSync.Tests;

/// <summary>A follower's oscillator: an offset, a rate, and a rate that swings with the minute and with the temperature of the room.</summary>
internal sealed record SimulatedOscillator(long OffsetNs = 0, double Ppm = 0, double MinutePpm = 0, double RoomPpm = 0, double Phase = 0)
{
    private const double Minute = 60e9;

    /// <summary>A heating's cycle.</summary>
    private const double Room = 1_200e9;

    /// <summary>What it shows at a true time, both ns.</summary>
    public long At(double trueNs) => OffsetNs + (long)Math.Round(trueNs + trueNs * Ppm * 1e-6 + Swing(trueNs, MinutePpm, Minute) + Swing(trueNs, RoomPpm, Room));

    private double Swing(double trueNs, double ppm, double period)
    {
        double cycle = Math.Tau / period;
        return ppm * 1e-6 / cycle * (Math.Cos(Phase) - Math.Cos(Phase + cycle * trueNs));
    }
}

/// <summary>What a packet suffers beyond the least delay of its way, ns.</summary>
internal delegate double DelayNoise(Random random);

/// <summary>The links of docs/clock.md.</summary>
internal sealed record SimulatedPath(double LeastNs, DelayNoise Noise, double Loss = 0, double AsymmetryNs = 0, double ColdNs = 0)
{
    /// <summary>A switch and kernel stamps: mostly a tenth of a microsecond, now and then a busy processor; the first packet of a burst meets sleepers.</summary>
    public static SimulatedPath Clean { get; } =
        new(
            1_000,
            random => random.NextDouble() switch { < 0.7 => Exponential(random, 90), < 0.92 => Exponential(random, 600), _ => Exponential(random, 15_000) },
            ColdNs: 18_000
        );

    /// <summary>200 µs ± 50 µs.</summary>
    public static SimulatedPath Lan { get; } = new(150_000, random => random.NextDouble() * 100_000);

    /// <summary>2 ms, sigma 1 ms, a hard least delay and a heavy tail, 2 % loss.</summary>
    public static SimulatedPath Wifi { get; } = new(1_000_000, random => random.NextDouble() < 0.9 ? Gamma2(random, 420_000) : Exponential(random, 2_500_000), Loss: 0.02);

    public static double Exponential(Random random, double mean) => -Math.Log(1 - random.NextDouble()) * mean;

    public static double Gamma2(Random random, double mean) => Exponential(random, mean) + Exponential(random, mean);
}

/// <summary>
/// A follower on one path: filter, network clock and cadence as a node has them, asked in true time. The leader's clock is the truth.
/// </summary>
internal sealed class SimulatedFollower(int seed, SimulatedOscillator oscillator, SimulatedPath path, ClockFilter? filter = null)
{
    private const double AnswerNs = 20_000;

    private readonly Random random = new(seed);
    private readonly SyncCadence cadence = new(seed, Nanos.FromSeconds(4));
    private double now = 1e9;
    private double nextBurst = 1e9;

    public ClockFilter Filter { get; } = filter ?? new ClockFilter();

    public NetworkClock Network { get; } = new();

    public SimulatedOscillator Oscillator { get; set; } = oscillator;

    public SimulatedPath Path { get; set; } = path;

    public bool TakeRunning { get; set; }

    /// <summary>False: requests are sent, nothing comes back.</summary>
    public bool LeaderAnswers { get; set; } = true;

    /// <summary>Changes or doubles what the follower gets.</summary>
    public Func<ClockSample, IEnumerable<ClockSample>> Arrives { get; set; } = sample => [sample];

    public double NowNs => now;

    public LocalTime Local => new(Oscillator.At(now));

    /// <summary>Network time as this follower would hand it out, less the truth, ns.</summary>
    public double ErrorNs => Network.Mapping!.At(Local).Nanoseconds - now;

    public double BoundNs => Network.Mapping!.ErrorAt(Local);

    /// <summary>Runs on, and looks at the clock ten times a second.</summary>
    public void RunFor(double seconds, Action<SimulatedFollower>? look = null)
    {
        double end = now + seconds * 1e9;
        double nextLook = (Math.Floor(now / 1e8) + 1) * 1e8;
        while (true)
        {
            double next = Math.Min(nextBurst, nextLook);
            if (next > end)
                break;
            now = Math.Max(now, next);
            if (nextBurst <= nextLook)
                Burst();
            else
            {
                nextLook += 1e8;
                if (Network.Mapping is not null)
                    look?.Invoke(this);
            }
        }
        now = Math.Max(now, end);
    }

    private void Burst()
    {
        int answers = 0;
        for (int i = 0; i < NodeSettings.BurstLength; i++)
        {
            if (Exchange(cold: i == 0) is not { } sample)
                continue;
            answers++;
            foreach (ClockSample arrived in Arrives(sample))
            {
                if (Filter.Add(arrived) && Filter.Estimate is { } estimate)
                    Network.Follow(estimate, Local, TakeRunning);
            }
        }
        nextBurst = now + cadence.AfterBurst(answers, Filter.Estimate, Filter.IsContradicted, TakeRunning).Value;
    }

    private ClockSample? Exchange(bool cold)
    {
        double asked = now;
        double came = asked + Path.LeastNs + Path.AsymmetryNs + Path.Noise(random) + (cold ? Path.ColdNs : 0);
        double left = came + AnswerNs;
        double back = left + Path.LeastNs + Path.Noise(random);
        bool lost = !LeaderAnswers || random.NextDouble() < 1 - (1 - Path.Loss) * (1 - Path.Loss);
        now = lost ? asked + 10e6 : back + 20_000;
        return lost ? null : new ClockSample(new LocalTime(Oscillator.At(asked)), new NetworkTime((long)came), new NetworkTime((long)left), new LocalTime(Oscillator.At(back)));
    }
}
