namespace RecordSync.Gst;

internal enum GstMessageKind
{
    Eos,
    Error,
    Warning,
    Application,
}

/// <summary>A message from a pipeline's bus, copied. Source is the element's name, Text GStreamer's sentence, Debug its place in the C source and often the real reason.</summary>
internal sealed record GstBusMessage(GstMessageKind Kind, string Source, string Text, string Debug, string ErrorDomain, int ErrorCode)
{
    /// <summary>gst-resource-error-quark / GST_RESOURCE_ERROR_NO_SPACE_LEFT.</summary>
    public bool IsDiskFull => ErrorDomain == "gst-resource-error-quark" && ErrorCode == 14;

    internal static unsafe GstBusMessage Take(nint message)
    {
        var fields = (GstMessageStruct*)message;
        GstMessageKind kind = fields->Type switch
        {
            GstPipeline.EosMessage => GstMessageKind.Eos,
            GstPipeline.ErrorMessage => GstMessageKind.Error,
            GstPipeline.WarningMessage => GstMessageKind.Warning,
            _ => GstMessageKind.Application,
        };
        string source = NativeText.NameOf(fields->Source);
        (string Text, string Domain, int Code) error = ("", "", 0);
        string debug = "";
        if (kind is GstMessageKind.Error or GstMessageKind.Warning)
        {
            nint native,
                detail;
            if (kind == GstMessageKind.Error)
                Native.gst_message_parse_error(message, out native, out detail);
            else
                Native.gst_message_parse_warning(message, out native, out detail);
            error = NativeText.TakeError(native);
            debug = NativeText.Take(detail) ?? "";
        }
        Native.gst_mini_object_unref(message);
        return new GstBusMessage(kind, source, error.Text, debug, error.Domain, error.Code);
    }

    public override string ToString() =>
        Kind is GstMessageKind.Error or GstMessageKind.Warning ? $"{Source}: {Text}{(Debug.Length == 0 ? "" : $" ({Reason()})")}" : $"{Kind} from {Source}";

    /// <summary>The debug text starts with the C file, line, function and object path; the reason, when there is one, is on the following lines.</summary>
    private string Reason()
    {
        int newline = Debug.IndexOf('\n', StringComparison.Ordinal);
        return newline < 0 ? Debug : Debug[(newline + 1)..].ReplaceLineEndings(" ").Trim();
    }
}
