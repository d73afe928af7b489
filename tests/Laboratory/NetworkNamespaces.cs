using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Laboratory;

/// <summary>
/// N machines on one switch: network namespaces with an eth0 each, joined by a bridge in a namespace of its own, so that
/// nothing reaches a real network. Needs root and iproute2; the tests' <c>Create</c> skips where they are missing.
/// </summary>
internal sealed partial class NetworkNamespaces : IDisposable
{
    public const string InterfaceName = "eth0";

    private const int CloneNewNetwork = 0x40000000;
    private static int created;

    private readonly string prefix = $"rs{Environment.ProcessId}x{Interlocked.Increment(ref created)}";
    private readonly List<Process> processes = [];

    private NetworkNamespaces(int count) => Count = count;

    public int Count { get; }

    /// <summary>Where the cables end: the bridge's namespace.</summary>
    public string HubName => $"{prefix}hub";

    /// <summary>Why there can be no namespaces here, in words; null where there can.</summary>
    public static string? Obstacle() =>
        !Environment.IsPrivilegedProcess ? "network namespaces need root"
        : !IsInstalled("ip") ? "network namespaces need the ip command (Debian package iproute2)"
        : null;

    /// <exception cref="InvalidOperationException">With what ip had to say.</exception>
    public static NetworkNamespaces Open(int count)
    {
        NetworkNamespaces namespaces = new(count);
        try
        {
            namespaces.Build();
            return namespaces;
        }
        catch
        {
            namespaces.Dispose();
            throw;
        }
    }

    public string Name(int node) => $"{prefix}n{node}";

    /// <summary>Of eth0 in the namespace: 10.77.0.1, 10.77.0.2 and so on.</summary>
    public static string Address(int node) => $"10.77.0.{node + 1}";

    /// <summary>A program of the test's own choice inside a namespace, with its streams redirected; killed at the latest by Dispose.</summary>
    public Process Start(int node, string program, params string[] arguments)
    {
        ProcessStartInfo start = new("ip", ["netns", "exec", Name(node), program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        processes.Add(process);
        return process;
    }

    /// <summary>Configures a namespace: the arguments of ip, e.g. "link set eth0 down".</summary>
    public void Ip(int node, string arguments) => Run("ip", $"-n {Name(node)} {arguments}");

    /// <summary>Pulls the network cable at the switch, or plugs it in.</summary>
    public void SetCable(int node, bool pluggedIn) => Run("ip", $"-n {HubName} link set p{node} {(pluggedIn ? "up" : "down")}");

    /// <summary>
    /// Cuts the node's cable: the two loose ends in the hub, towards the node and towards the switch, for a <see cref="Relay"/> to join.
    /// Until it does, the node is alone.
    /// </summary>
    public (string Node, string Switch) Cut(int node)
    {
        Run("ip", $"-n {HubName} link set p{node} nomaster");
        Run("ip", $"-n {HubName} link add r{node} type veth peer name s{node}");
        Run("ip", $"-n {HubName} link set s{node} master br0 up");
        Run("ip", $"-n {HubName} link set r{node} up");
        AwaitForwarding($"s{node}");
        return ($"p{node}", $"r{node}");
    }

    /// <summary>A relay in the node's cable, on threads of this process.</summary>
    public Relay Impair(int node, RelaySettings settings)
    {
        (string nodeEnd, string switchEnd) = Cut(node);
        return InsideHub(() => new Relay(nodeEnd, switchEnd, settings));
    }

    /// <summary>
    /// Runs on a thread that is inside the namespace. Sockets opened and threads started there stay inside; both may be
    /// used from anywhere.
    /// </summary>
    public T Inside<T>(int node, Func<T> act) => Inside(Name(node), act);

    public T InsideHub<T>(Func<T> act) => Inside(HubName, act);

    private static void Inside(string name, Action act) =>
        _ = Inside(
            name,
            () =>
            {
                act();
                return true;
            }
        );

    private static T Inside<T>(string name, Func<T> act)
    {
        T result = default!;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                using SafeFileHandle space = File.OpenHandle($"/run/netns/{name}", share: FileShare.ReadWrite);
                if (SetNamespace(space, CloneNewNetwork) != 0)
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                result = act();
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return result;
    }

    public void Dispose()
    {
        foreach (Process process in processes)
        {
            try
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }
            catch (InvalidOperationException)
            {
                // has ended
            }
            process.Dispose();
        }
        for (int node = 0; node < Count; node++)
            TryRun("ip", $"netns del {Name(node)}");
        TryRun("ip", $"netns del {HubName}");
    }

    private void Build()
    {
        Add(HubName);
        // without a querier a snooping bridge may hold multicast back
        Run("ip", $"-n {HubName} link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0");
        Run("ip", $"-n {HubName} link set br0 up");
        for (int node = 0; node < Count; node++)
        {
            Add(Name(node));
            Ip(node, "link set lo up");
            Plug(node);
            Ip(node, $"addr add {Address(node)}/24 dev {InterfaceName}");
        }
        for (int node = 0; node < Count; node++)
        {
            AwaitUp(node);
            AwaitForwarding($"p{node}");
        }
    }

    /// <summary>Without IPv6, whose own packets nobody here has asked for.</summary>
    private static void Add(string name)
    {
        Run("ip", $"netns add {name}");
        foreach (string interfaces in (string[])["all", "default"])
        {
            string disable = $"/proc/sys/net/ipv6/conf/{interfaces}/disable_ipv6";
            if (File.Exists(disable))
                Inside(name, () => File.WriteAllText(disable, "1"));
        }
    }

    /// <summary>Makes eth0 (again, after <c>link del eth0</c>), up but without an address.</summary>
    public void Plug(int node)
    {
        Run("ip", $"-n {HubName} link add p{node} type veth peer name {InterfaceName} netns {Name(node)}");
        Run("ip", $"-n {HubName} link set p{node} master br0 up");
        Ip(node, $"link set {InterfaceName} up");
    }

    /// <summary>Interfaces and switch ports come up a moment after they are told to, and drop what is sent before.</summary>
    private void AwaitUp(int node) => Await($"-n {Name(node)} link show {InterfaceName}", "state UP");

    private void AwaitForwarding(string port) => Await($"-n {HubName} -d link show {port}", "state forwarding");

    private static void Await(string arguments, string state)
    {
        long deadline = Environment.TickCount64 + 20_000;
        while (!Query("ip", arguments).Contains(state, StringComparison.Ordinal))
        {
            if (Environment.TickCount64 > deadline)
                throw new TimeoutException($"ip {arguments} never said {state}");
            Thread.Sleep(1);
        }
    }

    private static string Query(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said;
    }

    private static void Run(string program, string arguments)
    {
        if (TryRun(program, arguments) is { } error)
            throw new InvalidOperationException($"{program} {arguments}: {error}");
    }

    /// <summary>Null when it went well, else what it said.</summary>
    private static string? TryRun(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : said.Trim();
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int SetNamespace(SafeFileHandle space, int type);
}
