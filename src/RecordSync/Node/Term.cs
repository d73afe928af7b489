namespace RecordSync;

/// <summary>
/// A term of office. It only grows: a round, one more than any that was heard of, and below it 32 bits of the leader's instance, so that two
/// leaders who could not hear each other never hold the same term. See docs/decisions/0050-leadership-without-a-quorum.md.
/// </summary>
internal readonly record struct Term(long Value) : IComparable<Term>
{
    private const int InstanceBits = 32;

    /// <summary>What people see.</summary>
    public long Round => Value >> InstanceBits;

    /// <summary>The first office of a leader who knows of nobody: whoever was in office before it came beats it.</summary>
    public static Term Cold(long instance) => Of(0, instance);

    public Term Next(long instance) => Of(Round + 1, instance);

    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    public static bool operator <(Term a, Term b) => a.Value < b.Value;

    public static bool operator >(Term a, Term b) => a.Value > b.Value;

    public static bool operator <=(Term a, Term b) => a.Value <= b.Value;

    public static bool operator >=(Term a, Term b) => a.Value >= b.Value;

    public static Term Later(Term a, Term b) => a > b ? a : b;

    public override string ToString() => $"term {Round}";

    // never 0, which is no term at all
    private static Term Of(long round, long instance) => new(round << InstanceBits | Math.Max(1, instance & uint.MaxValue));
}

/// <summary>
/// Who leads rather than whom, in the order of IEEE 1588's best master algorithm: the configured priority (the smaller first), who was told to lead before who merely may,
/// the quality of the clock, and at last the name.
/// </summary>
/// <param name="ClockClass">0 leads or is synchronised, 1 in holdover, 2 not synchronised.</param>
internal readonly record struct Rank(long Priority, bool Preferred, int ClockClass, string NodeId) : IComparable<Rank>
{
    public int CompareTo(Rank other)
    {
        int order = Priority.CompareTo(other.Priority);
        if (order == 0)
            order = other.Preferred.CompareTo(Preferred);
        if (order == 0)
            order = ClockClass.CompareTo(other.ClockClass);
        return order != 0 ? order : string.CompareOrdinal(NodeId, other.NodeId);
    }

    public bool Beats(Rank other) => CompareTo(other) < 0;

    public static int ClassOf(ClockReport? clock) =>
        clock?.State switch
        {
            "leader" or "synchronised" => 0,
            "holdover" => 1,
            _ => 2,
        };
}
