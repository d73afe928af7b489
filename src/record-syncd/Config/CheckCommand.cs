namespace RecordSync.Daemon;

/// <summary><c>record-syncd check</c>: what can be said of settings without a network, a camera or an encoder; these are the doctor's.</summary>
internal static class CheckCommand
{
    /// <summary>No role was given (sysexits.h EX_USAGE).</summary>
    private const int ExitUsage = 64;

    /// <summary>A command that needs settings, or the sentence that says what is wrong with them.</summary>
    public static async Task<int> WithSettings(Func<SettingsInForce> gather, Func<SettingsInForce, Task<int>> command)
    {
        SettingsInForce gathered;
        try
        {
            gathered = gather();
        }
        catch (SettingsException fault)
        {
            Console.Error.WriteLine($"record-syncd: {fault.Message}");
            return NodeCommand.ExitConfiguration;
        }
        return await command(gathered);
    }

    public static int NoRole()
    {
        Console.Error.WriteLine("record-syncd: which role? Use --role leader or --role follower; --help shows everything.");
        return ExitUsage;
    }

    public static int Run(NodeOptions options, IReadOnlyList<WrittenSetting> written, TextWriter output, TextWriter error)
    {
        string[] faults = [.. Faults(options)];
        foreach (string fault in faults)
            error.WriteLine($"record-syncd: {fault}");
        if (faults.Length > 0)
            return NodeCommand.ExitConfiguration;
        // the role is written somewhere, or there would be no node
        int keys = written.Max(setting => setting.Key.Length), values = written.Max(setting => Shown(setting).Length);
        foreach (WrittenSetting setting in written)
            output.WriteLine($"{setting.Key.PadRight(keys)}  {Shown(setting).PadRight(values)}  {setting.Place}");
        output.WriteLine("The settings are good; all others have their defaults. No node was started; 'record-syncd doctor' with the same settings looks at the machine.");
        return 0;
    }

    private static string Shown(WrittenSetting setting) => string.Join(", ", setting.Values);

    private static IEnumerable<string> Faults(NodeOptions options)
    {
        if (!OutputPath.TryParse(options.Output, out _, out string? fault))
            yield return fault;
        if (options.SyncLog is { } log && Path.GetDirectoryName(Path.GetFullPath(log)) is { } folder && !Directory.Exists(folder))
            yield return $"the folder of --sync-log \"{log}\" does not exist. Make it with:  mkdir -p \"{folder}\"";
        GroupKeys? keys = null;
        if (options.KeyFile is { } keyFile && !KeyFile.TryOpen(keyFile, out keys, out fault))
            yield return fault;
        if (options.Page.Address is { } address && !NodePage.TryRead(options.Page, address, keys, out _, out fault))
            yield return fault;
        foreach (string camera in (string[])[.. options.Camera is { } first ? [first] : Array.Empty<string>(), .. options.Further.Select(further => further.Source)])
        {
            if (!CameraSource.TryParse(camera, options.Rate, out _, out string error))
                yield return error;
        }
        if (options.Encoder is { } encoder && EncoderTable.Find(encoder) is null)
            yield return $"There is no encoder '{encoder}'. Known: {string.Join(", ", EncoderTable.All.Select(row => row.Factory))}.";
    }
}
