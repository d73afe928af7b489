using System.Diagnostics.CodeAnalysis;

namespace RecordSync;

/// <summary>The keys of a key file: the first seals, all open. Immutable.</summary>
internal sealed class GroupKeyRing
{
    public const int MostKeys = 8;

    private readonly GroupKey[] keys;

    public GroupKeyRing(params GroupKey[] keys) => this.keys = keys;

    public GroupKey First => keys[0];

    public int Count => keys.Length;

    public IReadOnlyList<GroupKey> All => keys;

    public GroupKey? Find(uint id)
    {
        foreach (GroupKey key in keys)
        {
            if (key.Id == id)
                return key;
        }
        return null;
    }

    /// <summary>One key a line; what begins with # is for people.</summary>
    /// <param name="fault">A clause that follows the file's name. A key is never repeated in it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out GroupKeyRing? ring, [NotNullWhen(false)] out string? fault)
    {
        ring = null;
        List<GroupKey> keys = [];
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> word = line.Trim();
            if (word.IsEmpty || word[0] == '#')
                continue;
            if (!GroupKey.TryParse(word, out GroupKey? key))
            {
                fault = $"has in line {number} no key as record-syncd keygen prints it";
                return false;
            }
            if (keys.Exists(other => other.Id == key!.Id))
            {
                fault = $"has in line {number} a key that it has already";
                return false;
            }
            keys.Add(key!);
        }
        fault =
            keys.Count == 0 ? "holds no key"
            : keys.Count > MostKeys ? $"holds {keys.Count} keys, more than the {MostKeys} that a node keeps"
            : null;
        if (fault is not null)
            return false;
        ring = new GroupKeyRing([.. keys]);
        return true;
    }

    /// <summary>In words, by the keys' names.</summary>
    public override string ToString() => Count == 1 ? $"key {First.Name}" : $"key {First.Name}; {string.Join(", ", keys.Skip(1).Select(key => key.Name))} {(Count == 2 ? "opens" : "open")} too";
}
