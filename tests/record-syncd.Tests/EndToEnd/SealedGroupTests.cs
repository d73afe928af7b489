using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>docs/security.md with real nodes: a group with a key, strangers beside it, replays, and new keys.</summary>
[Collection(Processes.Name)]
public sealed class SealedGroupTests : IDisposable
{
    private readonly ScratchFolder folder = new();
    private readonly GroupKeys keys;
    private readonly NodeGroup group;

    public SealedGroupTests()
    {
        keys = MakeKey("group.key");
        // the group disposes of the folder
        group = new NodeGroup(folder, keys);
    }

    public void Dispose() => group.Dispose();

    [Fact]
    public async Task Three_nodes_with_a_key_record_a_take_and_who_has_none_or_another_is_ignored_and_named()
    {
        GroupKeys other = MakeKey("other.key");
        RunningNode leader = Start("leader", "cam1"), second = Start("follower", "cam2"), third = Start("follower", "cam3");
        RunningNode stranger = group.Start("follower", "cam8", "--key-file", "other.key", "--output", "cam8.mp4");
        RunningNode plain = group.Start("follower", "cam9", "--output", "cam9.mp4");
        Assert.Contains($"sealed with {keys}", leader.WaitForLineEver(", group "), StringComparison.Ordinal);
        Assert.Contains("no key: this network is trusted", plain.WaitForLineEver(", group "), StringComparison.Ordinal);
        foreach (RunningNode node in new[] { leader, second, third })
        {
            node.WaitForLineEver("cam9 at 127.0.0.1:");
            node.WaitForLineEver($"seals with another key ({other.Ring.First.Name}) and is ignored");
        }
        plain.WaitForLineEver("seals what it says with a key, and this node has none");
        stranger.WaitForLineEver($"seals with another key ({keys.Ring.First.Name})");
        foreach (string id in new[] { "cam1", "cam2", "cam3" })
            await group.HeardReady(id);

        leader.Type("start 300");
        foreach (RunningNode node in new[] { leader, second, third })
            node.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 60);
        leader.Type("stop 300");
        string verdict = leader.WaitForLine("saved in take.json");
        foreach (RunningNode node in new[] { leader, second, third })
            node.WaitForLineEver("finished");
        Assert.NotEmpty(verdict);
        string status = Status(leader);
        Assert.Contains($"group key       {keys}", status, StringComparison.Ordinal);
        Assert.Matches("packets dropped .*[0-9]+ Unsealed, [0-9]+ UnknownKey", status);
        Assert.DoesNotContain("Forged", status, StringComparison.Ordinal);
        // a line for each stranger, not one for each packet
        Assert.Equal(1, Count(leader, "cam9 at 127.0.0.1:"));
        Assert.Equal(1, Count(plain, "seals what it says with a key"));
        foreach (RunningNode node in new[] { stranger, plain })
        {
            Assert.False(node.HasSaid("recording take"));
            LeaderAloneTests.Leave(node);
        }
        foreach (RunningNode node in new[] { third, second, leader })
            LeaderAloneTests.Leave(node);
        Assert.False(File.Exists(group["cam8.mp4"]) || File.Exists(group["cam9.mp4"]));
        Assert.Equal(3, group.VerifyGood(".").Files.Count);
    }

    [Fact]
    public async Task A_start_that_was_recorded_is_not_obeyed_by_a_restarted_node_and_a_new_one_is()
    {
        using ListeningLink spy = new(InterfaceChoice.Resolve("lo"), group.Group);
        RunningNode leader = Start("leader", "cam1");
        Endpoint leading = spy.Arrivals.WaitFor(arrival => arrival.ViaMulticast).Source;
        RunningNode follower = Start("follower", "cam2");
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");
        leader.Type("start 300");
        follower.WaitForLine("recording take");
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 30);
        leader.Type("stop 300");
        follower.WaitForLine("finished");
        leader.WaitForLine("saved in take.json");
        follower.Kill();
        byte[][] tape = [.. spy.Arrivals.All.Where(arrival => arrival.ViaMulticast).Select(arrival => arrival.Payload)];
        Assert.True(tape.Length > 10);

        // the spy passes on the challenges that come back to it, which are not for him either
        spy.Arrivals.Added += arrival => _ = arrival.ViaMulticast || spy.Link.SendTo(leading, arrival.Payload);
        RunningNode again = Start("follower", "cam2");
        again.WaitForLine("synchronised to");
        foreach (byte[] recorded in tape)
            Assert.True(spy.Link.SendToGroup(recorded));
        again.WaitForLineEver("or of before this node's start");
        await group.HeardReady("cam2");
        Assert.False(again.HasSaid("recording take"));

        leader.Type("start 300");
        again.WaitForLine("recording take");
        leader.Type("stop 600");
        again.WaitForLine("finished");
        Assert.Equal(1, Count(again, "recording take"));
        LeaderAloneTests.Leave(again);
        LeaderAloneTests.Leave(leader);
    }

    [Fact]
    public async Task Keys_are_exchanged_while_a_take_is_recorded()
    {
        File.Copy(group["group.key"], group["cam2.key"]);
        string old = File.ReadAllText(group["group.key"]);
        MakeKey("next.key");
        string next = File.ReadAllText(group["next.key"]);
        RunningNode leader = Start("leader", "cam1"), follower = Start("follower", "cam2", "cam2.key");
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");
        leader.Type("start 300");
        follower.WaitForLine("recording take");

        foreach (string content in new[] { old + next, next + old, next })
        {
            foreach ((RunningNode node, string file) in new[] { (follower, "cam2.key"), (leader, "group.key") })
            {
                File.WriteAllText(group[file], content);
                node.WaitForLine("new keys: ");
            }
        }
        RecordedTake.WaitForFrames(leader, group["cam1.mp4"], 60);
        leader.Type("stop 300");
        follower.WaitForLine("finished");
        leader.WaitForLine("saved in take.json");
        foreach (RunningNode node in new[] { leader, follower })
            Assert.DoesNotMatch("UnknownKey|Forged|Replayed|Stale|Unsealed", Status(node));
        LeaderAloneTests.Leave(follower);
        LeaderAloneTests.Leave(leader);
        Assert.Equal(2, group.VerifyGood(".").Files.Count);
    }

    [Fact]
    public void The_clock_viewer_and_the_doctor_are_heard_with_the_key_and_say_that_they_need_it_without()
    {
        RunningNode leader = Start("leader", "cam1", "group.key", "--camera", "none");
        leader.WaitForLineEver("this node leads");
        string[] here = ["--interface", "lo", "--group", group.Group.ToString()];
        using RunningNode keyed = Run(["clock", "--once", .. here, "--key-file", "group.key"]);
        Assert.Equal(0, keyed.WaitForExit());
        Assert.Contains("cam1", keyed.StandardOutput, StringComparison.Ordinal);
        using RunningNode plain = Run(["clock", "--once", .. here]);
        Assert.Equal(69, plain.WaitForExit());
        Assert.Contains("it has a key; show it with --key-file", plain.Output, StringComparison.Ordinal);

        using RunningNode doctor = Run(["doctor", "--json", "--camera", "none", "--http", "off", .. here, "--key-file", "group.key"]);
        doctor.WaitForExit();
        // one after the other: this one would be a stranger to that one
        using RunningNode without = Run(["doctor", "--json", "--camera", "none", "--http", "off", .. here]);
        Assert.Equal(2, without.WaitForExit());
        JsonElement found = Finding(doctor, "group key");
        Assert.Equal($"{keys}; nobody was heard without it", found.GetProperty("evidence").GetString());
        Assert.Contains("cam1 at", Finding(doctor, "peers").GetProperty("evidence").GetString(), StringComparison.Ordinal);
        Assert.Matches(@"^(4|5|6)\d of (4|5|6)\d answered", Finding(doctor, "way to cam1").GetProperty("evidence").GetString());
        Assert.Equal("problem", Finding(without, "group key").GetProperty("verdict").GetString());
        // for nobody the doctor is a node, or somebody with another key
        Assert.DoesNotContain("another key", leader.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_guards_the_page_too()
    {
        RunningNode node = Start("leader", "cam1", "group.key", "--camera", "none", "--http", "0.0.0.0:0");
        string line = node.WaitForLineEver("page: http://");
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(line[(line.IndexOf("page: ", StringComparison.Ordinal) + 6)..].Trim()) };
        using RunningNode token = Run(["token", "--key-file", "group.key"]);
        Assert.Equal(0, token.WaitForExit());
        Assert.Equal(HttpStatusCode.Unauthorized, await LogIn(client, AccessToken.Make()));
        Assert.True((int)await LogIn(client, token.StandardOutput.Trim()) is >= 200 and < 300);
    }

    private static async Task<HttpStatusCode> LogIn(HttpClient client, string token)
    {
        using HttpResponseMessage response = await client.PostAsync("/api/v1/session", PageInProcess.Json($$"""{"token":"{{token}}"}"""));
        return response.StatusCode;
    }

    private RunningNode Start(string role, string id, string keyFile = "group.key", params string[] more) => group.Start(role, id, ["--key-file", keyFile, "--output", $"{id}.mp4", .. more]);

    private RunningNode Run(string[] arguments) => RunningNode.StartIn(group.Folder, null, arguments);

    private GroupKeys MakeKey(string name)
    {
        using RunningNode keygen = RunningNode.StartIn(folder.Path, null, "keygen", "--out", name);
        Assert.Equal(0, keygen.WaitForExit());
        Assert.True(KeyFile.TryOpen(folder[name], out GroupKeys? made, out string? fault), fault);
        return made;
    }

    private static string Status(RunningNode node)
    {
        node.Type("status");
        string last = node.WaitForLine("packets dropped");
        string[] lines = node.Output.Split('\n');
        int end = Array.LastIndexOf(lines, last);
        return string.Join('\n', lines[Math.Max(0, end - 15)..(end + 1)]);
    }

    private static int Count(RunningNode node, string part) => node.Output.Split('\n').Count(line => line.Contains(part, StringComparison.Ordinal));

    private static JsonElement Finding(RunningNode doctor, string check) =>
        JsonDocument.Parse(doctor.StandardOutput).RootElement.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("check").GetString() == check);
}
