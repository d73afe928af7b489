using System.CommandLine;
using System.CommandLine.Invocation;
using RecordSync.Daemon;

RootCommand root = new("Synchronized multi-camera recording: one leader starts and stops all nodes at the same instant.");
NodeCommandLine node = new();
node.AddTo(root);
root.SetAction((parsed, _) => CheckCommand.WithSettings(() => node.Gather(parsed), gathered => node.Read(gathered.Parsed) is { } options ? NodeCommand.Run(options) : Task.FromResult(CheckCommand.NoRole())));
root.Subcommands.Add(new CheckCommandLine().Command);

Option<bool> json = new("--json") { Description = "for programs" };

Command cameras = new("cameras", "list the cameras of this machine") { json };
cameras.SetAction(parsed => CamerasCommand.Run(parsed.GetValue(json), Console.Out));
root.Subcommands.Add(cameras);

Command encoders = new("encoders", "list the H.265 encoders of this machine, and whether they work") { json };
encoders.SetAction(parsed => EncodersCommand.Run(parsed.GetValue(json), Console.Out));
root.Subcommands.Add(encoders);

Argument<string[]> paths = new("DIR|FILES") { Description = "folders of takes, or video files", Arity = ArgumentArity.OneOrMore };
Option<string?> html = new("--html") { Description = "also write a page with the skew over the take and the worst frames, self-contained", HelpName = "FILE" };
Option<bool> sidecarsOnly = new("--sidecars-only") { Description = "go by sidecars and manifests, and do not open the videos" };
Command verify = new("verify", "judge recorded files from their pixels, their sidecars, their manifests and their containers") { paths, json, html, sidecarsOnly };
verify.SetAction(parsed =>
    VerifyCommand.Run(parsed.GetValue(paths)!, parsed.GetValue(json), Console.Out, Console.Error, parsed.GetValue(html), parsed.GetValue(sidecarsOnly))
);
root.Subcommands.Add(verify);

root.Subcommands.Add(new ClockCommandLine().Command);

root.Subcommands.Add(new DoctorCommandLine().Command);

root.Subcommands.Add(KeygenCommand.ToCommand());
root.Subcommands.Add(KeygenCommand.ToTokenCommand());

foreach (Command remote in new RemoteCommandLine().Commands)
    root.Subcommands.Add(remote);
root.Subcommands.Add(TimecodeDisplay.ToCommand());

Argument<string[]> damaged = new("DIR|FILES") { Description = "folders of takes, or files of a take", Arity = ArgumentArity.OneOrMore };
Command salvage = new("salvage", "repair takes that a power failure or a kill has cut off; the originals are kept") { damaged, json };
salvage.SetAction(parsed => SalvageCommand.Run(parsed.GetValue(damaged)!, parsed.GetValue(json), Console.Out));
root.Subcommands.Add(salvage);

DemoCommandLine demo = new();
root.Subcommands.Add(demo.Command);

foreach (Command about in ShellCommandLine.Commands(root))
    root.Subcommands.Add(about);

// the prompt, and not the parser's own two seconds of grace, decides what Ctrl-C means
ParseResult parsedArguments = root.Parse(args);
// a wrong word deserves a sentence, not two screens of help
if (parsedArguments.Action is ParseErrorAction mistake)
{
    mistake.ShowHelp = false;
    // to a value of two letters all short options are alike
    mistake.ShowTypoCorrections = parsedArguments.UnmatchedTokens.All(word => word.Length > 2);
}
return await parsedArguments.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
