using System.Collections.Concurrent;

namespace RecordSync.Daemon;

/// <summary>Takes the verdicts of whole takes from the node, writes take.json and shows the table, on a thread of its own: the disk must not hold up the node's clock.</summary>
internal sealed class VerdictDesk : IDisposable
{
    private readonly BlockingCollection<(GroupVerdict Verdict, bool Show)> inbox = [];
    private readonly OutputPath output;
    private readonly string node;
    private readonly Prompt prompt;
    private readonly Action<NoticeLevel, string> tell;
    private readonly Thread thread;

    public VerdictDesk(OutputPath output, string node, Prompt prompt, Action<NoticeLevel, string> tell)
    {
        (this.output, this.node, this.prompt, this.tell) = (output, node, prompt, tell);
        thread = new Thread(Work) { IsBackground = true, Name = "verdicts" };
        thread.Start();
    }

    /// <summary>After a verdict has been written, by the thread that wrote it; set before the first.</summary>
    public Action<GroupVerdict> Saved { get; set; } = _ => { };

    public void Take(GroupVerdict verdict, bool show) => inbox.Add((verdict, show));

    /// <summary>Returns when everything is written and shown; may be called more than once.</summary>
    public void Dispose()
    {
        inbox.CompleteAdding();
        thread.Join();
    }

    private void Work()
    {
        foreach ((GroupVerdict verdict, bool show) in inbox.GetConsumingEnumerable())
        {
            if (show)
                prompt.Say(VerdictTable.Render(verdict, LineEditor.Interactive ? LineEditor.Width() : 120, LineEditor.Interactive));
            // a take without a single frame leaves nothing behind that could be mistaken for one
            if (verdict.Missing.Count == 0 && verdict.Nodes.All(part => part.Recorded == 0))
                continue;
            if (GroupVerdictFile.Write(output, node, verdict, out string? fault) is not { } path)
                tell(NoticeLevel.Error, $"the verdict of take {verdict.Take} is not saved: {fault}");
            else
            {
                if (show)
                    prompt.Say($"saved in {path}");
                Saved(verdict);
            }
        }
    }
}
