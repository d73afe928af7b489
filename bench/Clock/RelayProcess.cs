namespace RecordSync.Bench;

/// <summary>A relay in a process of its own, so that a garbage collection of this one holds no packet up.</summary>
internal sealed class RelayProcess : IDisposable
{
    private readonly LabProcess process;

    private RelayProcess(LabProcess process) => this.process = process;

    /// <summary>Cuts the node's cable and joins the ends.</summary>
    public static async Task<RelayProcess> Start(NetworkNamespaces machines, int node, string toNode, string fromNode, CancellationToken stop)
    {
        (string nodeEnd, string switchEnd) = machines.Cut(node);
        RelayProcess relay = new(new LabProcess(machines.HubName, Environment.ProcessPath!, ["relay", nodeEnd, switchEnd, toNode, fromNode]));
        await relay.process.WaitFor("relaying", stop);
        return relay;
    }

    /// <summary>Ends it; what it says of its own precision.</summary>
    public async Task<string> Finish(CancellationToken stop)
    {
        process.CloseInput();
        return await process.WaitFor("frames received", stop);
    }

    public void Dispose() => process.Dispose();

    /// <summary><c>relay NODE-INTERFACE SWITCH-INTERFACE TO-NODE FROM-NODE</c>, until standard input ends.</summary>
    public static int Run(string[] arguments)
    {
        if (arguments.Length != 4)
        {
            Console.Error.WriteLine("relay wants two interfaces and two wires, like: relay p1 r1 delay=150,jitter=uniform:100 delay=150");
            return 64;
        }
        Relay relay = new(arguments[0], arguments[1], new RelaySettings(WireSettings.Parse(arguments[2]), WireSettings.Parse(arguments[3])));
        Console.WriteLine("relaying");
        while (Console.ReadLine() is not null)
        {
        }
        relay.Dispose();
        Console.WriteLine(relay.Report);
        return 0;
    }
}
