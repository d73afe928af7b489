using Xunit;

namespace RecordSync.Tests;

/// <summary>What is read from a manifest or a take.json is believed only where it can be reckoned with.</summary>
public sealed class TakeSenseTests
{
    private static readonly NodeVerdict Part = new() { Take = "t", Node = "cam1", Fps = "30", Recorded = 5, ClockState = "leader" };

    private static readonly TakeManifest Sound = new()
    {
        Take = "t",
        Node = "cam1",
        Role = "leader",
        Video = "cam1.mp4",
        Sidecar = "cam1.frames.csv",
        Fps = "30",
        Camera = "test",
        Encoder = "x265enc",
        Container = "mp4",
        Version = "2.0.0",
        Host = "host",
        StartNs = 1_795_395_177_000_000_000,
        Frames = 5,
        Verdict = Part,
    };

    public static TheoryData<string, string> Nonsense =>
        new()
        {
            { "../cam1.mp4", "its \"video\" is no name of a file beside it: '../cam1.mp4'" },
            { "/etc/passwd", "its \"video\" is no name of a file beside it: '/etc/passwd'" },
            { "..", "its \"video\" is no name of a file beside it: '..'" },
            { "", "its \"video\" is no name of a file beside it: ''" },
        };

    [Fact]
    public void A_manifest_as_a_node_writes_it_is_believed() => Assert.Null(TakeSense.Complaint(Sound));

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void A_file_that_it_names_lies_beside_it(string video, string complaint) => Assert.Equal(complaint, TakeSense.Complaint(Sound with { Video = video }));

    [Fact]
    public void A_name_with_dots_in_it_is_one() => Assert.Null(TakeSense.Complaint(Sound with { Video = "a..b.mp4" }));

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void A_count_can_be(long frames) => Assert.Equal($"its \"frames\" cannot be {frames}", TakeSense.Complaint(Sound with { Frames = frames }));

    [Fact]
    public void Lists_are_there_and_whole()
    {
        Assert.Equal("its \"notes\" is missing", TakeSense.Complaint(Sound with { Notes = null! }));
        Assert.Equal("its \"notes\" has a gap", TakeSense.Complaint(Sound with { Notes = [null!] }));
        Assert.Equal("its \"segments\" has a gap", TakeSense.Complaint(Sound with { Segments = [null!] }));
        Assert.Equal("its \"segments.first_index\" cannot be -3", TakeSense.Complaint(Sound with { Segments = [new ManifestSegment("a.mp4", -3, 1, 1)] }));
    }

    [Fact]
    public void Residuals_are_a_series_that_can_be_walked()
    {
        Assert.Equal("its \"residuals\" are no series of this kind", TakeSense.Complaint(Part with { Residuals = new ResidualSeries(0, [1], 1, [], []) }));
        Assert.Equal("its \"residuals\" are no series of this kind", TakeSense.Complaint(Part with { Residuals = new ResidualSeries(1, [1], 1, [1], []) }));
        Assert.Null(TakeSense.Complaint(Part with { Residuals = new ResidualSeries(2, [1, null], 4, [1], [2]) }));
    }

    [Fact]
    public void A_verdict_that_holds_a_part_that_cannot_be_is_none()
    {
        GroupVerdict verdict = GroupVerdict.Of("t", [Part], [], []);
        Assert.Null(TakeSense.Complaint(verdict));
        Assert.Equal("its \"clock_error_ns\" cannot be 9223372036854775807", TakeSense.Complaint(verdict with { Nodes = [Part with { ClockErrorNs = long.MaxValue }] }));
        Assert.Equal("its \"nodes\" is missing", TakeSense.Complaint(verdict with { Nodes = null! }));
    }
}
