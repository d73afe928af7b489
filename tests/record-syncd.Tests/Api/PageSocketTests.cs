using System.Net;
using Xunit;

namespace RecordSync.Daemon.Tests;

public sealed class PageSocketTests
{
    private static NodeOptions Options(PageOptions page) => new() { Role = RoleChoice.Leader, Page = page };

    [Theory]
    [InlineData("127.0.0.1:9943", "127.0.0.1:9943")]
    [InlineData("0.0.0.0:80", "0.0.0.0:80")]
    [InlineData("*:80", "0.0.0.0:80")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("[::1]:9943", "[::1]:9943")]
    [InlineData("127.0.0.1", null)]
    [InlineData("9943", null)]
    [InlineData(":9943", null)]
    [InlineData("127.1:9943", null)]
    [InlineData("127.0.0.1:99430", null)]
    [InlineData("::1:9943", null)]
    [InlineData("http://127.0.0.1:9943", null)]
    [InlineData("", null)]
    public void An_address_is_read_whole_or_not_at_all(string text, string? read)
    {
        Assert.Equal(read is not null, PageOptions.TryParse(text, out IPEndPoint? address));
        Assert.Equal(read, address?.ToString());
    }

    [Fact]
    public void A_written_port_that_is_taken_is_an_error_that_names_the_program_and_an_unwritten_one_makes_room()
    {
        using PageSocket first = PageSocket.TryClaim(new PageOptions { Address = new IPEndPoint(IPAddress.Loopback, 0), Written = true }, out _)!;

        Assert.False(NodePage.TryPrepare(Options(new PageOptions { Address = first.Address, Written = true }), null, out _, out string? fault, out bool inUse));
        Assert.True(inUse);
        Assert.Contains($"(process {Environment.ProcessId})", fault);
        Assert.Contains("--http off", fault);

        using PageSocket? second = PageSocket.TryClaim(new PageOptions(), out string? taken);
        using PageSocket? third = PageSocket.TryClaim(new PageOptions(), out taken);
        Assert.True(second is not null && third is not null, taken);
        Assert.InRange(third.Address.Port, second.Address.Port + 1, PageOptions.LastPort);
    }

    [Fact]
    public async Task A_page_for_other_machines_needs_a_token_or_the_word_that_everybody_may_look()
    {
        PageOptions open = new() { Address = new IPEndPoint(IPAddress.Any, 0), Written = true };
        Assert.False(NodePage.TryPrepare(Options(open), null, out _, out string? fault, out bool inUse));
        Assert.False(inUse);
        Assert.Contains("--http-token-file", fault);
        Assert.False(NodePage.TryPrepare(Options(open with { TokenFile = "/nowhere/token" }), null, out _, out fault, out _));
        Assert.Contains("record-syncd token", fault);
        Assert.True(NodePage.TryPrepare(Options(open with { PublicView = true }), null, out NodePage? page, out fault, out _), fault);
        Assert.StartsWith("http://127.0.0.1:", page!.Url);
        Assert.StartsWith("192.168.1.5:", page.AnnouncedFrom(Endpoint.Parse("192.168.1.5:9999")));
        await page.DisposeAsync();
        Assert.False(NodePage.TryPrepare(Options(open with { Address = new IPEndPoint(IPAddress.Parse("203.0.113.9"), 0), PublicView = true }), null, out _, out fault, out _));
        Assert.Contains("no interface of this machine", fault);
        Assert.True(NodePage.TryPrepare(Options(open with { Address = null }), null, out page, out _, out _));
        Assert.Null(page);
    }
}
