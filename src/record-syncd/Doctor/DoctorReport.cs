using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace RecordSync.Daemon;

/// <summary>All that the doctor has found.</summary>
/// <param name="Links">What was measured of the ways to other nodes, which is judged among the findings.</param>
internal sealed record DoctorReport(IReadOnlyList<FindingGroup> Groups, IReadOnlyList<LinkFigures> Links)
{
    private static readonly Dictionary<FindingVerdict, (string Mark, string Colour)> Marks = new()
    {
        [FindingVerdict.Ok] = ("✓", "green"),
        [FindingVerdict.Skipped] = ("–", "grey"),
        [FindingVerdict.Warning] = ("!", "yellow"),
        [FindingVerdict.Problem] = ("✗", "red"),
    };

    private IEnumerable<Finding> All => Groups.SelectMany(group => group.Findings);

    /// <summary>0 all is well, 1 warnings, 2 problems. What was skipped does not count.</summary>
    public int ExitCode =>
        All.Any(finding => finding.Verdict == FindingVerdict.Problem) ? 2
        : All.Any(finding => finding.Verdict == FindingVerdict.Warning) ? 1
        : 0;

    public string ToJson() => JsonSerializer.Serialize(ToContract(), DoctorJson.Default.ApiDoctor);

    public ApiDoctor ToContract() =>
        new(
            ExitCode switch
            {
                0 => "ok",
                1 => "warnings",
                _ => "problems",
            },
            ExitCode,
            [.. Groups.SelectMany(group => group.Findings.Select(finding => new ApiFinding(group.Area, finding.Check, NameOf(finding.Verdict), finding.Evidence, finding.Remedy)))],
            [.. Links.Select(link => link.ToContract())]
        );

    /// <summary>For a pipe: two lines for a finding at the most, so that grep finds both.</summary>
    public void WriteLines(TextWriter output)
    {
        foreach (FindingGroup group in Groups)
        {
            foreach (Finding finding in group.Findings)
            {
                output.WriteLine($"{NameOf(finding.Verdict),-8} {group.Area}/{finding.Check}: {finding.Evidence}");
                if (finding.Remedy is { } remedy)
                    output.WriteLine($"         → {remedy}");
            }
        }
        output.WriteLine(Summary());
    }

    public void WriteList(IAnsiConsole console)
    {
        foreach (FindingGroup group in Groups)
        {
            console.Write(new Markup($"[bold]{Markup.Escape(group.Area)}[/]\n"));
            Grid grid = new();
            grid.AddColumn(new GridColumn().NoWrap().PadLeft(1).PadRight(1));
            grid.AddColumn(new GridColumn().NoWrap().PadRight(2));
            grid.AddColumn(new GridColumn().PadRight(0));
            foreach (Finding finding in group.Findings)
            {
                (string mark, string colour) = Marks[finding.Verdict];
                string remedy = finding.Remedy is null ? "" : $"\n[{colour}]→ {Markup.Escape(finding.Remedy)}[/]";
                grid.AddRow($"[{colour}]{mark}[/]", Markup.Escape(finding.Check), $"{Markup.Escape(finding.Evidence)}{remedy}");
            }
            console.Write(grid);
        }
        console.Write(new Markup($"{Markup.Escape(Summary())}\n"));
    }

    private string Summary()
    {
        int problems = All.Count(finding => finding.Verdict == FindingVerdict.Problem), warnings = All.Count(finding => finding.Verdict == FindingVerdict.Warning);
        int skipped = All.Count(finding => finding.Verdict == FindingVerdict.Skipped);
        string verdict = problems + warnings == 0 ? "All is well" : string.Join(", ", ((string[])[Count(problems, "problem"), Count(warnings, "warning")]).Where(text => text.Length > 0));
        return $"{verdict}: {All.Count()} checks{(skipped == 0 ? "" : $", {skipped} skipped")}.";
    }

    private static string Count(int number, string word) => number == 0 ? "" : $"{number} {word}{(number == 1 ? "" : "s")}";

    private static string NameOf(FindingVerdict verdict) => verdict.ToString().ToLowerInvariant();
}

/// <summary>As <c>--json</c> and the API give it.</summary>
/// <param name="Verdict">ok, warnings or problems.</param>
/// <param name="Links">The ways to the other nodes.</param>
internal sealed record ApiDoctor(string Verdict, int ExitCode, IReadOnlyList<ApiFinding> Findings, IReadOnlyList<ApiLink> Links);

/// <param name="Verdict">ok, skipped, warning or problem.</param>
internal sealed record ApiFinding(string Area, string Check, string Verdict, string Evidence, string? Remedy);

/// <summary>A few seconds of questions to another node; delays are there and back, null where nothing was answered.</summary>
/// <param name="Reordered">Answers that came after one to a later question.</param>
/// <param name="ForwardWaitNs">By how much the median packet to the node took longer than the quickest; null where its clock was not told.</param>
internal sealed record ApiLink(string Node, int Asked, int Answered, int Reordered, long? LeastDelayNs, long? MedianDelayNs, long? MostDelayNs, long? ForwardWaitNs, long? BackwardWaitNs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiDoctor))]
internal sealed partial class DoctorJson : JsonSerializerContext;
