namespace RecordSync.Bench;

/// <summary>Estimate less truth at an instant of CLOCK_MONOTONIC; the bound where the system states one.</summary>
internal readonly record struct ClockError(long MonotonicNs, double ErrorNs, double? BoundNs = null);

/// <summary>|error| in µs.</summary>
/// <param name="Covered">Share of samples whose error is within the bound.</param>
/// <param name="Bound">Median of the stated bound, µs.</param>
internal sealed record ErrorFigures(int Samples, double P50, double P99, double Max, double Covered, double Bound)
{
    public static ErrorFigures? Of(IEnumerable<ClockError> errors)
    {
        ClockError[] all = [.. errors];
        if (all.Length == 0)
            return null;
        double[] sizes = [.. all.Select(error => Math.Abs(error.ErrorNs) / 1e3).Order()];
        double[] bounds = [.. all.Where(error => error.BoundNs is not null).Select(error => error.BoundNs!.Value / 1e3).Order()];
        double covered = (double)all.Count(error => Math.Abs(error.ErrorNs) <= error.BoundNs) / all.Length;
        return new ErrorFigures(all.Length, Quantile(sizes, 0.5), Quantile(sizes, 0.99), sizes[^1], covered, bounds.Length == 0 ? double.NaN : Quantile(bounds, 0.5));
    }

    /// <summary>Of several runs: the middle one's p50 and p99, each on its own; the worst maximum; all samples' share within the bound.</summary>
    public static ErrorFigures? Of(IReadOnlyList<ErrorFigures> runs) =>
        runs.Count == 0
            ? null
            : new ErrorFigures(
                runs.Sum(run => run.Samples),
                Quantile([.. runs.Select(run => run.P50).Order()], 0.5),
                Quantile([.. runs.Select(run => run.P99).Order()], 0.5),
                runs.Max(run => run.Max),
                runs.Sum(run => run.Covered * run.Samples) / runs.Sum(run => run.Samples),
                Quantile([.. runs.Select(run => run.Bound).Order()], 0.5)
            );

    /// <summary>The smallest value that so large a part does not exceed.</summary>
    public static double Quantile(double[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
}
