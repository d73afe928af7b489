namespace RecordSync.Bench;

/// <summary>What a follower without an open camera costs while it does nothing but keep time.</summary>
internal static class IdleBench
{
    private const int Seconds = 30;

    public static async Task Run()
    {
        string group = BenchGroup.Next().ToString();
        using BenchNode leader = new("--role", "leader", "--node-id", "lead", "--interface", "lo", "--group", group, "--camera", "none");
        using BenchNode node = new("--role", "follower", "--node-id", "idle", "--interface", "lo", "--group", group, "--camera", "none");
        await node.WaitFor("synchronised to");
        // what the start itself leaves behind is done with
        await Task.Delay(TimeSpan.FromSeconds(5));
        (double before, long waits, double leaderBefore, long leaderWaits) = (node.CpuSeconds, node.Waits, leader.CpuSeconds, leader.Waits);
        double resident = node.ResidentMegabytes;
        await Task.Delay(TimeSpan.FromSeconds(Seconds));
        double cost = (node.CpuSeconds - before) / Seconds * 100, leading = (leader.CpuSeconds - leaderBefore) / Seconds * 100;
        Console.WriteLine($"idle follower, synchronised, no camera: {node.ResidentMegabytes:0.0} MB resident (limit 30; {node.ResidentMegabytes - resident:+0.0;-0.0} in this time), {cost:0.00} % of a core over {Seconds} s (limit 0.3), {(node.Waits - waits) / (double)Seconds:0.0} wake-ups a second");
        Console.WriteLine($"its leader: {leader.ResidentMegabytes:0.0} MB resident, {leading:0.00} % of a core, {(leader.Waits - leaderWaits) / (double)Seconds:0.0} wake-ups a second");
    }
}
