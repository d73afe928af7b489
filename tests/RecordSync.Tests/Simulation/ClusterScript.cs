namespace RecordSync.Tests;

/// <summary>Draws what operators type and what goes wrong. All of it is over, or is mended, when the script ends.</summary>
internal sealed class ClusterScript(SimulatedCluster cluster, Random random)
{
    private const long Second = 1_000_000_000;

    public void Draw(long from, long until)
    {
        if (random.Next(2) == 0)
        {
            cluster.Network.Loss = random.Next(4) == 0 ? random.NextDouble() * 0.25 : random.NextDouble() * 0.04;
            cluster.Network.Doubles = random.NextDouble() * 0.1;
            cluster.Network.Straggles = random.NextDouble() * 0.2;
        }
        // an early take gives the faults something to hit
        if (random.Next(3) != 0)
            At(from + random.NextInt64(2 * Second), () => Start(Anyone()));
        for (long at = from; at < until; at += random.NextInt64(Second / 2, 6 * Second))
            At(at, Command);
        for (long at = from + random.NextInt64(4 * Second); at < until; at += random.NextInt64(Second / 5, 7 * Second))
            At(at, () => Fault(until));
    }

    private void At(long time, Action action) => cluster.Group.At(time, action);

    private SimulatedMachine Anyone() => cluster.Machines[random.Next(cluster.Machines.Count)];

    /// <summary>Faults of the leader are the interesting ones.</summary>
    private SimulatedMachine Victim() => random.Next(2) == 0 && cluster.Leader is { } leader ? leader : Anyone();

    private long Briefly(long longest) => cluster.Group.Now + random.NextInt64(Second / 20, longest);

    private void Command()
    {
        switch (random.Next(8))
        {
            case < 4:
                Start(Anyone());
                break;
            case < 7:
                SimulatedCluster.Type(Anyone(), new NodeInput.OperatorStop(random.Next(2_000)));
                break;
            default:
                if (random.Next(3) == 0)
                    Quit(Anyone());
                break;
        }
    }

    private void Start(SimulatedMachine machine)
    {
        int delay = random.Next(3) == 0 ? random.Next(300) : random.Next(300, 3_000);
        NodeInput.OperatorStart start = new(delay, random.Next(3) == 0, random.Next(4) == 0 ? $"jump{random.Next(9)}" : null) { Settings = Settings() };
        SimulatedCluster.Type(machine, start);
    }

    private TakeSettings? Settings() =>
        random.Next(16) switch
        {
            < 4 => new TakeSettings { Rate = new FrameRate(60, 1) },
            4 => new TakeSettings { Rate = SimulatedRecorder.TooQuick },
            5 => new TakeSettings { Bitrate = 4_000 },
            _ => null,
        };

    private void Quit(SimulatedMachine machine)
    {
        SimulatedCluster.Leave(machine);
        bool returns = random.Next(2) == 0;
        At(
            Briefly(6 * Second),
            () =>
            {
                machine.Leaving &= !returns;
                cluster.Boot(machine);
            }
        );
    }

    private void Fault(long until)
    {
        switch (random.Next(10))
        {
            case 0 or 1:
                Kill(Victim());
                break;
            case 2 or 3:
                Split(until);
                break;
            case 4:
                CutOneWay(Victim(), until);
                break;
            case 5:
                Clog(Anyone(), until);
                break;
            case 6:
                cluster.Stall(Victim(), Math.Min(until, Briefly(4 * Second)));
                break;
            case 7:
                FailCamera(Anyone());
                break;
            case 8:
                if (Anyone() is { Records: true } recording)
                    recording.Recorder!.EndByItself(fails: random.Next(2) == 0);
                break;
            default:
                Step(Anyone(), until);
                break;
        }
    }

    private void Kill(SimulatedMachine machine)
    {
        cluster.Crash(machine);
        // the machine itself went down, too: its monotonic clock begins anew
        if (random.Next(3) == 0)
            machine.Oscillator = machine.Oscillator with { OffsetNs = random.NextInt64(10 * Second) - cluster.Group.Now };
        At(Briefly(9 * Second), () => cluster.Boot(machine));
    }

    private void Split(long until)
    {
        List<(SimulatedMachine, SimulatedMachine)> cut = [];
        bool[] side = [.. cluster.Machines.Select(_ => random.Next(2) == 0)];
        foreach (SimulatedMachine a in cluster.Machines)
        {
            foreach (SimulatedMachine b in cluster.Machines.Where(b => b.Place < a.Place && side[a.Place] != side[b.Place]))
                cut.Add((a, b));
        }
        cluster.Log($"the network is split: {string.Join(" ", cluster.Machines.Where(machine => side[machine.Place]).Select(machine => machine.Name))} | {string.Join(" ", cluster.Machines.Where(machine => !side[machine.Place]).Select(machine => machine.Name))}");
        cut.ForEach(pair => cluster.Cut(pair.Item1, pair.Item2, true));
        At(
            Math.Min(until, Briefly(14 * Second)),
            () =>
            {
                cluster.Log("the network is whole again");
                cut.ForEach(pair => cluster.Cut(pair.Item1, pair.Item2, false));
            }
        );
    }

    private void CutOneWay(SimulatedMachine machine, long until)
    {
        bool mute = random.Next(2) == 0;
        SimulatedMachine[] others = [.. cluster.Machines.Where(other => other != machine && random.Next(3) != 0)];
        cluster.Log($"{machine.Name} {(mute ? "is not heard by" : "does not hear")} {string.Join(" ", others.Select(other => other.Name))}");
        Set(true);
        At(Math.Min(until, Briefly(10 * Second)), () => Set(false));

        void Set(bool isCut)
        {
            foreach (SimulatedMachine other in others)
                cluster.Cut(mute ? machine : other, mute ? other : machine, isCut, oneWay: true);
        }
    }

    private void Clog(SimulatedMachine machine, long until)
    {
        long longer = random.NextInt64(5_000_000, 2 * Second);
        cluster.Log($"what {machine.Name} sends takes {longer / 1e6:0} ms longer");
        Set(longer);
        At(Math.Min(until, Briefly(8 * Second)), () => Set(0));

        void Set(long longerNs)
        {
            foreach (SimulatedMachine other in cluster.Machines.Where(other => other != machine))
                cluster.Network.Clog(machine.Place, other.Place, longerNs);
        }
    }

    private void FailCamera(SimulatedMachine machine)
    {
        SimulatedCluster.SetCamera(machine, "camera v4l2: no such device");
        At(Briefly(6 * Second), () => SimulatedCluster.SetCamera(machine, null));
    }

    /// <summary>The wall clock is set, or loss comes and goes.</summary>
    private void Step(SimulatedMachine machine, long until)
    {
        machine.WallErrorNs += random.NextInt64(-3_600 * Second, 3_600 * Second);
        double before = cluster.Network.Loss;
        cluster.Network.Loss = random.NextDouble() * 0.5;
        cluster.Log($"{cluster.Network.Loss:P0} of all packets get lost");
        At(Math.Min(until, Briefly(3 * Second)), () => cluster.Network.Loss = before);
    }
}
