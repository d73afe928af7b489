using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Which file the sound of a take goes into, and from where to where.</summary>
internal sealed partial class TakeVideo
{
    /// <summary>
    /// The sound that may be pushed now: from the sample that comes next, or from the beginning of the next file where the camera was away, up to where
    /// the file ends or another may yet begin. Null: no file takes any just now.
    /// </summary>
    /// <param name="sample">The one that comes next, from the start of the take.</param>
    public (long From, long To)? SoundSpan(long sample)
    {
        lock (gate)
        {
            for (int i = 0; i < parts.Count; i++)
            {
                Part part = parts[i];
                if (part.Floats)
                    return null;
                long end = part.EndSample ?? (i + 1 < parts.Count ? parts[i + 1].FirstSample : OpenEnd(part));
                if (sample < end)
                    return (Math.Max(sample, part.FirstSample), end);
            }
            return null;
        }
    }

    /// <param name="buffer">Consumed: samples that lie within <see cref="SoundSpan"/>.</param>
    public void PushSound(GstBuffer buffer, long sample, int count)
    {
        Part part;
        List<Part> over;
        lock (gate)
        {
            part = parts.Last(candidate => !candidate.Floats && candidate.FirstSample <= sample);
            over = [.. parts.TakeWhile(earlier => earlier != part)];
            part.SoundTo = sample + count;
            if (part.EndSample <= part.SoundTo)
                over.Add(part);
        }
        if (part.Pipeline.Sound is { } sound)
            sound.Push(buffer, sample - part.FirstSample, count);
        else
            buffer.Dispose();
        foreach (Part ended in over)
            ended.Pipeline.Sound?.End();
    }

    /// <summary>No more sound, in this file or in one to come.</summary>
    public void EndSound()
    {
        Part[] all;
        lock (gate)
        {
            soundEnded = true;
            all = [.. parts];
        }
        foreach (Part part in all)
            part.Pipeline.Sound?.End();
    }

    /// <summary>Of a file that is being recorded. A cut may come late; none comes before the boundary, or before a picture that has been pushed.</summary>
    private long OpenEnd(Part part) =>
        SegmentFrames is { } length ? SampleOf(Math.Max((part.FirstIndex / length + 1) * length, Volatile.Read(ref reached))) : long.MaxValue;
}
