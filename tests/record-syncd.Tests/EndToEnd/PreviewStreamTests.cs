using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>The live picture over HTTP, from real nodes: to whoever watches, through another node, and to one that never reads.</summary>
[Collection(Processes.Name)]
public sealed class PreviewStreamTests : IDisposable
{
    private readonly NodeGroup group = new();
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = RunningNode.Patience };

    public void Dispose()
    {
        client.Dispose();
        group.Dispose();
    }

    private RunningNode Start(string role, string id, params string[] options) => group.Start(role, id, ["--http", "127.0.0.1:0", "--output", $"{id}.mp4", "--size", "960x540", .. options]);

    private static Uri PageOf(RunningNode node)
    {
        string line = node.WaitForLineEver("page: http://");
        return new Uri(line[(line.IndexOf("page: ", StringComparison.Ordinal) + 6)..].Trim());
    }

    private static Uri PictureOf(Uri page, string id) => new(page, $"/api/v1/nodes/{id}/preview.mjpeg");

    /// <summary>The next whole part of the answer.</summary>
    private static async Task<byte[]> Next(Stream stream)
    {
        int length = 0;
        while (true)
        {
            StringBuilder line = new();
            byte[] one = new byte[1];
            while (await stream.ReadAsync(one) == 1 && one[0] != '\n')
                line.Append((char)one[0]);
            string text = line.ToString().TrimEnd('\r');
            if (text.StartsWith("Content-Length: ", StringComparison.Ordinal))
                length = int.Parse(text[16..], CultureInfo.InvariantCulture);
            else if (text.Length == 0 && length > 0)
                break;
        }
        byte[] picture = new byte[length];
        await stream.ReadExactlyAsync(picture);
        return picture;
    }

    [Fact]
    public async Task A_cameras_picture_is_seen_live_at_its_own_node_and_through_another()
    {
        RunningNode leader = Start("leader", "cam1"), follower = Start("follower", "cam2");
        await group.HeardReady("cam1");
        await group.HeardReady("cam2");
        Uri atLeader = PageOf(leader);
        PageOf(follower);
        leader.WaitForLineEver("cam2 has joined");
        foreach (string id in new[] { "cam1", "cam2" })
        {
            using HttpResponseMessage answer = await client.GetAsync(PictureOf(atLeader, id), HttpCompletionOption.ResponseHeadersRead);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{id}: {answer.StatusCode} {(answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync())}");
            Assert.Equal("multipart/x-mixed-replace", answer.Content.Headers.ContentType?.MediaType);
            await using Stream pictures = await answer.Content.ReadAsStreamAsync();
            byte[] first = await Next(pictures), second = await Next(pictures);
            Assert.Equal((640, 360), PreviewTests.SizeOf(first));
            // it moves: the time code in it is another
            Assert.NotEqual(first, second);
        }
        using HttpResponseMessage nobody = await client.GetAsync(PictureOf(atLeader, "cam9"));
        Assert.Equal("no node cam9 is known here; /api/v1/nodes lists them", await PageInProcess.SentenceOf(nobody));
    }

    [Fact]
    public async Task One_that_watches_and_never_reads_costs_the_recording_nothing_and_keeps_nobody_else_from_watching()
    {
        RunningNode leader = Start("leader", "cam1", "--fps", "30");
        await group.HeardReady("cam1");
        Uri page = PageOf(leader);
        using TcpClient stalled = new();
        stalled.ReceiveBufferSize = 4_096;
        await stalled.ConnectAsync(page.Host, page.Port);
        await stalled.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/v1/nodes/cam1/preview.mjpeg HTTP/1.1\r\nHost: {page.Authority}\r\n\r\n"));
        using HttpResponseMessage answer = await client.GetAsync(PictureOf(page, "cam1"), HttpCompletionOption.ResponseHeadersRead);
        await using Stream pictures = await answer.Content.ReadAsStreamAsync();
        await Next(pictures);
        leader.Type("start 500");
        leader.WaitForLine("recording take");
        // as many pictures as fill the socket of the one that does not read many times over
        for (int i = 0; i < 30; i++)
            await Next(pictures);
        leader.Type("stop 300");
        leader.WaitForLine("finished");
        LeaderAloneTests.Leave(leader);

        RecordedTake take = RecordedTake.Read(group["cam1.mp4"]);
        take.AssertWhole();
        Assert.Equal(0, take.Manifest.Dropped);
        Assert.InRange(take.Manifest.Frames, 90, 1_000);
        // and every frame has the time that its pixels show
        FileReport file = Assert.Single(group.VerifyGood("cam1.mp4").Files);
        Assert.InRange(Math.Abs(file.SidecarOffsetUs!.Value), 0, 200);
    }

    [Fact]
    public async Task Without_a_camera_or_without_pictures_a_sentence_says_so()
    {
        RunningNode desk = group.Start("leader", "desk", "--http", "127.0.0.1:0", "--camera", "none");
        using HttpResponseMessage none = await client.GetAsync(PictureOf(PageOf(desk), "desk"));
        Assert.Equal((HttpStatusCode.NotFound, "this node has no camera"), (none.StatusCode, await PageInProcess.SentenceOf(none)));
    }
}
