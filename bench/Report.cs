using Spectre.Console;

namespace RecordSync.Bench;

/// <summary>Tables for people at a terminal, and the same as Markdown.</summary>
internal sealed class Report(string title)
{
    private readonly List<string> markdown = [$"`{title}`", ""];

    public void Say(string paragraph)
    {
        AnsiConsole.MarkupLineInterpolated($"{paragraph}");
        markdown.AddRange([paragraph, ""]);
    }

    public void Table(string[] columns, IEnumerable<string[]> rows)
    {
        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns([.. columns.Select(column => new TableColumn(Markup.Escape(column)).NoWrap())]);
        markdown.Add($"| {string.Join(" | ", columns)} |");
        markdown.Add($"|{string.Concat(columns.Select(_ => "---|"))}");
        foreach (string[] row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
            markdown.Add($"| {string.Join(" | ", row)} |");
        }
        markdown.Add("");
        // a pipe has no width of its own
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 250;
        AnsiConsole.Write(table);
    }

    public void Write(string? path)
    {
        if (path is not null)
            File.WriteAllLines(path, markdown.Take(markdown.Count - 1));
    }

    /// <summary>A figure beside what it is to be, and whether it is.</summary>
    public static string Against(double figure, double? limit, string format, string unit = "", bool atLeast = false)
    {
        string text = $"{figure.ToString(format)}{unit}";
        if (limit is not { } sought)
            return text;
        bool reached = atLeast ? figure >= sought : figure <= sought;
        return $"{text} {(reached ? "✓" : "✗")} ({(atLeast ? "≥" : "≤")} {sought})";
    }
}
