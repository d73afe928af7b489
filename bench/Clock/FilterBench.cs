using RecordSync.Tests;
using Spectre.Console;

namespace RecordSync.Bench;

/// <summary>
/// The filter against its predecessors on the same simulated exchanges: the joint lower envelope of a fixed window, its most likely rate, and ours.
/// No sockets: what differs is the estimator alone. And eight hours of a room whose heating goes on and off.
/// </summary>
internal static class FilterBench
{
    private const int Seeds = 40;
    private const double Seconds = 75;

    private static readonly (string Name, SimulatedPath Path)[] Paths =
    [
        ("clean", SimulatedPath.Clean),
        ("lan, 200 ± 50 µs", SimulatedPath.Lan),
        ("2 ms and exponential, sigma 1 ms, 2 % loss", new SimulatedPath(2_000_000, random => SimulatedPath.Exponential(random, 1_000_000), Loss: 0.02)),
        ("2 ms, sigma 1 ms, few near the least", SimulatedPath.Wifi),
    ];

    private static readonly double[] MinutePpm = [0.1, 0.5];

    private static readonly (string Name, Func<ClockFilter> Make)[] Filters =
    [
        ("joint lower envelope, 30 s", () => new ClockFilter(new ClockFilterTuning(Nanos.FromSeconds(30), [1e-13], Mean: false))),
        ("… and the mean", () => new ClockFilter(new ClockFilterTuning(Nanos.FromSeconds(30), [1e-13]))),
        ("… and a lift, w = 5 ppb/s", () => new ClockFilter(new ClockFilterTuning(ClockFilterTuning.Default.Window, [5e-9]))),
        ("ours: w is learned", () => new ClockFilter()),
    ];

    public static void Run()
    {
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 150);
        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("link", "wander", "filter", "p50", "p99", "max", "within the bound", "bound, p50");
        foreach ((string link, SimulatedPath path) in Paths)
            foreach (double ppm in MinutePpm)
                foreach ((string name, Func<ClockFilter> make) in Filters)
                {
                    Sample sample = new();
                    for (int seed = 0; seed < Seeds; seed++)
                    {
                        SimulatedFollower follower = new(seed, new SimulatedOscillator(seed, seed % 2 == 0 ? 50 : -50, ppm, Phase: seed), path, make());
                        follower.RunFor(5);
                        follower.RunFor(Seconds, sample.Look);
                    }
                    table.AddRow([link, $"{ppm} ppm", name, .. sample.Figures]);
                }
        AnsiConsole.Write(table);
        Sample day = new();
        SimulatedFollower long8 = new(1, new SimulatedOscillator(1, 50, MinutePpm: 0.1, RoomPpm: 2), SimulatedPath.Clean);
        long8.RunFor(5);
        long8.RunFor(8 * 3_600, day.Look);
        AnsiConsole.WriteLine(
            $"8 h, clean, ± 0.1 ppm within a minute and ± 2 ppm in 20 min: p50 {day.Figures[0]}, p99 {day.Figures[1]} (limit 3 µs), max {day.Figures[2]}, {day.Figures[3]} within the bound"
        );
    }

    private sealed class Sample
    {
        private readonly List<double> errors = [];
        private readonly List<double> bounds = [];
        private int within;

        public string[] Figures
        {
            get
            {
                errors.Sort();
                bounds.Sort();
                return [Micros(errors[errors.Count / 2]), Micros(errors[(int)(errors.Count * 0.99)]), Micros(errors[^1]), $"{100.0 * within / errors.Count:0.00} %", Micros(bounds[bounds.Count / 2])];
            }
        }

        public void Look(SimulatedFollower follower)
        {
            errors.Add(Math.Abs(follower.ErrorNs));
            bounds.Add(follower.BoundNs);
            if (errors[^1] <= bounds[^1])
                within++;
        }

        private static string Micros(double ns) => $"{ns / 1e3:0.000} µs";
    }
}
