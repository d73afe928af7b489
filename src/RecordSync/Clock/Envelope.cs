namespace RecordSync;

/// <summary>
/// The floor under one direction's delays, for an oscillator whose rate may change by <c>wander</c> per ns: a sample of age a is lifted by
/// ½·wander·a², which is how far the clocks can have bent apart since. Seen from any later instant the lift differs only by a line, so the
/// floor is one lower convex hull under another slope:
///
///     min over samples of  y − s·(x − now) + ½·wander·(now − x)²
///   = min over the hull of (y + ½·wander·x²) − (s + wander·now)·x     + s·now + ½·wander·now²
///
/// Points are added in the order of x, in amortised constant time, and any slope is answered in logarithmic time.
/// </summary>
internal sealed class Envelope(int capacity)
{
    private readonly double[] hullX = new double[capacity];
    private readonly double[] hullY = new double[capacity];
    private int count;

    /// <summary>By how much the rate can change, per ns.</summary>
    public double Wander { get; set; }

    public void Clear() => count = 0;

    /// <param name="x">ns; not before the point added last.</param>
    /// <param name="y">The delay plus or minus the offset, ns.</param>
    public void Add(double x, double y)
    {
        double lifted = y + Wander / 2 * x * x;
        if (count > 0 && hullX[count - 1] >= x)
        {
            // of two points at one x the lower one counts
            if (hullY[count - 1] <= lifted)
                return;
            count--;
        }
        while (count >= 2 && IsAbove(count - 1, x, lifted))
            count--;
        (hullX[count], hullY[count]) = (x, lifted);
        count++;
    }

    /// <summary>How high the floor is at <paramref name="now"/> if y rises with this slope, and the x of the point that it rests on.</summary>
    public double Floor(double slope, double now, out double restsOn)
    {
        double turned = slope + Wander * now;
        int low = 0, high = count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            // on a convex hull the steps rise: the minimum is where they pass the slope
            if (hullY[middle + 1] - hullY[middle] < turned * (hullX[middle + 1] - hullX[middle]))
                low = middle + 1;
            else
                high = middle;
        }
        restsOn = hullX[low];
        return hullY[low] - turned * restsOn + now * (slope + Wander / 2 * now);
    }

    /// <summary>Whether hull point <paramref name="i"/> lies on or above the line from its predecessor to the new point.</summary>
    private bool IsAbove(int i, double x, double y) =>
        (hullY[i] - hullY[i - 1]) * (x - hullX[i - 1]) >= (y - hullY[i - 1]) * (hullX[i] - hullX[i - 1]);
}
