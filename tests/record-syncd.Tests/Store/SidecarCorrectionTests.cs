using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class SidecarCorrectionTests : IDisposable
{
    private const long Epoch = 1_795_395_177_000_000_000;
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Both_times_are_kept_and_what_moved_far_is_flagged()
    {
        string path = folder["x.frames.csv"];
        using (SidecarWriter writer = new(path))
        {
            writer.Append(new SidecarRow(0, 0, Epoch + 1_000, 5, SidecarFlags.None, 10, 1_000));
            writer.Append(new SidecarRow(1, 33_333_333, Epoch + 33_333_333, 5, SidecarFlags.Repeated, 10, 33_333_333));
            writer.Append(new SidecarRow(2, 66_666_666, null, 0, SidecarFlags.Missing | SidecarFlags.Dropped, 0));
            writer.Append(new SidecarRow(3, 100_000_000, Epoch + 100_000_000, 5, SidecarFlags.None, 10, 100_000_000));
        }
        // it turns out that the clock was 250 µs off at the end
        TakeClock settled = new(null!, [new(new LocalTime(0), Epoch), new(new LocalTime(100_000_000), Epoch + 250_000)], [0, 0]);
        SidecarCorrected? found = SidecarCorrection.Apply(path, settled, FrameRate.Default, out string? fault);

        Assert.Null(fault);
        Assert.Equal((250_000, null), (found!.LargestNs, found.Rate));
        Assert.Equal(
            """
            index,pts_ns,capture_ns,residual_ns,flags,bytes,local_ns,corrected_ns
            0,0,1795395177000001000,5,,10,1000,1795395177000001002
            1,33333333,1795395177033333333,5,repeated,10,33333333,1795395177033416666
            2,66666666,,,missing|dropped,0,,
            3,100000000,1795395177100000000,5,corrected,10,100000000,1795395177100250000

            """,
            File.ReadAllText(path)
        );
        Assert.Equal(["x.frames.csv"], folder.Files());
    }

    [Fact]
    public void The_cameras_rate_comes_from_its_own_frames()
    {
        string path = folder["x.frames.csv"];
        using (SidecarWriter writer = new(path))
        {
            for (int i = 0; i < 600; i++)
            {
                long at = (long)(i * 1e9 / 30 * 1.00005);
                // what was repeated has the time of the frame before, and says nothing
                writer.Append(new SidecarRow(i, 0, Epoch + at, 0, i % 7 == 3 ? SidecarFlags.Repeated : SidecarFlags.None, 1, i % 7 == 3 ? at - 33_333_333 : at));
            }
        }
        TakeClock leader = new ClockHistory(new ClockMapping(new LocalTime(0), new NetworkTime(Epoch), 0, 0, 0)).Settle();
        Assert.InRange(SidecarCorrection.Apply(path, leader, FrameRate.Default, out _)!.Rate!.Value.Ppm, 49.9, 50.1);
    }

    [Fact]
    public void A_sidecar_that_cannot_be_written_anew_stays_as_it_was()
    {
        TakeClock leader = new ClockHistory(new ClockMapping(new LocalTime(0), new NetworkTime(Epoch), 0, 0, 0)).Settle();
        Assert.Null(SidecarCorrection.Apply(folder["none.frames.csv"], leader, FrameRate.Default, out string? fault));
        Assert.Contains("could not be corrected", fault);
        Assert.Empty(folder.Files());
    }
}
