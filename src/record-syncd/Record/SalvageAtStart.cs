namespace RecordSync.Daemon;

/// <summary>Repairs, when a node starts, what its last run left cut off; in the background, and never while a take is recorded.</summary>
internal sealed class SalvageAtStart : IAsyncDisposable
{
    private readonly OutputPath output;
    private readonly string node;
    private readonly Action<NoticeLevel, string> tell;
    private readonly HashSet<string> done = new(StringComparer.Ordinal);
    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private CancellationTokenSource stop = new();
    private Task work = Task.CompletedTask;

    public SalvageAtStart(OutputPath output, string node, Action<NoticeLevel, string> tell)
    {
        (this.output, this.node, this.tell) = (output, node, tell);
        Resume();
    }

    /// <summary>Gives up the copy that is being made; it is begun again by <see cref="Resume"/>.</summary>
    public void Pause()
    {
        lock (gate)
            stop.Cancel();
    }

    public void Resume()
    {
        lock (gate)
        {
            stop = new CancellationTokenSource();
            CancellationToken token = stop.Token;
            work = work.ContinueWith(_ => Work(token), TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Pause();
        await work;
    }

    private void Work(CancellationToken token)
    {
        try
        {
            (string root, bool recurse) = output.Root;
            foreach (string manifest in SalvageCommand.ManifestsIn(root, recurse))
            {
                token.ThrowIfCancellationRequested();
                if (done.Contains(manifest) || ManifestFile.Read(manifest, out _) is not { State: ManifestState.Recording } cut || cut.Node != node)
                    continue;
                SalvagedTake take = TakeSalvage.Run(manifest, token);
                // what has no room now, or is still held by a take that has just failed, is looked at again after the next take
                if (take.Outcome != SalvageOutcome.LeftAlone)
                    done.Add(manifest);
                if (take.Outcome != SalvageOutcome.Whole && told.Add($"{manifest}|{take.Text}"))
                    tell(take.Outcome == SalvageOutcome.Salvaged ? NoticeLevel.Info : NoticeLevel.Warning, $"an earlier take was cut off: {take.Text}");
            }
        }
        catch (OperationCanceledException)
        {
            // a take begins
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the folder is not there; who wants to record there is told
        }
        catch (Exception e)
        {
            // a fault in repairing old takes must not cost a new one
            tell(NoticeLevel.Error, $"earlier takes could not be salvaged, please report it: {e.Message}");
        }
    }
}
