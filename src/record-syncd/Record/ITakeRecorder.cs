namespace RecordSync.Daemon;

/// <summary>Who obeys StartTake and StopTake: the camera's recorder, or in tests of the loop a recorder in memory.</summary>
internal interface ITakeRecorder
{
    void StartTake(TakePlan plan);

    void StopTake(NetworkTime at);
}
