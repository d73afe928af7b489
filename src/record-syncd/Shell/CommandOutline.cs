using System.CommandLine;

namespace RecordSync.Daemon;

/// <summary>A command as completions and manual page describe it, read off the command line that the program itself uses.</summary>
/// <param name="Name">Empty for the node itself, which is the program without a command.</param>
/// <param name="Arguments">What its arguments are called; "" where it takes none.</param>
internal sealed record CommandOutline(string Name, string Description, string Arguments, IReadOnlyList<OptionOutline> Options)
{
    public bool TakesFiles => Arguments.Contains("FILE", StringComparison.Ordinal);

    /// <summary>The node first, then the commands in the order of the help.</summary>
    public static IReadOnlyList<CommandOutline> Of(RootCommand root) => [Outline(root, ""), .. root.Subcommands.Where(command => !command.Hidden).Select(command => Outline(command, command.Name))];

    private static CommandOutline Outline(Command command, string name)
    {
        OptionOutline[] options = [.. command.Options.Where(option => !option.Hidden && option.Name != HelpName).Select(OptionOutline.Of)];
        OptionOutline help = new([HelpName, "-h"], "show the options", "", null);
        return new CommandOutline(name, command.Description ?? "", string.Join(' ', command.Arguments.Where(argument => !argument.Hidden).Select(argument => argument.Name)), [.. options, help]);
    }

    private const string HelpName = "--help";
}

/// <param name="Names">The long one first.</param>
/// <param name="Value">What its value is called, as in <c>auto|leader|follower</c> or <c>FILE</c>; "" for a switch.</param>
internal sealed record OptionOutline(IReadOnlyList<string> Names, string Description, string Value, string? Default)
{
    /// <summary>The values that can be chosen from; empty when any can be written.</summary>
    public IReadOnlyList<string> Choices { get; } = [.. Value.Split('|').Where(word => Value.Length > 0 && word.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))];

    public bool TakesValue => Value.Length > 0;

    public bool TakesFile => Value is "FILE" or "DIR";

    public static OptionOutline Of(Option option) =>
        new(
            [option.Name, .. option.Aliases.Where(alias => alias != option.Name)],
            option.Description ?? "",
            option is Option<bool> || option.ValueType == typeof(void) || option.Arity.MaximumNumberOfValues == 0 ? "" : option.HelpName ?? "VALUE",
            option is Option<bool> || !option.HasDefaultValue ? null : Written(option.GetDefaultValue())
        );

    private static string? Written(object? value) => value is Enum choice ? choice.ToString().ToLowerInvariant() : value?.ToString();
}
