using System.Diagnostics;

namespace RecordSync.Daemon;

/// <summary>The operator's side of a running node: what it tells, and what is typed. On a terminal with line editing, on a pipe with plain lines.</summary>
internal sealed class Prompt : IDisposable
{
    private readonly LineEditor editor = new("record-syncd> ", PromptCommand.Words, new PromptHistory(LineEditor.Interactive ? PromptHistory.StandardFile() : null));

    public void Dispose() => editor.Dispose();

    public void Say(string text) => editor.WriteAbove(text);

    public void Tell(NoticeLevel level, string text) =>
        Say(
            level switch
            {
                NoticeLevel.Error => $"error: {text}",
                NoticeLevel.Warning => $"warning: {text}",
                _ => text,
            }
        );

    /// <summary>Reads commands on a thread of its own until the input ends. A node without an input (a service's /dev/null) has no prompt, and stays.</summary>
    /// <param name="ended">What is done instead of leaving when the input ends; it may take its time.</param>
    public void Start(NodeLoop loop, NodeView view, Action? ended = null)
    {
        if (!LineEditor.Interactive && !StandardInput.IsPipeOrFile())
            return;
        new Thread(() => Read(loop, view, ended)) { Name = "prompt", IsBackground = true }.Start();
    }

    private void Read(NodeLoop loop, NodeView view, Action? ended)
    {
        while (editor.ReadLine() is { } line)
        {
            if (Obey(PromptCommand.Parse(line), loop, view))
                return;
        }
        if (ended is not null)
            ended();
        else
            loop.Post(new NodeInput.LeaveRequested("end of input"));
    }

    private bool Obey(PromptCommand command, NodeLoop loop, NodeView view)
    {
        switch (command)
        {
            case PromptCommand.Start start:
                loop.Post(new NodeInput.OperatorStart(start.DelayMs, start.Force, start.Label) { Settings = start.Settings });
                break;
            case PromptCommand.Stop stop:
                loop.Post(new NodeInput.OperatorStop(stop.DelayMs));
                break;
            case PromptCommand.Peers:
                Say(view.Peers());
                break;
            case PromptCommand.Status:
                Say(view.Status());
                break;
            case PromptCommand.Verdict verdict:
                loop.Post(new NodeInput.OperatorVerdict(verdict.Take));
                break;
            case PromptCommand.Forget forget:
                loop.Post(new NodeInput.OperatorForget(forget.Node));
                break;
            case PromptCommand.Help:
                Say(PromptCommand.HelpText);
                break;
            case PromptCommand.Bad bad:
                Say(bad.Sentence);
                break;
            case PromptCommand.Quit:
                loop.Post(new NodeInput.LeaveRequested("quit"));
                return true;
            case PromptCommand.Empty:
                break;
            default:
                throw new UnreachableException($"no case for {command.GetType().Name}");
        }
        return false;
    }
}
