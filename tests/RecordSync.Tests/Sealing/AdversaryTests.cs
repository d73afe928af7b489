using CsCheck;
using Xunit;

namespace RecordSync.Tests;

/// <summary>
/// Runs of three processes that talk, are restarted and have clocks of their own, over a wire that loses, doubles and delays; an adversary on it keeps everything and plays it back,
/// late, to others, to its sender, and changed. What docs/security.md promises is held against all that was delivered.
/// </summary>
public sealed class AdversaryTests
{
    private static readonly string[] Addresses = ["10.0.0.1:9943", "10.0.0.2:9943", "10.0.0.3:9943"];

    private enum Act
    {
        SayToGroup,
        SayToOne,
        Wait,
        WaitLong,
        Replay,
        Redirect,
        Reflect,
        Change,
        HoldBack,
        Restart,
    }

    /// <param name="HoldsBack">What goes to the group is not passed on from now to the next wait; the adversary keeps it.</param>
    private sealed record Step(Act Act, int Who, int Other, uint Number);

    [Fact]
    public void Whatever_an_adversary_does_each_word_is_heard_once_by_whom_it_was_for_within_ten_seconds() =>
        Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 2], Gen.Int[0, 2], Gen.UInt)
            .Select((act, who, other, number) => new Step(act, who, other, number))
            .Array[5, 120]
            .Sample(steps => new AdversaryRun(steps.Aggregate(17UL, (seed, step) => seed * 31 + step.Number)).Run(steps), iter: 600);

    private sealed class AdversaryRun
    {
        private readonly SealedWire wire;
        private readonly SealedParty[] parties = new SealedParty[Addresses.Length];
        private readonly long[] joinedNs = new long[Addresses.Length];
        private readonly Dictionary<string, (long SentNs, int From, int? To)> said = [];
        private bool holdsBack;

        public AdversaryRun(ulong seed)
        {
            wire = new SealedWire(seed) { Way = Way };
            for (int who = 0; who < Addresses.Length; who++)
                Join(who);
        }

        public void Run(Step[] steps)
        {
            foreach (Step step in steps)
            {
                Do(step);
                Check();
            }
            // when the adversary has gone, all hear each other
            holdsBack = false;
            wire.Way = _ => 150_000;
            wire.Run(13);
            for (int round = 0; round < 3; round++)
            {
                for (int who = 0; who < parties.Length; who++)
                    Say(who, null, $"end {round} of {who}");
                wire.Run(2.5);
                Check();
            }
            for (int who = 0; who < parties.Length; who++)
                Assert.Equal(parties.Length - 1, parties[who].Heard.Count(word => word.StartsWith("end 2", StringComparison.Ordinal)));
            foreach (SealedParty party in parties)
                party.Dispose();
        }

        private void Do(Step step)
        {
            Captured? kept = wire.Tape.Count == 0 ? null : wire.Tape[(int)(step.Number % (uint)wire.Tape.Count)];
            switch (step.Act)
            {
                case Act.SayToGroup:
                    Say(step.Who, null, $"{said.Count} of {step.Who}");
                    break;
                case Act.SayToOne when step.Who != step.Other:
                    Say(step.Who, step.Other, $"{said.Count} of {step.Who} to {step.Other}");
                    break;
                case Act.Wait:
                    (holdsBack, _) = (false, 0);
                    wire.Run(step.Number % 1000 / 1e3);
                    break;
                case Act.WaitLong:
                    wire.Run(step.Number % 60);
                    break;
                case Act.Replay when kept is not null:
                    wire.Inject(kept);
                    break;
                case Act.Redirect when kept is not null:
                    wire.Inject(kept with { To = step.Number % 2 == 0 ? SealedWire.Group : parties[step.Other].Address, From = Endpoint.Parse("10.0.0.66:9943") });
                    break;
                case Act.Reflect when kept is not null:
                    wire.Inject(kept with { To = kept.From, From = Endpoint.Parse("10.0.0.66:9943") });
                    break;
                case Act.Change when kept is not null:
                    byte[] changed = [.. kept.Bytes];
                    changed[step.Number / 8 % changed.Length] ^= (byte)(1 << (int)(step.Number % 8));
                    wire.Inject(kept with { Bytes = changed });
                    break;
                case Act.HoldBack:
                    holdsBack = true;
                    break;
                case Act.Restart:
                    wire.Leave(parties[step.Who]);
                    Join(step.Who);
                    break;
            }
        }

        private void Join(int who)
        {
            joinedNs[who] = wire.NowNs;
            // the machine itself was switched on at some time
            parties[who] = wire.Join(Addresses[who], TestKeys.Ring(1), (long)(wire.Random() % 1_000_000_000_000));
        }

        private void Say(int who, int? to, string word)
        {
            said[word] = (wire.NowNs, who, to);
            parties[who].Say(word, to is { } other ? parties[other].Address : null);
        }

        private long? Way(Captured datagram) =>
            holdsBack ? null
            : (int)(wire.Random() % 20) switch
            {
                0 => null,
                1 => 300_000_000,
                _ => 50_000 + (long)(wire.Random() % 400_000),
            };

        private void Check()
        {
            for (int who = 0; who < parties.Length; who++)
            {
                Assert.Equal(parties[who].Delivered.Count, parties[who].Heard.Distinct().Count());
                foreach ((string text, long atNs) in parties[who].Delivered)
                {
                    (long sentNs, int from, int? to) = Assert.Contains(text, (IReadOnlyDictionary<string, (long, int, int?)>)said);
                    Assert.NotEqual(who, from);
                    Assert.True(to is null || to == who, $"\"{text}\" was heard by {who}");
                    // what one challenge may be late by is added
                    Assert.InRange(atNs - sentNs, 0, SealedSender.OldestMessage.Value + SealedSender.Patience.Value + 400_000_000);
                    Assert.True(sentNs >= joinedNs[who] - 900_000_000, $"\"{text}\" was said {(joinedNs[who] - sentNs) / 1e9} s before {who} was there");
                }
            }
        }
    }
}
