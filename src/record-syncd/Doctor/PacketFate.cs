namespace RecordSync.Daemon;

/// <summary>A UDP datagram that a firewall would see, the first of its flow.</summary>
/// <param name="Incoming">From the network to this machine.</param>
internal sealed record TrialPacket(string Interface, bool Incoming, uint Source, uint Destination, ushort DestinationPort)
{
    public bool IsMulticast => Destination >> 28 == 0xE;
}

internal enum PacketFate
{
    Passes,

    /// <summary>A rule that matches it, or may match it, could not be understood, and decides.</summary>
    Unclear,
    Dropped,
}

/// <param name="Rule">The rule or policy that decides; null where it passes.</param>
/// <param name="Chain">Where it stands.</param>
internal sealed record FirewallOutcome(PacketFate Fate, FilterChain? Chain = null, string? Rule = null);

internal enum RuleAction
{
    /// <summary>Counts, logs, marks: the packet goes on.</summary>
    None,
    Accept,
    Drop,
    Return,
    Jump,
    Goto,

    /// <summary>Something that this program does not know.</summary>
    Unknown,
}

/// <param name="Text">As people know it.</param>
/// <param name="Matches">Null where that cannot be said.</param>
internal sealed record FilterRule(string Text, Func<TrialPacket, bool?> Matches, RuleAction Action, string? Target = null);

/// <param name="Tool">nft or iptables.</param>
/// <param name="Family">Of nftables: ip, inet …; of iptables empty.</param>
/// <param name="Hook">input, output, prerouting, postrouting; null for a chain that is only jumped to.</param>
internal sealed record FilterChain(string Tool, string Family, string Table, string Name, string? Hook, bool DropsByPolicy, List<FilterRule> Rules)
{
    public override string ToString() => Tool == "nft" ? $"chain {Name} of table {Family} {Table}" : $"chain {Name} of iptables' table {Table}";
}

/// <summary>Walks a packet through the chains as the kernel does, with rules that it does not understand taken both ways. Pure: what it knows are the parsed rules.</summary>
internal sealed class Firewall(IReadOnlyList<FilterChain> chains)
{
    private const int DeepestJump = 16;

    /// <summary>Chains that jump to each other often are walked no further: what is behind that is not clear.</summary>
    private const int MostRules = 5_000;

    private static readonly string[] IncomingHooks = ["prerouting", "input"];
    private static readonly string[] OutgoingHooks = ["output", "postrouting"];

    public int Rules => chains.Sum(chain => chain.Rules.Count);

    public IReadOnlyList<FilterChain> Chains => chains;

    /// <summary>It has to pass every chain of its hooks; the worst counts.</summary>
    public FirewallOutcome Judge(TrialPacket packet) =>
        chains
            .Where(chain => (packet.Incoming ? IncomingHooks : OutgoingHooks).Contains(chain.Hook))
            .Select(chain => new Walk(chains, packet).Through(chain))
            .OrderByDescending(outcome => outcome.Fate)
            .FirstOrDefault() ?? new FirewallOutcome(PacketFate.Passes);

    /// <summary>One packet's way through one hook.</summary>
    private sealed class Walk(IReadOnlyList<FilterChain> chains, TrialPacket packet)
    {
        private int looked;
        private bool perhapsAccepted;
        private (FilterChain Chain, string Rule)? perhapsDropped;

        private enum End
        {
            Returned,
            Accepted,
            Dropped,
        }

        public FirewallOutcome Through(FilterChain start)
        {
            (End end, FilterChain where, string why) = Through(start, certain: true, 0);
            if (end == End.Returned && start.DropsByPolicy)
                (end, where, why) = (End.Dropped, start, "its policy is drop");
            return end == End.Dropped ? new(perhapsAccepted ? PacketFate.Unclear : PacketFate.Dropped, where, why)
                : perhapsDropped is { } perhaps ? new(PacketFate.Unclear, perhaps.Chain, perhaps.Rule)
                : new(PacketFate.Passes);
        }

        private (End End, FilterChain Where, string Why) Through(FilterChain chain, bool certain, int depth)
        {
            foreach (FilterRule rule in depth > DeepestJump ? [] : chain.Rules)
            {
                if (++looked > MostRules)
                {
                    perhapsAccepted = true;
                    perhapsDropped ??= (chain, rule.Text);
                    break;
                }
                bool? matches = rule.Matches(packet);
                if (matches == false)
                    continue;
                bool sure = certain && matches == true;
                switch (rule.Action)
                {
                    case RuleAction.Accept when sure:
                        return (End.Accepted, chain, rule.Text);
                    case RuleAction.Drop when sure:
                        return (End.Dropped, chain, rule.Text);
                    case RuleAction.Return when matches == true:
                        return (End.Returned, chain, rule.Text);
                    case RuleAction.Accept:
                        perhapsAccepted = true;
                        break;
                    case RuleAction.Drop:
                        perhapsDropped ??= (chain, rule.Text);
                        break;
                    case RuleAction.Unknown:
                        perhapsAccepted = true;
                        perhapsDropped ??= (chain, rule.Text);
                        break;
                    case RuleAction.Jump or RuleAction.Goto when Find(chain, rule.Target) is { } target:
                        (End end, FilterChain where, string why) = Through(target, sure, depth + 1);
                        if (end != End.Returned)
                            return (end, where, why);
                        if (rule.Action == RuleAction.Goto && sure)
                            return (End.Returned, chain, rule.Text);
                        break;
                }
            }
            return (End.Returned, chain, "");
        }

        private FilterChain? Find(FilterChain from, string? name) => chains.FirstOrDefault(chain => chain.Name == name && chain.Table == from.Table && chain.Family == from.Family && chain.Tool == from.Tool);
    }
}
