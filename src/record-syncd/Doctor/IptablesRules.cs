using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>Reads what <c>iptables-save</c> says (iptables-save(8), iptables-extensions(8)): also that of ufw, and of iptables on top of nftables.</summary>
internal static class IptablesRules
{
    private static readonly HashSet<string> Deciding = ["filter", "raw", "mangle"];
    private static readonly HashSet<string> KnownModules = ["udp", "tcp", "icmp", "multiport", "conntrack", "state", "comment", "addrtype", "pkttype", "limit"];

    public static IReadOnlyList<FilterChain> Parse(string saved)
    {
        List<FilterChain> chains = [];
        string table = "";
        foreach (string line in saved.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '*')
                table = line[1..];
            if (!Deciding.Contains(table))
                continue;
            if (line[0] == ':')
            {
                // :INPUT DROP [packets:bytes]; a hyphen for a chain that is only jumped to
                string[] words = line[1..].Split(' ');
                bool basic = words.Length > 1 && words[1] != "-";
                chains.Add(new FilterChain("iptables", "", table, words[0], basic ? words[0].ToLowerInvariant() : null, basic && words[1] == "DROP", []));
            }
            else if (line.StartsWith("-A ", StringComparison.Ordinal))
            {
                List<string> words = Words(line);
                if (words.Count > 1)
                    chains.Find(chain => chain.Table == table && chain.Name == words[1])?.Rules.Add(ReadRule(line, words[2..]));
            }
        }
        return chains;
    }

    private static FilterRule ReadRule(string line, List<string> words)
    {
        List<Func<TrialPacket, bool?>> conditions = [];
        (RuleAction action, string? target) = (RuleAction.None, null);
        for (int at = 0; at < words.Count; at++)
        {
            bool not = words[at] == "!";
            string option = WordAt(words, not ? ++at : at);
            if (option is "-j" or "-g")
            {
                (action, target) = ActionOf(WordAt(words, ++at), option == "-g");
                // what follows is of the target
                break;
            }
            if (option == "-m")
            {
                // its options follow; a module that is not known may match without any
                if (!KnownModules.Contains(WordAt(words, ++at)))
                    conditions.Add(_ => null);
                continue;
            }
            string value = at + 1 < words.Count && !words[at + 1].StartsWith('-') && words[at + 1] != "!" ? words[++at] : "";
            conditions.Add(packet => ConditionOf(option, value, packet) is { } held ? held ^ not : null);
        }
        return new FilterRule(line, packet => NftRules.AllOf(conditions, packet), action, target);
    }

    /// <summary>Empty behind the end of a rule that was cut off.</summary>
    private static string WordAt(List<string> words, int at) => at < words.Count ? words[at] : "";

    private static (RuleAction Action, string? Target) ActionOf(string target, bool isGoto) =>
        target switch
        {
            "ACCEPT" => (RuleAction.Accept, null),
            "DROP" or "REJECT" => (RuleAction.Drop, null),
            "RETURN" => (RuleAction.Return, null),
            "LOG" or "NFLOG" or "MARK" or "CONNMARK" or "CT" or "TOS" or "DSCP" or "CHECKSUM" => (RuleAction.None, null),
            "NFQUEUE" or "QUEUE" => (RuleAction.Unknown, null),
            _ => (isGoto ? RuleAction.Goto : RuleAction.Jump, target),
        };

    private static bool? ConditionOf(string option, string value, TrialPacket packet) =>
        option switch
        {
            "-p" => value is "udp" or "17" or "all" or "0",
            "-i" => packet.Incoming && IsInterface(value, packet.Interface),
            "-o" => !packet.Incoming && IsInterface(value, packet.Interface),
            "-s" => IsWithin(value, packet.Source),
            "-d" => IsWithin(value, packet.Destination),
            "--dport" or "--dports" => IsPort(value, packet.DestinationPort),
            "--ctstate" or "--state" => value.Split(',').Contains("NEW"),
            "--pkt-type" => value == (packet.IsMulticast ? "multicast" : "unicast"),
            "--dst-type" when value is "MULTICAST" or "BROADCAST" => value == "MULTICAST" && packet.IsMulticast,
            "--dst-type" when value is "LOCAL" or "UNICAST" => packet.Incoming && !packet.IsMulticast,
            "--icmp-type" or "--tcp-flags" or "--syn" => false,
            "--comment" => true,
            _ => null,
        };

    private static bool IsInterface(string pattern, string name) => pattern.EndsWith('+') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == name;

    private static bool? IsWithin(string network, uint address)
    {
        string[] parts = network.Split('/');
        int bits = 32;
        return Endpoint.TryParseAddress(parts[0], out uint start) && (parts.Length == 1 || int.TryParse(parts[1], CultureInfo.InvariantCulture, out bits)) ? NftRules.SamePrefix(address, start, bits) : null;
    }

    private static bool? IsPort(string list, ushort port)
    {
        foreach (string part in list.Split(','))
        {
            string[] ends = part.Split(':');
            if (!ushort.TryParse(ends[0], CultureInfo.InvariantCulture, out ushort low) || !ushort.TryParse(ends[^1], CultureInfo.InvariantCulture, out ushort high))
                return null;
            if (port >= low && port <= high)
                return true;
        }
        return false;
    }

    /// <summary>Splits at spaces; what stands in quotation marks is one word.</summary>
    private static List<string> Words(string line)
    {
        List<string> words = [];
        bool quoted = false, inWord = false;
        foreach (char letter in line)
        {
            if (letter == '"')
            {
                quoted = !quoted;
                if (!inWord)
                    words.Add("");
                inWord = true;
            }
            else if (letter == ' ' && !quoted)
                inWord = false;
            else
            {
                if (!inWord)
                    words.Add("");
                inWord = true;
                words[^1] += letter;
            }
        }
        return words;
    }
}
