namespace RecordSync.Daemon;

/// <summary>
/// What other machines may show to a node's page: the token of its <c>--http-token-file</c>, or that of every key in its <c>--key-file</c> as the file is now, so that browsers and
/// programs go over to a new key as the nodes do (docs/security.md). Thread-safe.
/// </summary>
internal sealed class PageTokens
{
    private readonly Lock gate = new();
    private readonly GroupKeys? keys;
    private GroupKeyRing? known;
    private Entry[] entries;

    public PageTokens(AccessToken token) => entries = [new Entry(null, token)];

    public PageTokens(GroupKeys keys) => (this.keys, entries) = (keys, []);

    /// <param name="KeyId">Of the key that makes it; null: it is that of a file.</param>
    private sealed record Entry(uint? KeyId, AccessToken Token);

    public bool Matches(string shown) => Now().Any(entry => entry.Token.Matches(shown));

    public bool IsSession(string shown, DateTimeOffset now) => Now().Any(entry => entry.Token.IsSession(shown, now));

    public string BeginSession(DateTimeOffset now) => Now()[0].Token.BeginSession(now);

    public void EndSession(string shown, DateTimeOffset now) => Now().FirstOrDefault(entry => entry.Token.IsSession(shown, now))?.Token.EndSession(shown);

    /// <summary>What this node shows to another one (<see cref="AccessToken.Ticket"/>).</summary>
    public string Ticket(string purpose, string node, long instance) => Now()[0].Token.Ticket(purpose, node, instance);

    public bool IsTicket(string shown, string purpose, string node, long instance) => Now().Any(entry => entry.Token.IsTicket(shown, purpose, node, instance));

    /// <summary>The first is that of the key that seals.</summary>
    private Entry[] Now()
    {
        if (keys is null)
            return entries;
        lock (gate)
        {
            GroupKeyRing ring = keys.Ring;
            if (!ReferenceEquals(ring, known))
                // what stays is kept: it knows which of its sessions have been ended
                (known, entries) = (ring, [.. ring.All.Select(key => entries.FirstOrDefault(entry => entry.KeyId == key.Id) ?? new Entry(key.Id, new AccessToken(key.HttpToken())))]);
            return entries;
        }
    }
}
