using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace RecordSync.Fuzz;

/// <summary>
/// Which branches an input takes, and roughly how often: the code that SharpFuzz has instrumented counts each edge in one map, as AFL's does. Counts are put into eight classes, so
/// that a loop that runs once more is not news for ever.
/// </summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private static readonly byte* map = (byte*)NativeMemory.AllocZeroed(Size);

    private readonly byte[] seen = new byte[Size];

    /// <summary>Before any instrumented code runs: it counts without asking.</summary>
    public static void Begin() => Trace.SharedMem = map;

    /// <summary>Edges that any input has taken so far.</summary>
    public int Edges { get; private set; }

    /// <summary>Edges in each class of counts: what tells one input from another.</summary>
    public int Features { get; private set; }

    public static void Clear()
    {
        new Span<byte>(map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds what has been taken since <see cref="Clear"/>.</summary>
    /// <returns>Whether any of it is new.</returns>
    public bool Merge()
    {
        bool news = false;
        for (int at = 0; at < Size; at += sizeof(ulong))
        {
            if (*(ulong*)(map + at) == 0)
                continue;
            for (int i = at; i < at + sizeof(ulong); i++)
            {
                byte classes = ClassOf(map[i]);
                if ((classes & ~seen[i]) == 0)
                    continue;
                Edges += seen[i] == 0 ? 1 : 0;
                Features += BitOperations.PopCount((uint)(classes & ~seen[i]));
                seen[i] |= classes;
                news = true;
            }
        }
        return news;
    }

    private static byte ClassOf(byte count) =>
        count switch
        {
            0 => 0,
            1 => 1,
            2 => 2,
            3 => 4,
            < 8 => 8,
            < 16 => 16,
            < 32 => 32,
            < 128 => 64,
            _ => 128,
        };
}
