namespace RecordSync.Tests;

/// <summary>May change what a node is about to do: how the laws are shown to be watched.</summary>
internal delegate void Disobedience(SimulatedCluster cluster, SimulatedNode node, NodeInput input, List<NodeAction> actions);

/// <summary>Machines on a network, the processes on them, and the laws that all of it is held to. What happens to them is up to the caller.</summary>
internal sealed class SimulatedCluster
{
    private readonly ClusterTranscript? transcript;
    private readonly Disobedience? disobeys;

    public SimulatedCluster(int seed, IReadOnlyList<SimulatedMachine> machines, double jitterNs, ClusterTranscript? transcript = null, Disobedience? disobeys = null)
    {
        (Machines, this.transcript, this.disobeys) = (machines, transcript, disobeys);
        Group = new SimulatedGroup(seed) { InBytes = false, AskedInBurst = 2 };
        Network = new SimulatedNetwork(Group.Random, machines.Count, jitterNs);
        Group.Way = (from, to, message, delays) => Network.Way(from.Place, to.Place, message, delays);
        Laws = new ClusterLaws(Group);
    }

    public SimulatedGroup Group { get; }

    public SimulatedNetwork Network { get; }

    public ClusterLaws Laws { get; }

    public IReadOnlyList<SimulatedMachine> Machines { get; }

    public IEnumerable<SimulatedMachine> Running => Machines.Where(machine => machine.Runs);

    public SimulatedMachine this[string name] => Machines.First(machine => machine.Name == name);

    public SimulatedMachine? Leader => Running.FirstOrDefault(machine => machine.Node!.Node.Leads);

    public void Log(string what) => transcript?.Add(Group.Now, "", what);

    /// <summary>A new process: nothing is left of the one before but the settings.</summary>
    public void Boot(SimulatedMachine machine)
    {
        if (machine.Runs || machine.Leaving)
            return;
        long wall = SimulatedGroup.Epoch + Group.Now + machine.WallErrorNs;
        NodeSettings settings = machine.Settings with { Instance = Group.Random.NextInt64(1, 1L << 53), WallOffset = new Nanos(wall - machine.Oscillator.At(Group.Now)) };
        SimulatedNode node = Group.Add(settings, machine.Oscillator, place: machine.Place);
        SimulatedRecorder recorder = new(Group, node, Laws);
        (machine.Node, machine.Recorder, machine.StartedAt) = (node, recorder, Group.Now);
        node.Remembers = transcript is not null;
        node.Recorder = recorder.Do;
        node.Stepped = OnStep;
        Laws.Started(node);
        transcript?.Add(Group.Now, machine.Name, "is started");
        node.Post(new NodeInput.Started());
        if (!settings.HasCamera)
            return;
        long warmsUp = Group.Random.NextInt64(50_000_000, 800_000_000);
        Group.At(Group.Now + warmsUp, () => recorder.SetCamera(machine.CameraFault));
    }

    public void Crash(SimulatedMachine machine)
    {
        if (!machine.Runs)
            return;
        transcript?.Add(Group.Now, machine.Name, "is killed");
        machine.Node!.Kill();
        Group.Remove(machine.Node);
        Laws.Ended(machine.Node);
    }

    public static void Leave(SimulatedMachine machine)
    {
        if (!machine.Runs)
            return;
        machine.Leaving = true;
        Type(machine, new NodeInput.LeaveRequested("quit"));
    }

    public void Stall(SimulatedMachine machine, long untilNs)
    {
        transcript?.Add(Group.Now, machine.Name, $"gets no processor for {(untilNs - Group.Now) / 1e9:0.00} s");
        if (machine.Runs)
            machine.Node!.StalledUntil = untilNs;
    }

    public static void SetCamera(SimulatedMachine machine, string? fault)
    {
        machine.CameraFault = fault;
        if (machine.Runs && machine.Settings.HasCamera)
            machine.Recorder!.SetCamera(fault);
    }

    /// <summary>An operator at this machine's prompt.</summary>
    public static void Type(SimulatedMachine machine, NodeInput command)
    {
        if (machine.Runs)
            machine.Node!.WhenAwake(() => machine.Node.Post(command));
    }

    /// <summary>Both ways, or only what <paramref name="a"/> says to <paramref name="b"/>.</summary>
    public void Cut(SimulatedMachine a, SimulatedMachine b, bool isCut, bool oneWay = false)
    {
        Network.Cut(a.Place, b.Place, isCut);
        if (!oneWay)
            Network.Cut(b.Place, a.Place, isCut);
    }

    private void OnStep(SimulatedNode node, NodeInput input, List<NodeAction> actions)
    {
        disobeys?.Invoke(this, node, input, actions);
        transcript?.Note(Group, node, input, actions);
        Laws.Stepped(node, input, actions);
    }
}
