namespace RecordSync.Daemon;

/// <summary>The doctor of a running node, for its API: the harmless part, once in half a minute at the most, however many ask.</summary>
/// <param name="options">With the interface and the group that the node has chosen.</param>
internal sealed class StandingDoctor(NodeOptions options, string self)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private Task<ApiDoctor>? latest;
    private long begun;

    /// <summary>What was found last, or is being looked for.</summary>
    public Task<ApiDoctor> Recent()
    {
        lock (gate)
        {
            if (latest is null || latest.IsFaulted || Environment.TickCount64 - begun > Kept.TotalMilliseconds)
                (latest, begun) = (Task.Run(Look), Environment.TickCount64);
            return latest;
        }
    }

    private async Task<ApiDoctor> Look() => (await DoctorCommand.Examine(options, self)).ToContract();
}
