using System.Collections.Concurrent;

namespace RecordSync.Daemon;

/// <summary>What came of a START or a STOP.</summary>
/// <param name="Sentence">As the prompt would have told it.</param>
internal sealed record CommandOutcome(bool Refused, string Sentence, string? Take, long? TargetUs, IReadOnlyList<ApiAnswer> Nodes);

/// <summary>Gives a node an operator's wish, the same as the prompt does, and waits for what the node reports of it (docs/protocol.md §5.9).</summary>
internal sealed class Commands
{
    /// <summary>The node reports 5 s after a command left, and gives up a leader that is silent in less than twice that; this is for a node that is leaving.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<CommandReport>> waiting = new(StringComparer.Ordinal);
    private readonly NodeLoop loop;
    private long tickets;

    public Commands(NodeLoop loop)
    {
        this.loop = loop;
        // no ticket is out before this
        loop.OnReport = (ticket, report) =>
        {
            if (waiting.TryRemove(ticket, out TaskCompletionSource<CommandReport>? asker))
                asker.TrySetResult(report);
        };
    }

    public Task<CommandOutcome> Start(int delayMs, bool force, string? label, TakeSettings? asked, CancellationToken cancelled) =>
        Run(ticket => new NodeInput.OperatorStart(delayMs, force, label, ticket) { Settings = asked }, cancelled, asked is null ? 0 : delayMs);

    public Task<CommandOutcome> Stop(int delayMs, CancellationToken cancelled) => Run(ticket => new NodeInput.OperatorStop(delayMs, ticket), cancelled);

    /// <param name="agreeingMs">So long it may take before anything is commanded.</param>
    private async Task<CommandOutcome> Run(Func<string, NodeInput> wish, CancellationToken cancelled, int agreeingMs = 0)
    {
        string ticket = $"page-{Interlocked.Increment(ref tickets)}";
        TaskCompletionSource<CommandReport> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[ticket] = answer;
        try
        {
            loop.Post(wish(ticket));
            CommandReport report = await answer.Task.WaitAsync(Patience + TimeSpan.FromMilliseconds(agreeingMs), cancelled);
            return new CommandOutcome(
                report.Refusal is not null,
                report.Refusal ?? report.InWords,
                report.Take,
                report.TargetNs / 1_000,
                [.. report.Nodes.Select(node => new ApiAnswer(node.Node, NameOf(node.Answer), node.Reason))]
            );
        }
        catch (TimeoutException)
        {
            return new CommandOutcome(true, "the node has not answered: look at the events, and try again", null, null, []);
        }
        finally
        {
            waiting.TryRemove(ticket, out _);
        }
    }

    private static string NameOf(NodeAnswer answer) => ReportField.NameOf(answer).Replace('_', '-');
}
