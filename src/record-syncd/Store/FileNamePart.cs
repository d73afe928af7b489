using System.Text;

namespace RecordSync.Daemon;

/// <summary>Makes a take's or node's name, which comes from the network, safe as part of a file name: letters, digits, '.', '-' and '_' stay.</summary>
internal static class FileNamePart
{
    /// <summary>Never empty, never hidden, never a way out of the folder, at most <paramref name="longest"/> bytes of UTF-8.</summary>
    public static string From(string value, int longest = 100)
    {
        var name = new StringBuilder();
        int bytes = 0;
        foreach (Rune rune in value.EnumerateRunes())
        {
            bool safe = Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_' || (rune.Value == '.' && name.Length > 0);
            Rune written = safe && rune != Rune.ReplacementChar ? rune : new Rune('_');
            bytes += written.Utf8SequenceLength;
            if (bytes > longest)
                break;
            name.Append(written);
        }
        return name.Length == 0 ? "_" : name.ToString();
    }
}
