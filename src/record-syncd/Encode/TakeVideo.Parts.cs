using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>The file that ends with a camera, and the one that begins with a camera that is back, or on a node that joins.</summary>
internal sealed partial class TakeVideo
{
    /// <summary>The camera is lost: the file ends with the pictures that it has. Call it from where pictures are pushed, or when none are.</summary>
    /// <param name="end">The grid point after the last one.</param>
    public void EndPart(long end)
    {
        DropArmed();
        Part last = parts[^1];
        if (last.Ending is not null)
            return;
        bool silent;
        lock (gate)
        {
            // one without a picture will do for the camera that comes back
            last.Floats = last.Pushed == 0;
            if (last.Floats)
                return;
            last.EndSample = SampleOf(end);
            silent = last.SoundTo >= last.EndSample;
        }
        if (silent)
            last.Pipeline.Sound?.End();
        Finishing(last);
    }

    /// <summary>The camera is back: opens a file that begins with the next picture. No picture may be pushed meanwhile.</summary>
    /// <param name="anew">As the constructor's; the pictures' caps may be other ones than before.</param>
    /// <param name="planned">The grid point that is likely to be its first.</param>
    /// <exception cref="GstException">It cannot be opened.</exception>
    public void Reopen(Func<int, long, EncodePipeline> anew, long planned)
    {
        open = anew;
        Part last = parts[^1];
        bool unused = last.Pushed == 0;
        if (unused)
        {
            (last.Ending, last.Outcome) = (Task.CompletedTask, new EncodeOutcome(false, 0, 0, null, false));
            last.Pipeline.Dispose();
            // the first file's name is the take's own
            if (parts.Count > 1)
                discard(last.Pipeline.Path);
        }
        EncodePipeline pipeline = open(unused ? parts.Count : parts.Count + 1, planned);
        Add(pipeline, planned, floats: true, insteadOfLast: unused);
    }

    /// <summary>With the first picture it is known where the file begins.</summary>
    private void Settle(Part part, long index)
    {
        if (index != part.FirstIndex)
            part.Pipeline.BeginAt(index, labels(index));
        lock (gate)
            (part.FirstIndex, part.FirstSample, part.Floats) = (index, SampleOf(index), false);
    }

    /// <summary>Opened for a camera that came back and gave no picture any more.</summary>
    private void RemoveLast()
    {
        Part unused = parts[^1];
        lock (gate)
            parts.RemoveAt(parts.Count - 1);
        Discard(unused.Pipeline);
    }
}
