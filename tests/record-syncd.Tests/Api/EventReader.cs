using System.Text.Json;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A client of /api/v1/events.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader reader;

    private EventReader(HttpResponseMessage response, StreamReader reader) => (this.response, this.reader) = (response, reader);

    public static async Task<EventReader> Open(HttpClient client, long? lastEventId = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/events");
        if (lastEventId is { } id)
            request.Headers.Add("Last-Event-ID", id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next of this name that fits; the others are passed over.</summary>
    public async Task<(JsonElement Data, string? Id)> Next(string name, Func<JsonElement, bool>? fits = null)
    {
        using CancellationTokenSource patience = new(RunningNode.Patience);
        (string? kind, string? id) = (null, null);
        while (true)
        {
            string line = await reader.ReadLineAsync(patience.Token) ?? throw new EndOfStreamException($"the stream ended before the awaited {name}");
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                (kind, id) = (line[7..], null);
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && kind == name && JsonDocument.Parse(line[6..]).RootElement is var data && (fits is null || fits(data)))
                return (data, id);
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
