using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>Two whole nodes on the loopback interface whose kernel gives less and less: forced, because this machine's gives all.</summary>
public sealed class PoorStampsTests
{
    private static readonly InterfaceChoice Loopback = InterfaceChoice.Resolve("lo");

    [Fact]
    public async Task The_poorer_the_stamps_the_wider_the_bound_and_it_always_holds()
    {
        Outcome kernel = await Run(TimestampSource.Kernel);
        Outcome receiveOnly = await Run(TimestampSource.KernelReceiveOnly);
        Outcome program = await Run(TimestampSource.User);

        Assert.Equal(("kernel", "kernel-receive", "program"), (kernel.Stamps, receiveOnly.Stamps, program.Stamps));
        Assert.Equal("kernel", kernel.InWords);
        Assert.Equal("kernel, of received packets only: the error bound is wider", receiveOnly.InWords);
        Assert.Equal("program, for want of the kernel's: the error bound is wider", program.InWords);
        // what a stamp is late or early by looks like a way
        Assert.True(kernel.DelayNs < receiveOnly.DelayNs && receiveOnly.DelayNs < program.DelayNs, $"{kernel} {receiveOnly} {program}");
        Assert.True(kernel.TransmitStamps > 0 && receiveOnly.TransmitStamps == 0 && program.TransmitStamps == 0);
        Assert.True(program.UserStamps > 0);
    }

    private sealed record Outcome(string? Stamps, string InWords, long DelayNs, long TransmitStamps, long UserStamps);

    private static async Task<Outcome> Run(TimestampSource best)
    {
        Endpoint group = TestGroup.Next();
        using RunningLoop leader = new(NodeRole.Leader, group, best, new LocalClock());
        LocalClock wrong = new(SimulatedClock.Parse("offset=5,ppm=30"));
        using RunningLoop follower = new(NodeRole.Follower, group, best, wrong);
        long delay = long.MaxValue;
        int seen = 0;
        // every new state of the filter is held against the truth
        for (int samples = 0; seen < 30; await Task.Delay(5, TestContext.Current.CancellationToken))
        {
            ClockReading reading = await follower.Loop.Ask((node, now) => node.ReadClock(now));
            if (reading.Network is not { } network || reading.Samples == samples || leader.Network.Mapping is not { } truth)
                continue;
            (samples, seen, delay) = (reading.Samples, seen + 1, reading.DelayNs!.Value);
            // the leader's local time is the true one
            LocalTime instant = new(wrong.ToMonotonic(reading.Local));
            long error = (network - truth.At(instant)).Value;
            Assert.InRange(Math.Abs(error), 0, reading.ErrorNs!.Value);
            Assert.InRange(reading.ErrorNs!.Value, reading.DelayNs!.Value / 2, long.MaxValue);
        }
        ClockReport report = await follower.Loop.Ask((node, now) => node.ClockReport(now));
        LinkCounters counters = follower.Link.Counters;
        return new Outcome(report.Stamps, follower.Link.DescribeStamps(), delay, counters.TransmitStamps, counters.UserStamps);
    }

    private sealed class RunningLoop : IDisposable
    {
        private readonly Task running;

        public RunningLoop(NodeRole role, Endpoint group, TimestampSource best, LocalClock clock)
        {
            Link = new MulticastLink(new LinkSettings(Loopback, group) { BestOfKernel = best }, clock);
            Nanos wallOffset = new(clock.WallNow().Nanoseconds - clock.Now().Nanoseconds);
            NodeSettings settings = new($"{role}", role, "host", wallOffset, (long)role + 7, FrameRate.Default, false);
            Loop = new NodeLoop(settings, Link, clock, Network, (_, _) => { });
            running = Loop.Run();
        }

        public MulticastLink Link { get; }

        public NodeLoop Loop { get; }

        public SharedClock Network { get; } = new();

        public void Dispose()
        {
            Loop.Post(new NodeInput.LeaveRequested("the test is over"));
            Assert.True(running.Wait(EventLog<int>.Patience));
            Link.Dispose();
        }
    }
}
