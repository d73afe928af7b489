namespace RecordSync.Tests;

/// <summary>What became of a run: null law: all of them held.</summary>
internal sealed record ClusterOutcome(int Seed, string? Broken, string? Law, long Steps, int Takes);

/// <summary>
/// A cluster drawn from a seed, and a script of commands and faults for it; when the last fault is over there must be one leader, what runs can be stopped, and a
/// START is obeyed by everyone.
/// </summary>
internal sealed class ClusterRun
{
    private const long Second = 1_000_000_000;

    /// <summary>From the last fault to one leader: three silent beacons, a turn for each of six others, and a beacon more for two leaders to hear of each other.</summary>
    private const long TimeToAgree = 13 * Second;

    private readonly Random random;
    private readonly SimulatedCluster cluster;
    private readonly int seed;
    private long steps;

    private ClusterRun(int seed, ClusterTranscript? transcript, Disobedience? disobeys)
    {
        this.seed = seed;
        random = new Random(seed);
        bool noisy = random.Next(12) == 0;
        SimulatedMachine[] machines = [.. Enumerable.Range(0, random.Next(2, 8)).Select(DrawMachine)];
        cluster = new SimulatedCluster(seed, machines, noisy ? 100_000 : 1_000, transcript, Count(disobeys));
        cluster.Group.InBytes = random.Next(16) == 0;
    }

    public static ClusterOutcome Of(int seed, ClusterTranscript? transcript = null, Disobedience? disobeys = null)
    {
        ClusterRun run = new(seed, transcript, disobeys);
        try
        {
            run.Run();
            return new ClusterOutcome(seed, null, null, run.steps, run.Takes);
        }
        catch (BrokenLawException broken)
        {
            transcript?.Add(run.cluster.Group.Now, "", $"BROKEN: {broken.Message}");
            return new ClusterOutcome(seed, broken.Message, broken.Law, run.steps, run.Takes);
        }
    }

    private int Takes => cluster.Machines.Sum(machine => machine.Node?.Started.Count ?? 0);

    private Disobedience Count(Disobedience? disobeys) =>
        (all, node, input, actions) =>
        {
            steps++;
            disobeys?.Invoke(all, node, input, actions);
        };

    private SimulatedMachine DrawMachine(int place)
    {
        int kind = random.Next(place == 0 ? 3 : 4);
        NodeSettings settings = new($"cam{place + 1}", kind == 0 ? NodeRole.Leader : NodeRole.Follower, "host", default, 0, FrameRate.Default, random.Next(6) != 0)
        {
            Auto = kind is 1 or 2,
            Priority = random.Next(3) == 0 ? random.Next(100, 150) : NodeSettings.UsualPriority,
            JoinTakes = random.Next(5) == 0,
        };
        return new SimulatedMachine(place, settings, DrawOscillator()) { WallErrorNs = random.NextInt64(-7_200 * Second, 7_200 * Second) };
    }

    /// <summary>Up for minutes to days, ±100 ppm, wandering.</summary>
    private SimulatedOscillator DrawOscillator() =>
        new(random.NextInt64(60 * Second, 200_000 * Second), random.NextDouble() * 200 - 100, random.NextDouble() * 0.05, random.NextDouble() * 0.5, random.NextDouble() * Math.Tau);

    private void Run()
    {
        SimulatedGroup group = cluster.Group;
        foreach (SimulatedMachine machine in cluster.Machines)
            group.At(random.NextInt64(random.Next(4) == 0 ? 8 * Second : Second / 2), () => cluster.Boot(machine));
        long end = 3 * Second + random.NextInt64(6 * Second, 16 * Second);
        new ClusterScript(cluster, random).Draw(3 * Second, end);
        group.RunUntil(end);
        Heal();
        group.RunUntil(end + TimeToAgree);
        SimulatedNode[] alive = [.. cluster.Running.Select(machine => machine.Node!)];
        if (ClusterLaws.WhyNotOne(alive) is { } why)
            throw new BrokenLawException("one leader in the end", why);
        if (alive.Any(node => node.Settings.CanLead))
        {
            StopAll();
            StartAll();
        }
        else
            StopEachAlone(alive);
        cluster.Laws.CheckReports();
    }

    private void Heal()
    {
        cluster.Log("all faults are mended");
        cluster.Network.Heal();
        foreach (SimulatedMachine machine in cluster.Machines)
        {
            if (machine.Runs)
                machine.Node!.StalledUntil = Math.Min(machine.Node.StalledUntil, cluster.Group.Now);
            SimulatedCluster.SetCamera(machine, null);
            // some never come back
            if (!machine.Runs && random.Next(8) != 0)
                cluster.Boot(machine);
        }
    }

    /// <summary>Where nobody may lead an operator can still stop the recording at hand.</summary>
    private void StopEachAlone(SimulatedNode[] alive)
    {
        foreach (SimulatedNode node in alive)
            node.Post(new NodeInput.OperatorStop(100));
        cluster.Group.RunFor(2);
        if (cluster.Running.FirstOrDefault(machine => machine.Records) is { } still)
            throw new BrokenLawException("what runs can be stopped", $"{still.Name} records on after 'stop' typed there");
    }

    private void StopAll()
    {
        for (int i = 0; i < 4 && cluster.Running.Any(machine => machine.Records || machine.Node!.Node.Take.Phase != TakePhase.None); i++)
        {
            SimulatedCluster.Type(Anyone(), new NodeInput.OperatorStop(300));
            cluster.Group.RunFor(2);
        }
        if (cluster.Running.FirstOrDefault(machine => machine.Records) is { } still)
            throw new BrokenLawException("what runs can be stopped", $"{still.Name} records on after four times 'stop'");
    }

    /// <summary>No node is left in a state from which it cannot be used.</summary>
    private void StartAll()
    {
        SimulatedMachine[] idle = [];
        for (int i = 0; i < 5; i++)
        {
            // who died without a goodbye is missed, as it should be
            bool someoneIsMissed = cluster.Leader!.Node!.Node.Peers.All.Any(peer => peer.Lost);
            SimulatedCluster.Type(Anyone(), new NodeInput.OperatorStart(1_000, Force: someoneIsMissed));
            cluster.Group.RunFor(2);
            idle = [.. cluster.Running.Where(machine => machine.Settings.HasCamera && !machine.Records)];
            if (idle.Length == 0)
                break;
            // somebody took office in the very moment, perhaps, and has said so
            if (cluster.Running.Any(machine => machine.Records))
                StopAll();
            cluster.Group.RunFor(3);
        }
        if (idle.Length > 0)
            throw new BrokenLawException("a group that is well can start", $"{string.Join(", ", idle.Select(machine => machine.Name))} did not record after 'start'");
        SimulatedNode asker = Anyone().Node!;
        // somebody else may lead when the record is looked for
        SimulatedNode leader = cluster.Leader!.Node!;
        string take = leader.Node.Take.Plan!.Name;
        asker.Post(new NodeInput.OperatorStop(200, "the end"));
        cluster.Group.RunFor(2);
        if (cluster.Running.FirstOrDefault(machine => machine.Records) is { } still)
            throw new BrokenLawException("what runs can be stopped", $"{still.Name} records on after 'stop'");
        if (asker.Reports.Count(report => report.Ticket == "the end") != 1)
            throw new BrokenLawException("who asks is told once", $"{asker.Settings.NodeId} was told {asker.Reports.Count(report => report.Ticket == "the end")} times what came of 'stop'");
        CheckRecords(take, leader);
    }

    /// <summary>Everyone who was in the last take has its record, the same as the leader's.</summary>
    private void CheckRecords(string take, SimulatedNode leader)
    {
        cluster.Group.RunFor(2);
        GroupVerdict? kept = RecordOf(leader, take);
        foreach (SimulatedMachine machine in cluster.Running.Where(machine => machine.Settings.HasCamera))
        {
            string[] there = [.. RecordOf(machine.Node!, take)?.Nodes.Select(part => part.Node) ?? []];
            if (!there.Contains(machine.Name) || !there.SequenceEqual(kept?.Nodes.Select(part => part.Node) ?? []))
                throw new BrokenLawException("everyone has the record of the take", $"{machine.Name} has that of {string.Join(", ", there)}, and the leader that of {string.Join(", ", kept?.Nodes.Select(part => part.Node) ?? [])}");
        }
    }

    private static GroupVerdict? RecordOf(SimulatedNode node, string take) => node.Verdicts.FindLast(published => published.Verdict.Take == take).Verdict;

    private SimulatedMachine Anyone()
    {
        SimulatedMachine[] running = [.. cluster.Running];
        return running[random.Next(running.Length)];
    }
}
