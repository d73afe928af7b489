using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RecordSync.Daemon;

/// <summary>The node has said no, or there is none.</summary>
/// <param name="refused">It is there, and does not want to.</param>
internal sealed class NodeClientException(string sentence, bool refused) : Exception(sentence)
{
    public bool Refused { get; } = refused;
}

/// <summary>A running node, over its API (docs/api.md).</summary>
internal sealed class NodeClient : IDisposable
{
    /// <summary>A START waits until the group has agreed to it, and the node for those who are silent.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>A stream that says nothing for so long has died; the node has a word every ten seconds.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(25);

    private readonly HttpClient http;
    private readonly Uri node;

    public NodeClient(Uri node, string? token)
    {
        this.node = node;
        // a node is on this network: what the environment says of the way into the world is not meant for it
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(3) }) { BaseAddress = node, Timeout = Patience };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public void Dispose() => http.Dispose();

    /// <exception cref="NodeClientException" />
    public async Task<T> Get<T>(string path, JsonTypeInfo<T> type, CancellationToken stop)
    {
        using HttpResponseMessage response = await Send(new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseContentRead, stop);
        return Read(await response.Content.ReadAsByteArrayAsync(stop), type);
    }

    /// <exception cref="NodeClientException" />
    public async Task<T> Post<TBody, T>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken stop)
    {
        ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(body, bodyType));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await Send(new HttpRequestMessage(HttpMethod.Post, path) { Content = content }, HttpCompletionOption.ResponseContentRead, stop);
        return Read(await response.Content.ReadAsByteArrayAsync(stop), type);
    }

    /// <summary>The stream of events from now on; ends with an exception when the node goes.</summary>
    /// <exception cref="NodeClientException" />
    public async IAsyncEnumerable<(string Event, byte[] Data)> Events([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        using HttpResponseMessage response = await Send(new HttpRequestMessage(HttpMethod.Get, "/api/v1/events"), HttpCompletionOption.ResponseHeadersRead, stop);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(stop));
        string kind = "";
        while (await Line(reader, stop) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                yield return (kind, System.Text.Encoding.UTF8.GetBytes(line[6..]));
        }
        throw Gone("it has ended the connection");
    }

    private async Task<string?> Line(StreamReader reader, CancellationToken stop)
    {
        using CancellationTokenSource silent = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silent.CancelAfter(Silence);
        try
        {
            return await reader.ReadLineAsync(silent.Token);
        }
        catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw Gone(e is OperationCanceledException ? $"nothing heard from it for {Silence.TotalSeconds:0} s" : e.Message);
        }
    }

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken stop)
    {
        HttpResponseMessage response;
        try
        {
            using (request)
                response = await http.SendAsync(request, completion, stop);
        }
        catch (HttpRequestException e)
        {
            throw Gone(e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Gone("it does not answer");
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            ApiProblem? problem = null;
            try
            {
                problem = JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(stop), ApiJson.Wire.ApiProblem);
            }
            catch (JsonException)
            {
                // not a node's answer
            }
            string sentence = problem?.Detail ?? $"{node} answers {(int)response.StatusCode} {response.ReasonPhrase}: is that a node's page?";
            throw new NodeClientException(response.StatusCode == HttpStatusCode.Unauthorized ? $"{sentence}; give it with --token-file" : sentence, refused: true);
        }
    }

    private T Read<T>(byte[] json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new NodeClientException($"{node} answers something else than a node does: is that a node's page?", refused: false);
        }
    }

    private NodeClientException Gone(string why) =>
        new($"no node answers at {node}: {why.TrimEnd('.')}. Is one running there? It says its address when it starts ('page: http://…'); --node names another.", refused: false);
}
