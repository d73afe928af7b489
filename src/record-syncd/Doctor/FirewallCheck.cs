using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace RecordSync.Daemon;

/// <summary>Whether this machine's own firewall lets the group's datagrams in and out.</summary>
internal static class FirewallCheck
{
    private const string Check = "firewall";

    /// <param name="chosen">The interface that the group is on.</param>
    public static Finding Run(InterfaceChoice chosen, Endpoint group)
    {
        if (!Environment.IsPrivilegedProcess)
            return Finding.Skipped(Check, $"only root may read the rules{(UfwIsOn() ? "; ufw is switched on" : "")}", "sudo record-syncd doctor");
        bool nftThere = TryRun("nft", ["-j", "list", "ruleset"], out string nft), tablesThere = TryRun("iptables-save", [], out string saved);
        if (!nftThere && !tablesThere)
            return NobodyCanRead();
        try
        {
            IReadOnlyList<FilterChain> iptables = tablesThere ? IptablesRules.Parse(saved) : [];
            // iptables on top of nftables: its own words say more than nft's "xt"
            IReadOnlyList<FilterChain> native = nftThere && nft.Length > 0 ? NftRules.Parse(nft) : [];
            return Judge(new Firewall([.. tablesThere ? WithoutIptables(native) : native, .. iptables]), chosen.Name, chosen.Address, group);
        }
        catch (JsonException fault)
        {
            return Finding.Skipped(Check, $"what nft says could not be read: {fault.Message}");
        }
    }

    /// <summary>Pure.</summary>
    internal static Finding Judge(Firewall firewall, string interfaceName, uint own, Endpoint group)
    {
        // a neighbour: where there is no netmask at hand, the next number is one
        uint peer = own ^ 1;
        (string What, TrialPacket Packet)[] trials =
        [
            ($"multicast to {group} from {interfaceName}", new(interfaceName, true, peer, group.Address, group.Port)),
            ($"UDP to port {LinkSockets.FirstPort} from {interfaceName}", new(interfaceName, true, peer, own, LinkSockets.FirstPort)),
            ($"multicast to {group} out of {interfaceName}", new(interfaceName, false, own, group.Address, group.Port)),
        ];
        var outcomes = trials.Select(trial => (trial.What, trial.Packet, Outcome: firewall.Judge(trial.Packet))).ToList();
        var dropped = outcomes.FindAll(trial => trial.Outcome.Fate == PacketFate.Dropped);
        if (dropped.Count > 0)
        {
            string evidence = string.Join("; ", dropped.Select(trial => $"{trial.What} is dropped in the {trial.Outcome.Chain} ({trial.Outcome.Rule})"));
            return Finding.Problem(Check, evidence, Remedy(firewall, dropped[0].Outcome.Chain!, dropped[0].Packet.Incoming, group.Port));
        }
        if (outcomes.Find(trial => trial.Outcome.Fate == PacketFate.Unclear) is { What: not null } unclear)
            return Finding.Skipped(Check, $"whether {unclear.What} passes hangs on a rule that was not understood, in the {unclear.Outcome.Chain}: {unclear.Outcome.Rule}");
        return Finding.Ok(Check, firewall.Rules == 0 ? "there are no rules" : $"UDP {group.Port} and {LinkSockets.FirstPort} pass {firewall.Rules} rules on {interfaceName}");
    }

    private static string Remedy(Firewall firewall, FilterChain where, bool incoming, ushort groupPort)
    {
        (ushort first, ushort last) = (Math.Min(groupPort, LinkSockets.FirstPort), Math.Max(groupPort, LinkSockets.FirstPort));
        bool together = last - first == 1;
        if (firewall.Chains.Any(chain => chain.Name.StartsWith("ufw-", StringComparison.Ordinal)))
            return together ? $"sudo ufw allow {first}:{last}/udp" : $"sudo ufw allow {first}/udp && sudo ufw allow {last}/udp";
        if (where.Table == "firewalld")
            return $"sudo firewall-cmd --permanent --add-port={first}/udp --add-port={last}/udp && sudo firewall-cmd --reload";
        return where.Tool == "nft"
            ? $"sudo nft insert rule {where.Family} {where.Table} {where.Name} udp dport '{{ {first}, {last} }}' accept"
            : $"sudo iptables {(where.Table == "filter" ? "" : $"-t {where.Table} ")}-I {(where.Hook is null ? incoming ? "INPUT" : "OUTPUT" : where.Name)} -p udp -m multiport --dports {first},{last} -j ACCEPT";
    }

    private static IEnumerable<FilterChain> WithoutIptables(IReadOnlyList<FilterChain> chains)
    {
        HashSet<string> tables = [.. chains.Where(chain => chain is { Family: "ip", Hook: not null } && chain.Name.All(char.IsAsciiLetterUpper)).Select(chain => chain.Table)];
        return chains.Where(chain => chain.Family != "ip" || !tables.Contains(chain.Table));
    }

    private static Finding NobodyCanRead() =>
        Directory.Exists("/sys/module/nf_tables") || File.Exists("/proc/net/ip_tables_names")
            ? Finding.Skipped(Check, "neither nft nor iptables is installed to read the rules with", "sudo apt install nftables")
            : Finding.Ok(Check, "the kernel has none");

    private static bool UfwIsOn()
    {
        try
        {
            return File.ReadLines("/etc/ufw/ufw.conf").Any(line => line.Trim().Equals("ENABLED=yes", StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <returns>False where the program is missing or fails.</returns>
    private static bool TryRun(string program, string[] arguments, out string said)
    {
        said = "";
        string? path = ((string[])["/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin"]).Select(folder => Path.Join(folder, program)).FirstOrDefault(File.Exists);
        if (path is null)
            return false;
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return false;
        }
    }
}
