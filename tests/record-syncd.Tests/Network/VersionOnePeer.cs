using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace RecordSync.Daemon.Tests;

/// <summary>
/// A program of version 1, scripted by the test: bound to 0.0.0.0:PORT with address reuse, multicasts everything, takes every
/// time response for its own, pauses 10 ms at a message that it does not know (docs/protocol.md). What version 1 does by timers
/// the test triggers. Shares no code with the product.
/// </summary>
internal sealed class VersionOnePeer : IDisposable
{
    private const double SmoothingOld = 0.8;
    private static readonly TimeSpan ErrorPause = TimeSpan.FromMilliseconds(10);

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly EventLog<VersionOneMessage> received;
    private readonly EventLog<Execution> executed;
    private readonly EventLog<string> errors;
    private readonly IPEndPoint group;
    private readonly Thread receiving;
    private volatile bool stopping;
    private double? offset;
    private int longest;

    /// <param name="role">"Leader" or "Follower".</param>
    /// <param name="networkInterface">By its address, as version 1's --interface takes it.</param>
    /// <param name="groupPort">The group as "239.255.42.99:9942".</param>
    /// <param name="clockAhead">How far this peer's clock is ahead of the machine's, in microseconds.</param>
    /// <param name="signError">Version 1 applies its offset the wrong way round: it executes at target + offset.</param>
    public VersionOnePeer(string nodeId, string role, string networkInterface, string groupPort, long clockAhead = 0, bool signError = true)
    {
        (NodeId, Role, ClockAhead, SignError) = (nodeId, role, clockAhead, signError);
        received = new($"messages at {nodeId}");
        executed = new($"executed commands at {nodeId}");
        errors = new($"errors at {nodeId}");
        group = IPEndPoint.Parse(groupPort);
        // exactly SO_REUSEADDR, which ReuseAddress of .NET is not
        socket.SetRawSocketOption(1, 2, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Any, group.Port));
        var address = IPAddress.Parse(networkInterface);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group.Address, address));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, address.GetAddressBytes());
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
        socket.ReceiveTimeout = 100;
        receiving = new Thread(Receive) { IsBackground = true, Name = $"version 1 {nodeId}" };
        receiving.Start();
    }

    public string NodeId { get; }

    public string Role { get; }

    public long ClockAhead { get; }

    /// <summary>Whether it answers time requests, as a leader does.</summary>
    public bool AnswerRequests { get; set; }

    public bool SignError { get; }

    /// <summary>Leader minus own clock in microseconds, smoothed 0.8/0.2; null before the first response.</summary>
    public double? Offset
    {
        get
        {
            lock (group)
                return offset;
        }
    }

    /// <summary>Bytes of the longest datagram so far.</summary>
    public int Longest => Volatile.Read(ref longest);

    /// <summary>All messages so far but its own.</summary>
    public IReadOnlyList<VersionOneMessage> Received => received.All;

    public IReadOnlyList<Execution> Executed => executed.All;

    /// <summary>One entry per datagram that this peer could not read, each of which cost it 10 ms.</summary>
    public IReadOnlyList<string> Errors => errors.All;

    /// <summary>Microseconds since the epoch, in this peer's clock.</summary>
    public long Now => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond + ClockAhead;

    public T WaitFor<T>(Func<T, bool>? fits = null, TimeSpan? timeout = null)
        where T : VersionOneMessage => (T)received.WaitFor(message => message is T wanted && (fits is null || fits(wanted)), timeout);

    public VersionOneMessage WaitFor(Func<VersionOneMessage, bool> fits, TimeSpan? timeout = null) => received.WaitFor(fits, timeout);

    public IReadOnlyList<VersionOneMessage> WaitForCount(int count, TimeSpan? timeout = null) => received.WaitForCount(count, null, timeout);

    public Execution WaitForExecution(string command, TimeSpan? timeout = null) => executed.WaitFor(done => done.Command == command, timeout);

    public string WaitForError(TimeSpan? timeout = null) => errors.WaitFor(_ => true, timeout);

    /// <summary>Forgets what came so far, so that the next WaitFor takes only what is new.</summary>
    public void Forget() => received.Clear();

    public void SendDiscovery() => Send($$$"""{"Discovery":{"node_id":"{{{NodeId}}}","role":"{{{Role}}}","timestamp":{{{Number(Now)}}}}}""");

    /// <summary>Returns t1.</summary>
    public long SendTimeSyncRequest()
    {
        long t1 = Now;
        Send($$$"""{"TimeSyncRequest":{"node_id":"{{{NodeId}}}","t1":{{{Number(t1)}}}}}""");
        return t1;
    }

    /// <summary>As a leader answers anybody, also in answer to nobody.</summary>
    public void SendTimeSyncResponse(long t1, long t2, long t3) =>
        Send($$$"""{"TimeSyncResponse":{"node_id":"{{{NodeId}}}","t1":{{{Number(t1)}}},"t2":{{{Number(t2)}}},"t3":{{{Number(t3)}}}}}""");

    public void SendStart(long targetMicros) => SendCommand("Start", targetMicros);

    public void SendStop(long targetMicros) => SendCommand("Stop", targetMicros);

    /// <param name="state">"Idle", "Ready", "Recording" or "Error".</param>
    public void SendStatus(string state) => Send($$$"""{"Status":{"node_id":"{{{NodeId}}}","state":"{{{state}}}","timestamp":{{{Number(Now)}}}}}""");

    public void Send(string json) => socket.SendTo(Encoding.UTF8.GetBytes(json), group);

    private void SendCommand(string command, long target) =>
        Send($$$"""{"RecordingCommand":{"command":"{{{command}}}","target_timestamp":{{{Number(target)}}}}}""");

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private void Receive()
    {
        byte[] buffer = new byte[64 * 1024];
        while (!stopping)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int length;
            try
            {
                length = socket.ReceiveFrom(buffer, ref from);
            }
            catch (SocketException quiet) when (quiet.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                continue;
            }
            long at = Now;
            longest = Math.Max(longest, length);
            try
            {
                Take(VersionOneMessage.Parse(buffer.AsSpan(0, length)) with { From = (IPEndPoint)from, ReceivedAt = at });
            }
            catch (Exception unreadable) when (unreadable is JsonException or DecoderFallbackException)
            {
                errors.Add($"{unreadable.Message}: {Encoding.UTF8.GetString(buffer, 0, length)}");
                Thread.Sleep(ErrorPause);
            }
        }
    }

    private void Take(VersionOneMessage message)
    {
        switch (message)
        {
            case VersionOneMessage.Discovery { NodeId: var sender } when sender == NodeId:
            case VersionOneMessage.Status { NodeId: var reporter } when reporter == NodeId:
            case VersionOneMessage.TimeSyncRequest { NodeId: var asker } when asker == NodeId:
            case VersionOneMessage.TimeSyncResponse { NodeId: var answerer } when answerer == NodeId:
                return;
            case VersionOneMessage.TimeSyncRequest request when AnswerRequests:
                SendTimeSyncResponse(request.T1, message.ReceivedAt, Now);
                break;
            case VersionOneMessage.TimeSyncResponse response when Role == "Follower":
                Learn(((response.T2 - response.T1) + (response.T3 - message.ReceivedAt)) / 2.0);
                break;
            case VersionOneMessage.RecordingCommand command when Role == "Follower":
                double correction = SignError ? Offset ?? 0 : -(Offset ?? 0);
                executed.Add(new Execution(command.Command, command.TargetTimestamp, command.TargetTimestamp + (long)correction));
                break;
        }
        received.Add(message);
    }

    private void Learn(double sample)
    {
        lock (group)
            offset = offset is { } old ? SmoothingOld * old + (1 - SmoothingOld) * sample : sample;
    }

    public void Dispose()
    {
        stopping = true;
        receiving.Join();
        socket.Dispose();
    }

    /// <param name="Command">"Start" or "Stop".</param>
    /// <param name="Target">As sent, in the leader's clock.</param>
    /// <param name="At">When it is carried out, in this peer's own clock.</param>
    internal sealed record Execution(string Command, long Target, long At);
}
