using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The Jetson's launch lines on stand-in elements, each class in a process of its own.</summary>
public class JetsonTests
{
    [Theory]
    [InlineData("5")]
    [InlineData("6")]
    public void Pipelines_for_a_jetson_run_on_stand_in_elements(string jetPack)
    {
        using var plugin = new StandInPlugin();
        plugin.RunTests(typeof(OnJetsonTests), (StandInPlugin.JetPack, jetPack));
    }

    [Fact]
    public void Jetson_without_an_encoder_falls_back_to_software()
    {
        using var plugin = new StandInPlugin();
        plugin.RunTests(typeof(OnJetsonWithoutEncoderTests), ("RECORD_SYNC_STAND_IN_NVENC", "absent"));
    }
}
