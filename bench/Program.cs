using RecordSync.Bench;

string[] known = ["start", "idle", "cpu"];
switch (args.FirstOrDefault())
{
    // these have options of their own
    case "clock":
        return await ClockBench.Run(args[1..]);
    case "leader-load":
        return await LeaderLoadBench.Run(args[1..]);
    case "relay":
        return RelayProcess.Run(args[1..]);
}
string[] wanted = args.Length == 0 ? known : args;
foreach (string name in wanted)
{
    switch (name)
    {
        case "start":
            await StartBench.Run();
            break;
        case "idle":
            await IdleBench.Run();
            break;
        case "filter":
            FilterBench.Run();
            break;
        case "cpu":
            await CpuBench.Run();
            break;
        default:
            Console.Error.WriteLine($"There is no measurement \"{name}\": known are {string.Join(", ", known)}, clock, filter, leader-load.");
            return 64;
    }
}
return 0;
