using System.Text;

namespace RecordSync.Daemon;

/// <summary><c>record-syncd man</c>: the manual page, record-syncd(1), in the language of man(7).</summary>
internal static class ManualPage
{
    public static string Of(IReadOnlyList<CommandOutline> commands, string version)
    {
        StringBuilder page = new($".TH RECORD\\-SYNCD 1 \"\" \"record\\-syncd {Text(version)}\" \"User Commands\"\n");
        page.Append(".SH NAME\nrecord\\-syncd \\- synchronized multi\\-camera recording\n.SH SYNOPSIS\n");
        page.Append(".B record\\-syncd\n\\fB\\-\\-role\\fR auto|leader|follower [\\fIOPTION\\fR]...\n");
        foreach (CommandOutline command in commands.Skip(1))
            page.Append($".br\n.B record\\-syncd {Text(command.Name)}\n[\\fIOPTION\\fR]...{(command.Arguments.Length > 0 ? $" \\fI{Text(command.Arguments)}\\fR" : "")}\n");
        page.Append(".SH DESCRIPTION\nRecords cameras on several machines at the same instants of a common network time, without a server. One node leads; it starts and stops all of them. ");
        page.Append("Without a command a node is run, with a prompt where standard input is a terminal.\n.SH OPTIONS OF A NODE\n");
        page.Append("Each is a setting too: of the file as \\fIKEY\\fR without the dashes, and of the environment as \\fBRECORD_SYNCD_\\fIKEY\\fR in capitals with underscores.\n");
        AppendOptions(page, commands[0]);
        page.Append(".SH COMMANDS\n");
        foreach (CommandOutline command in commands.Skip(1))
        {
            page.Append($".SS record\\-syncd {Text(command.Name)} {Text(command.Arguments)}\n{Line(command.Description)}.\n");
            // those of the node are told above
            if (command.Options.Any(option => option.Names[0] == "--role"))
                page.Append(".PP\nTakes the options of a node.\n");
            else
                AppendOptions(page, command);
        }
        page.Append(
            """
            .SH FILES
            .TP
            .I /etc/record\-syncd/record\-syncd.jsonc
            the settings of the service; read by no other node unless \fB\-\-config\fR names it
            .TP
            .I /var/lib/record\-syncd
            where the service records to
            .SH EXIT STATUS
            0 the node has left its group; 64 no role; 69 the network cannot be used; 70 a fault of the program; 78 the settings make no sense; 130 forced by a second Ctrl\-C.
            .SH SEE ALSO
            .BR systemctl (1),
            .BR gst\-launch\-1.0 (1),
            .I /usr/share/doc/record\-syncd

            """
        );
        return page.ToString();
    }

    private static void AppendOptions(StringBuilder page, CommandOutline command)
    {
        foreach (OptionOutline option in command.Options)
        {
            string value = option.TakesValue ? $" \\fI{Text(option.Value)}\\fR" : "";
            string said = option.Default is { Length: > 0 } standard ? $" (default: {Text(standard)})" : "";
            page.Append($".TP\n{string.Join(", ", option.Names.Select(name => $"\\fB{Text(name)}\\fR"))}{value}\n{Line(option.Description)}{said}\n");
        }
    }

    private static string Text(string text) => text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).Replace("…", "...", StringComparison.Ordinal);

    /// <summary>A text that begins a line, where a dot or a quote would be taken for a request.</summary>
    private static string Line(string text) => Text(text) is { Length: > 0 } line && line[0] is '.' or '\'' ? "\\&" + Text(text) : Text(text);
}
