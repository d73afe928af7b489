namespace RecordSync;

/// <summary>How a datagram came.</summary>
/// <param name="Note">The receiver's own; comes back with a message that had to wait.</param>
internal readonly record struct Arrival(Endpoint Source, LocalTime At, bool ViaMulticast, int Note);

/// <summary>What became of a sealed datagram.</summary>
/// <param name="Drop">Why it was dropped; None also for what waits, and for what the sealing itself is about.</param>
/// <param name="Length">Of the message that is to be delivered; null when none is.</param>
/// <param name="Prove">To be sent back: this process's answer to a challenge.</param>
/// <param name="Ask">To be sent back: a challenge.</param>
/// <param name="KeyId">Of the datagram, where its header could be read.</param>
internal readonly record struct Opened(DropReason Drop, int? Length = null, SealedAnswer? Prove = null, SealedAnswer? Ask = null, uint? KeyId = null);

/// <summary>
/// Opens what others have sealed, and drops by reason what is forged, repeated, turned back, or of another time (docs/protocol.md §8.3). No clock is trusted for it: a process is
/// heard only after it has answered a challenge with a random number, and from then on its own clock tells how old its datagrams are. Cheap checks come before dear ones, state is
/// kept of genuine senders only, and of so many. One thread at a time.
/// </summary>
internal sealed class Opener : IDisposable
{
    /// <summary>Processes with the key that are alive; who has been silent longest makes room.</summary>
    public const int MostProven = 2_048;

    /// <summary>Processes that have not answered yet.</summary>
    public const int MostStrangers = 512;

    /// <summary>Strangers whose key is derived, and challenges that are sent or answered, in a second.</summary>
    public const int StrangersPerSecond = 2_000;
    public const int AnswersPerSecond = 4_000;

    private readonly Dictionary<(uint KeyId, SenderId Sender), SealedSender> proven = [];
    private readonly Dictionary<(uint KeyId, SenderId Sender), SealedSender> strangers = [];
    private readonly SealBudget derivations = new(StrangersPerSecond);
    private readonly SealBudget answers = new(AnswersPerSecond);
    private readonly Queue<HeldMessage> released = new();
    private readonly byte[] scratch = new byte[PacketCodec.LargestDatagram];
    private readonly Endpoint group;
    private readonly SenderId self;
    private readonly Func<UInt128> random;
    private GroupKeyRing ring;
    private LocalTime sweptAt;
    private int forgotten;

    /// <param name="self">The id that this process seals under.</param>
    /// <param name="random">128 bits that nobody can guess.</param>
    public Opener(GroupKeyRing ring, Endpoint group, SenderId self, Func<UInt128> random) => (this.ring, this.group, this.self, this.random) = (ring, group, self, random);

    /// <summary>Whom a challenge or a proof for this process is addressed to.</summary>
    public SenderId Self => self;

    /// <summary>Messages that waited for a proof in vain, since the last call.</summary>
    public int TakeForgotten()
    {
        int count = forgotten;
        forgotten = 0;
        return count;
    }

    public int Senders => proven.Count;

    public int Strangers => strangers.Count;

    /// <summary>Who sealed with a key that is no longer there is a stranger again.</summary>
    public void Use(GroupKeyRing next)
    {
        if (next == ring)
            return;
        ring = next;
        ForgetKeysThatAreGone(proven);
        ForgetKeysThatAreGone(strangers);
    }

    /// <param name="own">This node's own address, as others send to it.</param>
    /// <param name="message">Room for a datagram.</param>
    public Opened Open(ReadOnlySpan<byte> datagram, in Arrival arrival, Endpoint own, Span<byte> message)
    {
        Sweep(arrival.At);
        if (!SealedHeader.IsSealed(datagram))
            return new Opened(DropReason.Unsealed);
        if (!SealedHeader.TryRead(datagram, out SealedHeader header))
            return new Opened(DropReason.Malformed);
        return Open(datagram, header, arrival, own, message) with { KeyId = header.KeyId };
    }

    /// <summary>A message that has waited for the proof of its sender, and is of now.</summary>
    public bool TryRelease(out HeldMessage? message) => released.TryDequeue(out message);

    private Opened Open(ReadOnlySpan<byte> datagram, in SealedHeader header, in Arrival arrival, Endpoint own, Span<byte> message)
    {
        if (ring.Find(header.KeyId) is not { } key)
            return new Opened(DropReason.UnknownKey);
        if (header.Sender == self)
            return new Opened(DropReason.Reflected);
        bool toGroup = header.Kind == SealedKind.ToGroup;
        if (toGroup != arrival.ViaMulticast)
            return new Opened(DropReason.Redirected);
        (uint, SenderId) name = (header.KeyId, header.Sender);
        SealedSender? sender = proven.GetValueOrDefault(name) ?? strangers.GetValueOrDefault(name);
        bool met = sender is not null;
        if (sender is null)
        {
            if (key.MarkOf(header.Sender) != header.Mark)
                return new Opened(DropReason.Forged);
            if (!derivations.TryTake(arrival.At))
                return new Opened(DropReason.Overload);
            sender = new SealedSender(new SenderCipher(key, header.Sender, group), arrival.At);
        }
        else if (!sender.Window.MayAccept(header.Counter))
            return new Opened(DropReason.Replayed);
        if (!sender.Cipher.TryOpen(datagram, header.Counter, toGroup ? group : own, message, scratch))
        {
            if (!met)
                sender.Dispose();
            return new Opened(DropReason.Forged);
        }
        if (!met)
            Meet(name, sender);
        sender.Window.Accept(header.Counter);
        int length = datagram.Length - SealedHeader.Overhead;
        return header.Kind is SealedKind.Challenge or SealedKind.Proof ? Answer(header, sender, message[..length], arrival.At) : Judge(header, sender, message[..length], arrival);
    }

    private Opened Judge(in SealedHeader header, SealedSender sender, ReadOnlySpan<byte> message, in Arrival arrival)
    {
        if (!sender.Proven)
            return new Opened(sender.TryHold(message, arrival, header.SentMs) ? DropReason.None : DropReason.Unproven, Ask: Ask(header.Sender, sender, arrival.At));
        // its clock may have stood still, with its machine: then a new proof says what it shows now
        return sender.IsFresh(arrival.At, header.SentMs) ? new Opened(DropReason.None, message.Length) : new Opened(DropReason.Stale, Ask: Ask(header.Sender, sender, arrival.At));
    }

    private Opened Answer(in SealedHeader header, SealedSender sender, ReadOnlySpan<byte> message, LocalTime at)
    {
        if (!SealedAnswer.TryRead(header.Kind, message, out SealedAnswer said))
            return new Opened(DropReason.Malformed);
        if (said.To != self)
            return new Opened(DropReason.Redirected);
        if (header.Kind == SealedKind.Challenge)
        {
            SealedAnswer? ask = sender.Proven ? null : Ask(header.Sender, sender, at);
            return answers.TryTake(at) ? new Opened(DropReason.None, Prove: new SealedAnswer(SealedKind.Proof, header.Sender, said.Nonce), Ask: ask) : new Opened(DropReason.Overload, Ask: ask);
        }
        bool known = sender.Proven;
        // where the challenge was sent twice, the second proof is one too many
        if (!sender.TryProve(said.Nonce, at, header.SentMs))
            return new Opened(known ? DropReason.None : DropReason.Unproven);
        if (!known)
            Welcome((header.KeyId, header.Sender), sender);
        return new Opened(DropReason.None);
    }

    private SealedAnswer? Ask(SenderId id, SealedSender sender, LocalTime at)
    {
        if (sender.Challenge(at, random) is not { } nonce || !answers.TryTake(at))
            return null;
        return new SealedAnswer(SealedKind.Challenge, id, nonce);
    }

    private void Meet((uint, SenderId) name, SealedSender sender)
    {
        if (strangers.Count >= MostStrangers)
        {
            var oldest = strangers.MinBy(stranger => stranger.Value.Met);
            Forget(strangers, oldest.Key, oldest.Value);
        }
        strangers[name] = sender;
    }

    private void Welcome((uint, SenderId) name, SealedSender sender)
    {
        strangers.Remove(name);
        if (proven.Count >= MostProven)
        {
            var silent = proven.MinBy(other => other.Value.LastHeard);
            Forget(proven, silent.Key, silent.Value);
        }
        proven[name] = sender;
        foreach (HeldMessage message in sender.TakeHeld())
        {
            if (sender.IsFresh(message.At, message.SentMs))
                released.Enqueue(message);
            else
                forgotten++;
        }
    }

    /// <summary>Who has not answered by now is the recording of one who did live.</summary>
    private void Sweep(LocalTime now)
    {
        if (strangers.Count == 0 || now - sweptAt < SealedSender.Patience)
            return;
        sweptAt = now;
        ForgetTheSilent(now);
    }

    // a closure is made where its method begins: these are apart from what runs for every datagram
    private void ForgetTheSilent(LocalTime now)
    {
        foreach (var stranger in strangers.Where(stranger => now - stranger.Value.Met > SealedSender.Patience).ToList())
            Forget(strangers, stranger.Key, stranger.Value);
    }

    private void ForgetKeysThatAreGone(Dictionary<(uint KeyId, SenderId), SealedSender> table)
    {
        foreach (var sender in table.Where(sender => ring.Find(sender.Key.KeyId) is null).ToList())
            Forget(table, sender.Key, sender.Value);
    }

    private void Forget(Dictionary<(uint, SenderId), SealedSender> table, (uint, SenderId) name, SealedSender sender)
    {
        forgotten += sender.Held;
        table.Remove(name);
        sender.Dispose();
    }

    public void Dispose()
    {
        foreach (SealedSender sender in proven.Values.Concat(strangers.Values))
            sender.Dispose();
    }
}
