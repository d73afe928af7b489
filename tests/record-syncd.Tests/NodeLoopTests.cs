using System.Diagnostics;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A whole node without a camera on the loopback interface: the loop's own promises.</summary>
public sealed class NodeLoopTests : IDisposable
{
    private readonly LocalClock clock = new();
    private readonly MulticastLink link;
    private readonly EventLog<string> told = new("notices");
    private readonly NodeLoop loop;

    public NodeLoopTests()
    {
        link = new MulticastLink(new LinkSettings(InterfaceChoice.Resolve("lo"), TestGroup.Next()), clock);
        Nanos wallOffset = new(clock.WallNow().Nanoseconds - clock.Now().Nanoseconds);
        NodeSettings settings = new("one", NodeRole.Follower, "host", wallOffset, 7, FrameRate.Default, HasCamera: false);
        loop = new NodeLoop(settings, link, clock, new SharedClock(), (_, text) => OnTold(text));
    }

    private Action<string> OnTold { get; set; } = _ => { };

    public void Dispose() => link.Dispose();

    [Fact]
    public async Task Inputs_and_questions_are_taken_one_at_a_time_in_their_order_by_one_thread()
    {
        OnTold = told.Add;
        Task running = loop.Run();
        List<Task<(int Thread, int Heard)>> answers = [];
        for (int number = 0; number < 1000; number++)
        {
            loop.Post(new NodeInput.Recorder(new RecorderEvent.Notice(NoticeLevel.Info, $"notice {number}")));
            answers.Add(loop.Ask((_, _) => (Environment.CurrentManagedThreadId, told.All.Count)));
        }
        (int Thread, int Heard)[] heard = await Task.WhenAll(answers);

        Assert.Equal(Enumerable.Range(1, 1000), heard.Select(answer => answer.Heard));
        Assert.Equal(Enumerable.Range(0, 1000).Select(number => $"notice {number}"), told.All);
        Assert.Single(heard.Select(answer => answer.Thread).Distinct());
        await Leave(running);
    }

    [Fact]
    public async Task The_earliest_timer_ends_the_wait_and_later_ones_keep_their_own_times()
    {
        Task running = loop.Run();
        using MulticastLink listener = new(new LinkSettings(InterfaceChoice.Resolve("lo"), link.Group), clock);
        EventLog<LocalTime> beacons = new("beacons");
        listener.Start((in Datagram received) => beacons.Add(received.ReceivedAt), (_, _) => { });

        // each beacon sets the timer of the next, while the sweep for silent peers has one that is four times as quick
        IReadOnlyList<LocalTime> heard = beacons.WaitForCount(3);

        for (int later = 1; later < heard.Count; later++)
            Assert.True(heard[later] - heard[later - 1] > Nanos.FromMilliseconds(1_900), $"{heard[later] - heard[later - 1]}");
        await Leave(running);
    }

    [Fact]
    public async Task When_the_node_has_left_the_task_ends_and_questions_are_cancelled()
    {
        Task running = loop.Run();
        Task<string> asked = loop.Ask((node, _) => node.NodeId);
        await Leave(running);

        Assert.Equal("one", await asked);
        await Assert.ThrowsAsync<TaskCanceledException>(() => loop.Ask((node, _) => node.NodeId));
    }

    [Fact]
    public async Task A_fault_in_the_loop_ends_the_task_with_it()
    {
        OnTold = _ => throw new UnreachableException("a fault of the program");
        Task running = loop.Run();
        loop.Post(new NodeInput.Recorder(new RecorderEvent.Notice(NoticeLevel.Info, "boom")));

        UnreachableException fault = await Assert.ThrowsAsync<UnreachableException>(() => running.WaitAsync(EventLog<int>.Patience));
        Assert.Equal("a fault of the program", fault.Message);
    }

    [Fact]
    public async Task A_question_that_fails_fails_alone()
    {
        Task running = loop.Run();

        await Assert.ThrowsAsync<InvalidOperationException>(() => loop.Ask<int>((_, _) => throw new InvalidOperationException()));
        Assert.Equal("one", await loop.Ask((node, _) => node.NodeId));
        await Leave(running);
    }

    private async Task Leave(Task running)
    {
        loop.Post(new NodeInput.LeaveRequested("the test is over"));
        await running.WaitAsync(EventLog<int>.Patience);
    }
}
