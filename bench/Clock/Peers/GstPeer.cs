using System.Globalization;

namespace RecordSync.Bench;

/// <summary>GstNetTimeProvider and GstNetClientClock by Peers/gstclock.c, all at its default.</summary>
internal sealed class GstPeer : Peer
{
    private const string Port = "8554";

    private readonly ClockBed bed;
    private readonly LabProcess follower;

    public GstPeer(ClockBed bed)
        : base("GstNetClientClock")
    {
        this.bed = bed;
        Own(new LabProcess(bed.Space(ClockBed.Leader), bed.GstClock, ["provide", Port], bed.Oscillator));
        follower = Own(new LabProcess(bed.Space(ClockBed.Follower), bed.GstClock, ["follow", ClockBed.LeaderAddress, Port]));
    }

    public override List<ClockError> Errors()
    {
        List<ClockError> errors = [];
        foreach ((_, string text) in follower.Lines)
        {
            string[] words = text.Split(' ');
            if (words.Length != 3 || !long.TryParse(words[0], CultureInfo.InvariantCulture, out long before))
                continue;
            long after = long.Parse(words[1], CultureInfo.InvariantCulture);
            long middle = before + (after - before) / 2;
            errors.Add(new ClockError(middle, long.Parse(words[2], CultureInfo.InvariantCulture) - (middle + bed.Oscillator.AheadNs(middle))));
        }
        return errors;
    }
}
