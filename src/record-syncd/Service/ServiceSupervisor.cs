using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;

namespace RecordSync.Daemon;

/// <summary>
/// What systemd hears of a node that it runs as a service (sd_notify, docs/install.md): that it takes part, how it is, that it leaves, and at short
/// intervals that its loop still turns. A thread of its own, which waits for nothing but the loop: neither a disk nor a full thread pool keeps it from speaking.
/// </summary>
internal sealed class ServiceSupervisor : IDisposable
{
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(2);

    private readonly NodeLoop loop;
    private readonly Func<bool> isRecording;
    private readonly Action<string> say;
    private readonly TimeSpan interval;
    private readonly ManualResetEventSlim ended = new();
    private readonly Thread thread;
    private bool isReady;

    /// <param name="isRecording">Whether a take is being written; asked while the loop hangs.</param>
    /// <param name="say">Gets lines as sd_notify(3) has them.</param>
    public ServiceSupervisor(NodeLoop loop, Func<bool> isRecording, Action<string> say, TimeSpan interval)
    {
        (this.loop, this.isRecording, this.say, this.interval) = (loop, isRecording, say, interval);
        thread = new Thread(Work) { Name = "service", IsBackground = true };
    }

    private enum LoopState
    {
        Turns,
        Hangs,
        Ended,
    }

    /// <returns>Null where nobody listens: the node was not started by systemd, or not as a service that notifies.</returns>
    public static ServiceSupervisor? Start(NodeLoop loop, Func<bool> isRecording, Action<NoticeLevel, string> tell)
    {
        SystemdNotifier systemd = new();
        if (!systemd.IsEnabled)
            return null;
        bool isUnheard = false;
        void Say(string state)
        {
            try
            {
                systemd.Notify(new ServiceState(state));
            }
            catch (SocketException fault)
            {
                if (!isUnheard)
                    tell(NoticeLevel.Warning, $"systemd cannot be told how this node is: {fault.Message}");
                isUnheard = true;
            }
        }
        ServiceSupervisor supervisor = new(loop, isRecording, Say, IntervalOf(Environment.GetEnvironmentVariable("WATCHDOG_USEC")));
        supervisor.thread.Start();
        return supervisor;
    }

    /// <summary>Thrice within the time that systemd waits, and often enough for the state that it shows.</summary>
    public static TimeSpan IntervalOf(string? watchdogMicroseconds) =>
        long.TryParse(watchdogMicroseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0 && TimeSpan.FromMicroseconds(microseconds / 3) is var third && third < UsualInterval
            ? third
            : UsualInterval;

    /// <summary>From here on nothing more is said; the process ends.</summary>
    public void Dispose()
    {
        ended.Set();
        // not for ever: it may be waiting for a systemd that reads nothing
        if (thread.IsAlive)
            thread.Join(interval);
    }

    private void Work()
    {
        do
        {
            Turn();
        } while (!ended.Wait(interval));
    }

    /// <summary>The node was asked to leave; until its file is finished its state is told as before.</summary>
    public void Leave() => say("STOPPING=1");

    /// <summary>Asks the loop once, and says what came of it.</summary>
    public void Turn()
    {
        Task<NodeSnapshot> answer = loop.Ask(NodeSnapshot.Of);
        switch (StateOf(answer))
        {
            case LoopState.Turns:
                say((isReady ? "" : "READY=1\n") + $"STATUS={ServiceStatus.Of(answer.Result)}\nWATCHDOG=1");
                isReady = true;
                break;
            case LoopState.Ended:
                // what is left to do may take as long as TimeoutStopSec allows
                say("STOPPING=1\nSTATUS=Leaving the group\nWATCHDOG=1");
                break;
            // a loop that hangs can obey no STOP, but its pictures are still being written, and those are worth more than a restart
            case LoopState.Hangs when isRecording():
                say("WATCHDOG=1");
                break;
        }
    }

    private LoopState StateOf(Task answer)
    {
        try
        {
            return answer.Wait(interval) ? LoopState.Turns : LoopState.Hangs;
        }
        catch (AggregateException)
        {
            return LoopState.Ended;
        }
    }
}
