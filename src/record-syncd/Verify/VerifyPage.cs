namespace RecordSync.Daemon;
internal static class VerifyPage
{
    public static string Render(VerifyReport report) => report.Verdict;
}
