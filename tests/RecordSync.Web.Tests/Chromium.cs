using Microsoft.Playwright;
using Xunit;

namespace RecordSync.Web.Tests;

/// <summary>Debian's Chromium without a window, with a profile of its own that goes with it, and told to speak to nobody of its own accord.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];

    private IPlaywright? playwright;
    private IBrowser? browser;

    public IBrowser Browser => browser!;

    public async ValueTask InitializeAsync()
    {
        playwright = await Playwright.CreateAsync();
        browser = await Launch(FindProgram());
    }

    /// <summary>Another one, on another machine of the laboratory: a program that runs Chromium there.</summary>
    public Task<IBrowser> Launch(string program) => playwright!.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = Arguments });

    public static string FindProgram()
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Join(folder, "chromium")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, "there is no chromium here (Debian package chromium)");
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.CloseAsync();
        playwright?.Dispose();
    }
}
