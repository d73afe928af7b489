using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Completions and the manual page, made by the program of its own command line.</summary>
[Collection(Processes.Name)]
public sealed class ShellTests
{
    [Theory]
    [InlineData("--ro", "--role")]
    [InlineData("--role ''", "auto leader follower")]
    [InlineData("-r f", "follower")]
    [InlineData("ver", "verify")]
    [InlineData("verify --sid", "--sidecars-only")]
    [InlineData("doctor --role l", "leader")]
    [InlineData("demo --no", "--nodes")]
    [InlineData("--bitrate ''", "")]
    public void Bash_completes_commands_options_and_their_values(string typed, string completed)
    {
        using ScratchFolder folder = new();
        string script = Completion("bash", folder);
        (int code, string output) = DebianRoot.Run("bash", "-c", $"source '{script}'; COMP_WORDS=(record-syncd {typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _record_syncd; echo \"${{COMPREPLY[*]}}\"");
        Assert.Equal((0, completed + "\n"), (code, output));
    }

    [Fact]
    public void Fish_completes_commands_options_and_their_values()
    {
        using ScratchFolder folder = new();
        string script = Completion("fish", folder);
        string[] Complete(string typed)
        {
            (int code, string output) = DebianRoot.Run("env", $"HOME={folder.Path}", "fish", "--no-config", "-c", $"source '{script}'; complete -C 'record-syncd {typed}'");
            Assert.True(code == 0, output);
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0])];
        }

        Assert.Equal(["auto", "follower", "leader"], Complete("--role ").Order());
        Assert.Contains("verify", Complete("ver"));
        Assert.Contains("--sidecars-only", Complete("verify --sid"));
    }

    [Fact]
    public void Zsh_reads_its_script_without_complaint()
    {
        using ScratchFolder folder = new();
        string script = Completion("zsh", folder);
        Assert.Equal((0, ""), DebianRoot.Run("zsh", "-f", "-n", script));
        Assert.StartsWith("#compdef record-syncd\n", File.ReadAllText(script), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_shell_is_told_which_are_known()
    {
        using var program = RunningNode.Start("completion", "ksh");
        Assert.NotEqual(0, program.WaitForExit());
        Assert.Contains("use bash, zsh, fish", program.Output);
    }

    [Fact]
    public void The_manual_page_has_every_option_and_command_of_the_help()
    {
        using var man = RunningNode.Start("man");
        Assert.Equal(0, man.WaitForExit());
        string page = man.StandardOutput.Replace("\\-", "-", StringComparison.Ordinal);
        foreach (string key in new NodeCommandLine().Keys.All)
            Assert.Contains($"\\fB--{key}\\fR", page);
        foreach (string command in (string[])["check", "verify", "doctor", "salvage", "demo"])
            Assert.Contains($".SS record-syncd {command}", page);
        Assert.Contains("(default: 1280x720)", page);
        Assert.DoesNotContain("{ Value", page);
    }

    private static string Completion(string shell, ScratchFolder folder)
    {
        using var program = RunningNode.Start("completion", shell);
        Assert.Equal(0, program.WaitForExit());
        string path = folder[shell];
        File.WriteAllText(path, program.StandardOutput + "\n");
        return path;
    }
}
