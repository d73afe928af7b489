using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>By what the capture times of a camera's frames are known.</summary>
/// <param name="Word">Stays the same as long as nothing has changed.</param>
/// <param name="Sentence">For people: what they are, and what is assumed.</param>
/// <param name="IsDoubtful">They are off by an amount that nobody knows.</param>
internal sealed record CaptureTimes(string Word, string Sentence, bool IsDoubtful = false)
{
    private const string OffByTheDelay = "later than the exposure by what the camera takes to code and to send, which nobody measures";

    private static readonly CaptureTimes Simulated = new("simulated", "those of the simulated sensor");
    private static readonly CaptureTimes StartOfFrame = new("start-of-frame", "the start of the frame, by the sensor's driver");
    private static readonly CaptureTimes Driver = new("driver", "the driver's time stamps, or those of arrival where it gives none");
    private static readonly CaptureTimes Pipeline = new("pipeline", "those that the pipeline gives its buffers");
    private static readonly CaptureTimes Unwatched = new("arrival", $"those of arrival, {OffByTheDelay}: this GStreamer does not pass on the camera's own times (1.22 does)", IsDoubtful: true);
    private static readonly CaptureTimes Silent = new("silent", $"those of arrival, {OffByTheDelay}: the camera sends no times of its own (RTCP sender reports)", IsDoubtful: true);
    private static readonly CaptureTimes Settling = new("settling", "not known yet");

    public static CaptureTimes Of(CameraKind kind, SenderClock? sender, bool passesReports) =>
        kind.Stamp switch
        {
            CaptureStamp.StartOfFrame => StartOfFrame,
            CaptureStamp.SenderReport when sender is not null => OfSender(sender, passesReports),
            _ when kind.Maker != PictureMaker.Element => Simulated,
            _ => kind.Word == "pipeline" ? Pipeline : Driver,
        };

    private static CaptureTimes OfSender(SenderClock sender, bool passesReports) =>
        sender.Times switch
        {
            SenderTimes.Unknown => Settling,
            SenderTimes.Camera => new("camera-clock", $"the camera's own (RTCP sender reports), its clock taken to be right by this machine's wall clock; its pictures arrive {InMs(sender.LastDelay)} later"),
            _ when !passesReports => Unwatched,
            _ when !sender.HasClock => Silent,
            _ => new(
                "foreign-clock",
                $"those of arrival, {OffByTheDelay}: by its own clock the camera's pictures would have been {(sender.LastDelay < 0 ? $"captured {InMs(-sender.LastDelay)} after they came" : $"on their way for {InMs(sender.LastDelay)}")}, "
                    + "so its clock is not this machine's wall clock; let NTP set both from one server",
                IsDoubtful: true
            ),
        };

    private static string InMs(long ns) => ns >= 10_000_000_000 ? string.Create(CultureInfo.InvariantCulture, $"{ns / 1e9:0.0} s") : string.Create(CultureInfo.InvariantCulture, $"{ns / 1e6:0} ms");
}
