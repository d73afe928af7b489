using Xunit;

namespace RecordSync.Laboratory;

internal sealed partial class NetworkNamespaces
{
    /// <summary>Or the test is skipped, where there can be none.</summary>
    public static NetworkNamespaces Create(int count)
    {
        if (Obstacle() is { } obstacle)
            Assert.Skip(obstacle);
        return Open(count);
    }
}
