using RecordSync.Bench;

string[] known = ["start", "idle", "cpu", "kill"];
string[] wanted = args.Length == 0 ? known : args;
for (int at = 0; at < wanted.Length; at++)
{
    string name = wanted[at];
    switch (name)
    {
        case "start":
            await StartBench.Run();
            break;
        case "idle":
            await IdleBench.Run();
            break;
        case "cpu":
            await CpuBench.Run();
            break;
        case "kill":
            int kills = at + 1 < wanted.Length && int.TryParse(wanted[at + 1], out int count) ? count : 0;
            at += kills > 0 ? 1 : 0;
            if (!await KillBench.Run(kills > 0 ? kills : 50))
                return 1;
            break;
        default:
            Console.Error.WriteLine($"There is no measurement \"{name}\": known are {string.Join(", ", known)}.");
            return 64;
    }
}
return 0;
