using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>The verdict of a take as the prompt shows it: a row per node, the take's figures, the word and its reasons.</summary>
internal static class VerdictTable
{
    private const int LeastWidth = 80;
    private const int MostReasons = 12;

    public static string Render(GroupVerdict verdict, int width, bool colour = false)
    {
        Table table = new() { Border = TableBorder.Rounded, UseSafeBorder = false };
        table.AddColumn("Node");
        foreach (string title in (string[])["Frames", "Repeated", "Left out", "Dropped", "Start", "Stop", "Clock ±", "Sensor", "Verdict"])
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        long? first = verdict.Nodes.Min(FirstInstant), last = verdict.Nodes.Min(LastInstant);
        foreach (NodeVerdict node in verdict.Nodes)
        {
            table.AddRow(
                new Text(Clean(node.Node)),
                new Text(node.Expected is { } expected && expected != node.Recorded ? $"{node.Recorded} of {expected}" : $"{node.Recorded}"),
                new Text($"{node.Repeated}"),
                new Text($"{node.Duplicates}"),
                new Text($"{node.Dropped}"),
                new Text(After(FirstInstant(node), first)),
                new Text(After(LastInstant(node), last)),
                new Text(node.ClockState == "leader" ? "leader" : Quantity.Span(node.ClockErrorNs)),
                new Text(node.SensorPpb is { } ppb ? FormattableString.Invariant($"{ppb / 1e3:+0.0;-0.0;0.0} ppm") : Quantity.Unknown),
                Word(node.Word)
            );
        }
        foreach (string missing in verdict.Missing)
            table.AddRow(new Text(Clean(missing)), new Text("no answer", new Style(Color.Red)));
        StringWriter text = new() { NewLine = "\n" };
        IAnsiConsole console = People.ConsoleFor(text, Math.Max(LeastWidth, width), colour);
        console.Write(new Text($"Take {Clean(verdict.Take)}\n"));
        console.Write(table);
        if (verdict.Skew is { } skew)
            console.Write(new Text(Describe(skew, verdict) + "\n"));
        console.Write(Word(verdict.Word));
        console.Write(new Text(verdict.Word == TakeGrade.Pass ? $" {verdict.Nodes.Count} nodes recorded the same {verdict.Nodes[0].Recorded} instants.\n" : "\n"));
        foreach (string reason in verdict.Reasons.Take(MostReasons))
            console.Write(new Text($"  {Clean(reason)}\n"));
        if (verdict.Reasons.Count > MostReasons)
            console.Write(new Text($"  … and {verdict.Reasons.Count - MostReasons} more, in take.json.\n"));
        return string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd())).Trim('\n');
    }

    /// <summary>Says what is exact and what is not.</summary>
    internal static string Describe(GroupSkew skew, GroupVerdict verdict)
    {
        string of = skew.WorstUs >= skew.WorstBoundUs - 2 ? $"all {skew.Indices} indices" : $"{skew.Indices} indices";
        string bound = skew.WorstUs >= skew.WorstBoundUs - 2 ? "" : $"; no frame is farther apart than {Us(skew.WorstBoundUs)}";
        return $"Same index on all nodes, {of}: {Us(skew.MedianUs)} median, {Us(skew.P99Us)} p99, {Us(skew.WorstUs)} worst (frame {skew.WorstIndex}){bound}; clocks ± {Us(verdict.ClockErrorUs)}.";
    }

    private static long? FirstInstant(NodeVerdict node) => node is { FirstIndex: { } index, FirstResidualNs: { } residual, Grid: { } grid } ? grid.At(index).Nanoseconds + residual : null;

    private static long? LastInstant(NodeVerdict node) => node is { LastIndex: { } index, LastResidualNs: { } residual, Grid: { } grid } ? grid.At(index).Nanoseconds + residual : null;

    private static string After(long? instant, long? earliest) => instant is null || earliest is null ? Quantity.Unknown : FormattableString.Invariant($"+{(instant.Value - earliest.Value) / 1e6:0.0} ms");

    private static Text Word(TakeGrade word) =>
        new(VerdictField.NameOf(word), new Style(word == TakeGrade.Pass ? Color.Green : word == TakeGrade.Warn ? Color.Yellow : Color.Red, decoration: Decoration.Bold));

    private static string Us(double microseconds) => TakeVerdict.Text(microseconds * 1e3);

    /// <summary>Names and reasons come from the network: an escape sequence in one must not reach the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
