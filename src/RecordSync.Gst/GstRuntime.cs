using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RecordSync.Gst;

/// <summary>Loads and starts GStreamer once for the process.</summary>
internal static unsafe class GstRuntime
{
    private const string Packages = "libgstreamer1.0-0 libgstreamer-plugins-base1.0-0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad";

    private static readonly Lock Gate = new();
    private static volatile bool initialised;
    private static volatile string? lastLibraryWarning;

    /// <summary>The run-time version of the library, not the one that this was built for.</summary>
    public static Version Version
    {
        get
        {
            Initialise();
            Native.gst_version(out uint major, out uint minor, out uint micro, out _);
            return new Version((int)major, (int)minor, (int)micro);
        }
    }

    /// <summary>The last warning of GLib or GStreamer that was kept off stderr; for diagnosis.</summary>
    public static string? LastLibraryWarning => lastLibraryWarning;

    /// <summary>Idempotent and thread safe.</summary>
    /// <exception cref="GstException">The library is missing, will not start or is laid out differently.</exception>
    public static void Initialise()
    {
        if (initialised)
            return;
        lock (Gate)
        {
            if (initialised)
                return;
            RequireLibraries();
            if (Environment.GetEnvironmentVariable("GST_DEBUG") is null && Environment.GetEnvironmentVariable("G_MESSAGES_DEBUG") is null)
                Native.g_log_set_default_handler(&KeepLibraryWarning, 0);
            // GStreamer traps SIGSEGV while it loads plugins, which would replace the runtime's own handler
            Native.gst_segtrap_set_enabled(0);
            if (Native.gst_init_check(null, null, out nint error) == 0)
                throw new GstException($"GStreamer does not start: {NativeText.TakeError(error).Text}");
            CheckLayout();
            initialised = true;
        }
    }

    public static bool HasElement(string factory)
    {
        Initialise();
        nint found = Native.gst_element_factory_find(factory);
        if (found == 0)
            return false;
        Native.gst_object_unref(found);
        return true;
    }

    /// <summary>True also when the plugin has no element to offer: those for hardware register theirs only where they find it.</summary>
    public static bool HasPlugin(string plugin)
    {
        Initialise();
        nint found = Native.gst_registry_find_plugin(Native.gst_registry_get(), plugin);
        if (found == 0)
            return false;
        Native.gst_object_unref(found);
        return true;
    }

    public static bool ElementHasProperty(string factory, string property)
    {
        using GstElement? element = GstElement.TryMake(factory);
        return element is not null && element.HasProperty(property);
    }

    /// <summary>Adds the elements of one plugin file to those known to this process.</summary>
    public static void LoadPlugin(string path)
    {
        Initialise();
        nint plugin = Native.gst_plugin_load_file(path, out nint error);
        if (plugin == 0)
            throw new GstException($"The GStreamer plugin {path} cannot be loaded: {NativeText.TakeError(error).Text}");
        Native.gst_object_unref(plugin);
    }

    /// <summary>What GStreamer's system clock says now, in ns: CLOCK_MONOTONIC.</summary>
    public static long SystemClockNow()
    {
        Initialise();
        nint clock = Native.gst_system_clock_obtain();
        ulong now = Native.gst_clock_get_time(clock);
        Native.gst_object_unref(clock);
        return (long)now;
    }

    private static void RequireLibraries()
    {
        foreach (string library in (ReadOnlySpan<string>)[Native.GLibLibrary, Native.GObjectLibrary, Native.GstLibrary, Native.AppLibrary])
        {
            if (!NativeLibrary.TryLoad(library, out _))
                throw new GstException($"GStreamer is not installed ({library} is missing). Install it: sudo apt install {Packages}");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void KeepLibraryWarning(nint domain, int level, nint message, nint data)
    {
        try
        {
            lastLibraryWarning = $"{NativeText.Borrow(domain)}: {NativeText.Borrow(message)}";
        }
        catch (Exception)
        {
            // an exception must not unwind into C, and a lost warning is no harm
        }
    }

    /// <summary>Compares the struct offsets in NativeStructs.cs with what the library's own functions write.</summary>
    private static void CheckLayout()
    {
        nint buffer = Native.gst_buffer_new_allocate(0, 64, 0);
        var fields = (GstBufferStruct*)buffer;
        bool sound =
            sizeof(nint) == 8
            && fields->RefCount == 1
            && fields->Pool == 0
            && (fields->Pts & fields->Dts & fields->Duration & fields->Offset & fields->OffsetEnd) == ulong.MaxValue;
        sound &= Native.gst_buffer_set_flags(buffer, (int)GstBufferStruct.DeltaUnit) != 0 && (fields->Flags & GstBufferStruct.DeltaUnit) != 0;
        GstMapInfo map;
        sound &= Native.gst_buffer_map(buffer, &map, 1) != 0 && map.Size == 64 && map.Data != null;
        Native.gst_buffer_unmap(buffer, &map);
        Native.gst_mini_object_unref(buffer);

        nint message = Native.gst_message_new_custom(GstPipeline.ApplicationMessage, 0, 0);
        var header = (GstMessageStruct*)message;
        sound &= header->Type == GstPipeline.ApplicationMessage && header->Timestamp == Native.ClockTimeNone && header->Source == 0;
        Native.gst_mini_object_unref(message);
        if (!sound)
            throw new GstException("This GStreamer library lays out its structures differently; use a 64-bit GStreamer 1.16 or later of the 1.x series.");
    }
}
