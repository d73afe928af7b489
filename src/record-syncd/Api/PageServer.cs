using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RecordSync.Daemon;

/// <summary>
/// The HTTP server of a node: Kestrel with what this needs and no more. Everything is bounded, and nothing here can hold up a recording: the node's thread is asked
/// ten times a second at the most (<see cref="NodeSnapshots"/>), and takes are read by whoever asks for them.
/// </summary>
internal sealed class PageServer : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(500);

    private readonly WebApplication app;

    private PageServer(WebApplication app) => this.app = app;

    /// <summary>For builds that describe the API without running it.</summary>
    public static void Configure(IServiceCollection services)
    {
        services.AddRoutingCore();
        services.Configure<JsonOptions>(json =>
        {
            ApiJson.Configured(json.SerializerOptions).TypeInfoResolverChain.Insert(0, ApiJson.Wire);
        });
    }

    public static async Task<PageServer> Start(PageSocket socket, ApiEndpoints endpoints, Access access, Action<NoticeLevel, string> tell)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "record-syncd", EnvironmentName = "Production" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, socket));
        builder.Services.Configure<SocketTransportOptions>(transport =>
        {
            transport.CreateBoundListenSocket = _ => socket.Socket;
            transport.Backlog = 64;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Farewell);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        Configure(builder.Services);
        WebApplication app = builder.Build();
        PageFiles files = new(typeof(PageServer).Assembly);
        app.Use((http, next) => Guard(http, next, access, tell));
        app.Use(async (http, next) =>
        {
            if (!await files.TryServe(http))
                await next(http);
        });
        endpoints.Map(app);
        endpoints.Stopping = app.Lifetime.ApplicationStopping;
        await app.StartAsync();
        return new PageServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static void Limit(KestrelServerOptions kestrel, PageSocket socket)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 16 * 1024;
        kestrel.Limits.MaxConcurrentConnections = ConnectionLimit.Most;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestLineSize = 4 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(240, EventHub.Patience);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
        ConnectionLimit connections = new();
        kestrel.Listen(
            socket.Address,
            listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(connections.Admit);
            }
        );
    }

    /// <summary>First of all: the headers that every answer has, who may ask, and a sentence where there would be none.</summary>
    private static async Task Guard(HttpContext http, RequestDelegate next, Access access, Action<NoticeLevel, string> tell)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (access.Refuse(http) is { } refusal)
        {
            await Problems.Write(http, refusal);
            return;
        }
        if (http.Request.Path.StartsWithSegments("/api"))
            headers.CacheControl = "no-store";
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            await Problems.Write(http, Problems.Of(StatusCodes.Status503ServiceUnavailable, "this node is leaving"));
            return;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            http.Response.StatusCode = bad.StatusCode;
        }
        catch (Exception fault) when (!http.Response.HasStarted && fault is not ConnectionAbortedException)
        {
            tell(NoticeLevel.Error, $"page: a fault in the program at {http.Request.Path}, please report it: {fault.Message}");
            await Problems.Write(http, Problems.Of(StatusCodes.Status500InternalServerError, "a fault in the program, please report it; its node has told it too"));
            return;
        }
        if (http.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null })
            await Problems.Write(http, Problems.Of(http.Response.StatusCode, Problems.SentenceFor(http)));
    }

    /// <summary>Signals and the end are the node's affair.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
