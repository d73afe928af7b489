using System.Globalization;

namespace RecordSync.Laboratory;

internal enum JitterShape
{
    /// <summary>Evenly from 0 to the width.</summary>
    Uniform,

    /// <summary>Dense at the minimum, with a heavy tail: gamma with shape ½, given its standard deviation.</summary>
    Gamma,

    /// <summary>Thin at the minimum, with a heavy tail: log-normal (of a normal with sigma 1), given its standard deviation.</summary>
    LogNormal,
}

/// <summary>What happens to packets on one way of a cable. Microseconds, and probabilities from 0 to 1.</summary>
internal sealed record WireSettings
{
    /// <summary>The hard minimum: nothing arrives earlier.</summary>
    public double DelayUs { get; init; }

    public JitterShape Shape { get; init; }

    /// <summary>Of the delay beyond the minimum: the width of a uniform one, the standard deviation of the others.</summary>
    public double JitterUs { get; init; }

    public double Loss { get; init; }

    /// <summary>The copy is delayed on its own.</summary>
    public double Duplication { get; init; }

    /// <summary>Such a packet is held back <see cref="HoldUs"/> more, so that later ones overtake it.</summary>
    public double Reordering { get; init; }

    public double HoldUs { get; init; } = 5_000;

    /// <summary>Reads "delay=150,jitter=uniform:100,loss=0.02,duplicate=0.05,reorder=0.1,hold=5000"; "" is a perfect wire.</summary>
    public static WireSettings Parse(string text)
    {
        WireSettings wire = new();
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] pair = part.Split('=', 2);
            string value = pair.Length == 2 ? pair[1] : "";
            wire = pair[0] switch
            {
                "delay" => wire with { DelayUs = Number(part, value, 10_000_000) },
                "jitter" => WithJitter(wire, part, value),
                "loss" => wire with { Loss = Number(part, value, 1) },
                "duplicate" => wire with { Duplication = Number(part, value, 1) },
                "reorder" => wire with { Reordering = Number(part, value, 1) },
                "hold" => wire with { HoldUs = Number(part, value, 10_000_000) },
                _ => throw new FormatException($"A wire has no \"{pair[0]}\": use delay, jitter, loss, duplicate, reorder and hold."),
            };
        }
        return wire;
    }

    /// <summary>In the form that <see cref="Parse"/> takes.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"delay={DelayUs},jitter={Shape.ToString().ToLowerInvariant()}:{JitterUs},loss={Loss},duplicate={Duplication},reorder={Reordering},hold={HoldUs}"
        );

    /// <summary>One packet's delay, in ns.</summary>
    public long DelayNs(Random random)
    {
        double excess =
            JitterUs == 0 ? 0
            : Shape == JitterShape.Uniform ? random.NextDouble()
            : Shape == JitterShape.Gamma ? Gamma(random)
            : LogNormal(random);
        double held = Reordering > 0 && random.NextDouble() < Reordering ? HoldUs : 0;
        return (long)((DelayUs + excess * JitterUs + held) * 1_000);
    }

    private static WireSettings WithJitter(WireSettings wire, string part, string value)
    {
        string[] pair = value.Split(':');
        return pair.Length == 2 && Enum.TryParse(pair[0], ignoreCase: true, out JitterShape shape)
            ? wire with { Shape = shape, JitterUs = Number(part, pair[1], 10_000_000) }
            : throw new FormatException($"A wire's jitter is written like uniform:100, gamma:1000 or lognormal:1000, not \"{value}\".");
    }

    private static double Number(string part, string value, double largest) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number <= largest
            ? number
            : throw new FormatException($"\"{part}\" wants a number from 0 to {largest}.");

    // half the square of a normal number has the gamma distribution of shape ½; its standard deviation is √½
    private static double Gamma(Random random)
    {
        double normal = Normal(random);
        return normal * normal / 2 / Math.Sqrt(0.5);
    }

    private static double LogNormal(Random random) => Math.Exp(Normal(random)) / Math.Sqrt((Math.E - 1) * Math.E);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());
}

/// <param name="ToNode">From the switch to the node.</param>
/// <param name="FromNode">From the node to the switch.</param>
internal sealed record RelaySettings(WireSettings ToNode, WireSettings FromNode, int Seed = 1);
