namespace RecordSync.Daemon;

/// <summary>A camera whose frame length can be set while it runs, and so the phase of its exposures.</summary>
internal interface IAdjustablePhase : IDisposable
{
    FrameLengths Lengths { get; }

    /// <summary>Asks for frames of this length from now on, by the camera's own clock; called on the streaming thread for every frame whose length changes.</summary>
    /// <exception cref="IOException">The camera refuses.</exception>
    void SetFrameLength(Nanos length);
}

/// <summary>The simulated sensor (<c>test:steer</c>).</summary>
internal sealed class SimulatedPhase(SimulatedSensor sensor) : IAdjustablePhase
{
    public FrameLengths Lengths { get; } = new(SimulatedSensor.Line, sensor.ShortestFrame, sensor.LongestFrame, SimulatedSensor.Latency);

    public void SetFrameLength(Nanos length) => sensor.Steer(length);

    public void Dispose() { }
}
