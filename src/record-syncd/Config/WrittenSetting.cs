namespace RecordSync.Daemon;

/// <summary>A setting as somebody wrote it, not understood yet.</summary>
/// <param name="Key">The option's name without its dashes.</param>
/// <param name="Values">More than one for an option that can be repeated.</param>
/// <param name="Place">Where it was written, as a person would look it up.</param>
internal sealed record WrittenSetting(string Key, IReadOnlyList<string> Values, string Place);

/// <summary>What is written makes no sense; the message says where, and what to write instead.</summary>
internal sealed class SettingsException(string sentence) : Exception(sentence);
