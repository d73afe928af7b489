namespace RecordSync;

/// <summary>The camera settings that a START brings with it (docs/protocol.md §5.10): had before anybody agrees to it, and given back after its take.</summary>
internal sealed partial class Node
{
    /// <param name="AskedBy">Who waits to hear of it; null: this node itself, which leads.</param>
    private sealed record CameraConfiguration(RecordingCommand Command, Endpoint? AskedBy)
    {
        /// <summary>The camera is so, and gives frames.</summary>
        public bool IsHad { get; init; }

        /// <summary>Why it never will be.</summary>
        public string? Refusal { get; init; }
    }

    /// <summary>What the camera is, or is being, set to for a take; null: as the node was started.</summary>
    private CameraConfiguration? configuration;

    /// <summary>The camera is on its way back; null: it is not.</summary>
    private string? restoring;

    private long restored;

    /// <summary>What cameras are being set to, for a START that has not been given; null: nothing.</summary>
    public TakeSettings? BeingSet => take.Phase == TakePhase.None ? (proposal?.Command ?? configuration?.Command)?.Settings : null;

    /// <summary>Whatever a START asks of the camera, whether it asks for anything: a take that asks for nothing gets the camera as the node was started.</summary>
    private void ConfigureFor(RecordingCommand command, Endpoint source, LocalTime now, List<NodeAction> actions)
    {
        // what is refused for other reasons does not touch the camera
        if (!settings.HasCamera || take.Phase != TakePhase.None || configuration?.Command.Id == command.Id || RefusalBeforeCamera(command, now) is not null)
            return;
        if (command.Settings is null)
            LeaveConfiguration(actions);
        else
            BeginToConfigure(command, source, actions);
    }

    private void BeginToConfigure(RecordingCommand command, Endpoint? askedBy, List<NodeAction> actions)
    {
        (configuration, restoring) = (new CameraConfiguration(command, askedBy), null);
        Info(actions, $"take {command.Take} asks for {command.Settings!.InWords}");
        actions.Add(new NodeAction.Configure(TakeControl.IdOf(command), command.Settings));
    }

    /// <summary>Null: the camera is as this START wants it.</summary>
    private string? NotConfiguredFor(RecordingCommand command) =>
        command.Settings is not { } asked ? Restoring
        : configuration is not { } own || own.Command.Id != command.Id ? $"the camera was never asked for {asked.InWords}"
        : own.Refusal is { } refusal ? refusal
        : own.IsHad ? null
        : $"the camera is still being set to {asked.InWords}; give it a longer delay";

    /// <summary>A camera that cannot be as this START asks will not be so later.</summary>
    private bool RefusesForGood(string? startId) => startId is not null && configuration is { Refusal: not null } own && own.Command.Id == startId;

    private string? Restoring => restoring is null ? null : "the camera goes back to the settings that this node was started with";

    private void OnConfigured(string id, string? refusal, LocalTime now, List<NodeAction> actions)
    {
        if (id == restoring)
        {
            restoring = null;
            return;
        }
        if (configuration is not { IsHad: false, Refusal: null } wanted || TakeControl.IdOf(wanted.Command) != id)
            return;
        configuration = wanted with { IsHad = refusal is null, Refusal = refusal };
        if (refusal is not null)
            Warn(actions, $"take {wanted.Command.Take} asks for {wanted.Command.Settings!.InWords}: {refusal}");
        if (wanted.AskedBy is { } asker)
            // it asks again by itself; but its START does not wait
            OnPrepare(wanted.Command, asker, now, actions);
        else if (proposal is { AwaitsOwnCamera: true } open && TakeControl.IdOf(open.Command) == id)
        {
            if (refusal is not null)
                WithdrawProposal($"{settings.NodeId}: {refusal}", [new NodeOutcome(settings.NodeId, NodeAnswer.Refused, refusal)], now, actions);
            else
            {
                open.AwaitsOwnCamera = false;
                if (open.IsAgreed)
                    StartAsProposed(now, actions);
            }
        }
    }

    private void LeaveConfiguration(List<NodeAction> actions)
    {
        if (configuration is null)
            return;
        configuration = null;
        restoring = $"own-{++restored}";
        actions.Add(new NodeAction.Configure(restoring, null));
    }

    /// <summary>Neither the START nor its withdrawal has come.</summary>
    private void LeaveConfigurationThatIsStale(LocalTime now, List<NodeAction> actions)
    {
        if (configuration is { } stale && take.Phase == TakePhase.None && proposal is null && NetworkNow(now) > stale.Command.Target + NodeSettings.LatestStart)
            LeaveConfiguration(actions);
    }
}
