using System.Globalization;
using System.Text.RegularExpressions;

namespace RecordSync.Bench;

/// <summary>ptp4l at both ends: software stamps, 8 syncs a second, free running. The offsets that it prints, once a second, its rate estimated over as long.</summary>
internal sealed partial class PtpPeer : Peer
{
    private readonly ClockBed bed;
    private readonly LabProcess follower;

    public PtpPeer(ClockBed bed)
        : base("ptp4l")
    {
        this.bed = bed;
        Own(Program(ClockBed.Leader, "ptp-leader", "priority1 100", bed.Oscillator));
        follower = Own(Program(ClockBed.Follower, "ptp-follower", "slaveOnly 1", null));
    }

    public override List<ClockError> Errors()
    {
        List<ClockError> errors = [];
        foreach ((_, string text) in follower.Lines)
        {
            if (Offset().Match(text) is not { Success: true } match)
                continue;
            // the log's time is CLOCK_MONOTONIC; the offset is follower less master
            long at = (long)(decimal.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * 1_000_000_000);
            errors.Add(new ClockError(at, -double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) - bed.Oscillator.AheadNs(at)));
        }
        return errors;
    }

    private LabProcess Program(int node, string key, string role, Oscillator? oscillator)
    {
        string configuration = bed.Write(
            $"{key}.conf",
            $"""
            [global]
            {role}
            time_stamping software
            free_running 1
            network_transport UDPv4
            logAnnounceInterval 0
            logSyncInterval -3
            logMinDelayReqInterval -3
            freq_est_interval 0
            summary_interval -3
            uds_address {bed.Folder}/{key}.sock

            """
        );
        return new LabProcess(bed.Space(node), "ptp4l", ["-f", configuration, "-i", NetworkNamespaces.InterfaceName, "-m", "-q"], oscillator);
    }

    [GeneratedRegex(@"^ptp4l\[([0-9.]+)\]: master offset +(-?[0-9]+) ")]
    private static partial Regex Offset();
}
