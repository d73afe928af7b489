using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>Beside START: what is asked of all cameras.</summary>
internal sealed class AskedOfCameras(ILocator hero)
{
    public ILocator All => hero.Locator(".asked");

    public ILocator Summary => hero.Locator("summary");

    /// <summary>What the next START asks, in words; not there where it asks nothing.</summary>
    public ILocator Next => All.Locator(".next");

    public ILocator Clear => hero.GetByRole(AriaRole.Button, new() { Name = "Clear what the next START asks" });

    public ILocator Field(string label) => All.GetByLabel(label);

    /// <param name="field">size, fps or bitrate.</param>
    public ILocator Fault(string field) => All.Locator($"#fault-{field}");

    public async Task Open()
    {
        await Expect(Field("Picture size")).ToBeHiddenAsync();
        await Summary.ClickAsync();
        await Expect(Field("Picture size")).ToBeVisibleAsync();
    }

    public async Task Close()
    {
        await Summary.ClickAsync();
        await Expect(Field("Picture size")).ToBeHiddenAsync();
    }
}
