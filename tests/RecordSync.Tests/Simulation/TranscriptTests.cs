using System.Runtime.CompilerServices;
using Xunit;

namespace RecordSync.Tests;

/// <summary>
/// Failovers as prose, in Transcripts/: what is typed, what the nodes say to each other, and what they tell their operators. Where the behaviour is meant to change,
/// RECORD_SYNCD_WRITE_TRANSCRIPTS=1 writes them anew; the diff is then read like any other.
/// </summary>
public sealed class TranscriptTests
{
    private readonly ClusterTranscript transcript = new() { ForReaders = true };

    private static SimulatedMachine Machine(int place, NodeRole role, bool auto = true, int priority = NodeSettings.UsualPriority) =>
        new(
            place,
            new NodeSettings($"cam{place + 1}", role, "host", default, 0, FrameRate.Default, true) { Auto = auto, Priority = priority },
            new SimulatedOscillator(100_000_000_000 + place * 7_000_000_000, place * 9 - 20)
        );

    private SimulatedCluster Cluster(string story, params SimulatedMachine[] machines)
    {
        transcript.Heading(story);
        return new SimulatedCluster(1, machines, 0, transcript);
    }

    private static SimulatedMachine[] Group(int count) => [Machine(0, NodeRole.Leader), .. Enumerable.Range(1, count - 1).Select(place => Machine(place, NodeRole.Follower))];

    private static void Run(SimulatedCluster cluster, double seconds) => cluster.Group.RunFor(seconds);

    private static void BootAll(SimulatedCluster cluster)
    {
        foreach (SimulatedMachine machine in cluster.Machines)
            cluster.Boot(machine);
    }

    private void Compare([CallerMemberName] string name = "", [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "Transcripts", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("RECORD_SYNCD_WRITE_TRANSCRIPTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, transcript.ToString());
        }
        Assert.Equal(File.ReadAllText(path), transcript.ToString());
    }

    [Fact]
    public void The_leader_dies_in_mid_take()
    {
        SimulatedCluster cluster = Cluster("Five nodes; the leader is killed in the middle of a take. Another one goes on within a second, and can stop it.", Group(5));
        BootAll(cluster);
        Run(cluster, 4);
        transcript.Heading("A take is started.");
        SimulatedCluster.Type(cluster["cam1"], new NodeInput.OperatorStart(1_000));
        Run(cluster, 3);
        transcript.Heading("The leader dies.");
        cluster.Crash(cluster["cam1"]);
        Run(cluster, 3);
        transcript.Heading("Somebody types 'stop' at a follower.");
        SimulatedCluster.Type(cluster["cam4"], new NodeInput.OperatorStop(500));
        Run(cluster, 14);
        Assert.DoesNotContain(cluster.Machines, machine => machine.Records);
        Compare();
    }

    [Fact]
    public void The_leader_says_goodbye()
    {
        SimulatedCluster cluster = Cluster("Three nodes at rest; the leader quits. The next in rank leads at once, and the time scale goes on.", Group(3));
        BootAll(cluster);
        Run(cluster, 4);
        transcript.Heading("The leader quits.");
        SimulatedCluster.Leave(cluster["cam1"]);
        Run(cluster, 3);
        Assert.Same(cluster["cam2"], cluster.Leader);
        Compare();
    }

    [Fact]
    public void The_network_is_split_in_mid_take_and_heals()
    {
        SimulatedCluster cluster = Cluster("Four nodes; the network is split in the middle of a take. Both sides record on under a leader of their own; when it heals the later term wins.", Group(4));
        BootAll(cluster);
        Run(cluster, 4);
        transcript.Heading("A take is started.");
        SimulatedCluster.Type(cluster["cam1"], new NodeInput.OperatorStart(500));
        Run(cluster, 2);
        transcript.Heading("cam1 and cam2 on one side, cam3 and cam4 on the other.");
        Split(cluster, true);
        Run(cluster, 3);
        transcript.Heading("The network is whole again.");
        Split(cluster, false);
        Run(cluster, 2);
        transcript.Heading("One 'stop' stops all.");
        SimulatedCluster.Type(cluster["cam1"], new NodeInput.OperatorStop(500));
        Run(cluster, 2);
        Assert.DoesNotContain(cluster.Machines, machine => machine.Records);
        Compare();
    }

    private static void Split(SimulatedCluster cluster, bool isCut)
    {
        foreach (SimulatedMachine a in cluster.Machines.Take(2))
        {
            foreach (SimulatedMachine b in cluster.Machines.Skip(2))
                cluster.Cut(a, b, isCut);
        }
    }

    [Fact]
    public void A_start_is_withdrawn_when_one_node_is_cut_off()
    {
        SimulatedCluster cluster = Cluster("Three nodes; one is cut off when a take is to start. Nobody records, and the leader says who was missing.", Group(3));
        BootAll(cluster);
        Run(cluster, 4);
        transcript.Heading("cam3 is cut off, which nobody knows yet, and 'start' is typed.");
        cluster.Cut(cluster["cam3"], cluster["cam1"], true);
        cluster.Cut(cluster["cam3"], cluster["cam2"], true);
        SimulatedCluster.Type(cluster["cam1"], new NodeInput.OperatorStart(1_000));
        Run(cluster, 3);
        Assert.DoesNotContain(cluster.Machines, machine => machine.Node!.Started.Count > 0);
        Compare();
    }

    [Fact]
    public void A_preferred_leader_joins_a_running_group()
    {
        SimulatedCluster cluster = Cluster("A group in which cam1 leads; cam3 has the better priority and is started later. It takes over when it is synchronised, between takes.", Machine(0, NodeRole.Leader), Machine(1, NodeRole.Follower), Machine(2, NodeRole.Leader, priority: 100));
        cluster.Boot(cluster["cam1"]);
        cluster.Boot(cluster["cam2"]);
        Run(cluster, 3);
        transcript.Heading("A take runs.");
        SimulatedCluster.Type(cluster["cam1"], new NodeInput.OperatorStart(300));
        Run(cluster, 1.5);
        transcript.Heading("cam3 is started: a leader in office is kept while a take runs.");
        cluster.Boot(cluster["cam3"]);
        Run(cluster, 4);
        transcript.Heading("The take ends.");
        SimulatedCluster.Type(cluster["cam1"], new NodeInput.OperatorStop(300));
        Run(cluster, 5);
        Assert.Same(cluster["cam3"], cluster.Leader);
        Compare();
    }
}
