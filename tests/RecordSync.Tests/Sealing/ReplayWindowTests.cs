using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §8.3.</summary>
public sealed class ReplayWindowTests
{
    [Fact]
    public void Each_counter_is_taken_once_however_they_are_reordered_and_repeated() =>
        Gen.Select(Gen.ULong[0, ulong.MaxValue - 100_000], Gen.Int[0, 3_000].Array[1, 200])
            .Sample((start, steps) =>
            {
                ReplayWindow window = new();
                HashSet<ulong> taken = [];
                ulong highest = 0;
                foreach (int step in steps)
                {
                    ulong counter = start + (ulong)step;
                    bool due = taken.Count == 0 || counter > highest || (highest - counter < ReplayWindow.Size && !taken.Contains(counter));
                    Assert.Equal(due, window.MayAccept(counter));
                    if (!due)
                        continue;
                    window.Accept(counter);
                    taken.Add(counter);
                    highest = Math.Max(highest, counter);
                    Assert.False(window.MayAccept(counter));
                }
            });

    [Fact]
    public void What_is_overtaken_by_less_than_the_window_is_taken_and_what_lies_farther_back_is_not()
    {
        ReplayWindow window = new();
        window.Accept(5_000);
        Assert.True(window.MayAccept(5_000 - ReplayWindow.Size + 1));
        Assert.False(window.MayAccept(5_000 - ReplayWindow.Size));
        window.Accept(ulong.MaxValue);
        Assert.False(window.MayAccept(5_001));
        Assert.True(window.MayAccept(ulong.MaxValue - 1));
    }
}
