using System.CommandLine;
using System.Security.Cryptography;

namespace RecordSync.Daemon;

/// <summary><c>record-syncd keygen</c>, and the token that a key stands for.</summary>
internal static class KeygenCommand
{
    private const int ExitCannotCreate = 73;
    private const int ExitConfiguration = 78;

    public static Command ToCommand()
    {
        Option<string?> file = new("--out") { Description = "a new file that only its owner can read [default: print the key]", HelpName = "FILE" };
        Command command = new("keygen", "make a key for --key-file, with which the nodes of a group seal what they say") { file };
        command.SetAction(parsed => Run(parsed.GetValue(file), Console.Out, Console.Error));
        return command;
    }

    /// <summary><c>record-syncd token</c>: a new one, or with a key file the one that its first key stands for.</summary>
    public static Command ToTokenCommand()
    {
        Option<string?> keyFile = new("--key-file") { Description = "the token of nodes that have this key and no --http-token-file", HelpName = "FILE" };
        Command command = new("token", "make a token for --http-token-file, with which other machines may use a node's page") { keyFile };
        command.SetAction(parsed => Token(parsed.GetValue(keyFile), Console.Out, Console.Error));
        return command;
    }

    internal static int Run(string? file, TextWriter output, TextWriter errors)
    {
        if (KeyFile.LackOfCryptography() is { } lack)
            return Fail(errors, lack, ExitConfiguration);
        string key = GroupKey.Write(RandomNumberGenerator.GetBytes(GroupKey.Size));
        if (file is null)
            output.WriteLine(key);
        else if (!KeyFile.TryWrite(file, key, out string? fault))
            return Fail(errors, fault, ExitCannotCreate);
        return 0;
    }

    internal static int Token(string? keyFile, TextWriter output, TextWriter errors)
    {
        GroupKeys? keys = null;
        if (keyFile is not null && !KeyFile.TryOpen(keyFile, out keys, out string? fault))
            return Fail(errors, fault, ExitConfiguration);
        output.WriteLine(keys?.Ring.First.HttpToken() ?? AccessToken.Make());
        return 0;
    }

    private static int Fail(TextWriter errors, string sentence, int code)
    {
        errors.WriteLine($"record-syncd: {sentence}");
        return code;
    }
}
