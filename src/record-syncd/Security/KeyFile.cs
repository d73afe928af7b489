using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace RecordSync.Daemon;

/// <summary>Reads and makes the file with the group's keys. Its content is never shown.</summary>
internal static class KeyFile
{
    public const string Remedy = "Make one with:  record-syncd keygen --out group.key";

    private const long LargestFile = 64 * 1024;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <returns>False with a sentence that says what to do.</returns>
    public static bool TryOpen(string path, [NotNullWhen(true)] out GroupKeys? keys, [NotNullWhen(false)] out string? fault)
    {
        keys = TryRead(path, out fault) is { } ring ? new GroupKeys(ring) : null;
        fault ??= keys is null ? "" : null;
        return keys is not null;
    }

    /// <returns>Null with a sentence that says what to do.</returns>
    public static GroupKeyRing? TryRead(string path, out string? fault)
    {
        if (LackOfCryptography() is { } lack)
        {
            fault = lack;
            return null;
        }
        try
        {
            FileInfo file = new(path);
            if (!file.Exists)
                fault = $"--key-file \"{path}\" does not exist. {Remedy}";
            else if ((file.UnixFileMode & Others) != 0)
                fault = $"--key-file \"{path}\" can be read or changed by others than its owner: chmod 600 \"{path}\" and, if somebody may have seen it, make a new key";
            else if (file.Length > LargestFile)
                fault = $"--key-file \"{path}\" is too large for a file of keys. {Remedy}";
            else if (GroupKeyRing.TryParse(File.ReadAllText(path), out GroupKeyRing? ring, out string? clause))
            {
                fault = null;
                return ring;
            }
            else
                fault = $"--key-file \"{path}\" {clause}. {Remedy}";
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            fault = $"--key-file \"{path}\" cannot be read: {refused.Message.TrimEnd('.')}";
        }
        return null;
    }

    /// <summary>A new file that only its owner can read.</summary>
    /// <returns>False with a sentence.</returns>
    public static bool TryWrite(string path, string key, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using FileStream file = new(path, options);
            file.Write(System.Text.Encoding.UTF8.GetBytes(key + "\n"));
            fault = null;
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            fault = $"\"{path}\" exists: a key is never overwritten. Add a second one to it with:  record-syncd keygen >> \"{path}\"";
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            fault = $"\"{path}\" cannot be written: {refused.Message.TrimEnd('.')}";
        }
        return false;
    }

    /// <summary>.NET loads OpenSSL when it is first needed, and ends the process where it is not there. Nothing else of a node needs it before a take has ended.</summary>
    public static string? LackOfCryptography()
    {
        foreach (string library in (string[])["libssl.so.3", "libssl.so.1.1", "libssl.so"])
        {
            if (NativeLibrary.TryLoad(library, out nint loaded))
            {
                NativeLibrary.Free(loaded);
                return null;
            }
        }
        return "a key needs OpenSSL, and libssl is not on this machine: sudo apt-get install libssl3 (of Debian 13 and Ubuntu 24.04: libssl3t64)";
    }
}
