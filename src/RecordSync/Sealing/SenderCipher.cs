using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RecordSync;

/// <summary>
/// ChaCha20-Poly1305 (RFC 8439) with the key of one sender. The nonce is the datagram's counter, which its sender uses once and whose key no other process has; the header and where
/// the datagram is going are authenticated with it. Without allocating, and without throwing at what is forged: a flood of it must stay cheap.
/// </summary>
internal sealed class SenderCipher : IDisposable
{
    private const int NonceSize = 12;
    private const int KeySize = 32;

    private readonly ChaCha20Poly1305 cipher;

    public SenderCipher(GroupKey key, SenderId sender, Endpoint group)
    {
        Span<byte> own = stackalloc byte[KeySize];
        key.DeriveSenderKey(sender, group, own);
        cipher = new ChaCha20Poly1305(own);
        CryptographicOperations.ZeroMemory(own);
    }

    /// <param name="datagram">Begins with its header; message and tag are put behind it.</param>
    public void Seal(ReadOnlySpan<byte> message, ulong counter, Endpoint destination, Span<byte> datagram)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> authenticated = stackalloc byte[SealedHeader.Size + WireEndpoint.Size];
        Prepare(datagram, counter, destination, nonce, authenticated);
        cipher.Encrypt(nonce, message, datagram.Slice(SealedHeader.Size, message.Length), datagram.Slice(SealedHeader.Size + message.Length, SealedHeader.TagSize), authenticated);
    }

    /// <summary>
    /// By sealing twice: the key stream over the sealed text is the message, and the message sealed again has the one right tag. .NET's Decrypt throws at a wrong tag, and
    /// fifty thousand exceptions a second are a load.
    /// </summary>
    /// <returns>False when it is not what the sender sealed for this destination; the message is then cleared.</returns>
    public bool TryOpen(ReadOnlySpan<byte> datagram, ulong counter, Endpoint destination, Span<byte> message, Span<byte> scratch)
    {
        int length = datagram.Length - SealedHeader.Overhead;
        Span<byte> nonce = stackalloc byte[NonceSize];
        Span<byte> authenticated = stackalloc byte[SealedHeader.Size + WireEndpoint.Size];
        Span<byte> tag = stackalloc byte[SealedHeader.TagSize];
        Prepare(datagram, counter, destination, nonce, authenticated);
        message = message[..length];
        cipher.Encrypt(nonce, datagram.Slice(SealedHeader.Size, length), message, tag);
        cipher.Encrypt(nonce, message, scratch[..length], tag, authenticated);
        if (CryptographicOperations.FixedTimeEquals(tag, datagram[^SealedHeader.TagSize..]))
            return true;
        message.Clear();
        return false;
    }

    public void Dispose() => cipher.Dispose();

    private static void Prepare(ReadOnlySpan<byte> datagram, ulong counter, Endpoint destination, Span<byte> nonce, Span<byte> authenticated)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[(NonceSize - sizeof(ulong))..], counter);
        datagram[..SealedHeader.Size].CopyTo(authenticated);
        WireEndpoint.Write(authenticated[SealedHeader.Size..], destination);
    }
}
