namespace RecordSync.Gst;

/// <summary>A device found by one of GStreamer's device providers. Path is empty where the provider has none.</summary>
internal sealed record GstDevice(string Name, string Class, string Factory, string Path, string Caps);

internal static unsafe class GstDevices
{
    /// <param name="deviceClass">For example "Video/Source".</param>
    public static IReadOnlyList<GstDevice> List(string deviceClass)
    {
        GstRuntime.Initialise();
        nint monitor = Native.gst_object_ref_sink(Native.gst_device_monitor_new());
        List<GstDevice> devices = [];
        if (Native.gst_device_monitor_add_filter(monitor, deviceClass, 0) != 0)
        {
            // without starting the monitor this probes once, so no main loop is needed
            GList* list = Native.gst_device_monitor_get_devices(monitor);
            for (GList* item = list; item != null; item = item->Next)
            {
                devices.Add(Describe(item->Data));
                Native.gst_object_unref(item->Data);
            }
            Native.g_list_free(list);
        }
        Native.gst_object_unref(monitor);
        return devices;
    }

    private static GstDevice Describe(nint device)
    {
        string caps = "";
        nint nativeCaps = Native.gst_device_get_caps(device);
        if (nativeCaps != 0)
        {
            caps = NativeText.Take(Native.gst_caps_to_string(nativeCaps)) ?? "";
            Native.gst_mini_object_unref(nativeCaps);
        }
        string path = "";
        nint properties = Native.gst_device_get_properties(device);
        if (properties != 0)
        {
            path = NativeText.Borrow(Native.gst_structure_get_string(properties, "device.path")) ?? NativeText.Borrow(Native.gst_structure_get_string(properties, "api.v4l2.path")) ?? "";
            Native.gst_structure_free(properties);
        }
        string factory = "";
        nint made = Native.gst_device_create_element(device, null);
        if (made != 0)
        {
            using var element = new GstElement(new GstHandle(Native.gst_object_ref_sink(made)));
            factory = element.Factory;
        }
        return new GstDevice(
            NativeText.Take(Native.gst_device_get_display_name(device)) ?? "",
            NativeText.Take(Native.gst_device_get_device_class(device)) ?? "",
            factory,
            path,
            caps
        );
    }
}
