using System.Globalization;
using System.Net;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>Draws a <see cref="SkewPlot"/>: time to the right, milliseconds upwards, a line and a band per file.</summary>
internal static class SkewSvg
{
    private const int Width = 960;
    private const int Height = 340;
    private const int Left = 112;
    private const int Right = 16;
    private const int Top = 14;
    private const int Bottom = 34;

    // mid-tones that stand out on white and on black
    private static readonly string[] Colours = ["#3b82f6", "#e8740c", "#22a35a", "#d0489c", "#8b6ce0", "#0aa2b5", "#b98a00", "#e25555"];

    public static void Write(StringBuilder page, SkewPlot plot, IReadOnlyList<string> names)
    {
        IEnumerable<SkewStretch> drawn = plot.Files.SelectMany(file => file).Where(stretch => !double.IsNaN(stretch.Mean));
        double reach = Math.Max(20_000, drawn.Select(stretch => Math.Max(Math.Abs(stretch.Low), Math.Abs(stretch.High))).DefaultIfEmpty(0).Max() * 1.12);
        double seconds = plot.Files.Max(file => file.Count) * plot.SecondsPerStretch;
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"plot\">\n<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Skew of each file over the take\">\n");
        WriteAxes(page, reach, seconds);
        for (int f = 0; f < plot.Files.Count; f++)
            WriteFile(page, plot.Files[f], Colours[f % Colours.Length], reach);
        page.Append("</svg>\n<div class=\"legend\">");
        for (int f = 0; f < names.Count; f++)
            page.Append(CultureInfo.InvariantCulture, $"<span><i style=\"background:{Colours[f % Colours.Length]}\"></i>{WebUtility.HtmlEncode(names[f])}</span>");
        page.Append("</div>\n</div>\n");
    }

    private static void WriteAxes(StringBuilder page, double reach, double seconds)
    {
        bool micro = reach < 1_000_000;
        double unit = micro ? 1e3 : 1e6;
        double step = Nice(reach / unit / 3);
        for (double value = -Math.Floor(reach / unit / step) * step; value <= reach / unit; value += step)
        {
            double y = Y(value * unit, reach);
            bool zero = Math.Abs(value) < step / 2;
            page.Append(CultureInfo.InvariantCulture, $"<line class=\"{(zero ? "zero" : "grid")}\" x1=\"{Left}\" y1=\"{y:0.#}\" x2=\"{Width - Right}\" y2=\"{y:0.#}\"/>");
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{(zero ? "0" : $"{value:+0.###;-0.###}")} {(micro ? "µs" : "ms")}</text>\n");
        }
        double tick = Nice(seconds / 6);
        for (double at = 0; at <= seconds * 0.97; at += tick)
        {
            double x = Left + at / seconds * (Width - Left - Right);
            string text = seconds < 120 ? $"{at:0.##} s" : seconds < 7200 ? $"{at / 60:0.#} min" : $"{at / 3600:0.##} h";
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{Height - 10}\" text-anchor=\"{(at == 0 ? "start" : "middle")}\">{text}</text>\n");
        }
    }

    private static void WriteFile(StringBuilder page, IReadOnlyList<SkewStretch> file, string colour, double reach)
    {
        int start = 0;
        while (start < file.Count)
        {
            if (double.IsNaN(file[start].Mean))
            {
                start++;
                continue;
            }
            int end = start;
            while (end < file.Count && !double.IsNaN(file[end].Mean))
                end++;
            WriteRun(page, file, start, end, colour, reach);
            start = end;
        }
    }

    private static void WriteRun(StringBuilder page, IReadOnlyList<SkewStretch> file, int start, int end, string colour, double reach)
    {
        string Point(int i, double value) => string.Create(CultureInfo.InvariantCulture, $"{Left + (i + 0.5) / file.Count * (Width - Left - Right):0.##},{Y(value, reach):0.##}");
        IEnumerable<int> run = Enumerable.Range(start, end - start);
        string upper = string.Join(' ', run.Select(i => Point(i, file[i].High))), lower = string.Join(' ', run.Reverse().Select(i => Point(i, file[i].Low)));
        page.Append(CultureInfo.InvariantCulture, $"<polygon points=\"{upper} {lower}\" fill=\"{colour}\" fill-opacity=\"0.25\" stroke=\"none\"/>");
        page.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{string.Join(' ', run.Select(i => Point(i, file[i].Mean)))}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>\n");
    }

    private static double Y(double value, double reach) => Top + (1 - value / reach) / 2 * (Height - Top - Bottom);

    /// <summary>1, 2 or 5 times a power of ten, not less than the value.</summary>
    private static double Nice(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 1e-6))));
        return (value / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
    }
}
