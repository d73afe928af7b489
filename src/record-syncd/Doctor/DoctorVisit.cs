namespace RecordSync.Daemon;

/// <summary>What the doctor does, one after the other.</summary>
internal enum DoctorStep
{
    Listen,
    Measure,
    Camera,

    /// <summary>From here on things are tried that cost a recording something.</summary>
    Encoder,
    Disk,
}

/// <summary>A running node that lets the doctor in.</summary>
/// <param name="Node">Its id.</param>
/// <param name="NodesHere">The other nodes of its machine, which may be recording too.</param>
/// <param name="Obstacle">Why nothing may be tried now that costs a recording something; null where it may. Asked again and again while something is tried.</param>
/// <param name="Reached">Is told of each step as it begins.</param>
internal sealed record DoctorVisit(string Node, Func<RunningNodes> NodesHere, Func<string?> Obstacle, Action<DoctorStep> Reached);
