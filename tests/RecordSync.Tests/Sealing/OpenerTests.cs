using Xunit;

namespace RecordSync.Tests;

/// <summary>docs/protocol.md §8.3 and §8.4: who is heard, and what is too old.</summary>
public sealed class OpenerTests : IDisposable
{
    private readonly SealedWire wire = new();
    private readonly SealedParty alice;
    private readonly SealedParty bob;

    public OpenerTests()
    {
        // clocks of machines that were switched on at other times
        alice = wire.Join("10.0.0.1:9943", TestKeys.Ring(1), clockNs: 7_000_000_000_000);
        bob = wire.Join("10.0.0.2:9943", TestKeys.Ring(1), clockNs: 3_000_000);
    }

    public void Dispose()
    {
        alice.Dispose();
        bob.Dispose();
    }

    [Fact]
    public void A_newcomers_first_word_is_heard_after_one_round_trip()
    {
        alice.Say("beacon");
        wire.Run(0.000_150);
        Assert.Empty(bob.Heard);
        wire.Run(0.000_200);
        Assert.Equal(["beacon"], bob.Heard);
        Assert.Empty(bob.Drops);
    }

    [Fact]
    public void Both_sides_know_each_other_after_the_first_word_of_one()
    {
        alice.Say("beacon");
        wire.Run(0.001);
        Assert.Equal((1, 1), (alice.Opener.Senders, bob.Opener.Senders));
        // beacon; challenge and proof each way
        Assert.Equal(5, wire.Tape.Count);
        bob.Say("answer", alice.Address);
        wire.Run(0.000_100);
        Assert.Equal(["answer"], alice.Heard);
        Assert.Equal(6, wire.Tape.Count);
    }

    [Fact]
    public void A_lost_challenge_is_sent_again_with_the_next_word()
    {
        int challenges = 0;
        wire.Way = datagram => datagram.From == bob.Address && ++challenges <= 3 ? null : 100_000;
        for (int word = 0; word < 4; word++)
        {
            alice.Say($"word {word}");
            wire.Run(0.25);
        }
        Assert.Equal(["word 0", "word 1", "word 2", "word 3"], bob.Heard);
    }

    [Fact]
    public void A_second_proof_of_a_challenge_that_was_sent_twice_is_nothing_to_count()
    {
        // a way of a third of a second: the challenge is repeated before its proof can be there
        wire.Way = _ => 150_000_000;
        alice.Say("word 0");
        wire.Run(0.22);
        alice.Say("word 1");
        wire.Run(2);
        alice.Say("word 2");
        wire.Run(2);
        Assert.Equal(2, wire.Tape.Count(datagram => datagram.From == bob.Address && Is(SealedKind.Challenge, datagram)));
        Assert.Equal(["word 0", "word 1", "word 2"], bob.Heard);
        Assert.Empty(bob.Drops);
    }

    [Fact]
    public void A_flood_of_words_is_answered_by_five_challenges_a_second_at_the_most()
    {
        wire.Way = datagram => datagram.From == bob.Address ? null : 100_000;
        for (int word = 0; word < 1_000; word++)
        {
            alice.Say("word");
            wire.Run(0.001);
        }
        Assert.InRange(wire.Tape.Count(datagram => datagram.From == bob.Address), 4, 5);
        // eight wait, the others are counted
        Assert.Equal(992, bob.Drops[DropReason.Unproven]);
    }

    [Fact]
    public void What_is_recorded_and_played_back_is_dropped()
    {
        alice.Say("start");
        wire.Run(0.01);
        Captured start = wire.Tape[0];
        wire.Inject(start);
        wire.Inject(start);
        wire.Run(0.01);
        Assert.Equal(["start"], bob.Heard);
        Assert.Equal(2, bob.Drops[DropReason.Replayed]);
    }

    [Fact]
    public void A_start_of_yesterday_is_not_obeyed_by_a_restarted_node_whether_its_sender_lives_or_not()
    {
        alice.Say("start");
        wire.Run(86_400);
        Captured start = wire.Tape[0];
        wire.Leave(bob);
        SealedParty again = wire.Join("10.0.0.2:9943", TestKeys.Ring(1), clockNs: 50_000_000);
        wire.Inject(start);
        wire.Run(0.01);
        // alice lives, and proves it: the word is of before all the same
        Assert.Equal(1, again.Opener.Senders);
        Assert.Empty(again.Heard);
        Assert.Equal(1, again.Drops[DropReason.Unproven]);
        wire.Inject(start);
        wire.Run(0.01);
        Assert.Empty(again.Heard);

        wire.Leave(alice);
        wire.Leave(again);
        SealedParty third = wire.Join("10.0.0.2:9943", TestKeys.Ring(1));
        foreach (Captured old in wire.Tape.ToList())
            wire.Inject(old);
        wire.Run(3);
        third.Hear([1], start.From, viaMulticast: true);
        Assert.Empty(third.Heard);
        Assert.Equal((0, 0), (third.Opener.Senders, third.Opener.Strangers));
    }

    [Fact]
    public void A_start_of_a_second_before_the_restart_is_not_obeyed_either()
    {
        alice.Say("start");
        wire.Run(1);
        wire.Leave(bob);
        SealedParty again = wire.Join("10.0.0.2:9943", TestKeys.Ring(1));
        wire.Inject(wire.Tape[0]);
        wire.Run(0.01);
        Assert.Empty(again.Heard);
        // and what alice says now is
        alice.Say("beacon");
        wire.Run(0.01);
        Assert.Equal(["beacon"], again.Heard);
    }

    [Fact]
    public void A_proof_for_an_earlier_challenge_proves_nothing()
    {
        // it is kept back until bob has forgotten that he asked
        wire.Way = datagram => Is(SealedKind.Proof, datagram) ? null : 100_000;
        alice.Say("start");
        wire.Run(0.01);
        (Captured start, Captured proof) = (wire.Tape[0], wire.Tape.Single(datagram => Is(SealedKind.Proof, datagram) && datagram.From == alice.Address));
        wire.Leave(alice);
        wire.Run(60);
        wire.Inject(start);
        wire.Inject(proof);
        wire.Run(0.01);
        Assert.Empty(bob.Heard);
        Assert.Equal((0, 1), (bob.Opener.Senders, bob.Opener.Strangers));
        // the word that waited for it the first time, and the proof itself
        Assert.Equal(2, bob.Drops[DropReason.Unproven]);
    }

    [Fact]
    public void A_proof_that_was_held_back_does_not_say_what_the_clock_of_its_sender_shows_now()
    {
        alice.Say("beacon");
        wire.Run(7_200);
        alice.ClockNs -= 3_600_000_000_000;
        long late = SealedSender.Patience.Value + 1_000_000;
        wire.Way = datagram => Is(SealedKind.Proof, datagram) ? late : 100_000;
        alice.Say("after the sleep");
        wire.Run(3);
        // were it believed, this would be fresh
        alice.Say("and now");
        wire.Run(0.001);
        Assert.Equal(["beacon"], bob.Heard);
        Assert.Equal(2, bob.Drops[DropReason.Stale]);
        wire.Way = _ => 100_000;
        wire.Run(3);
        alice.Say("asked once more");
        wire.Run(0.001);
        alice.Say("and believed");
        wire.Run(0.001);
        Assert.Equal(["beacon", "and believed"], bob.Heard);
    }

    [Fact]
    public void A_word_that_was_held_back_for_more_than_ten_seconds_is_dropped()
    {
        alice.Say("beacon");
        wire.Run(1);
        wire.Way = _ => null;
        alice.Say("start");
        alice.Say("stop");
        (Captured start, Captured stop) = (wire.Tape[^2], wire.Tape[^1]);
        wire.Way = _ => 100_000;
        wire.Run(9.5);
        wire.Inject(start);
        wire.Run(1);
        wire.Inject(stop);
        wire.Run(1);
        Assert.Equal(["beacon", "start"], bob.Heard);
        Assert.Equal(1, bob.Drops[DropReason.Stale]);
    }

    [Fact]
    public void Held_back_words_are_old_however_long_the_group_has_run_on_clocks_that_drift()
    {
        alice.Say("beacon 0");
        wire.Run(1);
        for (int hour = 1; hour <= 24; hour++)
        {
            // 200 ppm of an hour
            alice.ClockNs += 720_000_000;
            wire.Run(3_600);
            alice.Say($"beacon {hour}");
            wire.Run(1);
        }
        Assert.Equal(25, bob.Delivered.Count);
        wire.Way = _ => null;
        alice.Say("start");
        wire.Way = _ => 100_000;
        wire.Run(15);
        wire.Inject(wire.Tape[^1]);
        wire.Run(1);
        Assert.Equal(25, bob.Delivered.Count);
    }

    [Fact]
    public void A_machine_that_slept_proves_itself_anew_and_is_heard_again()
    {
        alice.Say("beacon");
        wire.Run(7_200);
        // its monotonic clock stood still for an hour
        alice.ClockNs -= 3_600_000_000_000;
        alice.Say("after the sleep");
        wire.Run(1);
        alice.Say("and now");
        wire.Run(1);
        Assert.Equal(["beacon", "and now"], bob.Heard);
        // the other way round nothing is lost
        bob.Say("and I?");
        wire.Run(1);
        Assert.Equal(["and I?"], alice.Heard);
    }

    [Fact]
    public void A_challenge_that_is_played_back_proves_nothing_to_anybody()
    {
        alice.Say("beacon");
        wire.Run(0.01);
        wire.Leave(bob);
        SealedParty mallory = wire.Join("10.0.0.66:9943", TestKeys.Ring(9));
        foreach (Captured datagram in wire.Tape.Where(datagram => datagram.To == alice.Address).ToList())
            wire.Inject(datagram with { From = mallory.Address });
        wire.Run(0.01);
        Assert.Equal(2, alice.Drops[DropReason.Replayed]);
        Assert.Empty(mallory.Heard);
    }

    [Fact]
    public void Keys_are_exchanged_in_a_running_group_and_nothing_is_lost()
    {
        alice.Say("1");
        wire.Run(0.1);
        Use(bob, TestKeys.Ring(1, 2));
        alice.Say("2");
        wire.Run(0.1);
        Use(alice, TestKeys.Ring(1, 2));
        Use(bob, TestKeys.Ring(2, 1));
        bob.Say("3");
        wire.Run(0.1);
        Use(alice, TestKeys.Ring(2, 1));
        alice.Say("4");
        wire.Run(0.1);
        Use(alice, TestKeys.Ring(2));
        Use(bob, TestKeys.Ring(2));
        alice.Say("5");
        wire.Run(0.1);
        Assert.Equal(["1", "2", "4", "5"], bob.Heard);
        Assert.Equal(["3"], alice.Heard);
        // what was sealed with the old key means nothing any more
        wire.Inject(wire.Tape[0]);
        wire.Run(0.1);
        Assert.Equal(1, bob.Drops[DropReason.UnknownKey]);
        Assert.Equal(1, bob.Opener.Senders);
    }

    [Fact]
    public void Recordings_of_many_processes_fill_no_table_and_push_nobody_out()
    {
        alice.Say("beacon");
        wire.Run(0.1);
        List<Captured> recorded = [];
        for (int process = 0; process < Opener.MostStrangers + 100; process++)
        {
            using SealedParty old = new(wire, Endpoint.Parse("10.0.0.7:9943"), TestKeys.Ring(1), 0, SealedWire.Group);
            recorded.Add(new Captured(old.Sealed("start", SealedWire.Group, SealedKind.ToGroup), old.Address, SealedWire.Group, wire.NowNs));
        }
        foreach (Captured old in recorded)
            wire.Inject(old);
        wire.Run(0.1);
        Assert.Equal(Opener.MostStrangers, bob.Opener.Strangers);
        Assert.Equal(["beacon"], bob.Heard);
        alice.Say("stop");
        wire.Run(3);
        alice.Say("stopped");
        wire.Run(0.1);
        Assert.Equal(["beacon", "stop", "stopped"], bob.Heard);
        Assert.Equal(0, bob.Opener.Strangers);
        Assert.Equal(Opener.MostStrangers + 100, bob.Drops[DropReason.Unproven]);
    }

    [Fact]
    public void Invented_senders_cost_no_key_and_shut_no_newcomer_out()
    {
        byte[] datagram = alice.Sealed("start", SealedWire.Group, SealedKind.ToGroup);
        for (int invented = 0; invented < 3 * Opener.StrangersPerSecond; invented++)
        {
            new SenderId(wire.Random()).Write(datagram.AsSpan(8));
            Assert.Equal(DropReason.Forged, bob.Hear(datagram, alice.Address, viaMulticast: true).Drop);
        }
        alice.Say("beacon");
        wire.Run(0.01);
        Assert.Equal(["beacon"], bob.Heard);
    }

    private static bool Is(SealedKind kind, Captured datagram) => SealedHeader.TryRead(datagram.Bytes, out SealedHeader header) && header.Kind == kind;

    private static void Use(SealedParty party, GroupKeyRing ring)
    {
        party.Sealer.Use(ring);
        party.Opener.Use(ring);
    }
}
