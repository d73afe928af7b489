using System.Text;

namespace RecordSync.Daemon;

/// <summary><c>record-syncd completion SHELL</c>: a script that the shell reads once and that needs nothing of the program afterwards.</summary>
internal static class ShellCompletion
{
    public static readonly IReadOnlyList<string> Shells = ["bash", "zsh", "fish"];

    public static string For(string shell, IReadOnlyList<CommandOutline> commands) =>
        shell switch
        {
            "bash" => Bash(commands),
            "zsh" => Zsh(commands),
            "fish" => Fish(commands),
            _ => throw new ArgumentException($"no completion for {shell}", nameof(shell)),
        };

    private static string Bash(IReadOnlyList<CommandOutline> commands)
    {
        StringBuilder text = new("# bash completion for record-syncd\n_record_syncd() {\n    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word\n");
        text.Append("    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case $word in\n");
        text.Append($"            {string.Join(" | ", Named(commands))})\n                command=$word\n                break\n                ;;\n        esac\n    done\n    COMPREPLY=()\n    case \"$command $previous\" in\n");
        foreach (CommandOutline command in commands)
        {
            foreach (OptionOutline option in command.Options.Where(option => option.TakesValue))
            {
                string names = string.Join(" | ", option.Names.Select(name => $"'{command.Name} {name}'"));
                string reply =
                    option.TakesFile ? "compopt -o filenames\n            mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
                    : option.Choices.Count > 0 ? $"mapfile -t COMPREPLY < <(compgen -W '{string.Join(' ', option.Choices)}' -- \"$current\")"
                    : ":";
                text.Append($"        {names})\n            {reply}\n            return\n            ;;\n");
            }
        }
        text.Append("    esac\n    local words=''\n    case $command in\n");
        foreach (CommandOutline command in commands)
        {
            IEnumerable<string> words = [.. command.Name.Length == 0 ? Named(commands) : [], .. command.Options.SelectMany(option => option.Names)];
            text.Append($"        '{command.Name}') words='{string.Join(' ', words)}' ;;\n");
        }
        text.Append("    esac\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n");
        text.Append($"    case $command in\n        {string.Join(" | ", commands.Where(command => command.TakesFiles).Select(command => command.Name))})\n");
        text.Append("            if [[ $current != -* ]]; then\n                compopt -o filenames\n                mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n            fi\n            ;;\n    esac\n}\ncomplete -F _record_syncd record-syncd\n");
        return text.ToString();
    }

    private static string Zsh(IReadOnlyList<CommandOutline> commands)
    {
        StringBuilder text = new("#compdef record-syncd\n# zsh completion for record-syncd\n_record-syncd() {\n    local -a commands=(\n");
        foreach (CommandOutline command in commands.Skip(1))
            text.Append($"        {Quoted($"{command.Name}:{command.Description}")}\n");
        text.Append("    )\n    local command=${words[(r)" + string.Join('|', Named(commands)) + "]}\n    case $command in\n");
        foreach (CommandOutline command in commands.Skip(1).Append(commands[0]))
        {
            text.Append($"        {(command.Name.Length == 0 ? "*" : command.Name)})\n            _arguments -S \\\n");
            foreach (OptionOutline option in command.Options)
            {
                string value = option.TakesFile ? ":file:_files" : option.Choices.Count > 0 ? $":value:({string.Join(' ', option.Choices)})" : option.TakesValue ? ": :" : "";
                foreach (string name in option.Names)
                    text.Append($"                {Quoted($"{name}[{option.Description.Replace("[", "(", StringComparison.Ordinal).Replace("]", ")", StringComparison.Ordinal)}]{value}")} \\\n");
            }
            text.Append(command.Name.Length == 0 ? "                '1:command:{_describe command commands}'\n" : command.TakesFiles ? "                '*:file:_files'\n" : "                '*: :'\n");
            text.Append("            ;;\n");
        }
        return text.Append("    esac\n}\n_record-syncd \"$@\"\n").ToString();
    }

    private static string Fish(IReadOnlyList<CommandOutline> commands)
    {
        string all = string.Join(' ', Named(commands));
        StringBuilder text = new("# fish completion for record-syncd\ncomplete -c record-syncd -f\n");
        foreach (CommandOutline command in commands.Skip(1))
            text.Append($"complete -c record-syncd -n __fish_use_subcommand -a {command.Name} -d {Quoted(command.Description)}\n");
        foreach (CommandOutline command in commands)
        {
            string condition = Quoted(command.Name.Length == 0 ? $"not __fish_seen_subcommand_from {all}" : $"__fish_seen_subcommand_from {command.Name}");
            if (command.TakesFiles)
                text.Append($"complete -c record-syncd -n {condition} -F\n");
            foreach (OptionOutline option in command.Options)
            {
                string names = string.Join(' ', option.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : $"-s {name[1..]}"));
                string value = option.TakesFile ? " -r -F" : option.Choices.Count > 0 ? $" -x -a '{string.Join(' ', option.Choices)}'" : option.TakesValue ? " -x" : "";
                text.Append($"complete -c record-syncd -n {condition} {names}{value} -d {Quoted(option.Description)}\n");
            }
        }
        return text.ToString();
    }

    private static IEnumerable<string> Named(IReadOnlyList<CommandOutline> commands) => commands.Skip(1).Select(command => command.Name);

    /// <summary>For all three shells.</summary>
    private static string Quoted(string text) => $"'{text.Replace("'", "’", StringComparison.Ordinal)}'";
}
