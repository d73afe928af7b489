using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>Ctrl-C, SIGTERM and SIGHUP as a token, so that a command can clear up before it ends. The second one ends the program as it would anyway.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private int count;

    public StopSignals()
    {
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    public CancellationToken Token => stop.Token;

    /// <summary>From here on signals end the program again.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref count) > 1)
            return;
        context.Cancel = true;
        stop.Cancel();
    }
}
