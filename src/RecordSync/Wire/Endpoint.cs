using System.Globalization;

namespace RecordSync;

/// <summary>An IPv4 address (host byte order) and UDP port: where a datagram came from, or goes to.</summary>
internal readonly record struct Endpoint(uint Address, ushort Port)
{
    public override string ToString() =>
        $"{Address >> 24}.{(Address >> 16) & 255}.{(Address >> 8) & 255}.{Address & 255}:{Port}";

    /// <summary>Reads "239.255.42.99:9942".</summary>
    public static bool TryParse(string text, out Endpoint endpoint)
    {
        endpoint = default;
        int colon = text.LastIndexOf(':');
        return colon > 0
            && TryParseAddress(text[..colon], out uint address)
            && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            && port > 0
            && (endpoint = new Endpoint(address, port)) is var _;
    }

    public static bool TryParseAddress(string text, out uint address)
    {
        address = 0;
        string[] parts = text.Split('.');
        if (parts.Length != 4)
            return false;
        foreach (string part in parts)
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte value))
                return false;
            address = (address << 8) | value;
        }
        return true;
    }
}
