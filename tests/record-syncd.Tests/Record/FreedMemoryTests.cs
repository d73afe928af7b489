using System.Runtime.InteropServices;
using Xunit;

namespace RecordSync.Daemon.Tests;

/// <summary>A node that makes takes all day does not grow all day: what lies free in the C library's heap goes back to the system with each take.</summary>
[Collection(Processes.Name)]
public sealed class FreedMemoryTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Memory_that_lies_free_goes_back_when_a_take_has_ended()
    {
        EventLog<RecorderEvent> events = new("events of the recorder");
        LocalClock clock = new();
        SharedClock network = new() { Mapping = new ClockMapping(clock.Now(), new NetworkTime(clock.WallNow().Nanoseconds), 0, 0, 0) };
        using MulticastLink link = new(new LinkSettings(InterfaceChoice.Resolve("lo"), TestGroup.Next()), clock);
        Assert.True(OutputPath.TryParse(folder["{take}.mp4"], out OutputPath? output, out string? fault), fault);
        NodeOptions options = new() { Role = RoleChoice.Leader, Camera = "test", Size = new FrameSize(320, 240), Bitrate = 800 };
        NodeSettings settings = new("one", NodeRole.Leader, "host", new Nanos(clock.WallNow().Nanoseconds - clock.Now().Nanoseconds), 7, FrameRate.Default, HasCamera: true);
        HeapInPieces heap;
        await using (Recorder recorder = new(options, settings, output, clock, network, link, events.Add))
        {
            events.WaitFor(happened => happened is RecorderEvent.Ready, RunningNode.Patience);
            heap = new HeapInPieces();
            Assert.InRange(heap.ResidentPages, HeapInPieces.Pages * 9 / 10, HeapInPieces.Pages);
            recorder.StartTake(new TakePlan("id", "take", network.Mapping.At(clock.Now()) + Nanos.FromMilliseconds(300), FrameRate.Default, "one"));
            events.WaitFor(happened => happened is RecorderEvent.Recording, RunningNode.Patience);
            recorder.StopTake(network.Mapping.At(clock.Now()));
            events.WaitFor(happened => happened is RecorderEvent.Finished or RecorderEvent.Failed, RunningNode.Patience);
        }
        // others may have taken some of it meanwhile
        Assert.InRange(heap.ResidentPages, 0, HeapInPieces.Pages / 4);
        heap.Dispose();
    }

    /// <summary>Memory of the C library, used and free again, that it keeps: what was taken last holds it below the heap's end.</summary>
    private sealed class HeapInPieces : IDisposable
    {
        public const int Pages = 4_096;
        private const int PageSize = 4_096;
        private const int PieceSize = 1_000;

        private readonly nint[] pages;
        private readonly nint last;

        public HeapInPieces()
        {
            nint[] pieces = [.. Enumerable.Range(0, Pages * PageSize / PieceSize).Select(_ => Marshal.AllocHGlobal(PieceSize))];
            last = Marshal.AllocHGlobal(PieceSize);
            // a page is there when it has been written
            foreach (nint piece in pieces)
                Marshal.WriteByte(piece, PieceSize - 1, 1);
            pages = [.. pieces.Select(piece => piece / PageSize * PageSize).Distinct().Take(Pages)];
            foreach (nint piece in pieces)
                Marshal.FreeHGlobal(piece);
        }

        public int ResidentPages => pages.Count(page => mincore(page, PageSize, out byte there) == 0 && (there & 1) != 0);

        public void Dispose() => Marshal.FreeHGlobal(last);

        // the tests' project has no unsafe code, which LibraryImport would need
        [DllImport("libc")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static extern int mincore(nint address, nuint length, out byte there);
    }
}
