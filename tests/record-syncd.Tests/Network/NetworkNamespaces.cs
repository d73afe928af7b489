using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>
/// N machines on one switch: network namespaces with an eth0 each, joined by a bridge in a namespace of its own, so that
/// nothing reaches a real network. Needs root and iproute2, else the test is skipped.
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

    private string Hub => $"{prefix}hub";

    public static NetworkNamespaces Create(int count)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("network namespaces need root");
        if (!IsInstalled("ip"))
            Assert.Skip("network namespaces need the ip command (Debian package iproute2)");
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
    public void SetCable(int node, bool pluggedIn) => Run("ip", $"-n {Hub} link set p{node} {(pluggedIn ? "up" : "down")}");

    /// <summary>Delay, jitter and loss towards a node, in tc-netem's words: "delay 2ms 1ms loss 2%". Skips where netem is missing.</summary>
    public void Impair(int node, string netem)
    {
        if (!IsInstalled("tc"))
            Assert.Skip("impaired links need the tc command (Debian package iproute2)");
        if (TryRun("tc", $"-n {Hub} qdisc replace dev p{node} root netem {netem}") is { } error)
            Assert.Skip($"impaired links need the kernel's netem: {error}");
    }

    /// <summary>
    /// Runs on a thread that is inside the namespace. Sockets opened and threads started there stay inside; both may be
    /// used from anywhere.
    /// </summary>
    public T Inside<T>(int node, Func<T> act)
    {
        T result = default!;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                using SafeFileHandle space = File.OpenHandle($"/run/netns/{Name(node)}", share: FileShare.ReadWrite);
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
        TryRun("ip", $"netns del {Hub}");
    }

    private void Build()
    {
        Run("ip", $"netns add {Hub}");
        // without a querier a snooping bridge may hold multicast back
        Run("ip", $"-n {Hub} link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0");
        Run("ip", $"-n {Hub} link set br0 up");
        for (int node = 0; node < Count; node++)
        {
            Run("ip", $"netns add {Name(node)}");
            Ip(node, "link set lo up");
            Plug(node);
            Ip(node, $"addr add {Address(node)}/24 dev {InterfaceName}");
        }
        for (int node = 0; node < Count; node++)
            AwaitForwarding(node);
    }

    /// <summary>Makes eth0 (again, after <c>link del eth0</c>), up but without an address.</summary>
    public void Plug(int node)
    {
        Run("ip", $"-n {Hub} link add p{node} type veth peer name {InterfaceName} netns {Name(node)}");
        Run("ip", $"-n {Hub} link set p{node} master br0 up");
        Ip(node, $"link set {InterfaceName} up");
    }

    /// <summary>Interfaces and switch ports come up a moment after they are told to, and drop what is sent before.</summary>
    private void AwaitForwarding(int node)
    {
        long deadline = Environment.TickCount64 + 20_000;
        while (
            !Query("ip", $"-n {Name(node)} link show {InterfaceName}").Contains("state UP", StringComparison.Ordinal)
            || !Query("ip", $"-n {Hub} -d link show p{node}").Contains("state forwarding", StringComparison.Ordinal)
        )
        {
            if (Environment.TickCount64 > deadline)
                throw new TimeoutException($"{Name(node)} was not connected to the switch");
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
