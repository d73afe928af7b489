using System.Diagnostics;
using System.Globalization;

namespace RecordSync.Bench;

/// <summary>chronyd -x at both ends, one poll a second, kernel stamps; a client with and one without interleaved mode. Asked five times a second for its correction.</summary>
internal sealed class ChronyPeer : Peer
{
    private const int PollMilliseconds = 200;
    private const long LongestQueryNs = 20_000_000;

    private readonly ClockBed bed;
    private readonly string socket;
    private readonly List<ClockError> errors = [];
    private readonly Process query;
    private readonly Thread asking;
    private volatile bool stopping;

    private ChronyPeer(ClockBed bed, string name, string key, string sourceOptions)
        : base(name)
    {
        this.bed = bed;
        socket = Path.Combine(bed.Folder, $"{key}.sock");
        string configuration = bed.Write(
            $"{key}.conf",
            $"server {ClockBed.LeaderAddress} iburst minpoll 0 maxpoll 0{sourceOptions}\nport 0\ncmdport 0\nbindcmdaddress {socket}\npidfile {bed.Folder}/{key}.pid\nuser root\n"
        );
        Own(new LabProcess(bed.Space(ClockBed.Follower), "chronyd", ["-x", "-d", "-f", configuration]));
        AwaitSocket();
        query = Process.Start(
            new ProcessStartInfo("ip", ["netns", "exec", bed.Space(ClockBed.Follower), "chronyc", "-c", "-h", socket])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        asking = new Thread(Ask) { IsBackground = true, Name = key };
        asking.Start();
    }

    public static IEnumerable<Peer> Start(ClockBed bed)
    {
        yield return new ChronyServer(bed);
        yield return new ChronyPeer(bed, "chrony", "chrony-plain", "");
        yield return new ChronyPeer(bed, "chrony xleave", "chrony-xleave", " xleave");
    }

    public override List<ClockError> Errors()
    {
        lock (errors)
            return [.. errors];
    }

    public override void Dispose()
    {
        stopping = true;
        if (!query.HasExited)
            query.Kill();
        asking.Join();
        query.Dispose();
        base.Dispose();
    }

    private void AwaitSocket()
    {
        long deadline = Environment.TickCount64 + 10_000;
        while (!File.Exists(socket))
        {
            RequireAlive();
            if (Environment.TickCount64 > deadline)
                throw new InvalidOperationException($"chronyd never opened {socket}");
            Thread.Sleep(10);
        }
    }

    private void Ask()
    {
        try
        {
            while (!stopping)
            {
                Thread.Sleep(PollMilliseconds);
                long before = RealTime.MonotonicNs();
                query.StandardInput.WriteLine("tracking");
                query.StandardInput.Flush();
                if (query.StandardOutput.ReadLine() is not { } line)
                    return;
                long after = RealTime.MonotonicNs();
                // columns: id, address, stratum, time of the last update, correction in seconds, …; stratum 0 is not synchronised
                string[] columns = line.Split(',');
                if (columns.Length < 14 || columns[2] == "0" || after - before > LongestQueryNs)
                    continue;
                long middle = before + (after - before) / 2;
                double correction = double.Parse(columns[4], CultureInfo.InvariantCulture) * 1e9;
                lock (errors)
                    errors.Add(new ClockError(middle, correction - bed.Oscillator.AheadNs(middle)));
            }
        }
        catch (IOException)
        {
            // was killed, as Dispose does
        }
    }

    /// <summary>Both clients' server; it estimates nothing itself.</summary>
    private sealed class ChronyServer : Peer
    {
        public ChronyServer(ClockBed bed)
            : base("")
        {
            string configuration = bed.Write(
                "chrony-server.conf",
                $"local stratum 1\nallow all\ncmdport 0\nbindcmdaddress {bed.Folder}/chrony-server.sock\npidfile {bed.Folder}/chrony-server.pid\nuser root\n"
            );
            Own(new LabProcess(bed.Space(ClockBed.Leader), "chronyd", ["-x", "-d", "-f", configuration], bed.Oscillator));
        }

        public override List<ClockError> Errors() => [];
    }
}
