namespace RecordSync.Daemon;

/// <summary>Who obeys StartTake, StopTake and Configure: the camera's recorder, or in tests of the loop a recorder in memory.</summary>
internal interface ITakeRecorder
{
    void StartTake(TakePlan plan);

    void StopTake(NetworkTime at);

    /// <summary>As <see cref="NodeAction.Configure"/>.</summary>
    void Configure(string id, TakeSettings? asked);
}
