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

    public static Finding Warning(string check, string evidence, string remedy) => new(check, FindingVerdict.Warning, evidence, remedy);

    public static Finding Problem(string check, string evidence, string remedy) => new(check, FindingVerdict.Problem, evidence, remedy);

    /// <summary>From a sentence of the program that ends with what to do, as all of them do: the last sentence, or what follows the last colon of the only one.</summary>
    public static Finding FromSentence(string check, FindingVerdict verdict, string sentence)
    {
        sentence = sentence.Trim();
        int end = sentence.LastIndexOf(". ", StringComparison.Ordinal);
        int colon = end < 0 ? sentence.LastIndexOf(": ", StringComparison.Ordinal) : -1;
        return end >= 0 ? new(check, verdict, sentence[..(end + 1)], sentence[(end + 2)..].Trim())
            : colon >= 0 ? new(check, verdict, sentence[..colon], sentence[(colon + 2)..].Trim())
            : new(check, verdict, sentence, sentence);
    }
}

/// <summary>Findings of one kind, under their heading.</summary>
internal sealed record FindingGroup(string Area, IReadOnlyList<Finding> Findings);
