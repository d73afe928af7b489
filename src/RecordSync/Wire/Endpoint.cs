using System.Globalization;

namespace RecordSync;

/// <summary>An IPv4 address (host byte order) and UDP port. A value, unlike IPEndPoint: the receiving thread makes one per datagram.</summary>
internal readonly record struct Endpoint(uint Address, ushort Port)
{
    public bool IsMulticast => Address >> 28 == 0xE;

    public override string ToString() => $"{FormatAddress(Address)}:{Port.ToString(CultureInfo.InvariantCulture)}";

    public static Endpoint Parse(string text) =>
        TryParse(text, out Endpoint endpoint)
            ? endpoint
            : throw new FormatException($"\"{text}\" is not an IPv4 address and port. Write it like 239.255.42.99:9942.");

    public static bool TryParse(string? text, out Endpoint endpoint)
    {
        endpoint = default;
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (
            colon < 0
            || !TryParseAddress(text![..colon], out uint address)
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            || port == 0
        )
            return false;
        endpoint = new(address, port);
        return true;
    }

    /// <summary>Four decimal parts only: IPAddress.Parse would also take "10" and "0x7f.1".</summary>
    public static bool TryParseAddress(string? text, out uint address)
    {
        address = 0;
        string[] parts = text?.Split('.') ?? [];
        foreach (string part in parts)
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte value))
                return false;
            address = address << 8 | value;
        }
        return parts.Length == 4;
    }

    public static string FormatAddress(uint address) => string.Create(CultureInfo.InvariantCulture, $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");
}
