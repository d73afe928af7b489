using System.Net;
using Microsoft.AspNetCore.Connections;

namespace RecordSync.Daemon;

/// <summary>So many connections at once, so many of them from other machines, and so many from each of those: nobody keeps the people of this machine out. Thread-safe.</summary>
internal sealed class ConnectionLimit
{
    public const int Most = 64;
    public const int MostFromOthers = 48;
    public const int MostFromOne = 16;

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> open = [];
    private int others;

    public ConnectionDelegate Admit(ConnectionDelegate next) =>
        async connection =>
        {
            IPAddress? from = (connection.RemoteEndPoint as IPEndPoint)?.Address;
            if (from is null || IPAddress.IsLoopback(from))
            {
                await next(connection);
                return;
            }
            if (!TryEnter(from))
            {
                connection.Abort();
                return;
            }
            try
            {
                await next(connection);
            }
            finally
            {
                Leave(from);
            }
        };

    public bool TryEnter(IPAddress from)
    {
        lock (gate)
        {
            int already = open.GetValueOrDefault(from);
            if (already >= MostFromOne || others >= MostFromOthers)
                return false;
            open[from] = already + 1;
            others++;
            return true;
        }
    }

    public void Leave(IPAddress from)
    {
        lock (gate)
        {
            others--;
            if (--open[from] == 0)
                open.Remove(from);
        }
    }
}
