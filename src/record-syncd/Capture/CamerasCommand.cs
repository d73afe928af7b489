using System.Text.Json;
using System.Text.Json.Serialization;
using RecordSync.Gst;
using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>A camera of this machine.</summary>
/// <param name="Camera">What to write after --camera.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
/// <param name="Modes">What it offers, as its driver tells; null: it does not tell, or any size and rate will do.</param>
internal sealed record CameraListing(string Camera, string Name, bool Usable, string? Problem, IReadOnlyList<CameraMode>? Modes = null);

internal sealed record CameraList(IReadOnlyList<CameraListing> Cameras, string Default);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CameraList))]
internal sealed partial class CameraListJson : JsonSerializerContext;

/// <summary>record-syncd cameras: what can be written after --camera on this machine.</summary>
internal static class CamerasCommand
{
    private const int LargestArgusSensor = 3;
    private const int MostShown = 4;

    /// <returns>Exit code: always 0, since the simulated camera is always there.</returns>
    public static int Run(bool json, TextWriter output) => Show(List(), json, output);

    internal static int Show(CameraList list, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(list, CameraListJson.Default.CameraList));
            return 0;
        }
        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("Camera", "Name", "State", "Offers");
        foreach (CameraListing camera in list.Cameras)
            table.AddRow(
                Markup.Escape(camera.Camera + (camera.Camera == list.Default || camera.Camera == "test" && list.Default == "test" ? " (default)" : "")),
                Markup.Escape(camera.Name),
                camera.Usable ? "[green]usable[/]" : $"[yellow]{Markup.Escape(camera.Problem ?? "not usable")}[/]",
                Markup.Escape(InFewWords(camera.Modes))
            );
        IAnsiConsole console = People.Console(output);
        console.Write(table);
        output.WriteLine("Also: rtsp://HOST/PATH, file:CLIP, pipeline:FRAGMENT, none.");
        if (list.Cameras.Any(camera => camera.Modes?.Count > MostShown))
            output.WriteLine("All modes: record-syncd cameras --json");
        return 0;
    }

    /// <summary>The largest pictures first, which is what people look for.</summary>
    private static string InFewWords(IReadOnlyList<CameraMode>? modes) =>
        modes is null ? "any --size and --fps" : string.Join('\n', modes.OrderByDescending(mode => (long)mode.Width * mode.Height).Take(MostShown).Select(mode => mode.ToString())) + (modes.Count > MostShown ? $"\n… {modes.Count - MostShown} more" : "");

    public static CameraList List() => new(Find(), DefaultCamera.Find());

    private static List<CameraListing> Find()
    {
        List<CameraListing> cameras = [];
        for (int sensor = 0; sensor <= LargestArgusSensor && DefaultCamera.ArgusWorks(sensor); sensor++)
            cameras.Add(new CameraListing($"argus:{sensor}", "Jetson camera", true, null));
        cameras.AddRange(Of(VideoDevice.List(), GstDevices.List("Source/Video")));
        cameras.Add(new CameraListing("test", "Simulated camera with a machine-readable time code", true, null));
        return cameras;
    }

    /// <param name="known">The same devices as GStreamer sees them, which tells what they offer; and the cameras of libcamera, which are no single device.</param>
    internal static IEnumerable<CameraListing> Of(IReadOnlyList<VideoDevice> devices, IReadOnlyList<GstDevice> known)
    {
        foreach (VideoDevice device in devices.Where(device => device.Captures || device.Problem.Length > 0))
        {
            IReadOnlyList<CameraMode> modes = CameraMode.Read(known.FirstOrDefault(other => other.Path == device.Path && other.Factory == "v4l2src")?.Caps ?? "");
            yield return new CameraListing($"v4l2:{device.Path}", device.Name, device.Problem.Length == 0, device.Problem.Length == 0 ? null : device.Problem, modes);
        }
        foreach (GstDevice device in known.Where(device => device.Factory == "libcamerasrc"))
            yield return new CameraListing($"libcamera:{device.Name}", device.Name, true, null, CameraMode.Read(device.Caps));
    }
}
