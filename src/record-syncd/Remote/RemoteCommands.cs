using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RecordSync.Daemon;

/// <param name="Node">Where its page is.</param>
/// <param name="TokenFile">Null: no token.</param>
internal sealed record RemoteOptions(Uri Node, string? TokenFile, bool Json);

/// <summary><c>record-syncd status|start|stop|takes|watch</c>: a running node, from a shell.</summary>
internal static class RemoteCommands
{
    private const int ExitUnavailable = 69;
    private const int ExitRefused = 1;
    private const int ExitConfiguration = 78;
    private const int PipeWidth = 120;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private static int Width => Console.IsOutputRedirected ? PipeWidth : LineEditor.Width();

    private static bool Colour => ClockScreen.Possible && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    public static Task<int> Status(RemoteOptions options) =>
        With(options, async (node, stop) => Show(await node.Get("/api/v1/group", ApiJson.Wire.ApiGroup, stop), ApiJson.Wire.ApiGroup, group => RemoteText.Group(group, Width, Colour), options.Json));

    public static Task<int> Start(RemoteOptions options, ApiStart wanted) =>
        With(options, async (node, stop) => Show(await node.Post("/api/v1/start", wanted, ApiJson.Wire.ApiStart, ApiJson.Wire.ApiOutcome, stop), ApiJson.Wire.ApiOutcome, RemoteText.Outcome, options.Json));

    public static Task<int> Stop(RemoteOptions options, ApiStop wanted) =>
        With(options, async (node, stop) => Show(await node.Post("/api/v1/stop", wanted, ApiJson.Wire.ApiStop, ApiJson.Wire.ApiOutcome, stop), ApiJson.Wire.ApiOutcome, RemoteText.Outcome, options.Json));

    public static Task<int> Takes(RemoteOptions options) =>
        With(
            options,
            async (node, stop) => Show(await node.Get("/api/v1/takes", ApiJson.Wire.IReadOnlyListApiTake, stop), ApiJson.Wire.IReadOnlyListApiTake, takes => RemoteText.Takes(takes, Width, Colour), options.Json)
        );

    /// <summary>Until it is interrupted; a node that goes away is waited for.</summary>
    public static Task<int> Watch(RemoteOptions options) => With(options, (node, stop) => options.Json || !ClockScreen.Possible ? Lines(node, options.Json, stop) : Live(node, stop));

    private static async Task<int> With(RemoteOptions options, Func<NodeClient, CancellationToken, Task<int>> command)
    {
        string? token = null;
        try
        {
            token = options.TokenFile is { } path ? (await File.ReadAllTextAsync(path)).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail($"--token-file \"{options.TokenFile}\" cannot be read: {e.Message}", ExitConfiguration);
        }
        using NodeClient node = new(options.Node, token);
        using StopSignals signals = new();
        try
        {
            return await command(node, signals.Token);
        }
        catch (NodeClientException no)
        {
            return Fail(no.Message, no.Refused ? ExitRefused : ExitUnavailable);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static int Show<T>(T answer, JsonTypeInfo<T> type, Func<T, string> text, bool json)
    {
        Console.Out.WriteLine(json ? JsonSerializer.Serialize(answer, type) : text(answer));
        return 0;
    }

    /// <summary>Without a terminal: a line for each group that differs and each notice; as JSON one object a line.</summary>
    private static async Task<int> Lines(NodeClient node, bool json, CancellationToken stop)
    {
        string last = "";
        await foreach ((string kind, byte[] data) in node.Events(stop))
        {
            string line = json ? $"{{\"event\":\"{kind}\",\"data\":{System.Text.Encoding.UTF8.GetString(data)}}}" : kind switch
            {
                "group" => RemoteText.Line(JsonSerializer.Deserialize(data, ApiJson.Wire.ApiGroup)!),
                "notice" => Notice(JsonSerializer.Deserialize(data, ApiJson.Wire.ApiNotice)!),
                _ => last,
            };
            if (line == last)
                continue;
            Console.Out.WriteLine(line);
            await Console.Out.FlushAsync(stop);
            last = kind == "group" || json ? line : last;
        }
        return 0;
    }

    private static string Notice(ApiNotice notice) => $"{DateTime.UnixEpoch.AddTicks(notice.AtUs * 10).ToLocalTime():HH:mm:ss}  {(notice.Level is "info" or "detail" ? "" : $"{notice.Level}: ")}{PeersTable.Clean(notice.Text)}";

    private static async Task<int> Live(NodeClient node, CancellationToken stop)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        WatchPicture picture = new();
        using ClockScreen screen = new(picture.Draw, ended.Cancel);
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await foreach ((string kind, byte[] data) in node.Events(ended.Token))
                {
                    if (kind == "group")
                        picture.Group = JsonSerializer.Deserialize(data, ApiJson.Wire.ApiGroup);
                    else if (kind == "notice")
                        picture.Add(Notice(JsonSerializer.Deserialize(data, ApiJson.Wire.ApiNotice)!));
                    picture.Trouble = null;
                    screen.Draw();
                }
            }
            catch (NodeClientException gone) when (!gone.Refused)
            {
                picture.Trouble = gone.Message;
                screen.Draw();
                await Task.Delay(Again, ended.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                // q, or a signal: the screen is given back
            }
        }
        return 0;
    }

    private static int Fail(string sentence, int code)
    {
        Console.Error.WriteLine($"record-syncd: {sentence}");
        return code;
    }
}

/// <summary>What <c>watch</c> shows: the group above, what was told below. Drawn by several threads.</summary>
internal sealed class WatchPicture
{
    private readonly Lock gate = new();
    private readonly List<string> notices = [];

    public ApiGroup? Group { get; set; }

    /// <summary>Why nothing comes just now.</summary>
    public string? Trouble { get; set; }

    public void Add(string notice)
    {
        lock (gate)
        {
            notices.Add(notice);
            if (notices.Count > 100)
                notices.RemoveAt(0);
        }
    }

    public string Draw(int width, int height, bool colour)
    {
        string above = (Trouble is { } trouble ? $"{ClockFigures.Fit(trouble, width)}\n\n" : "") + (Group is { } group ? RemoteText.Group(group, width, colour) : "waiting for the node …");
        int room = Math.Max(0, height - above.Split('\n').Length - 3);
        lock (gate)
            return $"{above}\n\n{string.Join('\n', notices.TakeLast(room).Select(notice => ClockFigures.Fit(notice, width)))}";
    }
}
