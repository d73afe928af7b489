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
        using NetworkNamespaces lab = NetworkNamespaces.Create(2);
        using ScratchFolder folder = new();
        await File.WriteAllTextAsync(folder["token"], Token + "\n");
        File.SetUnixFileMode(folder["token"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string address = $"http://{NetworkNamespaces.Address(0)}:9943/";
        using RunningNode node = RunningNode.StartProgram(
            folder.Path,
            null,
            "ip",
            ["netns", "exec", lab.Name(0), .. RunningNode.Command, "--role", "leader", "--node-id", "cam1", "--interface", "eth0", "--camera", "test", "--size", "320x240", "--http", "0.0.0.0:9943", "--http-token-file", folder["token"]]
        );
        node.WaitForLineEver("page: http://");
        node.WaitForLineEver("this node leads");
        IBrowser there = await chromium.Launch(Wrapper(folder, lab.Name(1)));
        await using (there)
        {
            await using GroupPage page = await GroupPage.Open(there, address);
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

    private static string Wrapper(ScratchFolder folder, string place)
    {
        string wrapper = folder["chromium-elsewhere"];
        File.WriteAllText(wrapper, $"#!/bin/sh\nexec ip netns exec {place} {Chromium.FindProgram()} \"$@\"\n");
        File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return wrapper;
    }
}
