using System.Globalization;

namespace RecordSync.Bench;

/// <summary>What one run of a condition gave.</summary>
/// <param name="Systems">By name; ours first.</param>
/// <param name="WithoutEstimate">Share of our rows in which the node knew no network time.</param>
/// <param name="Relay">The relay's own account.</param>
internal sealed record ClockRunResult(IReadOnlyDictionary<string, ErrorFigures> Systems, double WithoutEstimate, string? Relay, HoldoverResult? Holdover)
{
    public const string Ours = "record-syncd";
}

/// <param name="ErrorUs">Of the last row.</param>
/// <param name="WorstUs">Of all rows since the leader was killed.</param>
/// <param name="Covered">Share of rows whose error is within the bound.</param>
internal sealed record HoldoverResult(double ErrorUs, double BoundUs, double WorstUs, double Covered, double Seconds, string State);

/// <summary>One run of one condition: our nodes and the peers at the same time on the same link.</summary>
/// <param name="tools">Null: without peers.</param>
internal sealed class ClockRun(ClockOptions options, ClockCondition condition, int number, NativeTools? tools)
{
    private const int HoldoverSeconds = 60;

    private readonly decimal ppm = number % 2 == 0 ? options.Ppm : -options.Ppm;

    public async Task<ClockRunResult> Run(Action<string> say, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("record-syncd-clock").FullName;
        // in the order of their making; they go in the opposite one
        Stack<IDisposable> owned = new();
        try
        {
            NetworkNamespaces machines = NetworkNamespaces.Open(2);
            owned.Push(machines);
            return await Run(machines, folder, owned, say, stop);
        }
        finally
        {
            while (owned.TryPop(out IDisposable? thing))
                thing.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<ClockRunResult> Run(NetworkNamespaces machines, string folder, Stack<IDisposable> owned, Action<string> say, CancellationToken stop)
    {
        RelayProcess? relay = null;
        if (condition.ToNode is not null)
        {
            relay = await RelayProcess.Start(machines, ClockBed.Follower, condition.ToNode, condition.FromNode!, stop);
            owned.Push(relay);
        }
        List<Peer> peers = [];
        if (tools is not null)
        {
            ClockBed bed = new(machines, folder, new Oscillator(ppm, options.Wander, tools.Drift), tools.GstClock);
            foreach (Peer peer in ChronyPeer.Start(bed).Append(new PtpPeer(bed)).Append(new GstPeer(bed)))
            {
                peers.Add(peer);
                owned.Push(peer);
            }
            say($"the peers settle for {options.WarmUpSeconds} s");
            await Wait(options.WarmUpSeconds, stop);
        }
        if (condition.Hogs)
        {
            for (int core = 0; core < Environment.ProcessorCount; core++)
                owned.Push(new LabProcess(null, "sh", ["-c", "while :; do :; done"]));
        }
        NodePair nodes = new(machines, folder, ppm, options.Wander);
        owned.Push(nodes);
        await nodes.Leader.WaitFor("group ", stop);
        long start = RealTime.MonotonicNs();
        (LabProcess follower, SyncLog log) = nodes.Follow(condition.Encoding ? NodePair.Encoding(folder) : []);
        await follower.WaitFor("synchronised to", stop);
        if (condition.Encoding)
        {
            await follower.WaitFor("camera ready", stop);
            nodes.Leader.Type("start 500");
            await follower.WaitFor("recording take", stop);
        }
        long from = start + options.SettleSeconds * 1_000_000_000L, until = from + options.Seconds * 1_000_000_000L;
        say($"measuring for {options.Seconds} s");
        await Wait((until - RealTime.MonotonicNs()) / 1e9 + 0.3, stop);
        follower.RequireAlive();
        nodes.Leader.RequireAlive();
        peers.ForEach(peer => peer.RequireAlive());
        bool Counts(long instant) => instant >= from && instant < until;
        Dictionary<string, List<ClockError>> errors = new() { [ClockRunResult.Ours] = [.. log.Errors(nodes.LeaderLog).Where(error => Counts(error.MonotonicNs))] };
        foreach (Peer peer in peers.Where(peer => peer.Name.Length > 0))
            errors[peer.Name] = [.. peer.Errors().Where(error => Counts(error.MonotonicNs))];
        List<SyncRow> rows = [.. log.Read().Where(row => Counts(row.MonotonicNs))];
        HoldoverResult? holdover = condition.Name == "clean" && options.Extras.Contains("holdover") ? await HoldOver(nodes, log, say, stop) : null;
        Keep(folder, errors, from);
        return new ClockRunResult(
            errors.Select(system => (system.Key, Figures: ErrorFigures.Of(system.Value))).Where(system => system.Figures is not null).ToDictionary(system => system.Key, system => system.Figures!),
            rows.Count == 0 ? 1 : (double)rows.Count(row => row.NetworkNs is null) / rows.Count,
            relay is null ? null : await relay.Finish(stop),
            holdover
        );
    }

    private static async Task<HoldoverResult> HoldOver(NodePair nodes, SyncLog log, Action<string> say, CancellationToken stop)
    {
        nodes.Leader.Kill();
        long killed = RealTime.MonotonicNs();
        say($"{HoldoverSeconds} s without a leader");
        await Wait(HoldoverSeconds, stop);
        List<ClockError> after = [.. log.Errors(nodes.LeaderLog).Where(error => error.MonotonicNs > killed)];
        if (after.Count == 0)
            return new HoldoverResult(double.NaN, double.NaN, double.NaN, 0, 0, "no network time");
        ErrorFigures figures = ErrorFigures.Of(after)!;
        ClockError last = after[^1];
        return new HoldoverResult(
            Math.Abs(last.ErrorNs) / 1e3,
            (last.BoundNs ?? double.NaN) / 1e3,
            figures.Max,
            figures.Covered,
            (last.MonotonicNs - killed) / 1e9,
            log.Read()[^1].State
        );
    }

    /// <summary>Sync logs, and everyone's errors in one file: system, seconds since the first sample that counts, error and bound in ns.</summary>
    private void Keep(string folder, Dictionary<string, List<ClockError>> errors, long from)
    {
        if (options.Csv is null)
            return;
        Directory.CreateDirectory(options.Csv);
        string name = Path.Combine(options.Csv, $"{condition.Name}{number + 1}");
        File.Copy(Path.Combine(folder, "leader.csv"), $"{name}-leader.csv", overwrite: true);
        File.Copy(Path.Combine(folder, "follower0.csv"), $"{name}-follower.csv", overwrite: true);
        IEnumerable<string> rows = errors.SelectMany(system =>
            system.Value.Select(error =>
                string.Create(CultureInfo.InvariantCulture, $"{system.Key},{(error.MonotonicNs - from) / 1e9:0.000},{error.ErrorNs:0},{error.BoundNs:0}")
            )
        );
        File.WriteAllLines($"{name}-errors.csv", rows.Prepend("system,seconds,error_ns,bound_ns"));
    }

    private static Task Wait(double seconds, CancellationToken stop) => Task.Delay(TimeSpan.FromSeconds(Math.Max(0, seconds)), stop);
}
