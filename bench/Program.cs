using System.Globalization;
using RecordSync.Bench;

// these are measured when no name is given
string[] known = ["start", "idle", "cpu", "verify", "align"];
switch (args.FirstOrDefault())
{
    // these have options of their own
    case "clock":
        return await ClockBench.Run(args[1..]);
    case "leader-load":
        return await LeaderLoadBench.Run(args[1..]);
    case "failover":
        return await FailoverBench.Run(args[1..]);
    case "scale":
        return await ScaleBench.Run(args[1..]);
    case "relay":
        return RelayProcess.Run(args[1..]);
    case "soak":
        return await SoakCommand.Run(args[1..]);
    case "simulate":
        return SimulateCommand.Run(args[1..]);
}
string[] wanted = args.Length == 0 ? known : args;
for (int i = 0; i < wanted.Length; i++)
{
    switch (wanted[i])
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
        case "verify":
            await VerifyBench.Run();
            break;
        case "seal":
            SealBench.Run();
            break;
        case "flood":
            await FloodBench.Run();
            break;
        case "page":
            await PageBench.Run();
            break;
        case "preview":
            await PreviewBench.Run();
            break;
        case "align":
            await AlignBench.Run();
            break;
        case "long":
            bool given = i + 1 < wanted.Length && int.TryParse(wanted[i + 1], CultureInfo.InvariantCulture, out int seconds) && seconds is >= 10 and <= 36_000;
            await LongBench.Run(given ? int.Parse(wanted[++i], CultureInfo.InvariantCulture) : LongBench.DefaultSeconds);
            break;
        case "kill":
            int kills = i + 1 < wanted.Length && int.TryParse(wanted[i + 1], out int count) ? count : 0;
            i += kills > 0 ? 1 : 0;
            if (!await KillBench.Run(kills > 0 ? kills : 50))
                return 1;
            break;
        default:
            Console.Error.WriteLine(
                $"There is no measurement \"{wanted[i]}\": known are {string.Join(", ", known)}; long (its seconds, 10 to 36000: long 180), kill (how often: kill 50), page, preview, seal, flood, clock, filter, leader-load, failover, scale."
            );
            return 64;
    }
}
return 0;
