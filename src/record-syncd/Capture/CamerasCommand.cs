using System.Text.Json;
using System.Text.Json.Serialization;
using RecordSync.Gst;
using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>A camera of this machine.</summary>
/// <param name="Camera">What to write after --camera.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
internal sealed record CameraListing(string Camera, string Name, bool Usable, string? Problem);

internal sealed record CameraList(IReadOnlyList<CameraListing> Cameras, string Default);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CameraList))]
internal sealed partial class CameraListJson : JsonSerializerContext;

/// <summary>record-syncd cameras: what can be written after --camera on this machine.</summary>
internal static class CamerasCommand
{
    private const int LargestArgusSensor = 3;

    /// <returns>Exit code: always 0, since the simulated camera is always there.</returns>
    public static int Run(bool json, TextWriter output)
    {
        CameraList list = List();
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(list, CameraListJson.Default.CameraList));
            return 0;
        }
        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("Camera", "Name", "State");
        foreach (CameraListing camera in list.Cameras)
            table.AddRow(
                Markup.Escape(camera.Camera + (camera.Camera == list.Default || camera.Camera == "test" && list.Default == "test" ? " (default)" : "")),
                Markup.Escape(camera.Name),
                camera.Usable ? "[green]usable[/]" : $"[yellow]{Markup.Escape(camera.Problem ?? "not usable")}[/]"
            );
        IAnsiConsole console = People.Console(output);
        console.Write(table);
        output.WriteLine("Also: rtsp://HOST/PATH, file:CLIP, pipeline:FRAGMENT, none.");
        return 0;
    }

    public static CameraList List() => new(Find(), DefaultCamera.Find());

    private static List<CameraListing> Find()
    {
        List<CameraListing> cameras = [];
        for (int sensor = 0; sensor <= LargestArgusSensor && DefaultCamera.ArgusWorks(sensor); sensor++)
            cameras.Add(new CameraListing($"argus:{sensor}", "Jetson camera", true, null));
        bool libcamera = GstRuntime.HasElement("libcamerasrc");
        foreach (VideoDevice device in VideoDevice.List().Where(device => device.Captures || device.Problem.Length > 0))
            cameras.Add(new CameraListing($"v4l2:{device.Path}", device.Name, device.Problem.Length == 0, device.Problem.Length == 0 ? null : device.Problem));
        if (libcamera)
        {
            foreach (GstDevice device in GstDevices.List("Source/Video").Where(device => device.Factory == "libcamerasrc"))
                cameras.Add(new CameraListing($"libcamera:{device.Name}", device.Name, true, null));
        }
        cameras.Add(new CameraListing("test", "Simulated camera with a machine-readable time code", true, null));
        return cameras;
    }
}
