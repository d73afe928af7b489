using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>record-syncd verify DIR|FILES… [--json]</summary>
internal static class VerifyCommand
{
    /// <returns>0 pass, 1 warn, 2 fail, 3 when a file could not be read.</returns>
    public static int Run(IReadOnlyList<string> paths, bool json, TextWriter output, TextWriter error, string? html = null, bool sidecarsOnly = false)
    {
        VerifyReport report = VerifyReport.Examine(paths, sidecarsOnly);
        foreach (UnreadableFile file in report.Unreadable)
            error.WriteLine($"{file.Path}: {file.Reason.TrimEnd('.')}.");
        if (json)
            output.WriteLine(report.ToJson());
        else
            Print(report, output);
        return html is null || WritePage(report, html, error) ? report.ExitCode : 3;
    }

    private static bool WritePage(VerifyReport report, string path, TextWriter error)
    {
        try
        {
            File.WriteAllText(path, VerifyPage.Render(report));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine(StorageFault.Describe(e, path));
            return false;
        }
    }

    /// <summary>Tables and sentences for people, 100 columns wide.</summary>
    public static void Print(VerifyReport report, TextWriter output)
    {
        IAnsiConsole console = People.Console(output);
        foreach (TakeReport take in report.Takes)
        {
            if (take.Take is not null)
                console.MarkupLine($"[bold]Take {Markup.Escape(take.Take)}[/]");
            console.Write(FileTable(take));
            PrintMeasures(console, take);
            foreach (ReasonReport reason in take.Reasons)
                console.MarkupLine($"{Colour(reason.Weight)} {Markup.Escape(reason.Text)}");
            console.MarkupLine($"{Colour(take.Verdict)} {Markup.Escape(Summary(take))}.");
        }
    }

    private static Table FileTable(TakeReport take)
    {
        bool byNode = take.Files.Select(file => file.Node).Where(node => node is not null).Distinct().Count() == take.Files.Count;
        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumn(byNode ? "Node" : "File");
        // the code is worth a column where not every frame has a readable one
        bool codes = take.Files.Any(file => file.CodesRead != file.Frames);
        foreach (string title in (string[])["Frames", .. codes ? ["Code"] : Array.Empty<string>(), "Lost", "Repeats", "Start", "Stop", "Sensor", "Clock ±", "Sidecar"])
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        long? first = take.Files.Min(file => file.FirstCaptureNs), last = take.Files.Min(file => file.LastCaptureNs);
        foreach (FileReport file in take.Files)
        {
            string[] code = codes ? [file.CodesRead == 0 ? "none" : $"{file.CodesRead}"] : [];
            string[] cells =
            [
                Markup.Escape(byNode ? file.Node! : file.Name),
                $"{file.Frames}",
                .. code,
                $"{Math.Max(file.Skipped, file.Missing)}",
                $"{Math.Max(file.Duplicates, file.Repeated)}",
                After(file.FirstCaptureNs, first),
                After(file.LastCaptureNs, last),
                file.SensorPpm is { } ppm ? $"{ppm:+0;-0;0} ppm" : "-",
                file.ClockState == "leader" ? "leader" : file.ClockErrorUs is { } error ? Us(error) : "-",
                file.SidecarOffsetUs is { } offset ? $"{offset:+0;-0;0} µs" : "-",
            ];
            table.AddRow(cells);
        }
        return table;
    }

    private static void PrintMeasures(IAnsiConsole console, TakeReport take)
    {
        if (!take.VideosOpened)
            console.MarkupLine("By sidecars and manifests only: the videos were not opened, and nothing is said about them.");
        if (take.Files.Count > 1)
            console.MarkupLine($"Frame counts {(take.FrameCountsEqual ? "equal" : "[red]differ[/]")}, frame times {(take.FrameTimesEqual ? "equal" : "[red]differ[/]")}.");
        if (take.Spread is { } spread)
        {
            string from = take.Evidence == "pixels" ? "by pixels" : "by sidecars";
            console.MarkupLine(
                $"Same index across files, {from}: {Us(spread.P50Us)} median, {Us(spread.P99Us)} p99, {Us(spread.MaxUs)} max (limit {TakeVerdict.Text(take.FramePeriodNs)})."
            );
        }
        if (take.Sidecar is { } sidecar)
            console.MarkupLine($"Sidecar times against pixels: {Us(sidecar.P50Us)} median, {Us(sidecar.P99Us)} p99, {Us(sidecar.MaxUs)} max (limit {TakeVerdict.Text(TakeVerdict.SidecarLimit)} p99).");
        foreach (FileReport file in take.Files)
        {
            if (file.Sound is not { Rate: > 0 } sound)
                continue;
            string ticks = sound.TickErrorUs is { } apart ? $"; {sound.Ticks} ticks within {Us(apart)} of their instants by the pixels (limit {Us(SoundReport.TickLimitUs)})" : "";
            console.MarkupLine(
                Markup.Escape($"{file.Node ?? file.Name}: {sound.Codec}, {sound.Rate} Hz, {sound.Channels} ch, {sound.Seconds:0.000} s, begins {sound.StartUs / 1e3:+0.0;-0.0;0.0} ms and ends {sound.EndUs / 1e3:+0.0;-0.0;0.0} ms from the video{ticks}.")
            );
        }
        if (take.Gathered is { } said)
        {
            string skew = said.Skew is { } apart ? $"; {Us(apart.P99Us)} p99, {Us(apart.WorstUs)} worst, clocks ± {Us(said.ClockErrorUs)}" : "";
            console.MarkupLine($"The nodes' own verdict at stop (take.json): {VerdictField.NameOf(said.Word)}{skew}.");
        }
    }

    private static string Summary(TakeReport take) =>
        take.Verdict switch
        {
            "pass" when !take.VideosOpened => "sidecars and manifests are sound",
            "pass" when take.Files.Count == 1 => "the file is sound",
            "pass" => $"{take.Files.Count} files show the same {take.Files[0].Frames} instants",
            "warn" => "usable, with the remarks above",
            _ => "not synchronised, or damaged: see above",
        };

    private static string Colour(string verdict) =>
        verdict switch
        {
            "pass" => "[bold green]PASS[/]",
            "warn" => "[bold yellow]WARN[/]",
            _ => "[bold red]FAIL[/]",
        };

    private static string After(long? instant, long? earliest) => instant is null || earliest is null ? "-" : $"+{(instant.Value - earliest.Value) / 1e6:0.0} ms";

    private static string Us(double microseconds) => TakeVerdict.Text(microseconds * 1e3);
}
