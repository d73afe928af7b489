using System.Collections;
using System.CommandLine;
using RecordSync.Daemon;

namespace RecordSync.Fuzz;

/// <summary>A settings file (docs/install.md).</summary>
internal static class SettingsTarget
{
    private static readonly NodeCommandLine Node = new();
    private static readonly ParseResult Nothing = MakeNothing();

    public static FuzzTarget Make() =>
        new("settings", 8_192, [.. Node.Keys.All.Select(key => $"\"{key}\": "), "true", "[\"test\", \"test\"]", "// ", "/* */", "\\u0000"], Examine)
        {
            // each value goes through the parser of the command line
            Memory = 16_000_000,
            MemoryPerByte = 20_000,
            Seeds = Seeds,
        };

    private static void Examine(byte[] input)
    {
        string path = Scratch.File("settings.jsonc");
        File.WriteAllBytes(path, input);
        try
        {
            SettingsInForce gathered = SettingsInForce.Gather(Nothing, Node.Keys, path, new Hashtable());
            BrokenLawException.Unless(gathered.Written.All(setting => setting.Place.Contains("settings.jsonc", StringComparison.Ordinal)), "a setting says where it stands");
            _ = Node.Read(gathered.Parsed);
        }
        catch (SettingsException told)
        {
            BrokenLawException.Unless(told.Message.Length > 0, "what is wrong is told");
        }
    }

    private static ParseResult MakeNothing()
    {
        Command command = new("node");
        Node.AddTo(command);
        return command.Parse([]);
    }

    private static IEnumerable<(string, byte[])> Seeds()
    {
        yield return ("small", """{ "role": "follower", "fps": 29.97, "align": true, "camera": ["left=test", "right=test:phase=3"], }"""u8.ToArray());
        yield return ("twice", """{ "role": "leader", /* and */ "role": "auto" }"""u8.ToArray());
        yield return ("unknown", """{ "rolle": "leader", "output": "a.mp4", "max-clock-error": "2ms", "group": "239.1.2.3:9000" }"""u8.ToArray());
    }
}
