/* Stand-ins for the elements of NVIDIA's Jetson, under their names, with their caps, properties and units, so that the launch lines
 * for a Jetson can be built, negotiated and run on any machine. "NVMM" memory is system memory with NVIDIA's caps feature and the
 * flag that forbids sharing; what differs on the real thing is marked in docs/cameras.md as to be checked on a device.
 *
 *   nvarguscamerasrc   a live camera with a frame clock of its own; PTS is the arrival, start of frame is in the buffer's qdata
 *   nvvidconv          converts, scales and moves pictures between system and NVMM memory
 *   nvv4l2h265enc      takes NVMM pictures only; bitrate in bit/s. RECORD_SYNC_STAND_IN_NVENC=absent makes it fail to open,
 *                      as on a Jetson Orin Nano, which has the element and no encoder
 *
 * RECORD_SYNC_STAND_IN_JETPACK=5 gives them the older set of properties (GStreamer 1.16), 6 the newer one (1.20), which is what they have
 * without it. A property that is not in the set does not exist, as on the real thing, and a launch line that sets it is refused. */

#define PACKAGE "record-syncd"
#include <errno.h>
#include <gst/base/gstbasetransform.h>
#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NVMM "memory:NVMM"
#define NVMM_CAPS(formats) "video/x-raw(" NVMM "), format=(string)" formats ", width=[1,2147483647], height=[1,2147483647], framerate=[0/1,2147483647/1]"
#define SYSTEM_CAPS "video/x-raw, width=[1,2147483647], height=[1,2147483647], framerate=[0/1,2147483647/1]"

/* ------------------------------------------------------------------ properties: kept, and read back as they were set */

#define MOST_PROPERTIES 32

typedef struct {
    guint count;
    GParamSpec *specs[MOST_PROPERTIES]; /* at their ids, which count from 1 */
} PropertySet;

static void declare(GObjectClass *klass, PropertySet *set, GParamSpec *spec) {
    set->specs[++set->count] = spec;
    g_object_class_install_property(klass, set->count, spec);
}

static void defaults(const PropertySet *set, GValue *values) {
    for (guint id = 1; id <= set->count; id++) {
        g_value_init(&values[id], G_PARAM_SPEC_VALUE_TYPE(set->specs[id]));
        g_param_value_set_default(set->specs[id], &values[id]);
    }
}

static void forget(const PropertySet *set, GValue *values) {
    for (guint id = 1; id <= set->count; id++)
        g_value_unset(&values[id]);
}

static const GValue *value_of(const PropertySet *set, const GValue *values, const gchar *name) {
    for (guint id = 1; id <= set->count; id++)
        if (g_strcmp0(set->specs[id]->name, name) == 0)
            return &values[id];
    g_error("this stand-in has no %s", name);
}

static gboolean is_old(void) { return g_strcmp0(getenv("RECORD_SYNC_STAND_IN_JETPACK"), "5") == 0; }

static GType enum_type(const gchar *name, const GEnumValue *values) {
    GType known = g_type_from_name(name);
    return known != 0 ? known : g_enum_register_static(name, values);
}

/* Everything that is told about a property goes into its blurb. */
#define RW (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)
#define INT(name, what, low, high, usual) g_param_spec_int(name, name, what, low, high, usual, RW)
#define UINT(name, what, low, high, usual) g_param_spec_uint(name, name, what, low, high, usual, RW)
#define UINT64(name, what, low, high, usual) g_param_spec_uint64(name, name, what, low, high, usual, RW)
#define FLOAT(name, what, low, high, usual) g_param_spec_float(name, name, what, low, high, usual, RW)
#define BOOL(name, what, usual) g_param_spec_boolean(name, name, what, usual, RW)
#define TEXT(name, what) g_param_spec_string(name, name, what, NULL, RW)
#define ENUM(name, what, type, usual) g_param_spec_enum(name, name, what, type, usual, RW)

/* ------------------------------------------------------------------ nvarguscamerasrc */

#define ARRIVAL_DELAY_NS (7 * GST_MSECOND)

typedef struct {
    gint64 frame_num;
    gint64 timestamp; /* start of frame, CLOCK_MONOTONIC, ns */
} AuxiliaryData;

typedef struct {
    GstPushSrc parent;
    GValue values[MOST_PROPERTIES];
    GstVideoInfo info;
    gint64 frame, first_ns;
} ArgusSrc;

static PropertySet argus_set;

typedef GstPushSrcClass ArgusSrcClass;
static GType argus_src_get_type(void);
G_DEFINE_TYPE(ArgusSrc, argus_src, GST_TYPE_PUSH_SRC)

static GstStaticPadTemplate argus_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(NVMM_CAPS("NV12")));

static gint64 monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * GST_SECOND + now.tv_nsec;
}

static void argus_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) { g_value_copy(value, &((ArgusSrc *)object)->values[id]); }

static void argus_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) { g_value_copy(&((ArgusSrc *)object)->values[id], value); }

static void argus_finalize(GObject *object) {
    forget(&argus_set, ((ArgusSrc *)object)->values);
    G_OBJECT_CLASS(argus_src_parent_class)->finalize(object);
}

static gboolean argus_start(GstBaseSrc *source) {
    ArgusSrc *self = (ArgusSrc *)source;
    self->frame = 0;
    self->first_ns = 0;
    gint sensor = g_value_get_int(value_of(&argus_set, self->values, "sensor-id"));
    if (sensor < 2) /* two cameras are plugged in */
        return TRUE;
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("No cameras available"), ("sensor-id=%d", sensor));
    return FALSE;
}

static GstCaps *argus_fixate(GstBaseSrc *source, GstCaps *caps) {
    caps = gst_caps_make_writable(caps);
    GstStructure *first = gst_caps_get_structure(caps, 0);
    gst_structure_fixate_field_nearest_int(first, "width", 1920);
    gst_structure_fixate_field_nearest_int(first, "height", 1080);
    gst_structure_fixate_field_nearest_fraction(first, "framerate", 30, 1);
    return GST_BASE_SRC_CLASS(argus_src_parent_class)->fixate(source, caps);
}

static gboolean argus_set_caps(GstBaseSrc *source, GstCaps *caps) { return gst_video_info_from_caps(&((ArgusSrc *)source)->info, caps); }

/* The sensor's phase has nothing to do with the pipeline's clock: frames are counted from when the first was asked for. */
static GstFlowReturn argus_create(GstPushSrc *source, GstBuffer **out) {
    ArgusSrc *self = (ArgusSrc *)source;
    GstVideoInfo *info = &self->info;
    if (self->first_ns == 0)
        self->first_ns = monotonic_ns() + 3 * GST_MSECOND;
    gint64 start = self->first_ns + gst_util_uint64_scale(self->frame, GST_SECOND * GST_VIDEO_INFO_FPS_D(info), GST_VIDEO_INFO_FPS_N(info));
    gint64 arrival = start + ARRIVAL_DELAY_NS;
    struct timespec wake = {arrival / GST_SECOND, arrival % GST_SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL) == EINTR)
        ;

    GstAllocationParams params;
    gst_allocation_params_init(&params);
    params.flags = GST_MEMORY_FLAG_NO_SHARE;
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, GST_VIDEO_INFO_SIZE(info), &params);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_WRITE);
    memset(map.data, 16 + (self->frame * 5) % 200, map.size);
    gst_buffer_unmap(buffer, &map);

    AuxiliaryData *meta = g_new0(AuxiliaryData, 1);
    meta->frame_num = self->frame;
    meta->timestamp = start;
    gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(buffer), g_quark_from_static_string("GstBufferMetaData"), meta, g_free);
    GST_BUFFER_OFFSET(buffer) = self->frame++;
    *out = buffer;
    return GST_FLOW_OK;
}

static void argus_src_class_init(ArgusSrcClass *klass) {
    GObjectClass *object = G_OBJECT_CLASS(klass);
    GstBaseSrcClass *base = GST_BASE_SRC_CLASS(klass);
    static const GEnumValue balances[] = {{0, "GST_NVCAM_WB_MODE_OFF", "off"}, {1, "GST_NVCAM_WB_MODE_AUTO", "auto"}, {2, "GST_NVCAM_WB_MODE_INCANDESCENT", "incandescent"}, {5, "GST_NVCAM_WB_MODE_DAYLIGHT", "daylight"}, {9, "GST_NVCAM_WB_MODE_MANUAL", "manual"}, {0, NULL, NULL}};
    static const GEnumValue modes[] = {{0, "OFF", "off"}, {1, "FAST", "fast"}, {2, "HIGH_QUALITY", "high-quality"}, {0, NULL, NULL}};
    static const GEnumValue flicker[] = {{0, "OFF", "off"}, {1, "AUTO", "auto"}, {2, "50HZ", "50hz"}, {3, "60HZ", "60hz"}, {0, NULL, NULL}};
    PropertySet *set = &argus_set;
    object->set_property = argus_set_property;
    object->get_property = argus_get_property;
    object->finalize = argus_finalize;
    declare(object, set, INT("sensor-id", "Camera", 0, 255, 0));
    declare(object, set, INT("sensor-mode", "Sensor mode, -1: by the caps", -1, 255, -1));
    declare(object, set, g_param_spec_int("total-sensor-modes", "total-sensor-modes", "How many there are", 0, 255, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    declare(object, set, UINT("timeout", "Seconds to run, 0: for ever", 0, G_MAXINT, 0));
    declare(object, set, BOOL("silent", "Say nothing", TRUE));
    declare(object, set, ENUM("wbmode", "White balance", enum_type("StandInWhiteBalance", balances), 1));
    declare(object, set, ENUM("tnr-mode", "Temporal noise reduction", enum_type("StandInCameraMode", modes), 1));
    declare(object, set, ENUM("ee-mode", "Edge enhancement", enum_type("StandInCameraMode", modes), 1));
    declare(object, set, ENUM("aeantibanding", "Against flicker", enum_type("StandInFlicker", flicker), 1));
    declare(object, set, FLOAT("tnr-strength", "-1: usual", -1, 1, -1));
    declare(object, set, FLOAT("ee-strength", "-1: usual", -1, 1, -1));
    declare(object, set, FLOAT("saturation", "Saturation", 0, 2, 1));
    declare(object, set, FLOAT("exposurecompensation", "Exposure", -2, 2, 0));
    declare(object, set, BOOL("aelock", "Exposure lock", FALSE));
    declare(object, set, BOOL("awblock", "White balance lock", FALSE));
    declare(object, set, TEXT("exposuretimerange", "\"min max\" in ns"));
    declare(object, set, TEXT("gainrange", "\"min max\""));
    declare(object, set, TEXT("ispdigitalgainrange", "\"min max\""));
    if (is_old()) {
        declare(object, set, BOOL("bufapi-version", "New buffer API", FALSE));
    } else {
        declare(object, set, TEXT("aeregion", "\"left top right bottom weight\""));
        declare(object, set, UINT64("event-wait", "ns", 3000000000, G_MAXUINT64, 3000000000));
        declare(object, set, UINT64("acquire-wait", "ns", 5000000000, G_MAXUINT64, 5000000000));
    }
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Stand-in for nvarguscamerasrc", "Video/Capture", "Test camera in NVMM memory", "record-syncd");
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &argus_template);
    base->start = argus_start;
    base->fixate = argus_fixate;
    base->set_caps = argus_set_caps;
    GST_PUSH_SRC_CLASS(klass)->create = argus_create;
}

static void argus_src_init(ArgusSrc *self) {
    defaults(&argus_set, self->values);
    gst_base_src_set_live(GST_BASE_SRC(self), TRUE);
    gst_base_src_set_format(GST_BASE_SRC(self), GST_FORMAT_TIME);
    gst_base_src_set_do_timestamp(GST_BASE_SRC(self), TRUE);
}

/* ------------------------------------------------------------------ relabel: the same memory under other caps */

typedef GstBaseTransform Relabel;
typedef GstBaseTransformClass RelabelClass;
static GType relabel_get_type(void);
G_DEFINE_TYPE(Relabel, relabel, GST_TYPE_BASE_TRANSFORM)

static GstStaticPadTemplate relabel_sink = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));
static GstStaticPadTemplate relabel_src = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));

static GstCaps *with_feature(GstCaps *caps, const gchar *feature) {
    GstCaps *copy = gst_caps_copy(caps);
    for (guint i = 0; i < gst_caps_get_size(copy); i++)
        gst_caps_set_features(copy, i, feature ? gst_caps_features_new(feature, NULL) : NULL);
    return copy;
}

/* The same pictures in either memory; what is on a side in the end is decided by its neighbours and the capsfilters of the bins. */
static GstCaps *relabel_transform_caps(GstBaseTransform *transform, GstPadDirection direction, GstCaps *caps, GstCaps *filter) {
    GstCaps *both = gst_caps_merge(with_feature(caps, NULL), with_feature(caps, NVMM));
    if (filter == NULL)
        return both;
    GstCaps *filtered = gst_caps_intersect_full(filter, both, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref(both);
    return filtered;
}

/* Pools of the neighbour would be asked for memory under caps that it does not know. */
static gboolean relabel_query(GstBaseTransform *transform, GstPadDirection direction, GstQuery *query) {
    if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION)
        return FALSE;
    return GST_BASE_TRANSFORM_CLASS(relabel_parent_class)->query(transform, direction, query);
}

static void relabel_class_init(RelabelClass *klass) {
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Relabel", "Generic", "Changes the memory feature of video caps", "record-syncd");
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &relabel_sink);
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &relabel_src);
    klass->transform_caps = relabel_transform_caps;
    klass->query = relabel_query;
}

static void relabel_init(Relabel *self) { gst_base_transform_set_passthrough(self, TRUE); }

static GstElement *add(GstElement *bin, GstElement *element) {
    gst_bin_add(GST_BIN(bin), element);
    return element;
}

static GstElement *add_made(GstElement *bin, const gchar *factory) {
    GstElement *element = gst_element_factory_make(factory, NULL);
    if (element == NULL)
        g_error("the stand-in elements need %s", factory);
    return add(bin, element);
}

static GstElement *add_filter(GstElement *bin, const gchar *caps_text) {
    GstElement *filter = add_made(bin, "capsfilter");
    GstCaps *caps = gst_caps_from_string(caps_text);
    g_object_set(filter, "caps", caps, NULL);
    gst_caps_unref(caps);
    return filter;
}

static void ghost(GstElement *bin, GstElement *inner, const gchar *name, GstStaticPadTemplate *template) {
    GstPad *target = gst_element_get_static_pad(inner, name);
    GstPadTemplate *made = gst_static_pad_template_get(template);
    gst_element_add_pad(bin, gst_ghost_pad_new_from_template(name, target, made));
    gst_object_unref(made);
    gst_object_unref(target);
}

/* ------------------------------------------------------------------ nvvidconv */

typedef struct {
    GstBin parent;
    GValue values[MOST_PROPERTIES];
} VidConv;

static PropertySet vid_conv_set;

typedef GstBinClass VidConvClass;
static GType vid_conv_get_type(void);
G_DEFINE_TYPE(VidConv, vid_conv, GST_TYPE_BIN)

#define VID_CONV_CAPS NVMM_CAPS("{ I420, NV12, P010_10LE, NV24, UYVY, YUY2, GRAY8, BGRx, RGBA }") "; " SYSTEM_CAPS ", format=(string){ I420, NV12, UYVY, YUY2, GRAY8, BGRx, RGBA }"
static GstStaticPadTemplate vid_conv_sink = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(VID_CONV_CAPS));
static GstStaticPadTemplate vid_conv_src = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(VID_CONV_CAPS));

static void vid_conv_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) { g_value_copy(value, &((VidConv *)object)->values[id]); }

static void vid_conv_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) { g_value_copy(&((VidConv *)object)->values[id], value); }

static void vid_conv_finalize(GObject *object) {
    forget(&vid_conv_set, ((VidConv *)object)->values);
    G_OBJECT_CLASS(vid_conv_parent_class)->finalize(object);
}

static void vid_conv_class_init(VidConvClass *klass) {
    GObjectClass *object = G_OBJECT_CLASS(klass);
    object->set_property = vid_conv_set_property;
    object->get_property = vid_conv_get_property;
    object->finalize = vid_conv_finalize;
    declare(object, &vid_conv_set, INT("flip-method", "Rotation", 0, 7, 0));
    declare(object, &vid_conv_set, INT("interpolation-method", "Scaling", 0, 6, 0));
    declare(object, &vid_conv_set, BOOL("bl-output", "Block-linear output", TRUE));
    if (is_old())
        declare(object, &vid_conv_set, BOOL("bufapi-version", "New buffer API", FALSE));
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Stand-in for nvvidconv", "Filter/Converter/Video/Scaler", "Converts between system and NVMM memory", "record-syncd");
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &vid_conv_sink);
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &vid_conv_src);
}

static void vid_conv_init(VidConv *self) {
    GstElement *bin = GST_ELEMENT(self);
    defaults(&vid_conv_set, self->values);
    GstElement *in = add(bin, g_object_new(relabel_get_type(), NULL));
    GstElement *system_in = add_filter(bin, "video/x-raw");
    GstElement *convert = add_made(bin, "videoconvert");
    GstElement *scale = add_made(bin, "videoscale");
    GstElement *system_out = add_filter(bin, "video/x-raw");
    GstElement *out = add(bin, g_object_new(relabel_get_type(), NULL));
    gst_element_link_many(in, system_in, convert, scale, system_out, out, NULL);
    ghost(bin, in, "sink", &vid_conv_sink);
    ghost(bin, out, "src", &vid_conv_src);
}

/* ------------------------------------------------------------------ nvv4l2h265enc */

typedef struct {
    GstBin parent;
    GstElement *encoder;
    GValue values[MOST_PROPERTIES];
} Enc;

static PropertySet enc_set;

typedef GstBinClass EncClass;
static GType enc_get_type(void);
G_DEFINE_TYPE(Enc, enc, GST_TYPE_BIN)

static GstStaticPadTemplate enc_sink = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(NVMM_CAPS("{ I420, NV12, P010_10LE, NV24 }")));
static GstStaticPadTemplate enc_src = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-h265, stream-format=(string)byte-stream, alignment=(string)au"));

static guint number(Enc *self, const gchar *name) { return g_value_get_uint(value_of(&enc_set, self->values, name)); }

static void enc_apply(Enc *self) {
    guint distance = MAX(1, MIN(number(self, "iframeinterval"), number(self, "idrinterval")));
    gboolean headers = g_value_get_boolean(value_of(&enc_set, self->values, "insert-sps-pps"));
    g_object_set(self->encoder, "bitrate", CLAMP(number(self, "bitrate") / 1000, 1, 102400), "key-int-max", (gint)distance, "option-string",
                 headers ? "scenecut=0:open-gop=0:repeat-headers=1" : "scenecut=0:open-gop=0", NULL);
}

static void enc_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
    g_value_copy(value, &((Enc *)object)->values[id]);
    enc_apply((Enc *)object);
}

static void enc_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
    if (g_strcmp0(spec->name, "device") == 0)
        g_value_set_static_string(value, "/dev/nvhost-msenc");
    else
        g_value_copy(&((Enc *)object)->values[id], value);
}

static void enc_finalize(GObject *object) {
    forget(&enc_set, ((Enc *)object)->values);
    G_OBJECT_CLASS(enc_parent_class)->finalize(object);
}

static GstStateChangeReturn enc_change_state(GstElement *element, GstStateChange change) {
    if (change == GST_STATE_CHANGE_NULL_TO_READY && g_strcmp0(getenv("RECORD_SYNC_STAND_IN_NVENC"), "absent") == 0) {
        GST_ELEMENT_ERROR(element, RESOURCE, NOT_FOUND, ("Cannot identify device '/dev/nvhost-msenc'."), (NULL));
        return GST_STATE_CHANGE_FAILURE;
    }
    return GST_ELEMENT_CLASS(enc_parent_class)->change_state(element, change);
}

static void enc_class_init(EncClass *klass) {
    static const GEnumValue rates[] = {{0, "GST_V4L2_VIDENC_VARIABLE_BITRATE", "variable_bitrate"}, {1, "GST_V4L2_VIDENC_CONSTANT_BITRATE", "constant_bitrate"}, {0, NULL, NULL}};
    static const GEnumValue presets[] = {{0, "Disable HW-Preset", "DisablePreset"}, {1, "UltraFastPreset for high perf", "UltraFastPreset"}, {2, "FastPreset", "FastPreset"}, {3, "MediumPreset", "MediumPreset"}, {4, "SlowPreset", "SlowPreset"}, {0, NULL, NULL}};
    static const GEnumValue profiles[] = {{0, "GST_V4L2_H265_VIDENC_MAIN_PROFILE", "Main"}, {1, "GST_V4L2_H265_VIDENC_MAIN10_PROFILE", "Main10"}, {0, NULL, NULL}};
    GObjectClass *object = G_OBJECT_CLASS(klass);
    PropertySet *set = &enc_set;
    object->set_property = enc_set_property;
    object->get_property = enc_get_property;
    object->finalize = enc_finalize;
    declare(object, set, UINT("bitrate", "bit/s", 0, G_MAXUINT, 4000000));
    declare(object, set, UINT("peak-bitrate", "bit/s", 0, G_MAXUINT, 0));
    declare(object, set, UINT("iframeinterval", "frames", 0, G_MAXUINT, 30));
    declare(object, set, UINT("idrinterval", "frames", 0, G_MAXUINT, 256));
    declare(object, set, UINT("num-B-Frames", "B frames", 0, 2, 0));
    declare(object, set, UINT("vbv-size", "bits", 0, G_MAXUINT, 4000000));
    declare(object, set, UINT("SliceIntraRefreshInterval", "frames", 0, G_MAXUINT, 0));
    declare(object, set, UINT64("slice-header-spacing", "macroblocks or bits", 0, G_MAXUINT64, 0));
    declare(object, set, ENUM("control-rate", "Rate control", enum_type("StandInRateControl", rates), 1));
    declare(object, set, ENUM("preset-level", "Preset", enum_type("StandInPreset", presets), 1));
    declare(object, set, ENUM("profile", "Profile", enum_type("StandInProfile", profiles), 0));
    declare(object, set, BOOL("insert-sps-pps", "At every IDR", FALSE));
    declare(object, set, BOOL("insert-vui", "VUI", FALSE));
    declare(object, set, BOOL("insert-aud", "AUD", FALSE));
    declare(object, set, BOOL("bit-packetization", "Slices of so many bits", FALSE));
    declare(object, set, BOOL("maxperf-enable", "Maximum clocks", FALSE));
    declare(object, set, BOOL("ratecontrol-enable", "Rate control", TRUE));
    declare(object, set, BOOL("EnableTwopassCBR", "Two passes", FALSE));
    declare(object, set, BOOL("EnableMVBufferMeta", "Motion vectors", FALSE));
    declare(object, set, BOOL("MeasureEncoderLatency", "Tells the latency", FALSE));
    declare(object, set, TEXT("qp-range", "\"P:I:B\", each min,max"));
    declare(object, set, g_param_spec_string("device", "device", "Device node", NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    if (is_old()) {
        declare(object, set, BOOL("bufapi-version", "New buffer API", FALSE));
    } else {
        declare(object, set, UINT("num-Ref-Frames", "Reference frames", 0, 8, 1));
        declare(object, set, BOOL("enable-lossless", "Lossless", FALSE));
    }
    GST_ELEMENT_CLASS(klass)->change_state = enc_change_state;
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Stand-in for nvv4l2h265enc", "Codec/Encoder/Video", "H.265 from NVMM memory", "record-syncd");
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &enc_sink);
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &enc_src);
}

static void enc_init(Enc *self) {
    GstElement *bin = GST_ELEMENT(self);
    defaults(&enc_set, self->values);
    GstElement *nvmm = add_filter(bin, "video/x-raw(" NVMM ")");
    GstElement *in = add(bin, g_object_new(relabel_get_type(), NULL));
    GstElement *system = add_filter(bin, "video/x-raw");
    GstElement *convert = add_made(bin, "videoconvert");
    GstElement *encoder_input = add_filter(bin, "video/x-raw, format=I420");
    self->encoder = add_made(bin, "x265enc");
    gst_util_set_object_arg(G_OBJECT(self->encoder), "speed-preset", "ultrafast");
    gst_util_set_object_arg(G_OBJECT(self->encoder), "tune", "zerolatency");
    gst_util_set_object_arg(G_OBJECT(self->encoder), "log-level", "none");
    gst_element_link_many(nvmm, in, system, convert, encoder_input, self->encoder, NULL);
    ghost(bin, nvmm, "sink", &enc_sink);
    ghost(bin, self->encoder, "src", &enc_src);
    enc_apply(self);
}

static gboolean plugin_init(GstPlugin *plugin) {
    return gst_element_register(plugin, "nvarguscamerasrc", GST_RANK_NONE, argus_src_get_type()) &&
           gst_element_register(plugin, "nvvidconv", GST_RANK_NONE, vid_conv_get_type()) &&
           gst_element_register(plugin, "nvv4l2h265enc", GST_RANK_NONE, enc_get_type());
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, recordsyncstandin, "Stand-ins for Jetson elements", plugin_init, "2.0.0", "MIT/X11", "record-syncd", "https://example.invalid/record-syncd")
