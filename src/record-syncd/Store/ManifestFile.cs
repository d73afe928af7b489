using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace RecordSync.Daemon;

/// <summary>X.json on the disk: always a whole one, the previous or the new, also after a power cut.</summary>
internal static class ManifestFile
{
    /// <returns>Null, or a sentence that says why the manifest of before still stands.</returns>
    public static string? Write(string path, TakeManifest manifest) =>
        WriteWhole(path, file => JsonSerializer.Serialize(file, manifest, ManifestJson.Readable.TakeManifest));

    internal static string? WriteWhole(string path, Action<Stream> content)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        string unfinished = Path.Join(folder, $".{Path.GetFileName(path)}.tmp");
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                content(file);
                file.WriteByte((byte)'\n');
                file.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
            DirectoryEntry.Sync(folder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            RemoveQuietly(unfinished);
            return StorageFault.Describe(e, path);
        }
    }

    /// <returns>Null with a sentence in <paramref name="fault"/> when there is no manifest, or no sense in it.</returns>
    public static TakeManifest? Read(string path, out string? fault)
    {
        fault = null;
        try
        {
            using FileStream file = File.OpenRead(path);
            TakeManifest? manifest = JsonSerializer.Deserialize(file, ManifestJson.Readable.TakeManifest);
            string? complaint = manifest is null ? "it holds null" : TakeSense.Complaint(manifest);
            if (complaint is null)
                return manifest;
            fault = $"\"{path}\" is not a take's manifest: {complaint}.";
        }
        catch (JsonException e)
        {
            fault = $"\"{path}\" is not a take's manifest: {e.Message}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"\"{path}\" cannot be read: {e.Message}";
        }
        return null;
    }

    private static void RemoveQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // the fault that led here is the one to tell
        }
    }
}

[JsonSerializable(typeof(TakeManifest))]
[JsonSerializable(typeof(GroupVerdict))]
internal sealed partial class ManifestJson : JsonSerializerContext
{
    /// <summary>How the words of a manifest and of take.json are spelled, in the files and wherever they are shown.</summary>
    public static IReadOnlyList<JsonConverter> Words { get; } =
        [
            new JsonStringEnumConverter<ManifestState>(JsonNamingPolicy.SnakeCaseLower),
            new JsonStringEnumConverter<TakeGrade>(JsonNamingPolicy.SnakeCaseUpper),
            new JsonStringEnumConverter<CommandKind>(JsonNamingPolicy.SnakeCaseLower),
            new JsonStringEnumConverter<NodeAnswer>(JsonNamingPolicy.SnakeCaseLower),
        ];

    /// <summary>People read manifests: names in any script and '+' or '&lt;' in a sentence stay as they are.</summary>
    public static ManifestJson Readable { get; } =
        new(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
                WriteIndented = true,
                RespectNullableAnnotations = true,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                Converters = { Words[0], Words[1], Words[2], Words[3], new NumbersInOneLine() },
            }
        );
}

/// <summary>A hundred numbers, one to a line, would hide what people look for in a manifest.</summary>
internal sealed class NumbersInOneLine : JsonConverter<IReadOnlyList<int?>>
{
    public override IReadOnlyList<int?> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        List<int?> numbers = [];
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("a list of numbers was expected");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            numbers.Add(reader.TokenType == JsonTokenType.Null ? null : reader.GetInt32());
        return numbers;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int?> numbers, JsonSerializerOptions options) =>
        writer.WriteRawValue($"[{string.Join(", ", numbers.Select(number => number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"))}]");
}

/// <summary>A rename is safe from a power cut only when its folder has been synced; .NET opens no folders, hence the C library.</summary>
internal static partial class DirectoryEntry
{
    private const int ExclusiveLock = 2; // LOCK_EX
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY on x64
    private const int ReadOnlyDirectoryArm = 0x4000;

    /// <summary>Waits until no other process holds this folder, and holds it until disposed of. A file system without locks gives none.</summary>
    public static IDisposable Lock(string folder)
    {
        SafeFileHandle handle = Open(folder);
        if (!handle.IsInvalid)
            _ = Flock(handle, ExclusiveLock);
        return handle;
    }

    public static void Sync(string folder)
    {
        using SafeFileHandle handle = Open(folder);
        // some network file systems refuse; then the rename is as safe as they make it
        if (!handle.IsInvalid)
            _ = Fsync(handle);
    }

    private static SafeFileHandle Open(string folder) =>
        Open(folder, RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? ReadOnlyDirectoryArm : ReadOnlyDirectory);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
