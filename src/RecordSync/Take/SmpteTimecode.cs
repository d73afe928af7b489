using System.Globalization;

namespace RecordSync;

/// <summary>
/// An SMPTE ST 12-1 time code label. At 29.97 and 59.94 it is a drop-frame label: the first 2 (4) numbers of every minute are left out, but not
/// those of every tenth minute, so that the label keeps up with the clock to 86 ms a day. No frame is dropped by that, only numbers.
/// </summary>
internal readonly record struct SmpteTimecode(int Hours, int Minutes, int Seconds, int Frames, FrameRate Rate)
{
    private const long NanosPerSecond = 1_000_000_000;
    private const long SecondsPerDay = 86_400;

    /// <summary>How many numbers a second has: 30 at 29.97.</summary>
    public int Base => BaseOf(Rate);

    public bool DropFrame => DroppedPerMinute(Rate) > 0;

    /// <summary>Frames since 00:00:00:00: what a tmcd sample holds.</summary>
    public long FrameNumber
    {
        get
        {
            long minutes = Hours * 60L + Minutes;
            return (minutes * 60 + Seconds) * Base + Frames - DroppedPerMinute(Rate) * (minutes - minutes / 10);
        }
    }

    /// <summary>The label of the frame nearest to this time of day, UTC: all nodes agree on it, whatever time zone each is set to.</summary>
    public static SmpteTimecode At(NetworkTime time, FrameRate rate)
    {
        long ofDay = time.Nanoseconds % (SecondsPerDay * NanosPerSecond);
        if (ofDay < 0)
            ofDay += SecondsPerDay * NanosPerSecond;
        if (DroppedPerMinute(rate) > 0)
            return FromFrameNumber((long)(((Int128)ofDay * rate.Numerator * 2 + (Int128)NanosPerSecond * rate.Denominator) / ((Int128)2 * NanosPerSecond * rate.Denominator)), rate);
        // without dropped numbers a label at a /1.001 rate falls behind the clock as it counts; at the take's first frame it is right
        long seconds = ofDay / NanosPerSecond;
        long frames = (ofDay % NanosPerSecond * BaseOf(rate) * 2 + NanosPerSecond) / (2 * NanosPerSecond);
        return FromFrameNumber(seconds * BaseOf(rate) + frames, rate);
    }

    /// <summary>Counts round at midnight.</summary>
    public static SmpteTimecode FromFrameNumber(long number, FrameRate rate)
    {
        int frames = BaseOf(rate), dropped = DroppedPerMinute(rate);
        long perMinute = frames * 60L - dropped, perTenMinutes = frames * 600L - 9 * dropped, perDay = perTenMinutes * 144;
        number = (number % perDay + perDay) % perDay;
        long tens = number / perTenMinutes, rest = number % perTenMinutes;
        // the first minute of ten has all its numbers
        long minutes = rest < frames * 60L ? 0 : 1 + (rest - frames * 60L) / perMinute;
        long label = number + dropped * (tens * 9 + minutes);
        long seconds = label / frames;
        return new SmpteTimecode((int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60), (int)(label % frames), rate);
    }

    public SmpteTimecode Plus(long frames) => FromFrameNumber(FrameNumber + frames, Rate);

    /// <summary>"10:20:30:15", with ';' before the frames of a drop-frame label.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Hours:00}:{Minutes:00}:{Seconds:00}{(DropFrame ? ';' : ':')}{Frames:00}");

    private static int BaseOf(FrameRate rate) => (int)((rate.Numerator + (long)rate.Denominator - 1) / rate.Denominator);

    private static int DroppedPerMinute(FrameRate rate) =>
        rate.Reduced() switch
        {
            { Numerator: 30_000, Denominator: 1_001 } => 2,
            { Numerator: 60_000, Denominator: 1_001 } => 4,
            _ => 0,
        };
}
