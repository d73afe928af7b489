using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class BrailleChartTests
{
    private static string[] Draw(int width, int height, double low, double high, params (double At, double Value)[] points) =>
        BrailleChart.Draw([.. points.Select(point => new ChartPoint(point.At, point.Value))], width, height, 0, 10, low, high, longestGap: 5);

    [Fact]
    public void A_line_goes_from_the_lower_left_to_the_upper_right() =>
        Assert.Equal(["⠀⠀⡠⠊", "⡠⠊⠀⠀"], Draw(4, 2, 0, 7, [.. Enumerable.Range(0, 8).Select(i => (i * 10 / 7.0, (double)i))]));

    [Fact]
    public void A_constant_lies_where_its_value_is()
    {
        Assert.Equal(["⠉⠉⠉"], Draw(3, 1, 0, 3, (0, 3), (4, 3), (8, 3), (10, 3)));
        Assert.Equal(["⣀⣀⣀"], Draw(3, 1, 0, 3, (0, 0), (4, 0), (8, 0), (10, 0)));
        // nothing tells how high a lone value is in a frame without a height: the middle is as good as any
        Assert.Equal(["⠤⠤⠤"], Draw(3, 1, 3, 3, (0, 3), (4, 3), (8, 3), (10, 3)));
    }

    [Fact]
    public void Nothing_joins_points_between_which_nothing_is_known() =>
        Assert.Equal(["⠉⠁⠀⠀⠉"], Draw(5, 1, 0, 1, (0, 1), (2, 1), (9, 1), (10, 1)));

    [Fact]
    public void What_lies_outside_of_the_frame_is_left_out_and_does_no_harm()
    {
        Assert.Equal(["⠀⠀⠀"], Draw(3, 1, 0, 1, (-1, 1), (11, 1), (5, double.NaN), (6, double.PositiveInfinity)));
        Assert.Equal(["⠀⠀⠀"], Draw(3, 1, 0, 1));
        // a value beyond the frame's height stays at its edge
        Assert.Equal(["⣀⠀⠀"], Draw(3, 1, 0, 1, (0, -50), (1.9, -60)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(200, 12)]
    public void It_is_as_large_as_was_asked_for(int width, int height)
    {
        string[] drawn = Draw(width, height, -1, 1, [.. Enumerable.Range(0, 500).Select(i => (i / 50.0, Math.Sin(i)))]);
        Assert.Equal(height, drawn.Length);
        Assert.All(drawn, line => Assert.Equal(width, line.Length));
        Assert.All(string.Concat(drawn), dot => Assert.InRange(dot, '\u2800', '\u28ff'));
    }
}
