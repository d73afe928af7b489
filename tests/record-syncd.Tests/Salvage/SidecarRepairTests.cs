using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class SidecarRepairTests
{
    private const string Header = SidecarWriter.Header;

    [Fact]
    public void Lines_beyond_the_video_and_half_a_line_go()
    {
        RepairedSidecar repaired = SidecarRepair.Repair($"{Header}\n0,0,1000,0,,10\n1,33,1033,0,repeated,11\n2,66,1066,0,,12\n3,100,1100,0,,1", Frames(0, 1));
        Assert.Equal($"{Header}\n0,0,1000,0,,10\n1,33,1033,0,repeated,11\n", repaired.Text);
        Assert.Equal((1, 0, 1, 0), (repaired.Repeated, repaired.Dropped, repaired.FramesLost, repaired.FramesWithoutRow));
    }

    [Fact]
    public void Frames_without_a_line_get_one_that_claims_no_capture_time()
    {
        RepairedSidecar repaired = SidecarRepair.Repair($"{Header}\n0,0,1000,0,,10\n", Frames(0, 1, 2));
        Assert.Equal($"{Header}\n0,0,1000,0,,10\n1,33,,,,101,,\n2,66,,,,102,,\n", repaired.Text);
        Assert.Equal(2, repaired.FramesWithoutRow);
        Assert.True(VerdictSidecarRow.TryParse("1,33,,,,101,,", out VerdictSidecarRow row));
        Assert.Null(row.Capture);
    }

    [Fact]
    public void Dropped_points_before_the_last_frame_stay()
    {
        RepairedSidecar repaired = SidecarRepair.Repair($"{Header}\n0,0,1000,0,,10\n1,33,1033,0,dropped,0\n2,66,1066,0,,12\n3,100,1100,0,dropped,0\n", Frames(0, 2));
        Assert.Equal($"{Header}\n0,0,1000,0,,10\n1,33,1033,0,dropped,0\n2,66,1066,0,,12\n", repaired.Text);
        Assert.Equal((0, 1, 0), (repaired.Repeated, repaired.Dropped, repaired.FramesLost));
    }

    [Fact]
    public void Columns_of_a_later_version_are_kept()
    {
        RepairedSidecar repaired = SidecarRepair.Repair($"{Header},more\n0,0,1000,0,,10,900,1001,7\n", Frames(0, 1));
        Assert.Equal($"{Header},more\n0,0,1000,0,,10,900,1001,7\n1,33,,,,101,,,\n", repaired.Text);
    }

    [Fact]
    public void Missing_sidecar_is_made_from_the_video()
    {
        Assert.Equal($"{Header}\n0,0,,,,100,,\n", SidecarRepair.Repair("", Frames(0)).Text);
    }

    private static (long, long, long)[] Frames(params long[] indices) => [.. indices.Select(index => (index, index * 100 / 3, 100 + index))];
}
