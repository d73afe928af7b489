namespace RecordSync.Daemon;

/// <summary>
/// The doctor of a running node, for its API: one examination at a time, however many ask. What costs a recording something is tried only where somebody has asked for
/// trials, while nobody records, and is broken off as soon as a take begins.
/// </summary>
/// <param name="options">With the interface and the group that the node has chosen.</param>
/// <param name="recording">What is being recorded in the group now, as a sentence without its full stop; null where nothing is.</param>
/// <param name="nodesHere">The other nodes of this machine.</param>
internal sealed class StandingDoctor(NodeOptions options, string self, Func<Task<string?>> recording, Func<RunningNodes> nodesHere)
{
    private const string NotAskedFor = "it was not asked for: the doctor of the page tries it, and record-syncd doctor in a shell";

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    /// <summary>How often it is looked whether a take has begun.</summary>
    private static readonly TimeSpan Looks = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private Task<ApiDoctor>? latest;
    private bool examining;
    private bool trials;
    private DoctorStep step;
    private long begun;
    private long ended;
    private ApiDoctor? report;
    private string? fault;
    private volatile string? disturbed;

    /// <summary>What was found within the last half minute, or is being looked for; else what is found now, without trials.</summary>
    public Task<ApiDoctor> Recent()
    {
        lock (gate)
        {
            if (latest is null || latest.IsFaulted || (!examining && Environment.TickCount64 - begun > Kept.TotalMilliseconds))
                Start(withTrials: false);
            return latest!;
        }
    }

    /// <summary>Begins an examination, or joins the one that runs.</summary>
    /// <returns>Null, or why it is refused.</returns>
    /// <exception cref="TaskCanceledException">The node has left.</exception>
    public async Task<string?> Begin(bool withTrials)
    {
        if (withTrials && await recording() is { } take)
            return $"{take}: encoder, container and disk are not tried meanwhile. Examine without the trials, or when the take has ended";
        while (true)
        {
            Task? passing;
            lock (gate)
            {
                if (!examining)
                {
                    Start(withTrials);
                    return null;
                }
                if (!withTrials || trials || step < DoctorStep.Encoder)
                {
                    trials |= withTrials;
                    return null;
                }
                passing = latest!;
            }
            // it has passed by what it was not to try, and ends in a moment
            await passing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ApiExamination Now()
    {
        lock (gate)
        {
            string state = examining ? "running" : latest is null ? "never" : "done";
            long? ageMs = latest is null || examining ? null : Environment.TickCount64 - ended;
            return new ApiExamination(self, state, trials, examining ? NameOf(step, trials) : null, (int)step, Enum.GetValues<DoctorStep>().Length, ageMs, report, fault);
        }
    }

    private static string NameOf(DoctorStep step, bool trials) =>
        step switch
        {
            DoctorStep.Listen => "listening to the group",
            DoctorStep.Measure => "measuring the ways to the other nodes",
            DoctorStep.Camera => "looking at the camera",
            DoctorStep.Encoder => trials ? "trying the encoder" : "looking for the encoder",
            _ => trials ? "trying the disk" : "looking at disk and machine",
        };

    /// <summary>Under the gate.</summary>
    private void Start(bool withTrials)
    {
        (examining, trials, step, begun, disturbed) = (true, withTrials, DoctorStep.Listen, Environment.TickCount64, null);
        latest = Task.Run(Look);
    }

    private async Task<ApiDoctor> Look()
    {
        ApiDoctor? found = null;
        string? broken = null;
        try
        {
            using CancellationTokenSource over = new();
            Task watching = Watch(over.Token);
            try
            {
                found = (await DoctorCommand.Examine(options, new DoctorVisit(self, nodesHere, Obstacle, Reached))).ToContract();
            }
            finally
            {
                await over.CancelAsync();
                await watching;
            }
            return found;
        }
        catch (Exception fault)
        {
            broken = $"the examination broke off: {fault.Message}";
            throw;
        }
        finally
        {
            lock (gate)
                (examining, ended, report, fault) = (false, Environment.TickCount64, found ?? report, broken);
        }
    }

    private string? Obstacle()
    {
        if (disturbed is { } take)
            return $"{take}, and is not disturbed";
        lock (gate)
            return trials ? null : NotAskedFor;
    }

    private void Reached(DoctorStep begins)
    {
        lock (gate)
            step = begins;
    }

    private async Task Watch(CancellationToken over)
    {
        try
        {
            using PeriodicTimer timer = new(Looks);
            do
                disturbed = await recording();
            while (await timer.WaitForNextTickAsync(over));
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested) { }
        catch (OperationCanceledException)
        {
            disturbed = "this node is leaving";
        }
    }
}

/// <param name="Node">The node that is examined.</param>
/// <param name="State">never, running or done; never is since the node was started.</param>
/// <param name="Trials">Encoder and disk are tried too, or were.</param>
/// <param name="Step">What is being done, in words; null while nothing is.</param>
/// <param name="AgeMs">Since it ended.</param>
/// <param name="Report">What was found last, also while it is looked for again.</param>
/// <param name="Fault">Why it came to no end.</param>
internal sealed record ApiExamination(string Node, string State, bool Trials, string? Step, int StepsDone, int Steps, long? AgeMs, ApiDoctor? Report, string? Fault);

/// <param name="Trials">Encoder and disk are tried too, for some seconds; refused while something is recorded.</param>
[System.Text.Json.Serialization.JsonUnmappedMemberHandling(System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow)]
internal sealed record ApiExamine(bool Trials = true);
