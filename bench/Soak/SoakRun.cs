using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>Takes one after the other for as long as was asked, with misfortunes from a seed; after each the files, the verdicts and what the processes hold are looked at.</summary>
internal sealed class SoakRun(SoakGroup group, int seed, string keepFolder)
{
    private const int PixelsEvery = 3;

    // bounds for what may take its time on a busy machine, s; beyond them it does not come
    private const double LongestReady = 90;
    private const double LongestEnd = 90;
    private const double LongestRecord = 60;

    private readonly Random random = new(seed);
    private readonly ResourceWatch[] watches = [.. group.All.Select(node => new ResourceWatch(node.Name))];
    private readonly System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
    private int repeatedStops;

    public List<SoakTake> Takes { get; } = [];

    public int Refused { get; private set; }

    public int RepeatedStops => repeatedStops;

    public Dictionary<Misfortune, int> Happened { get; } = [];

    public IEnumerable<ResourceWatch.Trend> Trends => watches.Select(watch => watch.Longest()).OfType<ResourceWatch.Trend>();

    public IEnumerable<string> Anomalies => Takes.SelectMany(take => take.Anomalies.Select(anomaly => $"take {take.Number}: {anomaly}")).Concat(Trends.Select(trend => trend.Complaint).OfType<string>());

    public async Task Run(TimeSpan length, CancellationToken stop)
    {
        while (clock.Elapsed < length)
        {
            SoakTake take = SoakTake.Draw(Takes.Count + 1, random);
            Takes.Add(take);
            BenchCommand.Progress($"{clock.Elapsed.TotalMinutes:0.0} min, {Takes.Sum(past => past.Anomalies.Count)} anomalies; {take}");
            try
            {
                await One(take, stop);
            }
            catch (InvalidOperationException e)
            {
                take.Anomalies.Add(e.Message);
            }
            if (take.Anomalies.Count > 0)
                Keep(take);
            Forget(take);
            await Revive(take, stop);
        }
    }

    private async Task One(SoakTake take, CancellationToken stop)
    {
        if (take.Planned.FirstOrDefault(planned => planned.Kind == Misfortune.LostCamera) is { } lost)
        {
            await group[lost.Node].Quit(stop);
            group[lost.Node].Start(FormattableString.Invariant($"test:die={lost.At:0.0}+{Math.Ceiling(lost.For):0}"));
        }
        if (!await Start(take, stop))
            return;
        await Record(take, stop);
        await Stop(take, stop);
        await Revive(take, stop);
        await Settle(take, stop);
        SoakChecks.Verdicts(take, group);
        SoakChecks.Files(take, group, pixels: take.Number % PixelsEvery == 0);
        for (int i = 0; i < watches.Length; i++)
        {
            if (group[i].IsUp)
                watches[i].Sample(group[i].Process!.Id, group[i].Lives, clock.Elapsed.TotalSeconds);
        }
    }

    /// <summary>Until a START is obeyed: one that is refused, because a camera or a clock is not there yet, is asked for again.</summary>
    private async Task<bool> Start(SoakTake take, CancellationToken stop)
    {
        long until = Environment.TickCount64 + (long)(LongestReady * 1_000);
        while (Environment.TickCount64 < until)
        {
            foreach (SoakNode node in group.Up)
                await node.Process!.WaitFor("camera ready", stop, LongestReady);
            group.Mark();
            SoakNode asked = Any(group.Up);
            asked.Process!.Type("start 1500");
            await SoakGroup.Until(() => group.Said("START in", "START withdrawn", "not started", "has not answered", "refused", "no leader is known", "is not ready") || group.All.Any(node => SoakGroup.TakeOf(node) is not null), 15, stop);
            // who has been told records within the countdown; a withdrawn one is recorded by nobody
            if (await SoakGroup.Until(() => group.Up.All(node => SoakGroup.TakeOf(node) is not null), group.Said("START in") ? 8 : 0.5, stop) || group.Up.Any(node => SoakGroup.TakeOf(node) is not null))
            {
                Begun(take);
                return true;
            }
            Refused++;
            await Task.Delay(1_000, stop);
        }
        take.Anomalies.Add($"no START was obeyed within {LongestReady} s: {string.Join(" | ", group.Up.Select(node => $"{node.Name}: {node.Said.LastOrDefault()}"))}");
        return false;
    }

    private void Begun(SoakTake take)
    {
        foreach (SoakNode node in group.Up)
        {
            if (SoakGroup.TakeOf(node) is not { } name)
                continue;
            take.Recorders.Add(node.Name);
            if (take.Name is { } other && other != name)
                take.Anomalies.Add($"two takes at once: {other} and {name}");
            take.Name ??= name;
        }
    }

    private async Task Record(SoakTake take, CancellationToken stop)
    {
        List<(double At, Action Do)> steps = [.. take.Planned.Select(planned => (planned.At, (Action)(() => Strike(take, planned))))];
        foreach (PlannedMisfortune planned in take.Planned)
        {
            // the cable is in again well before STOP, so that who was alone has a leader
            if (planned.Kind == Misfortune.Cut)
                steps.Add((Math.Min(planned.At + planned.For, take.Seconds), () => group.SetCable(planned.Node, pluggedIn: true)));
            // some are back in mid-take, the others after it
            else if (planned.Kind is Misfortune.Kill or Misfortune.KillLeader or Misfortune.LeaderQuits && planned.At + planned.For < take.Seconds)
                steps.Add((planned.At + planned.For, Restart));
        }
        double begun = clock.Elapsed.TotalSeconds;
        foreach ((double at, Action step) in steps.OrderBy(step => step.At))
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, begun + at - clock.Elapsed.TotalSeconds)), stop);
            step();
        }
        await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, begun + take.Seconds - clock.Elapsed.TotalSeconds)), stop);
    }

    private void Restart()
    {
        foreach (SoakNode node in group.All.Where(node => node.IsGone))
            node.Start("test");
    }

    private void Strike(SoakTake take, PlannedMisfortune planned)
    {
        SoakNode node = group[planned.Node];
        if (planned.Kind is Misfortune.KillLeader or Misfortune.LeaderQuits)
        {
            // who leads may be one that is to live
            if (group.Leader is not { } leader || !group.All.Take(SoakGroup.Mortal).Contains(leader))
                return;
            node = leader;
        }
        if (!node.IsUp)
            return;
        Happened[planned.Kind] = Happened.GetValueOrDefault(planned.Kind) + 1;
        switch (planned.Kind)
        {
            case Misfortune.Kill or Misfortune.KillLeader:
                take.Killed.Add(node.Name);
                node.Kill();
                break;
            case Misfortune.LeaderQuits:
                take.Left.Add(node.Name);
                node.Leave();
                break;
            case Misfortune.Cut:
                take.Cut.Add(node.Name);
                group.SetCable(planned.Node, pluggedIn: false);
                break;
            case Misfortune.FullDisk:
                take.Full.Add(node.Name);
                node.FillDisk(planned.For < 3 ? 0 : 2_000_000);
                break;
            case Misfortune.LostCamera:
                // has been told so at its start
                break;
        }
    }

    private async Task Stop(SoakTake take, CancellationToken stop)
    {
        bool ended() => group.All.Where(node => take.IsWhole(node.Name)).All(node => HasEnded(node));
        SoakNode[] there = [.. group.Up.Where(node => take.IsWhole(node.Name))];
        if (there.Length == 0)
            there = [.. group.Up];
        long until = Environment.TickCount64 + (long)(LongestEnd * 1_000);
        for (int attempt = 0; Environment.TickCount64 < until; attempt++)
        {
            Any(there).Process!.Type("stop 800");
            repeatedStops += attempt > 0 ? 1 : 0;
            if (await SoakGroup.Until(ended, 12, stop))
                return;
        }
        take.Anomalies.Add($"the take does not end: {string.Join(" | ", there.Where(node => !HasEnded(node)).Select(node => $"{node.Name}: {node.Said.LastOrDefault()}"))}");
    }

    private static bool HasEnded(SoakNode node) => !node.IsUp || node.Said.Any(line => line.StartsWith("finished ", StringComparison.Ordinal) || line.Contains(" failed: ", StringComparison.Ordinal));

    /// <summary>All machines are well again, and all processes there.</summary>
    private async Task Revive(SoakTake take, CancellationToken stop)
    {
        for (int node = 0; node < SoakGroup.Nodes; node++)
        {
            group[node].FreeDisk();
            if (group[node].IsLeaving)
                await group[node].Quit(stop);
            if (group[node].Process is { HasExited: true } ended)
            {
                take.Anomalies.Add($"{group[node].Name} ended by itself: {ended.Lines.LastOrDefault().Text}");
                group[node].Kill();
            }
        }
        Restart();
    }

    /// <summary>Until the record is everywhere, hashes are made and what was killed is salvaged.</summary>
    private async Task Settle(SoakTake take, CancellationToken stop)
    {
        foreach (SoakNode node in group.All.Where(node => take.Recorders.Contains(node.Name)))
        {
            string manifest = Path.Combine(node.FolderOf(take.Name!), $"{node.Name}.json");
            bool told = !take.IsWhole(node.Name) || await SoakGroup.Until(() => File.Exists(SoakChecks.VerdictPath(node, take)) && ManifestFile.Read(manifest, out _) is { Verdict.Hashes.Count: > 0 }, LongestRecord, stop);
            if (!told)
                take.Anomalies.Add($"{node.Name} has no verdict, or no hashes, {LongestRecord} s after the end");
            bool salvaged = !(take.Killed.Contains(node.Name) || take.Full.Contains(node.Name)) || await SoakGroup.Until(() => !File.Exists(manifest) || ManifestFile.Read(manifest, out _) is { State: not ManifestState.Recording }, LongestRecord, stop);
            if (!salvaged)
                take.Anomalies.Add($"{node.Name} has been back for {LongestRecord} s, and its take still says that it is being recorded: {string.Join(" | ", node.Said.TakeLast(3))}");
            // what a full disk has left is of use; for a moment it may still be hashed
            SalvagedTake? left = null;
            if (take.Full.Contains(node.Name) && File.Exists(manifest) && !await SoakGroup.Until(() => (left = TakeSalvage.Run(manifest, stop)) is { Outcome: SalvageOutcome.Salvaged or SalvageOutcome.Whole }, LongestRecord, stop))
                take.Anomalies.Add($"{node.Name}: {left?.Text}");
        }
        await SoakGroup.Until(() => SoakChecks.AreVerdictsEqual(take, group), LongestRecord / 3, stop);
        foreach (SoakNode node in group.Up)
            take.Anomalies.AddRange(node.Said.Where(line => line.Contains("please report", StringComparison.Ordinal) || line.Contains("Unhandled exception", StringComparison.Ordinal)).Select(line => $"{node.Name}: {line}"));
    }

    private SoakNode Any(IEnumerable<SoakNode> some)
    {
        SoakNode[] nodes = [.. some];
        return nodes[random.Next(nodes.Length)];
    }

    /// <summary>All files of the take, and all words of all nodes.</summary>
    private void Keep(SoakTake take)
    {
        string kept = Path.Combine(keepFolder, $"seed-{seed}-take-{take.Number}");
        Directory.CreateDirectory(kept);
        File.WriteAllLines(Path.Combine(kept, "what.txt"), [take.ToString(), .. take.Anomalies]);
        foreach (SoakNode node in group.All)
        {
            File.WriteAllLines(Path.Combine(kept, $"{node.Name}.log"), node.SaidEver);
            if (take.Name is null || !Directory.Exists(node.FolderOf(take.Name)))
                continue;
            string folder = Path.Combine(kept, node.Name);
            Directory.CreateDirectory(folder);
            foreach (string file in Directory.GetFiles(node.FolderOf(take.Name), "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
    }

    private void Forget(SoakTake take)
    {
        foreach (SoakNode node in group.All)
        {
            foreach (string folder in Directory.GetDirectories(node.Disk))
                Directory.Delete(folder, recursive: true);
        }
    }
}
