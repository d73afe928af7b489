using System.Globalization;

namespace RecordSync.Bench;

/// <param name="Life">Which process of the node.</param>
internal readonly record struct ResourceSample(double AtSeconds, int Life, double Megabytes, int Handles, int Threads);

/// <summary>What a node's processes hold, sampled at rest after each take, and whether it grows.</summary>
internal sealed class ResourceWatch(string node)
{
    /// <summary>Of a process; fewer say nothing.</summary>
    public const int LeastSamples = 20;

    /// <summary>Caches, pools of threads and the heap fill in the first takes.</summary>
    private const int WarmUp = 8;

    private const double MostGrowth = 0.15;
    private const double LeastMegabytes = 12;
    private const int MostMore = 3;

    private readonly List<ResourceSample> samples = [];

    public void Sample(int process, int life, double atSeconds)
    {
        string status = $"/proc/{process}/status";
        samples.Add(
            new ResourceSample(
                atSeconds,
                life,
                Number(status, "VmRSS:") / 1024,
                Directory.GetFileSystemEntries($"/proc/{process}/fd").Length,
                (int)Number(status, "Threads:")
            )
        );
    }

    /// <summary>Of the process that has lived longest; null when none has been seen often enough.</summary>
    public Trend? Longest()
    {
        ResourceSample[] life = [.. samples.GroupBy(sample => sample.Life).MaxBy(group => group.Count()) ?? Enumerable.Empty<ResourceSample>()];
        return life.Length < LeastSamples ? null : new Trend(node, [.. life.Skip(WarmUp)]);
    }

    private static double Number(string path, string name) =>
        double.Parse(File.ReadLines(path).Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>The first third of the samples against the last.</summary>
    internal sealed class Trend(string node, ResourceSample[] samples)
    {
        public string Node => node;

        public int Count => samples.Length;

        public double Minutes => (samples[^1].AtSeconds - samples[0].AtSeconds) / 60;

        public (double First, double Last) Megabytes => Thirds(sample => sample.Megabytes);

        public (double First, double Last) Handles => Thirds(sample => sample.Handles);

        public (double First, double Last) Threads => Thirds(sample => sample.Threads);

        /// <summary>Of a line through all samples.</summary>
        public double MegabytesPerHour
        {
            get
            {
                double x = samples.Average(sample => sample.AtSeconds), y = samples.Average(sample => sample.Megabytes);
                double square = samples.Sum(sample => (sample.AtSeconds - x) * (sample.AtSeconds - x));
                return square == 0 ? 0 : samples.Sum(sample => (sample.AtSeconds - x) * (sample.Megabytes - y)) / square * 3_600;
            }
        }

        /// <summary>Null: flat.</summary>
        public string? Complaint =>
            Megabytes.Last - Megabytes.First > Math.Max(LeastMegabytes, Megabytes.First * MostGrowth) ? $"{node} grows: {Megabytes.First:0.0} to {Megabytes.Last:0.0} MB in {Minutes:0} min"
            : Handles.Last - Handles.First > MostMore ? $"{node} holds more and more files: {Handles.First:0} to {Handles.Last:0}"
            : Threads.Last - Threads.First > MostMore ? $"{node} has more and more threads: {Threads.First:0} to {Threads.Last:0}"
            : null;

        private (double, double) Thirds(Func<ResourceSample, double> figure)
        {
            int third = Math.Max(1, samples.Length / 3);
            return (Median(samples[..third].Select(figure)), Median(samples[^third..].Select(figure)));
        }

        private static double Median(IEnumerable<double> values) => BenchGroup.Median([.. values]);
    }
}
