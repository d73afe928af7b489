namespace RecordSync.Daemon;

/// <summary>Whether the group has a key, and all have the same. Pure.</summary>
internal static class KeyChecks
{
    public const string Name = "group key";

    /// <param name="key">The one of these options, by its name; null: none.</param>
    /// <param name="sealing">Who seals what it says, where these options have no key.</param>
    /// <param name="strangers">Who has another key, or none, where they have.</param>
    public static Finding Judge(string? key, IReadOnlySet<Endpoint> sealing, IReadOnlyList<KeyStranger> strangers) =>
        key is null && sealing.Count > 0
            ? Finding.Problem(Name, $"{string.Join(", ", sealing.Take(8))} {(sealing.Count == 1 ? "seals" : "seal")} with a key, and these options have none: this machine understands nothing of that group", "record-syncd doctor --key-file FILE, with the file that the others have; the node the same")
        : key is null ? Finding.Ok(Name, "none: the network is trusted, and whoever is on it can start and stop takes (docs/security.md)")
        : strangers.Count > 0 ? Finding.Warning(Name, $"{key}; {string.Join(", ", strangers.Take(8))}", "start them with this key, if they belong to this group: --key-file FILE")
        : Finding.Ok(Name, $"{key}; nobody was heard without it");
}
