namespace RecordSync.Tests;

/// <summary>A computer of the cluster: its oscillator, its wall clock, its camera, and the process that runs on it now. Of a process only the settings outlive it.</summary>
internal sealed class SimulatedMachine(int place, NodeSettings settings, SimulatedOscillator oscillator)
{
    public int Place { get; } = place;

    public string Name => Settings.NodeId;

    public NodeSettings Settings { get; } = settings;

    public SimulatedOscillator Oscillator { get; set; } = oscillator;

    /// <summary>Wall clock less true time, ns.</summary>
    public long WallErrorNs { get; set; }

    public string? CameraFault { get; set; }

    /// <summary>The running process, or the last one.</summary>
    public SimulatedNode? Node { get; set; }

    public SimulatedRecorder? Recorder { get; set; }

    public long StartedAt { get; set; }

    /// <summary>It is told to leave, and does not come back by itself.</summary>
    public bool Leaving { get; set; }

    public bool Runs => Node is { Gone: false };

    public bool Records => Runs && Recorder?.Active is not null;
}
