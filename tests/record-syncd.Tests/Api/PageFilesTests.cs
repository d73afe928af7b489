using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The page out of an executable: this one's, which carries a small one.</summary>
public sealed class PageFilesTests
{
    private readonly PageFiles files = new(typeof(PageFilesTests).Assembly);

    private async Task<(DefaultHttpContext Http, byte[] Body)?> Ask(string path, string accept = "", string? known = null, string method = "GET")
    {
        DefaultHttpContext http = new();
        (http.Request.Method, http.Request.Path) = (method, path);
        http.Request.Headers.AcceptEncoding = accept;
        if (known is not null)
            http.Request.Headers.IfNoneMatch = known;
        using MemoryStream body = new();
        http.Response.Body = body;
        return await files.TryServe(http) ? (http, body.ToArray()) : null;
    }

    [Fact]
    public async Task The_front_is_asked_for_each_time_and_what_has_its_content_in_its_name_never_again()
    {
        (DefaultHttpContext front, byte[] html) = (await Ask("/"))!.Value;
        Assert.Equal("<!doctype html><title>page</title>\n", Encoding.UTF8.GetString(html));
        Assert.Equal(("text/html; charset=utf-8", "no-cache"), (front.Response.ContentType, front.Response.Headers.CacheControl.ToString()));
        (DefaultHttpContext script, byte[] text) = (await Ask("/assets/page-1a2b3c.js"))!.Value;
        Assert.Equal("console.log(\"page\");\n", Encoding.UTF8.GetString(text));
        Assert.Equal("public, max-age=31536000, immutable", script.Response.Headers.CacheControl.ToString());
        (DefaultHttpContext head, byte[] nothing) = (await Ask("/index.html", method: "HEAD"))!.Value;
        Assert.Equal((html.Length, 0), ((int)head.Response.ContentLength!, nothing.Length));
    }

    [Theory]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("br;q=0, gzip;q=0.5", "gzip")]
    [InlineData("identity", "")]
    public async Task A_browser_gets_what_was_compressed_beforehand_if_it_can_read_it(string accept, string encoding)
    {
        (DefaultHttpContext http, byte[] body) = (await Ask("/assets/page-1a2b3c.js", accept))!.Value;
        Assert.Equal(encoding, http.Response.Headers.ContentEncoding.ToString());
        Assert.Equal("Accept-Encoding", http.Response.Headers.Vary.ToString());
        Stream raw = new MemoryStream(body);
        using StreamReader text = new(encoding switch { "br" => new BrotliStream(raw, CompressionMode.Decompress), "gzip" => new GZipStream(raw, CompressionMode.Decompress), _ => raw });
        Assert.Equal("console.log(\"page\");\n", await text.ReadToEndAsync());
    }

    [Fact]
    public async Task What_the_browser_has_already_is_not_sent_again()
    {
        string tag = (await Ask("/", "br"))!.Value.Http.Response.Headers.ETag.ToString();
        (DefaultHttpContext http, byte[] body) = (await Ask("/", known: $"\"other\", {tag}"))!.Value;
        Assert.Equal((304, 0), (http.Response.StatusCode, body.Length));
        Assert.Equal(200, (await Ask("/", known: "\"other\""))!.Value.Http.Response.StatusCode);
    }

    [Theory]
    [InlineData("/assets/page-1a2b3c.js.br")]
    [InlineData("/assets/none.js")]
    [InlineData("/assets/")]
    [InlineData("/../openapi.json")]
    public async Task Nothing_else_is_there(string path) => Assert.Null(await Ask(path));

    [Fact]
    public async Task A_page_is_only_read() => Assert.Null(await Ask("/", method: "POST"));
}
