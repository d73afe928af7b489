namespace RecordSync;

internal enum TakePhase
{
    None,

    /// <summary>The encoder is being armed; the first grid point is still to come.</summary>
    Armed,
    Recording,

    /// <summary>A STOP is known; the last frames are on their way into the file.</summary>
    Stopping,

    /// <summary>On a leader whose own recording has failed or that has no camera: the others still record, and can be stopped from here.</summary>
    Leading,
}

/// <summary>The take that this node is in, and the commands that it has seen (docs/protocol.md §5).</summary>
internal sealed class TakeControl
{
    /// <summary>So many command ids are remembered: a datagram that arrives fifty times is executed once.</summary>
    private const int Remembered = 256;

    private readonly Queue<string> order = new();
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    public TakePhase Phase { get; private set; }

    public TakePlan? Plan { get; private set; }

    public string? File { get; private set; }

    public TakeCounts Counts { get; private set; }

    /// <summary>Why nothing is being recorded just now although the take goes on: the camera is away. Null as a rule.</summary>
    public string? Interruption { get; private set; }

    /// <summary>Where the take ends; meaningful while <see cref="TakePhase.Stopping"/>.</summary>
    public NetworkTime StopTarget { get; private set; }

    /// <summary>The time scale that the take was started in; a STOP in another one cannot name an instant of this take.</summary>
    public string? Timescale { get; private set; }

    /// <summary>The id by which a command is recognised: its own, or for version 1, which has none, what it asks for.</summary>
    public static string IdOf(RecordingCommand command) => command.Id ?? $"v1-{WireNames.Of(command.Command)}-{command.TargetMicros}";

    public bool Knows(string id) => seen.Contains(id);

    /// <returns>False when this command was seen before.</returns>
    public bool Remember(string id)
    {
        if (!seen.Add(id))
            return false;
        order.Enqueue(id);
        if (order.Count > Remembered)
            seen.Remove(order.Dequeue());
        return true;
    }

    public void Arm(TakePlan plan, string? timescale) => (Phase, Plan, File, Counts, Timescale, Interruption) = (TakePhase.Armed, plan, null, default, timescale, null);

    public void LeadOnly() => (Phase, Interruption) = (TakePhase.Leading, null);

    public void Stopping(NetworkTime at) => (Phase, StopTarget) = (TakePhase.Stopping, at);

    public void OnRecording(string file)
    {
        File = file;
        if (Phase == TakePhase.Armed)
            Phase = TakePhase.Recording;
    }

    public void OnInterrupted(string reason) => Interruption = reason;

    /// <summary>The camera is back, and another part of the recording has begun.</summary>
    public void OnResumed(string file) => (File, Interruption) = (file, null);

    public void OnProgress(TakeCounts counts) => Counts = counts;

    public void End() => (Phase, Plan, Interruption) = (TakePhase.None, null, null);
}
