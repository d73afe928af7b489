namespace RecordSync;

/// <summary>Who leads, as far as this node knows: its own office, the highest term it has heard of, and since when nobody leads.</summary>
internal sealed class Office(NodeSettings settings)
{
    /// <summary>A node that may lead listens so long before it does: an incumbent answers a newcomer's first beacon at once.</summary>
    public static readonly Nanos ListenPreferred = Nanos.FromMilliseconds(300);
    public static readonly Nanos ListenAuto = Nanos.FromSeconds(1);

    /// <summary>While it listens it is heard more often: one lost packet must not make a second leader.</summary>
    public static readonly Nanos ListenBeacons = Nanos.FromMilliseconds(100);

    /// <summary>A leader beats so often while a take is armed or recorded.</summary>
    public static readonly Nanos Heartbeat = Nanos.FromMilliseconds(200);

    /// <summary>And for so long after it: who misses the word that the take is over must not take the old pace for a death.</summary>
    public static readonly Nanos Afterglow = Nanos.FromSeconds(2);

    /// <summary>Three heartbeats, and the third one's own chance to be late.</summary>
    public static readonly Nanos SilenceInTake = Heartbeat * 3 + Nanos.FromMilliseconds(150);

    /// <summary>The best of those who may lead does so at once, the next best this much later if nobody has, and so on.</summary>
    public static readonly Nanos Turn = Nanos.FromMilliseconds(300);

    /// <summary>When the leader fell silent or left; null while there is one.</summary>
    private LocalTime? vacantSince;

    /// <summary>The own term while this node leads; else the highest that it has heard of.</summary>
    public Term Term { get; private set; }

    public bool Leads { get; private set; }

    /// <summary>The node has just started, and listens whether there is a leader.</summary>
    public bool Listening { get; private set; }

    public void Listen() => Listening = settings.CanLead;

    public void Heard(Term term) => Term = Leads ? Term : Term.Later(Term, term);

    /// <param name="alone">No version-2 node is known.</param>
    public void Take(bool alone)
    {
        Term = alone && Term.Value == 0 ? Term.Cold(settings.Instance) : Term.Next(settings.Instance);
        (Leads, Listening, vacantSince) = (true, false, null);
    }

    /// <summary>From now on it is an office that a newcomer does not beat by its rank.</summary>
    /// <returns>True when the term has changed.</returns>
    public bool Establish()
    {
        if (!Leads || Term.Round > 0)
            return false;
        Term = Term.Next(settings.Instance);
        return true;
    }

    /// <summary>A rival whom this leader beats has a term that is not below its own: a higher one, so that his commands are refused everywhere.</summary>
    public void Outbid(Term rival) => Term = Term.Later(Term, rival).Next(settings.Instance);

    public void StepDown(Term successor) => (Leads, Term) = (false, Term.Later(Term, successor));

    public void Filled() => (Listening, vacantSince) = (false, null);

    /// <summary>When it is this node's turn to lead.</summary>
    /// <param name="better">How many nodes that may lead come first.</param>
    public LocalTime TurnAt(int better, LocalTime now)
    {
        vacantSince ??= now;
        return vacantSince.Value + Turn * better;
    }
}
