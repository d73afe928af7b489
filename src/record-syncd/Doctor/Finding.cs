namespace RecordSync.Daemon;

/// <summary>In the order of their weight.</summary>
internal enum FindingVerdict
{
    Ok,

    /// <summary>It could not be looked at, or would have disturbed a recording; the evidence says which.</summary>
    Skipped,

    /// <summary>Takes will succeed, but something is not as it should be.</summary>
    Warning,

    /// <summary>A take will fail, or its files will be wrong.</summary>
    Problem,
}

/// <summary>What one check of the doctor has found.</summary>
/// <param name="Check">Its name, as docs/doctor.md has it.</param>
/// <param name="Evidence">What was looked at, and what it said.</param>
/// <param name="Remedy">What to do, a command where there is one; null where nothing is to be done.</param>
internal sealed record Finding(string Check, FindingVerdict Verdict, string Evidence, string? Remedy = null)
{
    public static Finding Ok(string check, string evidence) => new(check, FindingVerdict.Ok, evidence);

    public static Finding Skipped(string check, string reason, string? remedy = null) => new(check, FindingVerdict.Skipped, reason, remedy);

    /// <summary>A recording is not disturbed by a trial.</summary>
    public static Finding Postponed(string check, string reason) => Skipped(check, reason, "run the doctor when nothing is recorded");

    public static Finding Warning(string check, string evidence, string remedy) => new(check, FindingVerdict.Warning, evidence, remedy);

    public static Finding Problem(string check, string evidence, string remedy) => new(check, FindingVerdict.Problem, evidence, remedy);

    /// <summary>
    /// From a sentence of the program that ends with what to do, as all of them do: its last sentence (and the one before, if the command is there), or of a single one what follows
    /// the last colon or semicolon. What the system said, in brackets at the end, is evidence.
    /// </summary>
    public static Finding FromSentence(string check, FindingVerdict verdict, string sentence)
    {
        sentence = sentence.Trim();
        int bracket = sentence.EndsWith(')') ? sentence.LastIndexOf(". (", StringComparison.Ordinal) : -1;
        string said = bracket < 0 ? "" : sentence[(bracket + 1)..];
        sentence = bracket < 0 ? sentence : sentence[..bracket];
        int cut = sentence.LastIndexOf(". ", StringComparison.Ordinal);
        int before = cut <= 0 ? -1 : sentence.LastIndexOf(". ", cut - 1, StringComparison.Ordinal);
        if (cut >= 0 && sentence[(before + 1)..cut].Contains("sudo ", StringComparison.Ordinal) && before >= 0)
            cut = before;
        if (cut >= 0)
            return new(check, verdict, $"{sentence[..(cut + 1)]}{said}", sentence[(cut + 2)..].Trim());
        cut = LastBreak(sentence);
        return cut < 0 ? new(check, verdict, $"{sentence}{said}", sentence) : new(check, verdict, $"{sentence[..cut]}{said}", sentence[(cut + 1)..].Trim());
    }

    /// <summary>The last colon or semicolon before a space, outside of brackets.</summary>
    private static int LastBreak(string sentence)
    {
        int depth = 0;
        for (int at = sentence.Length - 2; at > 0; at--)
        {
            depth += sentence[at] switch
            {
                ')' => 1,
                '(' => -1,
                _ => 0,
            };
            if (depth == 0 && (sentence[at] is ':' or ';') && sentence[at + 1] == ' ')
                return at;
        }
        return -1;
    }
}

/// <summary>Findings of one kind, under their heading.</summary>
internal sealed record FindingGroup(string Area, IReadOnlyList<Finding> Findings);
