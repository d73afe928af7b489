using System.Runtime.InteropServices;

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
