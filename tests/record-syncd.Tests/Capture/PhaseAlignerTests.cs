using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class PhaseAlignerTests
{
    private static readonly LocalClock Clock = new();
    private readonly SharedClock network = new() { Mapping = new ClockMapping(new LocalTime(0), new NetworkTime(1_795_395_175_000_000_000), 0, 0, 0) };
    private readonly List<PhaseReport> reports = [];

    /// <summary>A camera that takes so many commands and then fails.</summary>
    private sealed class Refusing(int obeys) : IAdjustablePhase
    {
        public int Commands { get; private set; }

        public FrameLengths Lengths { get; } = new(new Nanos(15_000), new Nanos(32_000_000), new Nanos(100_000_000), 2);

        public void SetFrameLength(Nanos length)
        {
            if (++Commands > obeys)
                throw new IOException("no such control");
        }

        public void Dispose() { }
    }

    [Fact]
    public void A_simulated_camera_is_aligned_and_its_way_there_is_told()
    {
        PhaseAligner aligner = Aligner();
        SimulatedSensor sensor = Sensor();
        aligner.Attach(new SimulatedPhase(sensor));
        Feed(aligner, sensor, 120);

        Assert.Equal(["aligning", "aligned"], reports.Select(report => report.Word));
        Assert.Contains("µs off", aligner.Report.Sentence);
        FrameGrid grid = FrameGrid.Common(FrameRate.Default);
        NetworkTime next = network.Mapping!.At(new LocalTime(sensor.Next().CaptureNs));
        Assert.InRange(grid.Residual(next, grid.Nearest(next)).Value, -100_000, 100_000);
    }

    [Fact]
    public void A_camera_that_refuses_runs_free_and_nothing_is_thrown_at_the_recorder()
    {
        PhaseAligner aligner = Aligner();
        Refusing camera = new(obeys: 3);
        aligner.Attach(camera);
        Feed(aligner, Sensor(), 200);

        Assert.Equal(PhaseAligner.FreeRunning, aligner.Report.Word);
        Assert.Contains("steering it failed: no such control", aligner.Report.Sentence);
        Assert.Equal(4, camera.Commands);
    }

    [Fact]
    public void Only_a_take_that_was_aligned_all_the_time_is_called_so()
    {
        PhaseAligner aligner = Aligner();
        SimulatedSensor sensor = Sensor();
        aligner.Attach(new SimulatedPhase(sensor));
        Feed(aligner, sensor, 120);
        aligner.BeginTake();
        Feed(aligner, sensor, 60);
        Assert.Equal(PhaseAligner.Aligned, aligner.EndTake());

        aligner.BeginTake();
        // the network's time moves by 5 ms in mid-take, and the camera follows it
        network.Mapping = network.Mapping! with { Network = network.Mapping.Network + Nanos.FromMilliseconds(5) };
        Feed(aligner, sensor, 400);
        Assert.Equal(PhaseAligner.Aligned, aligner.Report.Word);
        Assert.Equal(PhaseAligner.Aligning, aligner.EndTake());
    }

    [Fact]
    public void Without_network_time_nothing_is_steered()
    {
        PhaseAligner aligner = Aligner();
        network.Mapping = null;
        Refusing camera = new(obeys: 0);
        aligner.Attach(camera);
        Feed(aligner, Sensor(), 60);
        Assert.Equal(0, camera.Commands);
        Assert.Contains("waits for the clock", aligner.Report.Sentence);
    }

    [Fact]
    public void A_camera_that_cannot_be_steered_says_so()
    {
        PhaseAligner aligner = Aligner();
        aligner.Attach(null, "an rtsp camera cannot be steered");
        Assert.Equal("free-running: an rtsp camera cannot be steered", aligner.Report.Sentence);
        Assert.Null(SensorBlanking.Open("/dev/video0", FrameRate.Default, out string? whyNot));
        Assert.Contains("vertical blanking", whyNot);
    }

    private PhaseAligner Aligner() => new(FrameRate.Default, Clock, network, reports.Add);

    private static SimulatedSensor Sensor()
    {
        Assert.True(SensorTiming.TryParse("phase=12,ppm=30,jitter=10,seed=2,steer", FrameRate.Default, new Random(1), out SensorTiming timing, out string error), error);
        return new SimulatedSensor(timing, FrameRate.Default, 1_000_000_000);
    }

    private static void Feed(PhaseAligner aligner, SimulatedSensor sensor, int frames)
    {
        for (int i = 0; i < frames; i++)
        {
            SensorFrame frame = sensor.Next();
            aligner.OnFrame(new CapturedFrame(frame.CaptureNs, frame.CaptureNs, frame.Number));
        }
    }
}
