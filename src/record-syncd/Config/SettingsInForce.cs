using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace RecordSync.Daemon;

/// <summary>
/// The settings of a node from all the places where they can be written: command line before environment before file; what is written nowhere has the
/// option's default. Every value is read by the parser of its option, wherever it stood, so that the same mistake gets the same sentence.
/// </summary>
/// <param name="Parsed">All of them, as if they had been options of one command line.</param>
/// <param name="Written">One row for each setting that is not left to its default.</param>
internal sealed record SettingsInForce(ParseResult Parsed, IReadOnlyList<WrittenSetting> Written)
{
    public const string ConfigKey = "config";

    /// <param name="config">The file of <c>--config</c>; null: that of the environment, or none.</param>
    /// <exception cref="SettingsException">Something makes no sense.</exception>
    public static SettingsInForce Gather(ParseResult commandLine, SettingKeys keys, string? config, IDictionary environment)
    {
        Dictionary<string, string> variables = Variables(environment);
        config ??= variables.GetValueOrDefault(SettingKeys.VariableOf(ConfigKey));
        IReadOnlyList<WrittenSetting> file = config is null ? [] : SettingsFile.Read(config, keys);
        // the last to be said about a key counts
        Dictionary<string, WrittenSetting> settings = [];
        foreach (WrittenSetting written in (IEnumerable<WrittenSetting>)[.. file, .. FromEnvironment(variables, keys), .. FromCommandLine(commandLine, keys)])
            settings[written.Key] = written;
        WrittenSetting[] inOrder = [.. keys.All.Where(settings.ContainsKey).Select(key => settings[key])];
        List<string> words = [];
        IEnumerable<WrittenSetting> hidden = settings.Values.Where(written => keys.Find(written.Key) is null);
        foreach (WrittenSetting written in (IEnumerable<WrittenSetting>)[.. inOrder, .. hidden])
            words.AddRange(Understood(written, keys.Options.First(option => SettingKeys.KeyOf(option) == written.Key)));
        Command command = new("settings");
        foreach (Option option in keys.Options)
            command.Options.Add(option);
        return new SettingsInForce(command.Parse(words), inOrder);
    }

    private static Dictionary<string, string> Variables(IDictionary environment)
    {
        Dictionary<string, string> variables = [];
        foreach (DictionaryEntry entry in environment)
        {
            // an empty one is how a shell or a unit takes one back
            if (entry is { Key: string name, Value: string { Length: > 0 } value } && name.StartsWith(SettingKeys.VariablePrefix, StringComparison.Ordinal))
                variables[name] = value;
        }
        return variables;
    }

    private static List<WrittenSetting> FromEnvironment(Dictionary<string, string> variables, SettingKeys keys)
    {
        List<WrittenSetting> found = [];
        Dictionary<string, string> known = keys.All.ToDictionary(SettingKeys.VariableOf);
        foreach ((string name, string value) in variables.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (known.TryGetValue(name, out string? key))
                found.Add(new WrittenSetting(key, TakesSeveral(keys.Find(key)!) && value.StartsWith('[') ? SettingsFile.ReadList(value, name) : [value], name));
            // others may use the prefix for purposes of their own, but a slip of the pen is not to go unnoticed
            else if (name != SettingKeys.VariableOf(ConfigKey) && keys.Nearest(name[SettingKeys.VariablePrefix.Length..]) is { } nearest)
                throw new SettingsException($"the environment has {name}, which is no setting; do you mean {SettingKeys.VariableOf(nearest)}?");
        }
        return found;
    }

    private static IEnumerable<WrittenSetting> FromCommandLine(ParseResult commandLine, SettingKeys keys)
    {
        foreach (Option option in keys.Options)
        {
            if (commandLine.GetResult(option) is { Implicit: false } result)
                yield return new WrittenSetting(SettingKeys.KeyOf(option), result.Tokens.Count > 0 ? [.. result.Tokens.Select(token => token.Value)] : ["true"], $"{option.Name}");
        }
    }

    private static bool TakesSeveral(Option option) => option.Arity.MaximumNumberOfValues > 1;

    /// <summary>The words of a command line that say the same.</summary>
    private static string[] Understood(WrittenSetting written, Option option)
    {
        if (written.Values.Count > 1 && !TakesSeveral(option))
            throw new SettingsException($"{written.Place}: it takes one value, not a list");
        if (written.Values.Any(value => value.Trim().Length == 0))
            throw new SettingsException($"{written.Place}: it has no value; leave it out for the default");
        string[] words = [.. written.Values.Select(value => $"{option.Name}={(option is Option<bool> ? Truth(value, written.Place) : value)}")];
        // alone, so that the sentence is about this one and its place can be put before it
        ParseResult alone = new Command("setting") { option }.Parse(words);
        return alone.Errors.Count == 0 ? words : throw new SettingsException($"{written.Place}: {alone.Errors[0].Message}");
    }

    private static string Truth(string value, string place) =>
        value.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" or "1" => "true",
            "false" or "no" or "off" or "0" => "false",
            _ => throw new SettingsException($"{place}: '{value}' is neither true nor false"),
        };
}
