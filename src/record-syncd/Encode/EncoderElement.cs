using RecordSync.Gst;

namespace RecordSync.Daemon;

/// <summary>Sets the table's properties on a real element.</summary>
internal static class EncoderElement
{
    /// <returns>The properties left out, each with the reason: versions of an element differ.</returns>
    /// <exception cref="GstException">The element refuses the bitrate.</exception>
    public static IReadOnlyList<string> Configure(GstElement element, EncoderSpec spec, EncodeSettings settings)
    {
        List<string> leftOut = [];
        foreach (EncoderProperty property in spec.Properties)
        {
            string value = settings.Fill(property.Value);
            if (!element.HasProperty(property.Name) && !property.IsEssential)
            {
                leftOut.Add($"{property.Name}: this {spec.Factory} does not have it");
                continue;
            }
            try
            {
                element.Set(property.Name, value);
            }
            catch (GstException e) when (!property.IsEssential)
            {
                leftOut.Add($"{property.Name}: {e.Message}");
            }
        }
        return leftOut;
    }
}
