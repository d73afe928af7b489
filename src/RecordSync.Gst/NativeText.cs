using System.Runtime.InteropServices;
using System.Text;

namespace RecordSync.Gst;

/// <summary>Strings and GErrors that C functions return: borrowed or to be freed with g_free.</summary>
internal static unsafe class NativeText
{
    internal static string? Borrow(nint text) => Marshal.PtrToStringUTF8(text);

    internal static string? Take(nint text)
    {
        string? copy = Marshal.PtrToStringUTF8(text);
        Native.g_free(text);
        return copy;
    }

    internal static string NameOf(nint gstObject) => gstObject == 0 ? "" : Take(Native.gst_object_get_name(gstObject)) ?? "";

    /// <summary>A text as GStreamer's own parser reads it: octal escapes for everything but plain ASCII.</summary>
    internal static string Quoted(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is < 0x20 or > 0x7e)
                quoted.Append('\\').Append(Convert.ToString(b, 8).PadLeft(3, '0'));
            else if (b is (byte)'"' or (byte)'\\')
                quoted.Append('\\').Append((char)b);
            else
                quoted.Append((char)b);
        }
        return quoted.Append('"').ToString();
    }

    internal static (string Text, string Domain, int Code) TakeError(nint error)
    {
        if (error == 0)
            return ("unknown error", "", 0);
        var fields = (GErrorStruct*)error;
        (string, string, int) result = (Borrow(fields->Message) ?? "", Borrow(Native.g_quark_to_string(fields->Domain)) ?? "", fields->Code);
        Native.g_error_free(error);
        return result;
    }
}
