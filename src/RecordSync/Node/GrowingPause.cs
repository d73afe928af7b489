namespace RecordSync;

/// <summary>Between two repetitions of what may have been lost: each pause is twice the one before, up to the longest.</summary>
internal sealed class GrowingPause(Nanos first, Nanos longest)
{
    /// <summary>Null: none has been taken yet.</summary>
    private Nanos? last;

    public Nanos Next()
    {
        Nanos next = last is { } before ? before * 2 : first;
        last = next < longest ? next : longest;
        return last.Value;
    }

    public void Restart() => last = null;
}
