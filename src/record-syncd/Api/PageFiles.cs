using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace RecordSync.Daemon;

/// <summary>The page, out of the executable: what ./dev build has put there, and nothing else.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "page/";

    private const string Missing = """
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>record-syncd</title>
        <h1>record-syncd</h1>
        <p>This executable was built without its page. <code>./dev build</code> makes both; here are the <a href="/api/v1/group">group</a>, the <a href="/api/v1/takes">takes</a>,
        the <a href="/metrics">metrics</a> and the <a href="/openapi/v1.json">description of the API</a>.</p></html>

        """;

    /// <param name="ETag">Made when it is first asked for: a node whose page nobody opens need not have its files in memory.</param>
    /// <param name="Kept">Its name changes with its content: a browser need never ask again.</param>
    private sealed record Asset(string Path, string MediaType, Lazy<string> ETag, bool Kept, bool Brotli, bool Gzip);

    private readonly Assembly assembly;
    private readonly FrozenDictionary<string, Asset> assets;

    /// <param name="assembly">The one that carries the files.</param>
    public PageFiles(Assembly assembly)
    {
        this.assembly = assembly;
        HashSet<string> names = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..])];
        assets = names
            .Where(name => !(name.EndsWith(".br", StringComparison.Ordinal) || name.EndsWith(".gz", StringComparison.Ordinal)))
            .ToFrozenDictionary(name => "/" + name, name => new Asset(name, MediaTypeOf(name), new Lazy<string>(() => ETagOf(name)), name.StartsWith("assets/", StringComparison.Ordinal), names.Contains(name + ".br"), names.Contains(name + ".gz")));
    }

    public bool IsThere => assets.ContainsKey("/index.html");

    /// <returns>False when there is no such file.</returns>
    public async Task<bool> TryServe(HttpContext http)
    {
        string path = http.Request.Path == "/" ? "/index.html" : http.Request.Path.Value ?? "";
        if (!(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)))
            return false;
        if (path == "/index.html" && !IsThere)
        {
            http.Response.ContentType = "text/html; charset=utf-8";
            http.Response.Headers.CacheControl = "no-cache";
            if (HttpMethods.IsGet(http.Request.Method))
                await http.Response.WriteAsync(Missing);
            return true;
        }
        if (!assets.TryGetValue(path, out Asset? asset))
            return false;
        await Serve(http, asset);
        return true;
    }

    private async Task Serve(HttpContext http, Asset asset)
    {
        string encoding = asset.Brotli && Accepts(http.Request, "br") ? "br" : asset.Gzip && Accepts(http.Request, "gzip") ? "gzip" : "";
        string tag = $"\"{asset.ETag.Value}{(encoding.Length > 0 ? $"-{encoding}" : "")}\"";
        HttpResponse response = http.Response;
        response.Headers.ETag = tag;
        response.Headers.CacheControl = asset.Kept ? "public, max-age=31536000, immutable" : "no-cache";
        if (asset.Brotli || asset.Gzip)
            response.Headers.Vary = "Accept-Encoding";
        if (http.Request.Headers.IfNoneMatch.Any(asked => asked is not null && (asked == "*" || asked.Split(',', StringSplitOptions.TrimEntries).Contains(tag))))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = asset.MediaType;
        if (encoding.Length > 0)
            response.Headers.ContentEncoding = encoding;
        await using Stream content = Open(asset.Path + encoding switch { "br" => ".br", "gzip" => ".gz", _ => "" });
        response.ContentLength = content.Length;
        if (HttpMethods.IsGet(http.Request.Method))
            await content.CopyToAsync(response.Body, http.RequestAborted);
    }

    private Stream Open(string name) => assembly.GetManifestResourceStream(Prefix + name)!;

    /// <summary>Tells one build's file from another's (FNV-1a): nobody can choose what is in it, and a cryptographic hash costs a library of 3 MB.</summary>
    private string ETagOf(string name)
    {
        using Stream content = Open(name);
        ulong hash = 0xcbf29ce484222325;
        byte[] buffer = new byte[4_096];
        for (int got; (got = content.Read(buffer)) > 0;)
        {
            foreach (byte read in buffer.AsSpan(0, got))
                hash = (hash ^ read) * 0x100000001b3;
        }
        return $"{content.Length:x}-{hash:x16}";
    }

    /// <summary>"br;q=0" says no.</summary>
    private static bool Accepts(HttpRequest request, string encoding) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out IList<StringWithQualityHeaderValue>? list) && list.Any(item => item.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && item.Quality is not 0);

    private static string MediaTypeOf(string name) =>
        Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" or ".mjs" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".png" => "image/png",
            ".ico" => "image/x-icon",
            ".woff2" => "font/woff2",
            ".json" => "application/json",
            ".webmanifest" => "application/manifest+json",
            ".txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        };
}
