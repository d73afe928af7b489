using Spectre.Console;

namespace RecordSync.Bench;

/// <summary>Tables for people at a terminal, and the same as Markdown.</summary>
internal sealed class Report(string title)
{
    private readonly List<string> markdown = [$"`{title}`", ""];

    // a pipe has no width of its own, and tables are wide
    private const int WidthOfPipe = 250;

    private readonly IAnsiConsole console = Console.IsOutputRedirected ? Wide() : AnsiConsole.Console;

    public void Say(string paragraph)
    {
        console.WriteLine(paragraph);
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
        console.Write(table);
    }

    public void Write(string? path)
    {
        if (path is not null)
            File.WriteAllLines(path, markdown.Take(markdown.Count - 1));
    }

    private static IAnsiConsole Wide()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings());
        console.Profile.Width = WidthOfPipe;
        return console;
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
