namespace RecordSync.Daemon;

/// <summary>The keys of a node as they are now; <see cref="KeyFileWatch"/> puts others in their place.</summary>
internal sealed class GroupKeys(GroupKeyRing ring)
{
    private GroupKeyRing ring = ring;

    public GroupKeyRing Ring
    {
        get => Volatile.Read(ref ring);
        set => Volatile.Write(ref ring, value);
    }

    public override string ToString() => Ring.ToString();
}
