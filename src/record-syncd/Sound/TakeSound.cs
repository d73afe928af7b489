using System.Runtime.InteropServices;
using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>What became of the sound of a take.</summary>
/// <param name="Samples">In the files.</param>
/// <param name="Silent">Of these, how many are silence because the card gave none.</param>
/// <param name="Gaps">How often the card's sound broke off.</param>
/// <param name="Ppm">How much faster than nominal the card ran, in network time.</param>
/// <param name="FirstSilentNs">From START to the first sample that the card did not give; null where it gave all.</param>
/// <param name="Fault">Why there is no sound from some place on; null as a rule.</param>
internal readonly record struct SoundTally(long Samples, long Silent, int Gaps, double? Ppm, long? FirstSilentNs, string? Fault);

/// <summary>
/// The sound of one take: reads the card's samples at the places where the file's samples belong, by the same mapping to network time as the pictures. Has a thread of its own, which never waits
/// for the card: a quarter of a second after an instant its sample is written, be it silence. So the muxer always gets on, and a dead card costs no picture.
/// </summary>
internal sealed class TakeSound : IDisposable
{
    /// <summary>Samples that are made at once: 10 ms.</summary>
    private const int Chunk = SoundCodec.Rate / 100;

    /// <summary>So long is waited for a card that is late.</summary>
    private static readonly Nanos Patience = Nanos.FromMilliseconds(250);

    private readonly SoundCard card;
    private readonly TakeVideo video;
    private readonly SoundGrid grid;
    private readonly FrameRate frames;
    private readonly LocalClock clock;
    private readonly SharedClock network;
    private readonly SoundSettings settings;
    private readonly AutoResetEvent wake = new(false);
    private readonly Thread thread;
    private readonly Lock gate = new();
    private ClockMapping? mapping;
    private SampleTrack? reading;
    private SampleReader? reader;
    private SoundPath? path;
    private long next;
    private long limit = long.MaxValue;
    private bool silent;
    private bool abandoned;
    private bool picturesEnded;
    private (LocalTime Local, NetworkTime Network)? began;
    private SoundTally tally = new(0, 0, 0, null, null, null);

    public TakeSound(SoundCard card, SoundSettings settings, TakePlan plan, TakeVideo video, LocalClock clock, SharedClock network)
    {
        (this.card, this.settings, this.video, this.clock, this.network) = (card, settings, video, clock, network);
        (grid, frames) = (new SoundGrid(plan.Start, SoundCodec.Rate), plan.Rate);
        next = grid.SampleOf(frames, plan.FirstIndex);
        card.Heard += OnHeard;
        thread = new Thread(Run) { Name = "sound of the take", IsBackground = true };
        thread.Start();
    }

    public SoundTally Tally
    {
        get
        {
            lock (gate)
                return tally;
        }
    }

    /// <summary>The sound goes no further than the pictures, which end at so many grid points. It may have been a moment ahead of them.</summary>
    public void StopAt(long points)
    {
        Interlocked.Exchange(ref limit, grid.SampleOf(frames, points));
        wake.Set();
    }

    /// <summary>The sound ends with the last picture; returns when it is all with the encoder, at most a moment after that instant.</summary>
    /// <param name="points">Grid points of the take.</param>
    public void Finish(long points)
    {
        Volatile.Write(ref picturesEnded, true);
        StopAt(points);
        thread.Join();
    }

    public void Dispose()
    {
        Volatile.Write(ref abandoned, true);
        wake.Set();
        if (thread.IsAlive)
            thread.Join();
        card.Heard -= OnHeard;
        wake.Dispose();
    }

    private void OnHeard() => wake.Set();

    private void Run()
    {
        try
        {
            while (!Volatile.Read(ref abandoned) && next < Interlocked.Read(ref limit))
            {
                if (Advance())
                    continue;
                // no file comes any more for what would be next
                if (Volatile.Read(ref picturesEnded) && video.SoundSpan(next) is null)
                    break;
                wake.WaitOne(50);
            }
        }
        catch (Exception e)
        {
            // whatever it is: the pictures go on
            lock (gate)
                tally = tally with { Fault = e.Message };
        }
        video.EndSound();
    }

    /// <returns>False: there is nothing to do now.</returns>
    private bool Advance()
    {
        mapping = network.Mapping ?? mapping;
        if (video.SoundSpan(next) is not { } span)
            return false;
        // while the camera was away there was no file for the sound
        next = span.From;
        long end = Math.Min(Math.Min(next + Chunk, Interlocked.Read(ref limit)), span.To);
        if (mapping is null || end <= next)
            return false;
        double fromNs = MonotonicAt(mapping, next), toNs = MonotonicAt(mapping, end);
        bool overdue = MonotonicClock.Now > toNs + Patience.Value;
        int count = (int)(end - next);
        float[] samples = new float[count * settings.Channels];
        long? missing = card.Look(track => Read(track, fromNs, toNs, samples, count, overdue));
        if (missing is not { } silence)
            return false;
        Count(count, silence);
        GstBuffer buffer = GstBuffer.From(MemoryMarshal.AsBytes<float>(samples));
        video.PushSound(buffer, next, count);
        next = end;
        return true;
    }

    /// <returns>How many of the samples are silence; null: the card has not come to this place yet.</returns>
    private long? Read(SampleTrack? track, double fromNs, double toNs, float[] into, int count, bool overdue)
    {
        if (track is null || !track.Clock.Runs && track.End == 0)
            return overdue ? count : null;
        if (track != reading)
        {
            reading = track;
            reader = new SampleReader(track.Format.Rate, SoundCodec.Rate);
            path = new SoundPath(track.Format.Rate);
        }
        double from = track.Clock.SampleAt(fromNs), to = track.Clock.SampleAt(toNs);
        if (to + reader!.Ahead > track.End && !overdue)
            return null;
        (double first, double step) = path!.Next(from, to, count);
        if (track.Format.Recorded == settings.Channels)
            reader.Read(track, first, step, into);
        else
            Spread(reader, track, first, step, into);
        began ??= (LocalAt(fromNs), mapping!.At(LocalAt(fromNs)));
        Measure(track, fromNs);
        return (long)Math.Round(track.MissingIn((long)first, (long)Math.Ceiling(first + step * count)) / step);
    }

    /// <summary>A card that came back with another number of channels than the file has.</summary>
    private static void Spread(SampleReader reader, SampleTrack track, double first, double step, float[] into)
    {
        int has = track.Format.Recorded, count = has == 1 ? into.Length / 2 : into.Length;
        float[] samples = new float[count * has];
        reader.Read(track, first, step, samples);
        for (int i = 0; i < count; i++)
        {
            if (has == 1)
                into[2 * i] = into[2 * i + 1] = samples[i];
            else
                into[i] = (samples[2 * i] + samples[2 * i + 1]) / 2;
        }
    }

    private void Count(int count, long silence)
    {
        bool none = silence > count / 2;
        lock (gate)
            tally = tally with
            {
                Samples = tally.Samples + count,
                Silent = tally.Silent + silence,
                Gaps = tally.Gaps + (none && !silent ? 1 : 0),
                FirstSilentNs = tally.FirstSilentNs ?? (silence > 0 ? grid.TimeOf(next).Value : null),
            };
        silent = none;
    }

    /// <summary>The card against its node's clock, and that against network time.</summary>
    private void Measure(SampleTrack track, double ns)
    {
        if (track.Clock.Ppm is not { } againstMonotonic)
            return;
        LocalTime local = LocalAt(ns);
        if (began is not { } start || local - start.Local < Nanos.FromSeconds(1))
            return;
        long span = clock.ToMonotonic(local) - clock.ToMonotonic(start.Local);
        double networkRate = (double)(mapping!.At(local) - start.Network).Value / span;
        lock (gate)
            tally = tally with { Ppm = ((1 + againstMonotonic * 1e-6) / networkRate - 1) * 1e6 };
    }

    private LocalTime LocalAt(double monotonicNs) => clock.FromMonotonic((long)monotonicNs);

    private double MonotonicAt(ClockMapping now, long sample) => clock.ToMonotonic(now.LocalAt(grid.At(sample)));
}
