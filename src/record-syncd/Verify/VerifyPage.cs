using System.Globalization;
using System.Net;
using System.Text;

namespace RecordSync.Daemon;

/// <summary>The verdict as one page that needs nothing else: no script, no request, its pictures inside. For light and dark, for a phone and for paper.</summary>
internal static class VerifyPage
{
    private const string Style = """
        :root{color-scheme:light dark;--back:#fbfbfa;--card:#fff;--ink:#1d2126;--soft:#5d6670;--line:#d9dde2;--pass:#1a7f46;--warn:#9a6400;--fail:#c0281f}
        @media(prefers-color-scheme:dark){:root{--back:#14171a;--card:#1d2126;--ink:#e8eaed;--soft:#9aa4af;--line:#343b43;--pass:#4cc27e;--warn:#e3a83b;--fail:#ff7b70}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:1120px;margin:0 auto;padding:24px 16px 48px}
        h1{font-size:1.5rem;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:32px 0 10px}
        p{margin:6px 0}.soft{color:var(--soft)}
        .head{display:flex;gap:14px;align-items:center;flex-wrap:wrap}
        .word{font-weight:700;letter-spacing:.05em;padding:3px 14px;border-radius:8px;color:var(--card);white-space:nowrap}
        .pass{background:var(--pass)}.warn{background:var(--warn)}.fail{background:var(--fail)}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(126px,1fr));gap:10px;margin:18px 0}
        .figure{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 12px}
        .figure b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}.figure span{color:var(--soft);font-size:.85rem}
        ul.reasons{list-style:none;margin:12px 0;padding:0}
        ul.reasons li{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--line);border-radius:6px;padding:7px 12px;margin:6px 0;overflow-wrap:anywhere}
        ul.reasons li.w{border-left-color:var(--warn)}ul.reasons li.f{border-left-color:var(--fail)}
        .scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.9rem}
        th,td{padding:7px 9px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
        th{color:var(--soft);font-weight:600}tr:last-child td{border-bottom:0}th:first-child,td:first-child{text-align:left}
        .plot{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:8px}
        svg{display:block;width:100%;height:auto}polyline{vector-effect:non-scaling-stroke}svg text{fill:var(--soft);font-size:13px;font-family:inherit}
        .grid{stroke:var(--line);stroke-width:1}.zero{stroke:var(--soft);stroke-width:1}
        .legend{display:flex;flex-wrap:wrap;gap:4px 18px;padding:4px 8px}.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1px}
        .pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:12px}
        figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
        figure img{display:block;width:100%;height:auto}figcaption{padding:7px 12px;font-size:.9rem;font-variant-numeric:tabular-nums}
        footer{margin-top:36px;color:var(--soft);font-size:.85rem}
        @media(max-width:520px){main{padding:16px 12px 32px}svg text{font-size:25px}.figures{grid-template-columns:1fr 1fr}.figure b{font-size:1.1rem}}
        """;

    public static string Render(VerifyReport report)
    {
        StringBuilder page = new();
        string title = report.Takes.Count == 1 && report.Takes[0].Take is { } only ? only : "Takes";
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Html(title)} – {report.Verdict.ToUpperInvariant()}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<main>\n");
        foreach (TakeReport take in report.Takes)
            WriteTake(page, take);
        if (report.Unreadable.Count > 0)
        {
            page.Append("<h2>Could not be read</h2>\n<ul class=\"reasons\">\n");
            foreach (UnreadableFile file in report.Unreadable)
                page.Append(CultureInfo.InvariantCulture, $"<li class=\"f\">{Html(file.Path)}: {Html(file.Reason)}</li>\n");
            page.Append("</ul>\n");
        }
        page.Append(CultureInfo.InvariantCulture, $"<footer>record-syncd {Html(ProgramVersion.Text)} verify: recomputed from the files alone.</footer>\n</main>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void WriteTake(StringBuilder page, TakeReport take)
    {
        page.Append(CultureInfo.InvariantCulture, $"<section>\n<div class=\"head\"><span class=\"word {take.Verdict}\">{take.Verdict.ToUpperInvariant()}</span><h1>{Html(take.Take ?? "Take without a name")}</h1></div>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">{Html(Evidence(take))}</p>\n");
        WriteFigures(page, take);
        if (take.Reasons.Count > 0)
        {
            page.Append("<ul class=\"reasons\">\n");
            foreach (ReasonReport reason in take.Reasons)
                page.Append(CultureInfo.InvariantCulture, $"<li class=\"{reason.Weight[0]}\">{Html(reason.Text)}</li>\n");
            page.Append("</ul>\n");
        }
        if (take.Files.Count > 1 && take.Plot is { } plot)
        {
            page.Append("<h2>Skew over the take</h2>\n<p class=\"soft\">Where each file's frame was captured against the middle of all files, same index. Line: mean; band: all frames of that moment.</p>\n");
            SkewSvg.Write(page, plot, [.. take.Files.Select(NameOf)]);
        }
        page.Append("<h2>Files</h2>\n");
        WriteTable(page, take);
        WritePictures(page, take);
        page.Append("</section>\n");
    }

    private static string Evidence(TakeReport take) =>
        take.Evidence switch
        {
            "sidecars" when !take.VideosOpened => "Judged by sidecars and manifests, within the bounds of the clocks. The videos were not opened: nothing is said about them.",
            "pixels" => "Judged by the pixels: the true instant of every exposure is in the picture. Sidecars and manifests were compared with it.",
            "sidecars" => "Judged by the sidecars, within the bounds of the clocks; these pictures carry no time code.",
            _ => "Only the containers could be compared.",
        };

    private static void WriteFigures(StringBuilder page, TakeReport take)
    {
        void Figure(string value, string what) => page.Append(CultureInfo.InvariantCulture, $"<div class=\"figure\"><b>{Html(value)}</b><span>{Html(what)}</span></div>\n");
        page.Append("<div class=\"figures\">\n");
        int[] counts = [.. take.Files.Select(file => file.Frames).Distinct()];
        Figure(counts.Length == 1 ? $"{counts[0]}" : $"{counts.Min()}–{counts.Max()}", counts.Length == 1 && take.Files.Count > 1 ? $"frames in each of {take.Files.Count} files" : "frames");
        if (take.Spread is { } spread)
        {
            Figure(Us(spread.P99Us), "p99 between frames of one index");
            Figure(Us(spread.MaxUs), $"worst, frame {spread.WorstIndex}");
        }
        if (take.StartSkewUs is { } start && take.StopSkewUs is { } stop)
        {
            Figure(Us(start), "between the first frames");
            Figure(Us(stop), "between the last frames");
        }
        if (take.Files.Max(file => file.ClockErrorUs) is { } bound)
            Figure($"± {Us(bound)}", "bound of the worst clock");
        if (take.Sidecar is { } sidecar)
            Figure(Us(sidecar.P99Us), "sidecars against pixels, p99");
        page.Append("</div>\n");
    }

    private static void WriteTable(StringBuilder page, TakeReport take)
    {
        page.Append("<div class=\"scroll\"><table>\n<tr><th>Node</th><th>Frames</th><th>Repeated</th><th>Camera lost</th><th>Left out</th><th>Dropped</th><th>Start</th><th>Stop</th><th>Sensor</th><th>Clock ±</th><th>Phase</th><th>Hashes</th></tr>\n");
        long? first = take.Files.Min(file => file.FirstCaptureNs), last = take.Files.Min(file => file.LastCaptureNs);
        foreach (FileReport file in take.Files)
        {
            string[] cells =
            [
                NameOf(file),
                $"{file.Frames}",
                $"{Math.Max(file.Duplicates, file.Repeated)}",
                file.CodesRead > 0 ? $"{file.Skipped}" : "–",
                file.LeftOut is { } left ? $"{left}" : "–",
                $"{Math.Max(file.Dropped, file.Missing)}",
                After(file.FirstCaptureNs, first),
                After(file.LastCaptureNs, last),
                file.SensorPpm is { } ppm ? $"{ppm:+0.0;-0.0;0.0} ppm" : "–",
                file.ClockState == "leader" ? "leader" : file.ClockErrorUs is { } error ? Us(error) : "–",
                file.Phase ?? "–",
                file.HashesMatch is { } match ? match ? "match" : "DIFFER" : "–",
            ];
            page.Append("<tr>").AppendJoin("", cells.Select(cell => $"<td>{Html(cell)}</td>")).Append("</tr>\n");
        }
        page.Append("</table></div>\n");
    }

    private static void WritePictures(StringBuilder page, TakeReport take)
    {
        if (take.Spread is not { } spread || take.Files.Count > 12 || !take.VideosOpened)
            return;
        List<(FileReport File, byte[] Jpeg, long? After)> pictures = [];
        for (int i = 0; i < take.Files.Count; i++)
        {
            FileReport file = take.Files[i];
            if (PictureReader.ReadJpeg(file.Path, spread.WorstIndex * take.FramePeriodNs, take.FramePeriodNs / 2, file.Width, file.Height) is { } jpeg)
                pictures.Add((file, jpeg, take.AtWorst.ElementAtOrDefault(i)));
        }
        if (pictures.Count == 0)
            return;
        page.Append(CultureInfo.InvariantCulture, $"<h2>Frame {spread.WorstIndex}: the worst of the take</h2>\n<p class=\"soft\">The same index in every file, {Us(spread.MaxUs)} apart.</p>\n<div class=\"pictures\">\n");
        foreach ((FileReport file, byte[] jpeg, long? after) in pictures)
        {
            string when = after is { } ns ? $"captured +{TakeVerdict.Text(ns)}" : "not a frame of its own";
            page.Append(CultureInfo.InvariantCulture, $"<figure><img alt=\"Frame {spread.WorstIndex} of {Html(NameOf(file))}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}\"><figcaption><b>{Html(NameOf(file))}</b> · {Html(when)}</figcaption></figure>\n");
        }
        page.Append("</div>\n");
    }

    private static string NameOf(FileReport file) => file.Node ?? file.Name;

    private static string After(long? instant, long? earliest) => instant is null || earliest is null ? "–" : $"+{(instant.Value - earliest.Value) / 1e6:0.0} ms";

    private static string Us(double microseconds) => TakeVerdict.Text(microseconds * 1e3);

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
