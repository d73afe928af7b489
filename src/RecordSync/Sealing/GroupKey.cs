using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace RecordSync;

/// <summary>The secret that the nodes of a group share, and what is derived of it by HKDF-SHA256 (docs/protocol.md §8.1). The secret itself seals nothing.</summary>
internal sealed class GroupKey
{
    public const int Size = 32;

    /// <summary>Begins a key as it is written, with the version of this schedule.</summary>
    private const string Prefix = "record-syncd-key-1:";

    private readonly byte[] secret;
    private readonly byte[] markKey = new byte[Size];

    public GroupKey(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != Size)
            throw new ArgumentException($"a group key has {Size} bytes", nameof(secret));
        this.secret = secret.ToArray();
        Span<byte> id = stackalloc byte[sizeof(uint)];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, id, [], "record-syncd 1 id"u8);
        Id = BinaryPrimitives.ReadUInt32BigEndian(id);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, markKey, [], "record-syncd 1 mark"u8);
    }

    /// <summary>Tells which key a datagram is sealed with; says nothing of the key.</summary>
    public uint Id { get; }

    /// <summary>The id as people see it.</summary>
    public string Name => NameOf(Id);

    public static string NameOf(uint id) => id.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A key as <c>record-syncd keygen</c> prints it.</summary>
    public static string Write(ReadOnlySpan<byte> secret) => Prefix + Base64Url.EncodeToString(secret);

    public static bool TryParse(ReadOnlySpan<char> text, out GroupKey? key)
    {
        key = null;
        Span<byte> secret = stackalloc byte[Size];
        if (!text.StartsWith(Prefix) || !Base64Url.IsValid(text[Prefix.Length..], out int length) || length != Size)
            return false;
        Base64Url.DecodeFromChars(text[Prefix.Length..], secret);
        // nobody draws this one
        if (secret.IndexOfAnyExcept((byte)0) < 0)
            return false;
        key = new GroupKey(secret);
        return true;
    }

    /// <summary>What one process seals with, in one group.</summary>
    public void DeriveSenderKey(SenderId sender, Endpoint group, Span<byte> key)
    {
        ReadOnlySpan<byte> purpose = "record-syncd 1 sender"u8;
        Span<byte> salt = stackalloc byte[SenderId.Size];
        sender.Write(salt);
        Span<byte> info = stackalloc byte[purpose.Length + WireEndpoint.Size];
        purpose.CopyTo(info);
        WireEndpoint.Write(info[purpose.Length..], group);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, salt, info);
    }

    public ulong MarkOf(SenderId sender)
    {
        Span<byte> id = stackalloc byte[SenderId.Size];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        sender.Write(id);
        HMACSHA256.HashData(markKey, id, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    /// <summary>The token with which other machines may use the page of a node that has this key and no token of its own.</summary>
    public string HttpToken()
    {
        Span<byte> token = stackalloc byte[Size];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, token, [], "record-syncd 1 http"u8);
        return Base64Url.EncodeToString(token);
    }
}

/// <summary>An address and a port as they are authenticated: six bytes, big-endian.</summary>
internal static class WireEndpoint
{
    public const int Size = sizeof(uint) + sizeof(ushort);

    public static void Write(Span<byte> to, Endpoint endpoint)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, endpoint.Address);
        BinaryPrimitives.WriteUInt16BigEndian(to[sizeof(uint)..], endpoint.Port);
    }
}
