using System.Runtime.InteropServices;

namespace RecordSync.Gst;

/// <summary>The C functions in use. All exist since GStreamer 1.16; macros, varargs and signals are not reachable and not needed.</summary>
internal static unsafe partial class Native
{
    internal const string GstLibrary = "libgstreamer-1.0.so.0";
    internal const string AppLibrary = "libgstapp-1.0.so.0";
    internal const string GObjectLibrary = "libgobject-2.0.so.0";
    internal const string GLibLibrary = "libglib-2.0.so.0";

    internal const ulong ClockTimeNone = ulong.MaxValue;

    // --- start-up and registry

    [LibraryImport(GstLibrary)]
    internal static partial int gst_init_check(int* argc, byte*** argv, out nint error);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_segtrap_set_enabled(int enabled);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_version(out uint major, out uint minor, out uint micro, out uint nano);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_element_factory_find(string name);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_element_factory_make(string factory, string? name);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_registry_get();

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_registry_find_plugin(nint registry, string name);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_plugin_load_file(string path, out nint error);

    // --- objects, elements, pipelines

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_object_ref(nint instance);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_object_ref_sink(nint instance);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_object_unref(nint instance);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_object_get_name(nint instance);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_parse_launch(string description, out nint error);

    [LibraryImport(GstLibrary)]
    internal static partial nuint gst_pipeline_get_type();

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_pipeline_new(string? name);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_bin_add(nint bin, nint element);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_bin_get_by_name(GstHandle bin, string name);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_system_clock_obtain();

    [LibraryImport(GstLibrary)]
    internal static partial ulong gst_clock_get_time(nint clock);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_pipeline_use_clock(GstHandle pipeline, nint clock);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_element_set_state(GstHandle element, int state);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_element_seek_simple(GstHandle element, int format, int flags, long position);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_element_get_state(GstHandle element, out int state, out int pending, ulong timeout);

    [LibraryImport(GstLibrary)]
    internal static partial ulong gst_element_get_base_time(GstHandle element);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_element_send_event(GstHandle element, nint @event);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_event_new_eos();

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_event_new_custom(int type, nint structure);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_event_parse_segment(nint @event, out nint segment);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_structure_from_string(string text, nint end);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_tag_list_new_from_string(string text);

    [LibraryImport(GstLibrary)]
    internal static partial nuint gst_tag_setter_get_type();

    [LibraryImport(GstLibrary)]
    internal static partial void gst_tag_setter_merge_tags(GstHandle setter, nint tags, int mode);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_element_get_factory(nint element);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_element_get_static_pad(GstHandle element, string name);

    // --- bus and messages

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_pipeline_get_bus(GstHandle pipeline);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_bus_timed_pop_filtered(GstHandle bus, ulong timeout, int types);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_bus_post(GstHandle bus, nint message);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_message_new_custom(int type, nint source, nint structure);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_message_parse_error(nint message, out nint error, out nint debug);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_message_parse_warning(nint message, out nint error, out nint debug);

    [LibraryImport(GstLibrary)]
    internal static partial uint gst_resource_error_quark();

    /// <param name="text">Made by g_strdup; GStreamer frees it, as it does <paramref name="debug"/>.</param>
    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void gst_element_message_full(GstHandle element, int type, uint domain, int code, nint text, nint debug, string file, string function, int line);

    // --- pads, caps, samples

    [LibraryImport(GstLibrary)]
    internal static partial ulong gst_pad_add_probe(
        GstHandle pad,
        int mask,
        delegate* unmanaged[Cdecl]<nint, nint, nint, int> callback,
        nint data,
        delegate* unmanaged[Cdecl]<nint, void> destroy
    );

    [LibraryImport(GstLibrary)]
    internal static partial void gst_pad_remove_probe(GstHandle pad, ulong id);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_pad_get_current_caps(GstHandle pad);

    [LibraryImport(GstLibrary)]
    internal static partial uint gst_buffer_list_length(nint list);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_buffer_list_get(nint list, uint index);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_caps_from_string(string text);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_caps_to_string(nint caps);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_sample_get_buffer(GstMiniHandle sample);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_sample_get_caps(GstMiniHandle sample);

    // --- buffers and memory

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_mini_object_ref(nint instance);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_mini_object_unref(nint instance);

    [LibraryImport(GstLibrary)]
    internal static partial GstReferenceTimestampMeta* gst_buffer_get_reference_timestamp_meta(nint buffer, nint reference);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_mini_object_get_qdata(nint instance, uint quark);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_buffer_new();

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_buffer_new_allocate(nint allocator, nuint size, nint parameters);

    [LibraryImport(GstLibrary)]
    internal static partial nuint gst_buffer_get_size(nint buffer);

    [LibraryImport(GstLibrary)]
    internal static partial uint gst_buffer_n_memory(nint buffer);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_buffer_peek_memory(nint buffer, uint index);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_buffer_append_memory(nint buffer, nint memory);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_buffer_copy_into(nint destination, nint source, int flags, nuint offset, nuint size);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_buffer_add_parent_buffer_meta(nint buffer, nint parent);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_buffer_iterate_meta(nint buffer, ref nint state);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_buffer_set_flags(nint buffer, int flags);

    [LibraryImport(GstLibrary)]
    internal static partial int gst_buffer_map(nint buffer, GstMapInfo* info, int flags);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_buffer_unmap(nint buffer, GstMapInfo* info);

    [LibraryImport(GstLibrary)]
    internal static partial nuint gst_buffer_extract(nint buffer, nuint offset, byte* destination, nuint size);

    [LibraryImport(GstLibrary)]
    internal static partial nuint gst_buffer_fill(nint buffer, nuint offset, byte* source, nuint size);

    // --- devices

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_device_monitor_new();

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint gst_device_monitor_add_filter(nint monitor, string? classes, nint caps);

    [LibraryImport(GstLibrary)]
    internal static partial GList* gst_device_monitor_get_devices(nint monitor);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_device_get_display_name(nint device);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_device_get_device_class(nint device);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_device_get_caps(nint device);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_device_get_properties(nint device);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_device_create_element(nint device, string? name);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint gst_structure_get_string(nint structure, string field);

    [LibraryImport(GstLibrary)]
    internal static partial void gst_structure_free(nint structure);

    // --- appsrc, appsink

    [LibraryImport(AppLibrary)]
    internal static partial int gst_app_src_push_buffer(GstHandle source, nint buffer);

    [LibraryImport(AppLibrary)]
    internal static partial int gst_app_src_end_of_stream(GstHandle source);

    [LibraryImport(AppLibrary)]
    internal static partial void gst_app_src_set_caps(GstHandle source, nint caps);

    [LibraryImport(AppLibrary)]
    internal static partial ulong gst_app_src_get_current_level_bytes(GstHandle source);

    [LibraryImport(AppLibrary)]
    internal static partial nuint gst_app_src_get_type();

    [LibraryImport(AppLibrary)]
    internal static partial nint gst_app_sink_try_pull_sample(GstHandle sink, ulong timeout);

    [LibraryImport(AppLibrary)]
    internal static partial int gst_app_sink_is_eos(GstHandle sink);

    [LibraryImport(AppLibrary)]
    internal static partial nuint gst_app_sink_get_type();

    // --- values and properties

    [LibraryImport(GObjectLibrary)]
    internal static partial int g_type_check_instance_is_a(nint instance, nuint type);

    [LibraryImport(GObjectLibrary)]
    internal static partial nuint g_type_fundamental(nuint type);

    [LibraryImport(GObjectLibrary)]
    internal static partial nint g_type_name(nuint type);

    [LibraryImport(GObjectLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial GParamSpec* g_object_class_find_property(nint klass, string name);

    [LibraryImport(GObjectLibrary)]
    internal static partial int g_param_value_validate(GParamSpec* spec, GValue* value);

    [LibraryImport(GObjectLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void g_object_set_property(GstHandle instance, string name, GValue* value);

    [LibraryImport(GObjectLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void g_object_get_property(GstHandle instance, string name, GValue* value);

    [LibraryImport(GObjectLibrary)]
    internal static partial GValue* g_value_init(GValue* value, nuint type);

    [LibraryImport(GObjectLibrary)]
    internal static partial void g_value_unset(GValue* value);

    [LibraryImport(GObjectLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void g_value_set_string(GValue* value, string text);

    [LibraryImport(GObjectLibrary)]
    internal static partial nint g_value_get_string(GValue* value);

    [LibraryImport(GstLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int gst_value_deserialize(GValue* value, string text);

    [LibraryImport(GstLibrary)]
    internal static partial nint gst_value_serialize(GValue* value);

    // --- GLib

    [LibraryImport(GLibLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint g_strdup(string text);

    [LibraryImport(GLibLibrary)]
    internal static partial void g_free(nint memory);

    [LibraryImport(GLibLibrary)]
    internal static partial void g_error_free(nint error);

    [LibraryImport(GLibLibrary)]
    internal static partial void g_list_free(GList* list);

    [LibraryImport(GLibLibrary, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint g_quark_from_string(string text);

    [LibraryImport(GLibLibrary)]
    internal static partial nint g_quark_to_string(uint quark);

    [LibraryImport(GLibLibrary)]
    internal static partial nint g_log_set_default_handler(delegate* unmanaged[Cdecl]<nint, int, nint, nint, void> handler, nint data);
}
