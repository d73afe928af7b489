using System.CommandLine;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>The settings of a node by name. An option <c>--max-clock-error</c> is the key <c>max-clock-error</c> in the file and <c>RECORD_SYNCD_MAX_CLOCK_ERROR</c> in the environment.</summary>
internal sealed class SettingKeys(IReadOnlyList<Option> options)
{
    public const string VariablePrefix = "RECORD_SYNCD_";

    // a hidden option is one process's word to another, and no setting
    private readonly Dictionary<string, Option> byKey = options.Where(option => !option.Hidden).ToDictionary(KeyOf);

    /// <summary>Hidden ones too.</summary>
    public IReadOnlyList<Option> Options => options;

    public IEnumerable<string> All => byKey.Keys;

    public static string KeyOf(Option option) => option.Name.TrimStart('-');

    public static string VariableOf(string key) => VariablePrefix + key.Replace('-', '_').ToUpperInvariant();

    public Option? Find(string key) => byKey.GetValueOrDefault(key);

    /// <summary>The key that was perhaps meant; null when none is like it.</summary>
    public string? Nearest(string key)
    {
        string wanted = Normal(key);
        (string Key, int Distance)[] ranked = [.. All.Select(known => (known, Distance(wanted, Normal(known)))).OrderBy(pair => pair.Item2)];
        return ranked[0].Distance <= Math.Max(1, wanted.Length / 4) ? ranked[0].Key : null;
    }

    /// <summary>"nodeId", "node_id" and "node-id" are spelt alike.</summary>
    private static string Normal(string key)
    {
        StringBuilder plain = new(key.Length);
        foreach (char letter in key.Where(char.IsAsciiLetterOrDigit))
            plain.Append(char.ToLowerInvariant(letter));
        return plain.ToString();
    }

    /// <summary>Levenshtein's: letters to insert, to leave out or to change.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
