using System.Globalization;

namespace RecordSync.Daemon;

/// <summary>One line typed at the prompt. Reading is total: what makes no sense is <see cref="Bad"/> with a sentence that says what would.</summary>
internal abstract record PromptCommand
{
    public const int DefaultStartDelayMs = 2000;
    public const int DefaultStartDelayWithSettingsMs = 5000;
    public const int DefaultStopDelayMs = 1000;
    public const int LongestDelayMs = 3_600_000;

    public static readonly IReadOnlyList<string> Words = ["start", "stop", "peers", "status", "verdict", "forget", "help", "quit"];

    public const string HelpText = """
        start [delay_ms]   start recording on all nodes, delay_ms from now (2000); refused when not all are ready
              --force      … with those that are
              --label WORD … and WORD at the end of the take's name
              --size WxH --fps RATE --bitrate KBPS --lock-exposure --lock-white-balance
                           … asked of all cameras for this take (delay_ms 5000, because cameras are opened anew)
        stop [delay_ms]    stop recording on all nodes, delay_ms from now (1000)
        peers              show the nodes of the group
        status             show this node
        verdict [take]     ask all nodes for their verdicts on a take (the last one), show and save them
        forget NODE        go on without a node that is lost
        help               show this text
        quit               finish a recording that runs, and leave
        """;

    private PromptCommand() { }

    /// <param name="Settings">For the cameras, for this take; null: none.</param>
    public sealed record Start(int DelayMs, bool Force = false, string? Label = null, TakeSettings? Settings = null) : PromptCommand;

    public sealed record Stop(int DelayMs) : PromptCommand;

    public sealed record Peers : PromptCommand;

    public sealed record Status : PromptCommand;

    /// <param name="Take">Null: the last one.</param>
    public sealed record Verdict(string? Take) : PromptCommand;

    public sealed record Forget(string Node) : PromptCommand;

    public sealed record Quit : PromptCommand;

    public sealed record Help : PromptCommand;

    public sealed record Empty : PromptCommand;

    public sealed record Bad(string Sentence) : PromptCommand;

    public static PromptCommand Parse(string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return new Empty();
        string word = words[0].ToLowerInvariant();
        return word switch
        {
            "start" => ParseStart(words),
            "stop" => WithDelay(words, DefaultStopDelayMs, delay => new Stop(delay)),
            "peers" => Alone(words, new Peers()),
            "status" => Alone(words, new Status()),
            "verdict" when words.Length <= 2 => new Verdict(words.Length == 2 ? words[1] : null),
            "verdict" => new Bad("verdict takes the name of one take at most."),
            "forget" when words.Length == 2 => new Forget(words[1]),
            "forget" => new Bad("forget wants the name of one lost node, for example forget cam2."),
            "help" or "?" => Alone(words, new Help()),
            "quit" or "exit" => Alone(words, new Quit()),
            _ => new Bad(Unknown(words[0], word)),
        };
    }

    private const int LongestLabel = 40;

    /// <returns>Null when the label is good, else what is wrong with it.</returns>
    public static string? FaultOfLabel(string label) =>
        label.Length is 0 or > LongestLabel || !label.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') || label[0] is '-' or '.'
            ? $"\"{Shown(label)}\" is no label: use up to {LongestLabel} letters, digits, '_', '-' and '.', because it becomes part of file names."
            : null;

    private static PromptCommand ParseStart(string[] words)
    {
        List<string> rest = [.. words];
        bool force = rest.Remove("--force");
        string? label = null;
        int at = rest.IndexOf("--label");
        if (at >= 0)
        {
            if (at + 1 >= rest.Count)
                return new Bad("--label wants a word after it, for example start --label jump3");
            label = rest[at + 1];
            rest.RemoveRange(at, 2);
            if (FaultOfLabel(label) is { } fault)
                return new Bad(fault);
        }
        if (StartSettings.Take(rest, out TakeSettings? settings) is { } wrong)
            return new Bad(wrong);
        if (rest.Find(word => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2 && char.IsAsciiLetter(word[2])) is { } unknown)
            return new Bad($"start knows no {Shown(unknown)}: there are --force, --label WORD, {StartSettings.Flags}.");
        return WithDelay([.. rest], StartSettings.DefaultDelayMs(settings), delay => new Start(delay, force, label, settings));
    }

    private static PromptCommand Alone(string[] words, PromptCommand command) =>
        words.Length == 1 ? command : new Bad($"{words[0].ToLowerInvariant()} takes nothing after it, not \"{Shown(words[1])}\".");

    private static PromptCommand WithDelay(string[] words, int standard, Func<int, PromptCommand> command)
    {
        string word = words[0].ToLowerInvariant();
        if (words.Length == 1)
            return command(standard);
        if (words.Length > 2)
            return new Bad($"{word} takes one delay at most, in milliseconds: {word} {standard}");
        string text = words[1];
        // digits alone decide the sign and the size, so that numbers beyond any type still get the right sentence
        string digits = text.TrimStart('-', '+');
        bool whole = digits.Length > 0 && digits.All(char.IsAsciiDigit) && text.Length - digits.Length <= 1;
        if (!whole)
            return new Bad($"\"{Shown(text)}\" is not a delay: {word} wants whole milliseconds, for example {word} {standard}");
        if (text[0] == '-' && digits.Any(digit => digit != '0'))
            return new Bad($"The delay cannot be negative: {Shown(text)} ms would be in the past.");
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int delay) && delay <= LongestDelayMs
            ? command(delay)
            : new Bad($"A delay of {Shown(text)} ms is longer than an hour ({LongestDelayMs} ms): is it in milliseconds?");
    }

    private static string Unknown(string typed, string word)
    {
        (string nearest, int distance) = Words.Select(known => (known, Distance(word, known))).MinBy(pair => pair.Item2);
        string remedy = distance <= Math.Max(1, nearest.Length / 2) ? $"did you mean {nearest}?" : "help lists the commands.";
        return $"There is no command \"{Shown(typed)}\": {remedy}";
    }

    /// <summary>Keeps a pasted novel and control characters out of the answer.</summary>
    internal static string Shown(string text)
    {
        string clean = string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
        return clean.Length <= 24 ? clean : clean[..23] + "…";
    }

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours from one word to the other (restricted Damerau–Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > 24)
            return a.Length;
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }
                int same = a[i - 1] == b[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[a.Length, b.Length];
    }
}
