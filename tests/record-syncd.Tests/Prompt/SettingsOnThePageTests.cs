using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The page tells a mistake before START, in the node's sentences: its own test reads the same file.</summary>
public sealed class SettingsOnThePageTests
{
    [Fact]
    public void What_is_asked_of_the_cameras_is_judged_as_on_the_page()
    {
        using JsonDocument vectors = JsonDocument.Parse(File.ReadAllBytes(Path.Join(Repository.Root, "web", "test", "start-settings.json")));
        Assert.NotEqual(0, vectors.RootElement.GetArrayLength());
        foreach (JsonElement vector in vectors.RootElement.EnumerateArray())
        {
            string? wrong = StartSettings.Read(Field(vector, "size"), Field(vector, "fps"), Field(vector, "bitrate"), lockExposure: false, lockWhiteBalance: false, out TakeSettings? settings);
            Assert.Equal(Field(vector, "wrong"), wrong);
            if (Field(vector, "words") is { } words)
                Assert.Equal(words, settings?.InWords);
        }
    }

    private static string? Field(JsonElement vector, string name) => vector.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
