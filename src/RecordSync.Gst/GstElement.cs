namespace RecordSync.Gst;

/// <summary>An element inside a pipeline, or one made on its own. Holds a reference; dispose or leave it to the finalizer.</summary>
internal sealed unsafe class GstElement : IDisposable
{
    // GST_EVENT_CUSTOM_UPSTREAM: number 270, flag "upstream"
    private const int CustomUpstream = (270 << 8) | 1;

    internal GstElement(GstHandle handle) => Handle = handle;

    internal GstHandle Handle { get; }

    public string Name => NativeText.NameOf(Handle.Pointer);

    public string Factory => NativeText.NameOf(Native.gst_element_get_factory(Handle.Pointer));

    /// <summary>Null when the factory does not exist or its plugin does not load.</summary>
    public static GstElement? TryMake(string factory)
    {
        GstRuntime.Initialise();
        nint made = Native.gst_element_factory_make(factory, null);
        return made == 0 ? null : new GstElement(new GstHandle(Native.gst_object_ref_sink(made)));
    }

    /// <summary>Puts an error of this element on the bus, as it does itself when its device fails.</summary>
    /// <param name="reason">The system's own words.</param>
    public void PostError(string text, string reason)
    {
        const int ErrorMessage = 2, ResourceRead = 9;
        // both texts are GStreamer's to free
        Native.gst_element_message_full(Handle, ErrorMessage, Native.gst_resource_error_quark(), ResourceRead, Native.g_strdup(text), Native.g_strdup(reason), "", "", 0);
    }

    public bool HasProperty(string name) => FindProperty(name) != null;

    /// <summary>Sets a property from its text, as gst-launch does; but an unknown name, a text that is no value of its type and a value out of range are errors instead of being ignored.</summary>
    /// <exception cref="GstException">The element does not have the property or refuses the value.</exception>
    public void Set(string name, string value)
    {
        GParamSpec* property = FindProperty(name);
        if (property == null || (property->Flags & GParamSpec.Writable) == 0)
            throw new GstException($"{Name} has no property '{name}' that can be set.");
        GValue parsed = default;
        Native.g_value_init(&parsed, property->ValueType);
        try
        {
            if (Native.g_type_fundamental(property->ValueType) == (nuint)GFundamental.String)
                Native.g_value_set_string(&parsed, value);
            else if (Native.gst_value_deserialize(&parsed, value) == 0)
                throw new GstException($"{Name}: '{value}' is not a value of the property '{name}'.");
            // true means that the value had to be changed to fit
            if (Native.g_param_value_validate(property, &parsed) != 0)
                throw new GstException($"{Name}: '{value}' is out of the range of the property '{name}'.");
            Native.g_object_set_property(Handle, name, &parsed);
        }
        finally
        {
            Native.g_value_unset(&parsed);
        }
    }

    public int GetInt(string name) => checked((int)GetInteger(name));

    public ulong GetUInt64(string name) => unchecked((ulong)GetInteger(name));

    public bool GetBoolean(string name) => GetInteger(name) != 0;

    /// <summary>The property as gst-launch would write it (enums by their nick); null for a null string.</summary>
    public string? GetString(string name)
    {
        GValue value = Read(name);
        try
        {
            return Native.g_type_fundamental(value.Type) == (nuint)GFundamental.String
                ? NativeText.Borrow(Native.g_value_get_string(&value))
                : NativeText.Take(Native.gst_value_serialize(&value));
        }
        finally
        {
            Native.g_value_unset(&value);
        }
    }

    public GstPad StaticPad(string name)
    {
        nint pad = Native.gst_element_get_static_pad(Handle, name);
        return pad == 0 ? throw new GstException($"{Name} has no pad '{name}'.") : new GstPad(new GstHandle(pad));
    }

    public bool SendEos() => Native.gst_element_send_event(Handle, Native.gst_event_new_eos()) != 0;

    /// <summary>
    /// Asks the encoder in front of this element for a key frame at the first picture whose running time (ns) is not before <paramref name="runningTime"/>. To be sent when that picture enters the
    /// encoder: one that has seen no picture yet forgets it when it opens, and one that shifts its time stamps takes it for the next picture whatever the time.
    /// </summary>
    public bool RequestKeyFrame(long runningTime)
    {
        nint request = Native.gst_structure_from_string($"GstForceKeyUnit, running-time=(guint64){runningTime}, all-headers=(boolean)false, count=(uint)0;", 0);
        return request != 0 && Native.gst_element_send_event(Handle, Native.gst_event_new_custom(CustomUpstream, request)) != 0;
    }

    /// <summary>Adds tags to what a muxer writes: GStreamer's names with their values, texts all of them. False when the element takes no tags.</summary>
    public bool SetTags(IEnumerable<KeyValuePair<string, string>> tags)
    {
        if (!IsA(Native.gst_tag_setter_get_type()))
            return false;
        nint list = Native.gst_tag_list_new_from_string("taglist" + string.Concat(tags.Select(tag => $", {tag.Key}=(string){NativeText.Quoted(tag.Value)}")) + ";");
        if (list == 0)
            return false;
        const int Replace = 2;
        Native.gst_tag_setter_merge_tags(Handle, list, Replace);
        Native.gst_mini_object_unref(list);
        return true;
    }

    /// <summary>READY opens the device, for elements that have one. The element is left in NULL.</summary>
    public bool ReachesReady()
    {
        bool reached = Native.gst_element_set_state(Handle, (int)GstState.Ready) != 0;
        Native.gst_element_set_state(Handle, (int)GstState.Null);
        return reached;
    }

    public void Dispose() => Handle.Dispose();

    internal bool IsA(nuint type) => Native.g_type_check_instance_is_a(Handle.Pointer, type) != 0;

    private long GetInteger(string name)
    {
        GValue value = Read(name);
        var fundamental = (GFundamental)Native.g_type_fundamental(value.Type);
        long data = value.Data0;
        Native.g_value_unset(&value);
        return fundamental switch
        {
            GFundamental.Boolean or GFundamental.Int or GFundamental.Enum => (int)data,
            GFundamental.UInt or GFundamental.Flags => (uint)data,
            GFundamental.Long or GFundamental.ULong or GFundamental.Int64 or GFundamental.UInt64 => data,
            _ => throw new GstException($"{Name}: the property '{name}' is not a whole number."),
        };
    }

    private GValue Read(string name)
    {
        GParamSpec* property = FindProperty(name);
        if (property == null || (property->Flags & GParamSpec.Readable) == 0)
            throw new GstException($"{Name} has no property '{name}' that can be read.");
        GValue value = default;
        Native.g_value_init(&value, property->ValueType);
        Native.g_object_get_property(Handle, name, &value);
        return value;
    }

    // the first field of every GObject is its class
    private GParamSpec* FindProperty(string name) => Native.g_object_class_find_property(*(nint*)Handle.Pointer, name);
}
