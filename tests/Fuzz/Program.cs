using System.CommandLine;
using RecordSync.Fuzz;

Coverage.Begin();
const long UsualExecutions = 20_000;

Option<double?> seconds = new("--seconds") { Description = "in all; the targets share them evenly" };
Option<long> executions = new("--executions") { Description = "for each target, instead of a time: the same ones for the same seed", DefaultValueFactory = _ => UsualExecutions };
Option<int?> seed = new("--seed") { Description = "of the mutations; another one each time if not given" };
Option<string> work = new("--work") { Description = "where findings and what this machine has learned are kept", DefaultValueFactory = _ => Path.Combine(Repository.Root, "artifacts", "fuzz") };
Option<string?> input = new("--input") { Description = "examine this file only" };
Option<bool> list = new("--list") { Description = "the names of the targets" };
Option<bool> writeCorpus = new("--write-corpus") { Description = "write the inputs that code makes into tests/Fuzz/corpus" };
Option<bool> worker = new("--worker") { Hidden = true };
Argument<string[]> names = new("target") { Description = "only these", Arity = ArgumentArity.ZeroOrMore };
RootCommand command = new("Feeds mutated inputs to everything of record-syncd that reads what it has not written.") { seconds, executions, seed, work, input, list, writeCorpus, worker, names };
command.SetAction(parsed =>
{
    string[] wanted = parsed.GetValue(names) ?? [];
    FuzzTarget[] known = [.. FuzzTargets.All, .. wanted.Contains("broken") ? [BrokenTarget.Make()] : Array.Empty<FuzzTarget>()];
    if (wanted.Except(known.Select(target => target.Name)).FirstOrDefault() is { } unknown)
    {
        Console.Error.WriteLine($"There is no target \"{unknown}\": known are {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}.");
        return 64;
    }
    FuzzTarget[] targets = [.. known.Where(target => wanted.Length == 0 || wanted.Contains(target.Name))];
    if (parsed.GetValue(list))
    {
        foreach (FuzzTarget target in targets)
            Console.WriteLine(target.Name);
        return 0;
    }
    if (parsed.GetValue(writeCorpus))
    {
        foreach (FuzzTarget target in targets)
            Corpus.Write(target);
        return 0;
    }
    if (parsed.GetValue(input) is { } path)
    {
        foreach (FuzzTarget target in targets)
            target.Examine(File.ReadAllBytes(path));
        Console.WriteLine("No law was broken.");
        return 0;
    }
    double? each = parsed.GetValue(seconds);
    if (parsed.GetValue(worker))
        return FuzzWorker.Run(targets.Single(), new FuzzSettings(each, parsed.GetValue(executions), parsed.GetValue(seed) ?? 1, parsed.GetValue(work)!));
    return FuzzSupervisor.Run(targets, new FuzzSettings(each / targets.Length, parsed.GetValue(executions), parsed.GetValue(seed) ?? Random.Shared.Next(), Path.GetFullPath(parsed.GetValue(work)!)));
});
return command.Parse(args).Invoke();
