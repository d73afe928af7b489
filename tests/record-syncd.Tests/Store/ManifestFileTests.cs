using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class ManifestFileTests : IDisposable
{
    private static readonly TakeManifest Example = new()
    {
        Take = "2026-11-23T10-00-00",
        Node = "cam2",
        Role = "follower",
        Leader = "cam1",
        Video = "camera2.mp4",
        Sidecar = "camera2.frames.csv",
        State = ManifestState.Finished,
        Fps = "30000/1001",
        Width = 640,
        Height = 480,
        Camera = "test",
        Encoder = "x265enc",
        Container = "mp4",
        BitrateKbps = 2000,
        StartNs = 1_795_395_177_255_632_001,
        StopNs = 1_795_395_182_255_632_001,
        Frames = 150,
        Repeated = 1,
        Dropped = 2,
        Duplicates = 3,
        LateNs = 0,
        Clock = new ManifestClock(2_500_000_123, -40_000, 12_000, "kernel", "cam1"),
        Timing = new ManifestTiming("repeat", 1, "aligned", 19.871, 0.013, 4_200),
        SimulatedClock = "offset=2.5,ppm=40",
        Version = "2.0.0",
        Host = "jetson",
        Notes = ["Größe < 1 & \"so\" + weiter"],
    };

    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read_again()
    {
        Assert.Null(ManifestFile.Write(folder["x.json"], Example));

        TakeManifest? read = ManifestFile.Read(folder["x.json"], out string? fault);
        Assert.Null(fault);
        Assert.Equal(Example.Notes, read!.Notes);
        Assert.Equal(Example with { Notes = read.Notes }, read);
        Assert.Equal(["x.json"], folder.Files());
    }

    [Fact]
    public void Its_names_are_those_of_the_documentation()
    {
        Assert.Null(ManifestFile.Write(folder["x.json"], Example));

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder["x.json"]));
        Assert.Equal(
            "take node role leader video sidecar state fps width height camera capture_times encoder container bitrate_kbps asked container_note segments joined_index joined_seconds gaps timecode start_ns stop_ns frames repeated dropped "
                + "duplicates late_ns clock timing simulated_clock simulated_camera version host disk audio salvage notes error verdict",
            string.Join(' ', json.RootElement.EnumerateObject().Select(property => property.Name))
        );
        Assert.Equal(
            "offset_ns rate_ppb error_ns stamp_source leader",
            string.Join(' ', json.RootElement.GetProperty("clock").EnumerateObject().Select(property => property.Name))
        );
        Assert.Equal(
            "on_drop late phase sensor_ppm sensor_ppm_error largest_correction_ns",
            string.Join(' ', json.RootElement.GetProperty("timing").EnumerateObject().Select(property => property.Name))
        );
        Assert.Equal("finished", json.RootElement.GetProperty("state").GetString());
        Assert.Equal(1_795_395_177_255_632_001, json.RootElement.GetProperty("start_ns").GetInt64());
    }

    [Fact]
    public void It_is_meant_for_people_too()
    {
        Assert.Null(ManifestFile.Write(folder["x.json"], Example));

        string text = File.ReadAllText(folder["x.json"]);
        Assert.Contains("\n  \"take\": \"2026-11-23T10-00-00\",\n", text);
        Assert.Contains("Größe < 1 & \\\"so\\\" + weiter", text);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_writing_replaces_the_first()
    {
        Assert.Null(ManifestFile.Write(folder["x.json"], Example with { State = ManifestState.Recording, StopNs = null, Clock = null }));
        TakeManifest? running = ManifestFile.Read(folder["x.json"], out _);
        Assert.Null(ManifestFile.Write(folder["x.json"], Example with { State = ManifestState.Failed, Error = "The disk is full." }));
        TakeManifest? failed = ManifestFile.Read(folder["x.json"], out _);

        Assert.Equal((ManifestState.Recording, null, null), (running!.State, running.StopNs, running.Clock));
        Assert.Equal((ManifestState.Failed, "The disk is full."), (failed!.State, failed.Error));
    }

    [Fact]
    public void A_reader_never_sees_half_a_manifest()
    {
        Assert.Null(ManifestFile.Write(folder["x.json"], Example));
        using var done = new CancellationTokenSource();
        var writer = new Thread(() =>
        {
            for (int i = 0; i < 200; i++)
                ManifestFile.Write(folder["x.json"], Example with { Frames = i });
            done.Cancel();
        });
        writer.Start();

        var faults = new List<string>();
        while (!done.IsCancellationRequested)
        {
            if (ManifestFile.Read(folder["x.json"], out string? fault) is null)
                faults.Add(fault!);
        }
        writer.Join();
        Assert.Empty(faults);
    }

    [Fact]
    public void A_full_disk_keeps_the_manifest_of_before()
    {
        using ScratchFolder disk = ScratchFolder.SmallDisk("size=64k");
        Assert.Null(ManifestFile.Write(disk["x.json"], Example));
        using (FileStream filler = File.Create(disk["filler"]))
            Assert.ThrowsAny<IOException>(() => filler.Write(new byte[128 << 10]));

        string? fault = ManifestFile.Write(disk["x.json"], Example with { Frames = 9 });

        Assert.Contains("is full", fault);
        Assert.Equal(150, ManifestFile.Read(disk["x.json"], out _)!.Frames);
        Assert.Equal(["filler", "x.json"], disk.Files());
    }

    [Theory]
    [InlineData("", "is not a take's manifest")]
    [InlineData("null", "is not a take's manifest")]
    [InlineData("{}", "is not a take's manifest")]
    [InlineData("{\"take\":", "is not a take's manifest")]
    [InlineData(null, "cannot be read")]
    public void What_is_no_manifest_is_told(string? content, string expected)
    {
        if (content is not null)
            File.WriteAllText(folder["x.json"], content);

        Assert.Null(ManifestFile.Read(folder["x.json"], out string? fault));
        Assert.Contains(expected, fault);
    }
}
