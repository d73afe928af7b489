using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Opens the files of one take's video.</summary>
internal sealed class VideoFiles(EncoderSpec encoder, ContainerChoice container, EncodeSettings settings, string inputCaps, OutputFiles files, TakePlan plan, string node, string camera)
{
    /// <exception cref="GstException">The encoder or the file cannot be opened.</exception>
    public TakeVideo Open(TimeSpan patience) => new(settings, OpenFile, Labels, Remove, patience, plan.FirstIndex);

    public FileLabels Labels(long firstIndex) => new(plan.Name, node, camera, encoder.Factory, plan.Grid.At(firstIndex), plan.Rate);

    /// <param name="number">From 1.</param>
    /// <exception cref="GstException">The encoder or the file cannot be opened.</exception>
    public EncodePipeline OpenFile(int number, long firstIndex)
    {
        string path = number == 1 ? files.Video : Claim(files.NumberedVideo(number));
        EncodePipeline? pipeline = null;
        try
        {
            pipeline = new EncodePipeline(encoder, settings with { FirstIndex = firstIndex, Labels = Labels(firstIndex) }, inputCaps, path, container);
            pipeline.Start();
            return pipeline;
        }
        catch (GstException)
        {
            pipeline?.Dispose();
            if (number > 1)
                Remove(path);
            throw;
        }
    }

    /// <summary>The first file is claimed with the take's names.</summary>
    private static string Claim(string path)
    {
        try
        {
            using var _ = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GstException(StorageFault.Describe(e, path));
        }
    }

    /// <summary>A file that never had a frame.</summary>
    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // an empty file that stays behind does no harm
        }
    }
}
