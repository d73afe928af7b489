using System.Globalization;
using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>Reads what <c>nft -j list ruleset</c> says (libnftables-json(5)), as far as it can concern a UDP datagram of IPv4.</summary>
internal static class NftRules
{
    private static readonly HashSet<string> Families = ["ip", "inet"];

    // statements that let the packet go on, and conditions that iptables has written down and that always hold
    private static readonly HashSet<string> PassedOver = ["counter", "log", "mangle", "notrack", "comment"];

    /// <exception cref="JsonException">It is not what nft writes.</exception>
    public static IReadOnlyList<FilterChain> Parse(string json)
    {
        try
        {
            return Read(json);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException)
        {
            // an object where a list should be, and the like
            throw new JsonException(e.Message);
        }
    }

    private static List<FilterChain> Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        List<FilterChain> chains = [];
        Dictionary<string, JsonElement> sets = [];
        JsonElement[] all = document.RootElement.TryGetProperty("nftables", out JsonElement list) ? [.. list.EnumerateArray()] : throw new JsonException("there is no \"nftables\" in it");
        foreach (JsonElement item in all)
        {
            if (item.TryGetProperty("set", out JsonElement set) && set.TryGetProperty("elem", out JsonElement elements))
                sets[$"{Text(set, "family")} {Text(set, "table")} @{Text(set, "name")}"] = elements.Clone();
            else if (item.TryGetProperty("chain", out JsonElement chain) && Families.Contains(Text(chain, "family")))
                chains.Add(ReadChain(chain));
        }
        foreach (JsonElement item in all)
        {
            if (item.TryGetProperty("rule", out JsonElement rule) && chains.Find(chain => (chain.Family, chain.Table, chain.Name) == (Text(rule, "family"), Text(rule, "table"), Text(rule, "chain"))) is { } home)
                home.Rules.Add(ReadRule(rule.GetProperty("expr"), name => sets.TryGetValue($"{home.Family} {home.Table} {name}", out JsonElement found) ? found : null));
        }
        return chains;
    }

    private static FilterChain ReadChain(JsonElement chain) =>
        new(
            "nft",
            Text(chain, "family"),
            Text(chain, "table"),
            Text(chain, "name"),
            // chains of other types rewrite addresses and decide nothing here
            Text(chain, "type") == "filter" ? Text(chain, "hook") : null,
            Text(chain, "policy") == "drop",
            []
        );

    private static FilterRule ReadRule(JsonElement expressions, Func<string, JsonElement?> setNamed)
    {
        List<Func<TrialPacket, bool?>> conditions = [];
        (RuleAction action, string? target) = (RuleAction.None, null);
        List<string> words = [];
        foreach (JsonElement expression in expressions.EnumerateArray())
        {
            JsonProperty part = expression.EnumerateObject().First();
            JsonElement value = part.Value.Clone();
            switch (part.Name)
            {
                case "match":
                    conditions.Add(packet => Matches(value, packet, setNamed));
                    words.Add(Describe(value));
                    continue;
                case "accept":
                    action = RuleAction.Accept;
                    break;
                case "drop" or "reject":
                    action = RuleAction.Drop;
                    break;
                case "return":
                    action = RuleAction.Return;
                    break;
                case "jump" or "goto":
                    (action, target) = (part.Name == "jump" ? RuleAction.Jump : RuleAction.Goto, Text(value, "target"));
                    break;
                case "vmap":
                    conditions.Add(packet => MayBeIn(value, packet, setNamed));
                    action = RuleAction.Unknown;
                    break;
                case "xt" when Text(value, "name") == "comment":
                    continue;
                case "xt" when Text(value, "type") == "target":
                    action = RuleAction.Unknown;
                    break;
                default:
                    if (!PassedOver.Contains(part.Name))
                        conditions.Add(_ => null);
                    continue;
            }
            words.Add(target is null ? part.Name : $"{part.Name} {target}");
        }
        return new FilterRule(string.Join(' ', words), packet => AllOf(conditions, packet), action, target);
    }

    /// <summary>False as soon as one is; else null as soon as one is.</summary>
    internal static bool? AllOf(List<Func<TrialPacket, bool?>> conditions, TrialPacket packet)
    {
        bool? all = true;
        foreach (Func<TrialPacket, bool?> condition in conditions)
        {
            bool? one = condition(packet);
            if (one == false)
                return false;
            all = one is null ? null : all;
        }
        return all;
    }

    private static bool? Matches(JsonElement match, TrialPacket packet, Func<string, JsonElement?> setNamed)
    {
        string op = Text(match, "op");
        if (!match.TryGetProperty("left", out JsonElement left) || !match.TryGetProperty("right", out JsonElement right) || op is not ("==" or "!=" or "in"))
            return Foreign(left) ? false : null;
        if (Foreign(left))
            return false;
        bool? held = ValueOf(left, packet) is { } value ? IsIn(value, right, setNamed) : null;
        return op == "!=" ? !held : held;
    }

    /// <summary>A field of another protocol: the datagram has none, and nft compares nothing then.</summary>
    private static bool Foreign(JsonElement left) => left.ValueKind == JsonValueKind.Object && left.TryGetProperty("payload", out JsonElement payload) && Text(payload, "protocol") is "tcp" or "icmp" or "icmpv6" or "ip6" or "arp" or "igmp" or "sctp";

    /// <summary>A number or a word; null for what is not known of the packet.</summary>
    private static object? ValueOf(JsonElement left, TrialPacket packet)
    {
        if (left.ValueKind != JsonValueKind.Object)
            return null;
        if (left.TryGetProperty("payload", out JsonElement payload))
        {
            return (Text(payload, "protocol"), Text(payload, "field")) switch
            {
                ("udp" or "th", "dport") => (long)packet.DestinationPort,
                ("ip", "daddr") => (long)packet.Destination,
                ("ip", "saddr") => (long)packet.Source,
                ("ip", "protocol") => "udp",
                _ => null,
            };
        }
        if (left.TryGetProperty("meta", out JsonElement meta))
        {
            return Text(meta, "key") switch
            {
                "iifname" or "iif" => packet.Incoming ? packet.Interface : "",
                "oifname" or "oif" => packet.Incoming ? "" : packet.Interface,
                "l4proto" => "udp",
                "protocol" or "nfproto" => "ipv4",
                "pkttype" => packet.IsMulticast ? "multicast" : "host",
                _ => null,
            };
        }
        return left.TryGetProperty("ct", out JsonElement track) && Text(track, "key") == "state" ? "new" : null;
    }

    private static bool? IsIn(object value, JsonElement right, Func<string, JsonElement?> setNamed)
    {
        switch (right.ValueKind)
        {
            case JsonValueKind.Number:
                return value is long number ? number == right.GetInt64() : null;
            case JsonValueKind.String:
                return IsText(value, right.GetString()!, setNamed);
            case JsonValueKind.Array:
                return AnyOf(value, right, setNamed);
            case JsonValueKind.Object when right.TryGetProperty("set", out JsonElement set):
                return IsIn(value, set, setNamed);
            // flags, as nft before 1.0.3 writes them
            case JsonValueKind.Object when right.TryGetProperty("|", out JsonElement flags):
                return AnyOf(value, flags, setNamed);
            case JsonValueKind.Object when right.TryGetProperty("elem", out JsonElement element) && element.TryGetProperty("val", out JsonElement inner):
                return IsIn(value, inner, setNamed);
            case JsonValueKind.Object when right.TryGetProperty("range", out JsonElement range):
                return value is long between && NumberOf(range[0]) is { } low && NumberOf(range[1]) is { } high ? between >= low && between <= high : null;
            case JsonValueKind.Object when right.TryGetProperty("prefix", out JsonElement prefix):
                return value is long address && NumberOf(prefix.GetProperty("addr")) is { } network ? SamePrefix((uint)address, (uint)network, prefix.GetProperty("len").GetInt32()) : null;
            default:
                return null;
        }
    }

    private static bool? AnyOf(object value, JsonElement several, Func<string, JsonElement?> setNamed)
    {
        bool? any = false;
        foreach (JsonElement one in several.EnumerateArray())
        {
            bool? held = IsIn(value, one, setNamed);
            if (held == true)
                return true;
            any = held is null ? null : any;
        }
        return any;
    }

    private static bool? IsText(object value, string text, Func<string, JsonElement?> setNamed)
    {
        if (text.StartsWith('@'))
            return setNamed(text) is { } set ? IsIn(value, set, setNamed) : null;
        return value switch
        {
            long number => NumberOf(text) is { } wanted ? number == wanted : null,
            "ipv4" => text is "ipv4" or "ip",
            string word => text.EndsWith('*') ? word.StartsWith(text[..^1], StringComparison.Ordinal) : word == text,
            _ => null,
        };
    }

    private static bool? MayBeIn(JsonElement map, TrialPacket packet, Func<string, JsonElement?> setNamed)
    {
        if (!map.TryGetProperty("key", out JsonElement key) || Foreign(key))
            return false;
        if (!map.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Object || !data.TryGetProperty("set", out JsonElement pairs) || ValueOf(key, packet) is not { } value)
            return null;
        foreach (JsonElement pair in pairs.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || IsIn(value, pair[0], setNamed) != false)
                return null;
        }
        return false;
    }

    internal static bool SamePrefix(uint a, uint b, int bits) => bits <= 0 || (a ^ b) >> (32 - Math.Min(bits, 32)) == 0;

    private static long? NumberOf(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetInt64() : value.ValueKind == JsonValueKind.String ? NumberOf(value.GetString()!) : null;

    private static long? NumberOf(string text) =>
        Endpoint.TryParseAddress(text, out uint address) ? address
        : long.TryParse(text, CultureInfo.InvariantCulture, out long number) ? number
        : null;

    /// <summary>Roughly as nft itself prints it.</summary>
    private static string Describe(JsonElement match)
    {
        JsonElement left = match.TryGetProperty("left", out JsonElement side) ? side : default;
        string field = left.ValueKind != JsonValueKind.Object ? "…"
            : left.TryGetProperty("payload", out JsonElement payload) ? $"{Text(payload, "protocol")} {Text(payload, "field")}"
            : left.TryGetProperty("meta", out JsonElement meta) ? Text(meta, "key")
            : left.TryGetProperty("ct", out JsonElement track) ? $"ct {Text(track, "key")}"
            : "…";
        string op = Text(match, "op") is "==" or "in" ? "" : $"{Text(match, "op")} ";
        return $"{field} {op}{(match.TryGetProperty("right", out JsonElement right) ? Value(right) : "…")}";
    }

    private static string Value(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => $"{{ {string.Join(", ", value.EnumerateArray().Select(Value))} }}",
            JsonValueKind.Object when value.TryGetProperty("set", out JsonElement set) => Value(set),
            JsonValueKind.Object when value.TryGetProperty("prefix", out JsonElement prefix) => $"{Text(prefix, "addr")}/{prefix.GetProperty("len")}",
            JsonValueKind.Object when value.TryGetProperty("range", out JsonElement range) => $"{Value(range[0])}-{Value(range[1])}",
            JsonValueKind.Object => "…",
            _ => value.ToString(),
        };

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
