namespace RecordSync.Daemon;

/// <summary>
/// The departure stamp of the latest stamped answer to each follower, until its next request fetches it; a network card's stamp may come only when the next
/// answer has left. A fixed table: a follower whose place is taken by another only goes without that once. Used by the receiving thread alone.
/// </summary>
internal sealed class AnswerStamps
{
    /// <summary>A power of two, with room for a thousand followers.</summary>
    private const int Places = 4096;

    /// <summary>Neighbours in which a follower is looked for.</summary>
    private const int Probes = 8;

    private readonly Place[] places = new Place[Places];

    // which place waits for the stamp of a send; sends are numbered, and only the latest few are in flight
    private readonly Answer[] awaited = new Answer[1024];

    private record struct Answer(uint SendId, int Place, Endpoint Follower, AnswerName Name);

    private record struct Place(Endpoint Follower, bool Stamped, AnswerName Name, LocalTime At);

    public void Sent(Endpoint follower, AnswerName name, uint sendId)
    {
        int place = PlaceOf(follower);
        if (places[place].Follower != follower)
            places[place] = new Place(follower, false, default, default);
        awaited[sendId % awaited.Length] = new Answer(sendId, place, follower, name);
    }

    public bool TryStamp(uint sendId, LocalTime at)
    {
        Answer answer = awaited[sendId % awaited.Length];
        if (answer.SendId != sendId || sendId == 0)
            return false;
        if (places[answer.Place].Follower == answer.Follower)
            places[answer.Place] = new Place(answer.Follower, true, answer.Name, at);
        return true;
    }

    /// <summary>The stamp of the latest stamped answer to this follower, once.</summary>
    public bool TryTake(Endpoint follower, out AnswerName name, out LocalTime at)
    {
        ref Place place = ref places[PlaceOf(follower)];
        (name, at) = (place.Name, place.At);
        if (!place.Stamped || place.Follower != follower)
            return false;
        place.Stamped = false;
        return true;
    }

    /// <summary>The follower's place, or the one that it may take: a free one, else its first.</summary>
    private int PlaceOf(Endpoint follower)
    {
        uint hash = (follower.Address * 2654435761u) ^ (follower.Port * 2246822519u);
        int home = (int)((hash ^ (hash >> 15)) % Places);
        int free = -1;
        for (int i = 0; i < Probes; i++)
        {
            int place = (home + i) % Places;
            if (places[place].Follower == follower)
                return place;
            if (free < 0 && places[place].Follower == default)
                free = place;
        }
        return free < 0 ? home : free;
    }
}
