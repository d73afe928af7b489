using System.Runtime.Versioning;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace RecordSync.Web.Tests;

/// <summary>A browser on another machine: the node asks for its token.</summary>
[SupportedOSPlatform("linux")]
[Collection(Processes.Name)]
public sealed class SignInTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Token = "correct-horse-battery-staple-0123456789";

    [Fact]
    public async Task Another_machine_shows_nothing_before_the_token_and_everything_after_it()
    {
        using Elsewhere elsewhere = new();
        IBrowser there = await chromium.Launch(elsewhere.Chromium);
        await using (there)
        {
            await using GroupPage page = await GroupPage.Open(there, elsewhere.Page);
            ILocator field = page.Page.GetByLabel("Token");
            await Expect(field).ToBeFocusedAsync();
            await Expect(page.State).ToHaveCountAsync(0);
            await page.AssertAccessible("sign in");
            await page.Picture("sign-in");
            await field.FillAsync("wrong");
            await page.Page.Keyboard.PressAsync("Enter");
            await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the node’s token");
            await page.AssertAccessible("sign in, refused");
            await field.FillAsync(Token);
            await page.Page.Keyboard.PressAsync("Enter");
            await page.Shows("Ready");
            await page.Page.ReloadAsync();
            await page.Shows("Ready");
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
            await Expect(field).ToBeFocusedAsync();
            page.AssertQuiet("401");
        }
    }

    [Fact]
    public async Task Where_everybody_may_look_the_token_is_asked_for_when_something_is_to_be_changed()
    {
        using Elsewhere elsewhere = new("--http-public-view");
        IBrowser there = await chromium.Launch(elsewhere.Chromium);
        await using (there)
        {
            await using GroupPage page = await GroupPage.Open(there, elsewhere.Page);
            ILocator field = page.Page.GetByLabel("Token");
            await page.Shows("Ready");
            await page.Start.ClickAsync();
            await Expect(field).ToBeFocusedAsync();
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Only look" }).ClickAsync();
            await page.Shows("Ready");
            await page.Start.ClickAsync();
            await field.FillAsync(Token);
            await page.Page.Keyboard.PressAsync("Enter");
            await page.Shows("Ready");
            await page.Start.ClickAsync();
            await page.Shows("Recording");
            await page.HoldStop();
            await page.Shows("Ready");
            page.AssertQuiet("401");
        }
    }

    /// <summary>A node that asks for a token, and a browser on another machine of its network.</summary>
    private sealed class Elsewhere : IDisposable
    {
        private readonly NetworkNamespaces lab = NetworkNamespaces.Create(2);
        private readonly ScratchFolder folder = new();
        private readonly RunningNode node;

        public Elsewhere(params string[] options)
        {
            File.WriteAllText(folder["token"], Token + "\n");
            File.SetUnixFileMode(folder["token"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
            string[] serve = ["--http", "0.0.0.0:9943", "--http-token-file", folder["token"], "--min-record-time", "10s", .. options];
            node = RunningNode.StartProgram(folder.Path, null, "ip", ["netns", "exec", lab.Name(0), .. RunningNode.Command, "--role", "leader", "--node-id", "cam1", "--interface", "eth0", "--camera", "test", "--size", "320x240", .. serve]);
            node.WaitForLineEver("page: http://");
            node.WaitForLineEver("this node leads");
            Chromium = Wrapper(folder, lab.Name(1));
        }

        public string Page { get; } = $"http://{NetworkNamespaces.Address(0)}:9943/";

        public string Chromium { get; }

        public void Dispose()
        {
            node.Dispose();
            lab.Dispose();
            folder.Dispose();
        }
    }

    private static string Wrapper(ScratchFolder folder, string place)
    {
        string wrapper = folder["chromium-elsewhere"];
        File.WriteAllText(wrapper, $"#!/bin/sh\nexec ip netns exec {place} {Chromium.FindProgram()} \"$@\"\n");
        File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return wrapper;
    }
}
