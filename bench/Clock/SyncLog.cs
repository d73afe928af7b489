using System.Globalization;
using RecordSync.Daemon;

namespace RecordSync.Bench;

/// <summary>A row of <c>--sync-log</c>, its instant by the true clock. What the node did not know is null.</summary>
internal readonly record struct SyncRow(long MonotonicNs, long? NetworkNs, long? ErrorNs, string State);

/// <summary>The sync log of a node, and what its wrong oscillator was.</summary>
internal sealed class SyncLog(string path, SimulatedClock clock)
{
    public string Path => path;

    public List<SyncRow> Read()
    {
        List<SyncRow> rows = [];
        if (!File.Exists(path))
            return rows;
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        if (reader.ReadLine() is not { } header)
            return rows;
        string[] columns = header.Split(',');
        int local = Column(columns, "local_ns"), network = Column(columns, "network_ns"), error = Column(columns, "error_ns"), state = Column(columns, "state");
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(',');
            // the last line of a node that was killed, or of one that is writing
            if (fields.Length < columns.Length)
                break;
            long monotonic = clock.ToMonotonic(new LocalTime(long.Parse(fields[local], CultureInfo.InvariantCulture)));
            rows.Add(new SyncRow(monotonic, Number(fields[network]), Number(fields[error]), fields[state]));
        }
        return rows;
    }

    public async Task WaitForNetworkTime(CancellationToken stop)
    {
        while (!Read().Exists(row => row.NetworkNs is not null))
            await Task.Delay(50, stop);
    }

    /// <summary>
    /// The leader's network time less its oscillator's reading, which must be one number: the truth that followers are measured by. A node's rounding is a nanosecond.
    /// </summary>
    public long LeaderOffsetNs()
    {
        long[] offsets = [.. Read().Where(row => row.NetworkNs is not null).Select(row => row.NetworkNs!.Value - clock.FromMonotonic(row.MonotonicNs).Nanoseconds)];
        if (offsets.Length == 0)
            throw new InvalidOperationException($"The leader's sync log {path} has no row with a network time.");
        if (offsets.Max() - offsets.Min() > 2)
            throw new InvalidOperationException($"The leader's network time is not one line: it moves by {offsets.Max() - offsets.Min()} ns in {path}.");
        return offsets[0];
    }

    /// <summary>This follower's errors against its leader.</summary>
    public List<ClockError> Errors(SyncLog leader)
    {
        long offset = leader.LeaderOffsetNs();
        return
        [
            .. Read()
                .Where(row => row.NetworkNs is not null)
                .Select(row => new ClockError(row.MonotonicNs, row.NetworkNs!.Value - (leader.TrueNs(row.MonotonicNs) + offset), row.ErrorNs)),
        ];
    }

    private long TrueNs(long monotonicNs) => clock.FromMonotonic(monotonicNs).Nanoseconds;

    private int Column(string[] columns, string name)
    {
        int index = Array.IndexOf(columns, name);
        return index >= 0 ? index : throw new InvalidOperationException($"The sync log {path} has no column {name}.");
    }

    private static long? Number(string field) => field.Length == 0 ? null : long.Parse(field, CultureInfo.InvariantCulture);
}
