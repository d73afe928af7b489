namespace RecordSync.Daemon;

/// <summary>The network cannot be used as asked. The message is a sentence for people that ends with what to do.</summary>
internal sealed class NetworkException(string message) : Exception(message);
