using System.Buffers.Text;
using System.Text;

namespace RecordSync;

/// <summary>
/// Writes one JSON datagram into a caller's buffer without allocating: the leader answers time requests on the
/// receiving thread, where a garbage collection would be a clock error. Field order and spelling are those of
/// version 1 (no white space), so that golden bytes hold.
/// </summary>
internal ref struct JsonSpanWriter(Span<byte> buffer)
{
    private readonly Span<byte> buffer = buffer;
    private bool needsComma;

    /// <summary>Bytes written so far; meaningless once <see cref="Overflowed"/>.</summary>
    public int Length { get; private set; }

    public bool Overflowed { get; private set; }

    public void BeginObject()
    {
        Comma();
        Raw("{"u8);
        needsComma = false;
    }

    public void BeginObject(ReadOnlySpan<byte> name)
    {
        Name(name);
        Raw("{"u8);
        needsComma = false;
    }

    public void EndObject()
    {
        Raw("}"u8);
        needsComma = true;
    }

    public void BeginArray(ReadOnlySpan<byte> name)
    {
        Name(name);
        Raw("["u8);
        needsComma = false;
    }

    public void EndArray()
    {
        Raw("]"u8);
        needsComma = true;
    }

    /// <summary>An element of an array; null is written as such.</summary>
    public void Item(long? value)
    {
        Comma();
        if (value is { } present)
            Number(present);
        else
            Raw("null"u8);
        needsComma = true;
    }

    public void Item(string value)
    {
        Comma();
        Text(value);
    }

    public void Field(ReadOnlySpan<byte> name, long value)
    {
        Name(name);
        Number(value);
    }

    public void Field(ReadOnlySpan<byte> name, bool value)
    {
        Name(name);
        Raw(value ? "true"u8 : "false"u8);
        needsComma = true;
    }

    public void Field(ReadOnlySpan<byte> name, string value)
    {
        Name(name);
        Text(value);
    }

    /// <summary>Writes a value that is already UTF-8 and needs no escaping (checked when the node id was accepted).</summary>
    public void FieldUtf8(ReadOnlySpan<byte> name, ReadOnlySpan<byte> plainValue)
    {
        Name(name);
        Raw("\""u8);
        Raw(plainValue);
        Raw("\""u8);
        needsComma = true;
    }

    public void Optional(ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } present)
            Field(name, present);
    }

    public void Optional(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            Field(name, value);
    }

    private void Name(ReadOnlySpan<byte> name)
    {
        Comma();
        Raw("\""u8);
        Raw(name);
        Raw("\":"u8);
    }

    private void Comma()
    {
        if (needsComma)
            Raw(","u8);
    }

    private void Number(long value)
    {
        if (!Utf8Formatter.TryFormat(value, buffer[Length..], out int written))
            Overflowed = true;
        Length += written;
        needsComma = true;
    }

    private void Text(string value)
    {
        Raw("\""u8);
        foreach (Rune rune in value.EnumerateRunes())
            Escaped(rune);
        Raw("\""u8);
        needsComma = true;
    }

    private void Escaped(Rune rune)
    {
        switch (rune.Value)
        {
            case '"':
                Raw("\\\""u8);
                return;
            case '\\':
                Raw("\\\\"u8);
                return;
            case '\n':
                Raw("\\n"u8);
                return;
            case '\r':
                Raw("\\r"u8);
                return;
            case '\t':
                Raw("\\t"u8);
                return;
            case < 0x20:
                ReadOnlySpan<byte> hex = "0123456789abcdef"u8;
                Raw([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', hex[rune.Value >> 4], hex[rune.Value & 15]]);
                return;
            default:
                Span<byte> utf8 = stackalloc byte[4];
                Raw(utf8[..rune.EncodeToUtf8(utf8)]);
                return;
        }
    }

    private void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        if (Overflowed || bytes.Length > buffer.Length - Length)
        {
            Overflowed = true;
            return;
        }
        bytes.CopyTo(buffer[Length..]);
        Length += bytes.Length;
    }
}
