namespace RecordSync.Gst;

/// <summary>GStreamer refused something; the message is fit for the user.</summary>
internal sealed class GstException(string message) : Exception(message);
