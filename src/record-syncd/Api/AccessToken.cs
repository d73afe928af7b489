using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>
/// The token that other machines must show, and the sessions that browsers get for it, because an event stream and a picture cannot send a header.
/// A session is its end, signed with the token: nothing is kept, it outlives a restart of the node, and it is good at every node with the same token.
/// </summary>
internal sealed class AccessToken
{
    public const int RandomBytes = 32;

    /// <summary>16 random bytes: less could be guessed.</summary>
    private const int ShortestToken = 22;
    private const int LongestToken = 512;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Sessions that were ended before their time; one that is forgotten ends by itself.</summary>
    private const int MostEnded = 1_024;

    public static readonly TimeSpan SessionLength = TimeSpan.FromDays(7);

    private readonly Lock gate = new();
    private readonly Queue<string> endedInOrder = new();
    private readonly HashSet<string> ended = new(StringComparer.Ordinal);
    private readonly byte[] hash;
    private readonly byte[] key;
    private readonly byte[] ticketKey;

    public AccessToken(string token)
    {
        hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        key = HMACSHA256.HashData(hash, "record-syncd session"u8);
        ticketKey = HMACSHA256.HashData(hash, "record-syncd ticket"u8);
    }

    /// <summary>What <c>record-syncd token</c> prints.</summary>
    public static string Make() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <returns>Null with a sentence that says what to do.</returns>
    public static AccessToken? Read(string path, out string? fault)
    {
        try
        {
            FileInfo file = new(path);
            if (file.Exists && (file.UnixFileMode & Others) != 0)
            {
                fault = $"--http-token-file \"{path}\" can be read or changed by others than its owner: chmod 600 \"{path}\" and, if somebody may have seen it, put a new token into it";
                return null;
            }
            string token = file is { Exists: true, Length: > LongestToken + 2 } ? "" : File.ReadAllText(path).Trim();
            fault =
                token.Length is >= ShortestToken and <= LongestToken && token.All(c => char.IsAscii(c) && !char.IsControl(c) && c != ' ')
                    ? null
                    : $"--http-token-file \"{path}\" holds no token: one line of {ShortestToken} to {LongestToken} letters, digits and signs. Make it with:  (umask 077; record-syncd token > \"{path}\")";
            return fault is null ? new AccessToken(token) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"--http-token-file \"{path}\" cannot be read: {e.Message.TrimEnd('.')}. Make it with:  (umask 077; record-syncd token > \"{path}\")";
            return null;
        }
    }

    /// <summary>In the same time for every wrong one.</summary>
    public bool Matches(string shown) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), hash);

    public string BeginSession(DateTimeOffset now)
    {
        byte[] session = new byte[sizeof(long) + HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(session, (now + SessionLength).ToUnixTimeSeconds());
        HMACSHA256.HashData(key, session.AsSpan(0, sizeof(long)), session.AsSpan(sizeof(long)));
        return Base64Url.EncodeToString(session);
    }

    public bool IsSession(string shown, DateTimeOffset now)
    {
        byte[] session = new byte[sizeof(long) + HMACSHA256.HashSizeInBytes];
        Span<byte> due = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (shown.Length > 2 * session.Length || !Base64Url.IsValid(shown, out int length) || length != session.Length)
            return false;
        Base64Url.DecodeFromChars(shown, session);
        HMACSHA256.HashData(key, session.AsSpan(0, sizeof(long)), due);
        if (!CryptographicOperations.FixedTimeEquals(due, session.AsSpan(sizeof(long))))
            return false;
        lock (gate)
            return BinaryPrimitives.ReadInt64BigEndian(session) > now.ToUnixTimeSeconds() && !ended.Contains(shown);
    }

    /// <summary>
    /// What a node shows to another with the same token, for one purpose at that one process and nothing else: whoever gets hold of it can do no more
    /// (docs/decisions/0093-tickets-between-nodes.md).
    /// </summary>
    /// <param name="purpose">The last part of the path: "doctor".</param>
    public string Ticket(string purpose, string node, long instance) => Base64Url.EncodeToString(HMACSHA256.HashData(ticketKey, Encoding.UTF8.GetBytes($"{purpose} {instance:x16} {node}")));

    public bool IsTicket(string shown, string purpose, string node, long instance) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(Ticket(purpose, node, instance)));

    public void EndSession(string shown)
    {
        lock (gate)
        {
            if (!ended.Add(shown))
                return;
            endedInOrder.Enqueue(shown);
            if (endedInOrder.Count > MostEnded)
                ended.Remove(endedInOrder.Dequeue());
        }
    }
}

/// <summary>Wrong tokens, by the address that shows them: a few at once, then one every ten seconds. A table of bounded size. Thread-safe.</summary>
internal sealed class FailureLimit(Func<long> nowMs)
{
    public const int AtOnce = 5;
    public const int MostAddresses = 1_024;
    private const long RefillMs = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> fullAt = new(StringComparer.Ordinal);

    /// <returns>How long this address has to wait before it is listened to again, s; 0 when it need not.</returns>
    public int Wait(string address)
    {
        lock (gate)
        {
            long debt = fullAt.GetValueOrDefault(address) - nowMs();
            return debt <= (AtOnce - 1) * RefillMs ? 0 : (int)Math.Ceiling((debt - (AtOnce - 1) * RefillMs) / 1e3);
        }
    }

    public void Failed(string address)
    {
        lock (gate)
        {
            long now = nowMs();
            if (fullAt.Count >= MostAddresses && !fullAt.ContainsKey(address))
                // whoever has failed least, or longest ago, is forgiven
                fullAt.Remove(fullAt.MinBy(entry => entry.Value).Key);
            fullAt[address] = Math.Max(now, fullAt.GetValueOrDefault(address)) + RefillMs;
        }
    }
}
