using System.Net;
using System.Text.Json;

namespace RecordSync.Daemon.Tests;

/// <summary>The five messages as a version-1 program reads them: written apart from the product's codec, to cross-check it.</summary>
internal abstract record VersionOneMessage
{
    public IPEndPoint From { get; init; } = new(0, 0);

    /// <summary>In the receiving peer's clock, microseconds.</summary>
    public long ReceivedAt { get; init; }

    /// <summary>The whole datagram, to look for version-2 fields.</summary>
    public string Json { get; init; } = "";

    internal sealed record Discovery(string NodeId, string Role, long Timestamp) : VersionOneMessage;

    internal sealed record TimeSyncRequest(string NodeId, long T1) : VersionOneMessage;

    internal sealed record TimeSyncResponse(string NodeId, long T1, long T2, long T3) : VersionOneMessage;

    internal sealed record RecordingCommand(string Command, long TargetTimestamp) : VersionOneMessage;

    internal sealed record Status(string NodeId, string State, long Timestamp) : VersionOneMessage;

    /// <exception cref="JsonException">What a version-1 program would log and pause for.</exception>
    public static VersionOneMessage Parse(ReadOnlySpan<byte> datagram)
    {
        string json = new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(datagram);
        using var document = JsonDocument.Parse(json);
        JsonProperty[] tagged = document.RootElement.ValueKind == JsonValueKind.Object ? [.. document.RootElement.EnumerateObject()] : [];
        if (tagged.Length != 1 || tagged[0].Value.ValueKind != JsonValueKind.Object)
            throw new JsonException("not one externally tagged message");
        Fields fields = new(tagged[0].Value);
        VersionOneMessage message = tagged[0].Name switch
        {
            "Discovery" => new Discovery(fields.Text("node_id"), fields.OneOf("role", "Leader", "Follower"), fields.Integer("timestamp")),
            "TimeSyncRequest" => new TimeSyncRequest(fields.Text("node_id"), fields.Integer("t1")),
            "TimeSyncResponse" => new TimeSyncResponse(fields.Text("node_id"), fields.Integer("t1"), fields.Integer("t2"), fields.Integer("t3")),
            "RecordingCommand" => new RecordingCommand(fields.OneOf("command", "Start", "Stop"), fields.Integer("target_timestamp")),
            "Status" => new Status(fields.Text("node_id"), fields.OneOf("state", "Idle", "Ready", "Recording", "Error"), fields.Integer("timestamp")),
            string unknown => throw new JsonException($"unknown message {unknown}"),
        };
        return message with { Json = json };
    }

    /// <summary>Required fields, each once and of its type; others are passed over.</summary>
    private readonly struct Fields(JsonElement message)
    {
        public string Text(string name)
        {
            JsonElement value = Only(name);
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new JsonException($"{name} is no string");
        }

        public string OneOf(string name, params string[] variants)
        {
            string value = Text(name);
            return variants.Contains(value) ? value : throw new JsonException($"unknown {name} {value}");
        }

        public long Integer(string name)
        {
            JsonElement value = Only(name);
            // 1.0 and 1e3 are no integers to version 1
            return value.ValueKind == JsonValueKind.Number && !value.GetRawText().AsSpan().ContainsAny(".eE") && value.TryGetInt64(out long integer)
                ? integer
                : throw new JsonException($"{name} is no 64-bit integer");
        }

        private JsonElement Only(string name)
        {
            JsonElement[] values = [.. message.EnumerateObject().Where(field => field.NameEquals(name)).Select(field => field.Value)];
            return values.Length == 1 ? values[0] : throw new JsonException($"{name} is there {values.Length} times");
        }
    }
}
