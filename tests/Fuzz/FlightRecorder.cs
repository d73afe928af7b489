using System.IO.MemoryMappedFiles;

namespace RecordSync.Fuzz;

/// <summary>The input that is being examined, in a mapped file: it outlives a process that crashes, or that is killed because it hangs.</summary>
internal sealed class FlightRecorder : IDisposable
{
    private const int Header = sizeof(long) + sizeof(int);

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly int room;
    private long count;

    public FlightRecorder(string path, int longestInput)
    {
        room = longestInput;
        file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Header + longestInput);
        view = file.CreateViewAccessor();
        count = view.ReadInt64(0);
    }

    /// <summary>How many inputs have been noted: stands still when one hangs.</summary>
    public long Count => view.ReadInt64(0);

    public void Note(byte[] input)
    {
        int length = Math.Min(input.Length, room);
        view.WriteArray(Header, input, 0, length);
        view.Write(sizeof(long), length);
        view.Write(0, ++count);
    }

    public byte[] Last()
    {
        byte[] input = new byte[view.ReadInt32(sizeof(long))];
        view.ReadArray(Header, input, 0, input.Length);
        return input;
    }

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }
}
