using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class EndpointTests
{
    [Fact]
    public void An_endpoint_is_read_and_written()
    {
        Endpoint endpoint = Endpoint.Parse("239.255.42.99:9942");

        Assert.Equal(new Endpoint(0xEFFF2A63, 9942), endpoint);
        Assert.Equal("239.255.42.99:9942", endpoint.ToString());
        Assert.True(endpoint.IsMulticast);
        Assert.False(Endpoint.Parse("192.168.1.1:9942").IsMulticast);
    }

    [Theory]
    [InlineData("")]
    [InlineData("239.255.42.99")]
    [InlineData("239.255.42.99:")]
    [InlineData("239.255.42.99:0")]
    [InlineData("239.255.42.99:65536")]
    [InlineData("239.255.42:9942")]
    [InlineData("239.255.42.256:9942")]
    [InlineData("239.255.42.99.1:9942")]
    [InlineData("::1:9942")]
    [InlineData("localhost:9942")]
    public void Anything_else_is_refused(string text)
    {
        Assert.False(Endpoint.TryParse(text, out _));
        Assert.Contains("Write it like 239.255.42.99:9942", Assert.Throws<FormatException>(() => Endpoint.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_must_be_multicast()
    {
        Assert.Equal(LinkSettings.DefaultGroup, LinkSettings.ParseGroup("239.255.42.99:9942"));
        Assert.Contains("no multicast group", Assert.Throws<NetworkException>(() => LinkSettings.ParseGroup("10.0.0.1:9942")).Message, StringComparison.Ordinal);
    }
}
