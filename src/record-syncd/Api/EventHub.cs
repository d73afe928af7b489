using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace RecordSync.Daemon;

/// <summary>
/// /api/v1/events: one who looks and many who are told. The group is looked at five times a second, and only while somebody listens. What waits for a client is
/// the latest group and what it has not seen of the log, so a slow one costs nobody anything: it misses groups that are old by then, and is cut when it does not read at all.
/// </summary>
internal sealed class EventHub(GroupView group, NoticeLog notices, TimeSpan patience)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private const int InTakeMs = 1_000;
    private const int AtRestMs = 2_000;

    private readonly Lock gate = new();
    private readonly List<Client> clients = [];
    private GroupView.Rendered? shown;
    private long shownAt;
    private long takesChanges;
    private bool looking;

    private sealed class Client
    {
        /// <summary>That something is there; what it is, the client finds out.</summary>
        public Channel<bool> Woken { get; } = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    }

    public int Clients
    {
        get
        {
            lock (gate)
                return clients.Count;
        }
    }

    public void Start() => notices.Added += Wake;

    /// <summary>The list of takes is not what it was.</summary>
    public void TakesChanged()
    {
        Interlocked.Increment(ref takesChanges);
        Wake();
    }

    /// <summary>Tells one client until it goes, or is too slow, or the node leaves.</summary>
    public async Task Tell(HttpContext http, CancellationToken ended)
    {
        long? seen = long.TryParse(http.Request.Headers["Last-Event-ID"], out long id) ? id : null;
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        // a proxy that collects would make a live picture a slide show
        http.Response.Headers["X-Accel-Buffering"] = "no";
        Client client = new();
        Enter(client);
        try
        {
            await Serve(client, http, seen, ended);
        }
        catch (OperationCanceledException)
        {
            http.Abort();
        }
        finally
        {
            lock (gate)
                clients.Remove(client);
        }
    }

    private async Task Serve(Client client, HttpContext http, long? seen, CancellationToken ended)
    {
        GroupView.Rendered? last = null;
        long takes = Interlocked.Read(ref takesChanges);
        MemoryStream text = new();
        await Write(http, "retry: 1000\n\n"u8.ToArray(), ended);
        while (true)
        {
            text.SetLength(0);
            GroupView.Rendered current = Volatile.Read(ref shown) ?? await group.Recent();
            if (current != last)
                Append(text, "event: group\ndata: "u8, (last = current).Json);
            foreach (ApiNotice notice in notices.After(seen))
            {
                seen = notice.Id;
                Append(text, Encoding.UTF8.GetBytes($"event: notice\nid: {notice.Id}\ndata: "), System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(notice, ApiJson.Wire.ApiNotice));
            }
            // the first look at an empty log is the latest, too
            seen ??= 0;
            if (takes != Interlocked.Read(ref takesChanges))
            {
                takes = Interlocked.Read(ref takesChanges);
                Append(text, "event: takes\ndata: "u8, "{}"u8);
            }
            if (text.Length > 0)
                await Write(http, text.GetBuffer().AsMemory(0, (int)text.Length), ended);
            if (!await IsWoken(client, ended))
                await Write(http, ": still here\n\n"u8.ToArray(), ended);
            client.Woken.Reader.TryRead(out _);
        }
    }

    /// <returns>False when nothing has happened for so long that a word is due.</returns>
    private static async Task<bool> IsWoken(Client client, CancellationToken ended)
    {
        using CancellationTokenSource quiet = CancellationTokenSource.CreateLinkedTokenSource(ended);
        quiet.CancelAfter(Heartbeat);
        try
        {
            return await client.Woken.Reader.WaitToReadAsync(quiet.Token);
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            return false;
        }
    }

    private static void Append(MemoryStream text, ReadOnlySpan<byte> head, ReadOnlySpan<byte> data)
    {
        text.Write(head);
        text.Write(data);
        text.Write("\n\n"u8);
    }

    private async Task Write(HttpContext http, ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        using CancellationTokenSource slow = CancellationTokenSource.CreateLinkedTokenSource(ended);
        slow.CancelAfter(patience);
        await http.Response.Body.WriteAsync(bytes, slow.Token);
        await http.Response.Body.FlushAsync(slow.Token);
    }

    private void Enter(Client client)
    {
        lock (gate)
        {
            clients.Add(client);
            if (looking)
                return;
            looking = true;
        }
        _ = Task.Run(LookWhileSomebodyListens);
    }

    private async Task LookWhileSomebodyListens()
    {
        using PeriodicTimer timer = new(Look);
        try
        {
            do
            {
                Show(await group.Recent());
                await timer.WaitForNextTickAsync();
            } while (!HaveAllGone());
        }
        catch (OperationCanceledException)
        {
            // the node is leaving; so will the clients
            lock (gate)
                looking = false;
        }
    }

    /// <summary>In one step with the end of looking: whoever comes after it begins it anew.</summary>
    private bool HaveAllGone()
    {
        lock (gate)
        {
            if (clients.Count > 0)
                return false;
            (looking, shown) = (false, null);
            return true;
        }
    }

    private void Show(GroupView.Rendered current)
    {
        long now = Environment.TickCount64;
        int longest = current.Group.Take is null ? AtRestMs : InTakeMs;
        if (shown is { } before && before.Gist == current.Gist && now - shownAt < longest)
            return;
        bool ended = shown?.Group.Take is { } was && was.Name != current.Group.Take?.Name, began = shown is not null && current.Group.Take is { } take && take.Name != shown.Group.Take?.Name;
        Volatile.Write(ref shown, current);
        shownAt = now;
        if (ended || began)
            TakesChanged();
        else
            Wake();
    }

    private void Wake()
    {
        lock (gate)
        {
            foreach (Client client in clients)
                client.Woken.Writer.TryWrite(true);
        }
    }
}
