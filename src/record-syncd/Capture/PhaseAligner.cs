namespace RecordSync.Daemon;

/// <summary>How the camera's exposures stand to the group's grid, in one word for the wire and the manifest and in a sentence for people.</summary>
internal sealed record PhaseReport(string Word, string Sentence);

/// <summary>
/// Steers the camera onto the grid by <see cref="PhaseLoop"/>, on the camera's streaming thread, after the recorder has had the frame. Nothing that goes wrong here
/// reaches the recorder: a camera that refuses runs free from then on.
/// </summary>
/// <param name="changed">Called on the streaming thread when the state has changed; must not block.</param>
internal sealed class PhaseAligner(FrameRate rate, LocalClock clock, SharedClock network, Action<PhaseReport> changed)
{
    public const string Aligned = "aligned";
    public const string Aligning = "aligning";
    public const string NoHeadroom = "no-headroom";
    public const string FreeRunning = "free-running";

    private readonly Lock gate = new();
    private IAdjustablePhase? camera;
    private PhaseLoop? loop;
    private Nanos asked;
    private string? why = "this camera cannot be steered";
    private PhaseReport? reported;
    private bool recording;
    private bool leftTheGrid;

    public PhaseReport Report
    {
        get
        {
            lock (gate)
                return Describe();
        }
    }

    /// <summary>The camera has been opened; null for one that cannot be steered.</summary>
    /// <param name="at">Of the camera now; null: as this node was started.</param>
    public void Attach(IAdjustablePhase? steered, string? whyNot = null, FrameRate? at = null)
    {
        lock (gate)
        {
            camera = steered;
            loop = steered is null ? null : new PhaseLoop(at ?? rate, steered.Lengths) { Gentle = recording };
            why = steered is null ? whyNot ?? "this camera cannot be steered" : null;
            asked = default;
            Tell();
        }
    }

    /// <summary>The camera has gone.</summary>
    public void Detach()
    {
        lock (gate)
        {
            camera?.Dispose();
            (camera, loop, why) = (null, null, "there is no camera");
            // that the camera has gone is told by others; when it is back, how it stands is news again
            leftTheGrid |= recording;
            reported = null;
        }
    }

    /// <summary>The first grid point has been recorded: from here on no long frames.</summary>
    public void BeginTake()
    {
        lock (gate)
        {
            recording = true;
            leftTheGrid = false;
            if (loop is not null)
                loop.Gentle = true;
        }
    }

    /// <returns>How the camera stood during the take: aligned only if it was so all the time.</returns>
    public string EndTake()
    {
        lock (gate)
        {
            recording = false;
            if (loop is not null)
                loop.Gentle = false;
            string word = Describe().Word;
            return word == Aligned && leftTheGrid ? Aligning : word;
        }
    }

    public void OnFrame(in CapturedFrame frame)
    {
        lock (gate)
        {
            if (loop is null || camera is null || network.Mapping is not { } mapping)
                return;
            try
            {
                Nanos length = loop.Next(mapping.At(clock.FromMonotonic(frame.MonotonicNs)));
                if (length != asked)
                    camera.SetFrameLength(length);
                asked = length;
            }
            catch (Exception fault)
            {
                // whatever it is: the recording goes on with a camera that runs free
                (loop, why) = (null, $"steering it failed: {fault.Message}");
            }
            Tell();
        }
    }

    private void Tell()
    {
        PhaseReport now = Describe();
        leftTheGrid |= recording && now.Word != Aligned;
        if (now.Word == reported?.Word)
            return;
        reported = now;
        changed(now);
    }

    private PhaseReport Describe() =>
        loop?.State switch
        {
            PhaseState.Aligned => new(Aligned, $"aligned to the group's grid, {Math.Abs(loop.Error?.Microseconds ?? 0):0} µs off"),
            PhaseState.Aligning when network.Mapping is null => new(Aligning, "waits for the clock to be synchronised before it is aligned"),
            PhaseState.Aligning => new(Aligning, "on its way to the group's grid"),
            PhaseState.NoHeadroom => new(NoHeadroom, "cannot be made as fast as the grid: choose a lower --fps than the sensor's highest"),
            _ => new(FreeRunning, why is null ? "free-running" : $"free-running: {why}"),
        };
}
