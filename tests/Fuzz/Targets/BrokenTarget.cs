namespace RecordSync.Fuzz;

/// <summary>Breaks a law on purpose: what finds faults must find this one. Not among the others; asked for by name.</summary>
internal static class BrokenTarget
{
    public static FuzzTarget Make() => new("broken", 64, ["x"], Examine);

    private static void Examine(byte[] input)
    {
        if (input.Length > 2 && input[0] == 'x' && input[1] == 'x')
            BrokenLawException.Unless(input[2] != 'x', "no input begins with three x");
    }
}
