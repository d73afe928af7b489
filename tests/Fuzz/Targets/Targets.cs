namespace RecordSync.Fuzz;

/// <summary>Everything of record-syncd that reads what it has not written, or cannot be sure to have written. Another reader is another line.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
        [
            WireTarget.Make(),
            NodeTarget.Make(),
            SidecarTarget.Make(),
            ManifestTarget.Make(),
            GroupVerdictTarget.Make(),
            BoxesTarget.Make(),
            SalvageTarget.Make(),
            WordsTarget.Make(),
            AccessTarget.Make(),
            SealTarget.Make(),
            SettingsTarget.Make(),
        ];
}
