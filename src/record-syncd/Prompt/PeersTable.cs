using Spectre.Console;
using Spectre.Console.Rendering;

namespace RecordSync.Daemon;

/// <summary>One node as the table shows it. Null is not known (yet).</summary>
/// <param name="OffsetNs">The node's clock minus network time.</param>
/// <param name="ErrorBoundNs">What the offset can be wrong by.</param>
/// <param name="LastSeenNs">Age of its last datagram.</param>
/// <param name="Recording">What it records, in a few words, or why it cannot.</param>
/// <param name="Lost">Silent for three beacons.</param>
/// <param name="HoldoverNs">For how long its clock has gone on without its leader; null while it hears it.</param>
internal sealed record PeerRow(
    string Node,
    string? Role,
    string? State,
    string? Address,
    long? OffsetNs,
    long? ErrorBoundNs,
    long? RoundTripNs,
    long? LastSeenNs,
    string? Recording,
    bool Lost = false,
    bool Version1 = false,
    bool Self = false,
    long? HoldoverNs = null
);

/// <summary>What <c>peers</c> prints.</summary>
internal static class PeersTable
{
    private const int NarrowBelow = 112;

    /// <param name="width">Columns of the terminal; below 112 the clock's bound goes to a line of its own.</param>
    /// <param name="colour">Whether ANSI colours may be used.</param>
    public static string Render(IReadOnlyList<PeerRow> rows, int width, bool colour = false)
    {
        bool narrow = width < NarrowBelow;
        var table = new Table { Border = narrow ? TableBorder.Simple : TableBorder.Rounded, UseSafeBorder = false };
        foreach (string title in (string[])["Node", "Role", "State", "Address", "Clock offset", "Round trip", "Last seen", "Records"])
            table.AddColumn(Column(narrow ? title.Replace(' ', '\n') : title, narrow));
        foreach (PeerRow row in rows.OrderByDescending(row => row.Self))
            table.AddRow(Cells(row, narrow));
        // columns of one letter, or the single ellipsis that a table becomes which does not fit, say less than lines broken by the terminal
        string drawn;
        int room = Math.Max(80, width);
        while ((drawn = Print(table, room, colour)) == "…" && room < 1000)
            room += 10;
        return drawn;
    }

    private static TableColumn Column(string title, bool narrow)
    {
        return new TableColumn(new Text(title))
        {
            // an address or a figure torn apart is hard to read; a name may go on in the next line
            NoWrap = title is not ("Node" or "Records"),
            Padding = narrow ? new Padding(0, 0, 1, 0) : new Padding(1, 0, 1, 0),
            Alignment = title.StartsWith("Round") || title.StartsWith("Last") ? Justify.Right : Justify.Left,
        };
    }

    private static IRenderable[] Cells(PeerRow row, bool narrow)
    {
        Style style = row.Lost ? new Style(Color.Grey) : Style.Plain;
        Style state = row switch
        {
            { Lost: true } or { State: "Error" } => new Style(Color.Red),
            { State: "Recording" } => new Style(Color.Red, decoration: Decoration.Bold),
            { State: "Ready" } => new Style(Color.Green),
            _ => Style.Plain,
        };
        string marks = (row.Self ? (narrow ? "\n(this node)" : " (this node)") : "") + (row.Version1 ? " v1" : "");
        return
        [
            new Text(Clean(row.Node) + marks, style),
            new Text(Clean(row.Role), style),
            new Text(row.Lost ? "Lost" : Clean(row.State), state),
            new Text(Clean(row.Address), style),
            new Text(Quantity.Offset(row.OffsetNs, row.ErrorBoundNs, narrow ? "\n" : " ") + Holdover(row), row is { HoldoverNs: not null, Lost: false } ? Holding : style),
            new Text(Quantity.Span(row.RoundTripNs), style),
            new Text(row.Self ? Quantity.Unknown : Quantity.Age(row.LastSeenNs), style),
            new Text(Clean(row.Recording), style),
        ];
    }

    private static readonly Style Holding = new(Color.Yellow);

    /// <summary>On a line of its own: such a row is worth two.</summary>
    private static string Holdover(PeerRow row) => row.HoldoverNs is null ? "" : $"\nholdover {Quantity.Age(row.HoldoverNs)}";

    /// <summary>Names come from the network: an escape sequence in one must not reach the terminal.</summary>
    internal static string Clean(string? text) =>
        string.IsNullOrEmpty(text) ? Quantity.Unknown : string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    internal static string Print(IRenderable table, int width, bool colour)
    {
        using var text = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(text),
            }
        );
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        console.Write(table);
        return string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd())).Trim('\n');
    }
}
