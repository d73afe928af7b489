namespace RecordSync.Bench;

/// <summary>Where a run keeps what its programs want: their namespaces, their scratch folder, and the wrong clock of the peers' servers.</summary>
internal sealed record ClockBed(NetworkNamespaces Machines, string Folder, Oscillator Oscillator, string GstClock)
{
    public const int Leader = 0;
    public const int Follower = 1;

    public static string LeaderAddress => NetworkNamespaces.Address(Leader);

    public string Space(int node) => Machines.Name(node);

    /// <summary>Writes a program's configuration.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}

/// <summary>Another program that keeps time over a network: its server on the leader's machine, on a wrong oscillator, its client on the follower's.</summary>
internal abstract class Peer(string name) : IDisposable
{
    private readonly List<LabProcess> programs = [];

    public string Name => name;

    /// <summary>All that it has estimated so far, against the truth.</summary>
    public abstract List<ClockError> Errors();

    /// <exception cref="InvalidOperationException">One of its programs has ended.</exception>
    public void RequireAlive() => programs.ForEach(program => program.RequireAlive());

    public virtual void Dispose() => programs.ForEach(program => program.Dispose());

    protected LabProcess Own(LabProcess program)
    {
        programs.Add(program);
        return program;
    }
}
