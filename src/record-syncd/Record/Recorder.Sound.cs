namespace RecordSync.Daemon;

/// <summary>The sound of this node's takes.</summary>
internal sealed partial class Recorder
{
    private readonly SoundCard? card;
    private SoundCodec? soundCodec;

    /// <summary>For <c>status</c>; null on a node without sound.</summary>
    public string? SoundInWords => card is null ? null : card.Fault is { } fault ? $"none: {fault}" : card.Format is { } format ? $"{card.Source.Description}, {format.Rate} Hz, {format.Recorded} ch" : $"{card.Source.Description}, not heard yet";

    private SoundCard? OpenCard()
    {
        if (options.Audio.IsNone)
            return null;
        SoundCard opened = new(options.Audio, (level, text) => report(new RecorderEvent.Notice(level, text)));
        opened.Start();
        return opened;
    }

    /// <summary>A card that has not been heard yet gets two channels.</summary>
    private SoundSettings? SoundOfTake => soundCodec is { } codec ? new SoundSettings(codec, card?.Format?.Recorded ?? SoundFormat.MostChannels) : null;

    private static int SoundKbps(NodeOptions options) =>
        options.Audio.IsNone ? 0 : SoundCodec.All[options.AudioCodec == SoundCodecWish.Aac ? 1 : 0].Kbps(SoundFormat.MostChannels);

    /// <summary>Before the pictures are finished: the sound goes as far as they do.</summary>
    private static void FinishSound(ActiveTake take) => take.Sound?.Finish(take.Recording.Points);

    private ManifestAudio? AudioOf(ActiveTake take)
    {
        if (take.SoundSettings is not { } sound || card is null)
            return null;
        SoundTally tally = take.Sound?.Tally ?? default;
        return new ManifestAudio(
            card.Source.Description,
            sound.Codec.Name,
            sound.Codec.Factory,
            SoundCodec.Rate,
            sound.Channels,
            Round(tally.Ppm),
            tally.Samples,
            tally.Silent,
            tally.Gaps,
            0,
            sound.Codec.Delay,
            tally.Fault ?? card.Fault,
            card.Source.Timing?.ToOptions()
        );
    }

}
