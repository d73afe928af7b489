using RecordSync.Bench;

string[] known = ["start", "idle", "cpu", "verify"];
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
        case "cpu":
            await CpuBench.Run();
            break;
        case "verify":
            await VerifyBench.Run();
            break;
        default:
            Console.Error.WriteLine($"There is no measurement \"{name}\": known are {string.Join(", ", known)}.");
            return 64;
    }
}
return 0;
