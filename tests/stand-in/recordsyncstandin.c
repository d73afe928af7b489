/* Stand-ins for the elements of NVIDIA's Jetson, under their names, with their caps, properties and units, so that the launch lines
 * for a Jetson can be built, negotiated and run on any machine. "NVMM" memory is system memory with NVIDIA's caps feature and the
 * flag that forbids sharing; what differs on the real thing is marked in docs/recording.md as to be checked on a device.
 *
 *   nvarguscamerasrc   a live camera with a frame clock of its own; PTS is the arrival, start of frame is in the buffer's qdata
 *   nvvidconv          converts, scales and moves pictures between system and NVMM memory
 *   nvv4l2h265enc      takes NVMM pictures only; bitrate in bit/s. RECORD_SYNC_STAND_IN_NVENC=absent makes it fail to open,
 *                      as on a Jetson Orin Nano, which has the element and no encoder */

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

/* ------------------------------------------------------------------ nvarguscamerasrc */

#define ARRIVAL_DELAY_NS (7 * GST_MSECOND)

typedef struct {
    gint64 frame_num;
    gint64 timestamp; /* start of frame, CLOCK_MONOTONIC, ns */
} AuxiliaryData;

typedef struct {
    GstPushSrc parent;
    gint sensor_id, sensor_mode, wbmode, tnr_mode, ee_mode, aeantibanding, timeout;
    gfloat saturation, exposure_compensation;
    gboolean aelock, awblock, bufapi_version;
    gchar *exposure_time_range, *gain_range;
    GstVideoInfo info;
    gint64 frame, first_ns;
} ArgusSrc;

typedef GstPushSrcClass ArgusSrcClass;
static GType argus_src_get_type(void);
G_DEFINE_TYPE(ArgusSrc, argus_src, GST_TYPE_PUSH_SRC)

enum { A_0, A_SENSOR_ID, A_SENSOR_MODE, A_WBMODE, A_TNR, A_EE, A_ANTIBANDING, A_TIMEOUT, A_SATURATION, A_COMPENSATION, A_AELOCK, A_AWBLOCK, A_BUFAPI, A_EXPOSURE, A_GAIN };

static GstStaticPadTemplate argus_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(NVMM_CAPS("NV12")));

static gint64 monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * GST_SECOND + now.tv_nsec;
}

static void argus_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
    ArgusSrc *self = (ArgusSrc *)object;
    switch (id) {
    case A_SENSOR_ID: self->sensor_id = g_value_get_int(value); break;
    case A_SENSOR_MODE: self->sensor_mode = g_value_get_int(value); break;
    case A_WBMODE: self->wbmode = g_value_get_int(value); break;
    case A_TNR: self->tnr_mode = g_value_get_int(value); break;
    case A_EE: self->ee_mode = g_value_get_int(value); break;
    case A_ANTIBANDING: self->aeantibanding = g_value_get_int(value); break;
    case A_TIMEOUT: self->timeout = g_value_get_int(value); break;
    case A_SATURATION: self->saturation = g_value_get_float(value); break;
    case A_COMPENSATION: self->exposure_compensation = g_value_get_float(value); break;
    case A_AELOCK: self->aelock = g_value_get_boolean(value); break;
    case A_AWBLOCK: self->awblock = g_value_get_boolean(value); break;
    case A_BUFAPI: self->bufapi_version = g_value_get_boolean(value); break;
    case A_EXPOSURE: g_free(self->exposure_time_range); self->exposure_time_range = g_value_dup_string(value); break;
    case A_GAIN: g_free(self->gain_range); self->gain_range = g_value_dup_string(value); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void argus_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
    ArgusSrc *self = (ArgusSrc *)object;
    switch (id) {
    case A_SENSOR_ID: g_value_set_int(value, self->sensor_id); break;
    case A_SENSOR_MODE: g_value_set_int(value, self->sensor_mode); break;
    case A_WBMODE: g_value_set_int(value, self->wbmode); break;
    case A_TNR: g_value_set_int(value, self->tnr_mode); break;
    case A_EE: g_value_set_int(value, self->ee_mode); break;
    case A_ANTIBANDING: g_value_set_int(value, self->aeantibanding); break;
    case A_TIMEOUT: g_value_set_int(value, self->timeout); break;
    case A_SATURATION: g_value_set_float(value, self->saturation); break;
    case A_COMPENSATION: g_value_set_float(value, self->exposure_compensation); break;
    case A_AELOCK: g_value_set_boolean(value, self->aelock); break;
    case A_AWBLOCK: g_value_set_boolean(value, self->awblock); break;
    case A_BUFAPI: g_value_set_boolean(value, self->bufapi_version); break;
    case A_EXPOSURE: g_value_set_string(value, self->exposure_time_range); break;
    case A_GAIN: g_value_set_string(value, self->gain_range); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void argus_finalize(GObject *object) {
    ArgusSrc *self = (ArgusSrc *)object;
    g_free(self->exposure_time_range);
    g_free(self->gain_range);
    G_OBJECT_CLASS(argus_src_parent_class)->finalize(object);
}

static gboolean argus_start(GstBaseSrc *source) {
    ArgusSrc *self = (ArgusSrc *)source;
    self->frame = 0;
    self->first_ns = 0;
    if (self->sensor_id < 2) /* two cameras are plugged in */
        return TRUE;
    GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("No cameras available"), ("sensor-id=%d", self->sensor_id));
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
    GParamFlags rw = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    object->set_property = argus_set_property;
    object->get_property = argus_get_property;
    object->finalize = argus_finalize;
    g_object_class_install_property(object, A_SENSOR_ID, g_param_spec_int("sensor-id", "sensor-id", "Camera", 0, 255, 0, rw));
    g_object_class_install_property(object, A_SENSOR_MODE, g_param_spec_int("sensor-mode", "sensor-mode", "Sensor mode, -1: by the caps", -1, 255, -1, rw));
    g_object_class_install_property(object, A_WBMODE, g_param_spec_int("wbmode", "wbmode", "White balance", 0, 9, 1, rw));
    g_object_class_install_property(object, A_TNR, g_param_spec_int("tnr-mode", "tnr-mode", "Temporal noise reduction", 0, 2, 1, rw));
    g_object_class_install_property(object, A_EE, g_param_spec_int("ee-mode", "ee-mode", "Edge enhancement", 0, 2, 1, rw));
    g_object_class_install_property(object, A_ANTIBANDING, g_param_spec_int("aeantibanding", "aeantibanding", "Anti-banding", 0, 3, 1, rw));
    g_object_class_install_property(object, A_TIMEOUT, g_param_spec_int("timeout", "timeout", "Seconds to run, 0: for ever", 0, G_MAXINT, 0, rw));
    g_object_class_install_property(object, A_SATURATION, g_param_spec_float("saturation", "saturation", "Saturation", 0, 2, 1, rw));
    g_object_class_install_property(object, A_COMPENSATION, g_param_spec_float("exposurecompensation", "exposurecompensation", "Exposure", -2, 2, 0, rw));
    g_object_class_install_property(object, A_AELOCK, g_param_spec_boolean("aelock", "aelock", "Exposure lock", FALSE, rw));
    g_object_class_install_property(object, A_AWBLOCK, g_param_spec_boolean("awblock", "awblock", "White balance lock", FALSE, rw));
    g_object_class_install_property(object, A_BUFAPI, g_param_spec_boolean("bufapi-version", "bufapi-version", "New buffer API", FALSE, rw));
    g_object_class_install_property(object, A_EXPOSURE, g_param_spec_string("exposuretimerange", "exposuretimerange", "\"min max\" in ns", NULL, rw));
    g_object_class_install_property(object, A_GAIN, g_param_spec_string("gainrange", "gainrange", "\"min max\"", NULL, rw));
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Stand-in for nvarguscamerasrc", "Video/Capture", "Test camera in NVMM memory", "record-syncd");
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &argus_template);
    base->start = argus_start;
    base->fixate = argus_fixate;
    base->set_caps = argus_set_caps;
    GST_PUSH_SRC_CLASS(klass)->create = argus_create;
}

static void argus_src_init(ArgusSrc *self) {
    self->sensor_mode = -1;
    self->wbmode = self->tnr_mode = self->ee_mode = self->aeantibanding = 1;
    self->saturation = 1;
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
    gint flip_method, interpolation_method;
    gboolean bl_output;
} VidConv;

typedef GstBinClass VidConvClass;
static GType vid_conv_get_type(void);
G_DEFINE_TYPE(VidConv, vid_conv, GST_TYPE_BIN)

#define VID_CONV_CAPS NVMM_CAPS("{ I420, NV12, P010_10LE, NV24, UYVY, YUY2, GRAY8, BGRx, RGBA }") "; " SYSTEM_CAPS ", format=(string){ I420, NV12, UYVY, YUY2, GRAY8, BGRx, RGBA }"
static GstStaticPadTemplate vid_conv_sink = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(VID_CONV_CAPS));
static GstStaticPadTemplate vid_conv_src = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(VID_CONV_CAPS));

static void vid_conv_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
    VidConv *self = (VidConv *)object;
    switch (id) {
    case 1: self->flip_method = g_value_get_int(value); break;
    case 2: self->interpolation_method = g_value_get_int(value); break;
    case 3: self->bl_output = g_value_get_boolean(value); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void vid_conv_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
    VidConv *self = (VidConv *)object;
    switch (id) {
    case 1: g_value_set_int(value, self->flip_method); break;
    case 2: g_value_set_int(value, self->interpolation_method); break;
    case 3: g_value_set_boolean(value, self->bl_output); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void vid_conv_class_init(VidConvClass *klass) {
    GObjectClass *object = G_OBJECT_CLASS(klass);
    GParamFlags rw = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    object->set_property = vid_conv_set_property;
    object->get_property = vid_conv_get_property;
    g_object_class_install_property(object, 1, g_param_spec_int("flip-method", "flip-method", "Rotation", 0, 7, 0, rw));
    g_object_class_install_property(object, 2, g_param_spec_int("interpolation-method", "interpolation-method", "Scaling", 0, 6, 0, rw));
    g_object_class_install_property(object, 3, g_param_spec_boolean("bl-output", "bl-output", "Block-linear output", TRUE, rw));
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Stand-in for nvvidconv", "Filter/Converter/Video/Scaler", "Converts between system and NVMM memory", "record-syncd");
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &vid_conv_sink);
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &vid_conv_src);
}

static void vid_conv_init(VidConv *self) {
    GstElement *bin = GST_ELEMENT(self);
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
    guint bitrate, peak_bitrate, iframe_interval, idr_interval, b_frames, vbv_size;
    gint control_rate, preset_level, profile;
    gboolean insert_sps_pps, insert_vui, insert_aud, maxperf, ratecontrol, bufapi, two_pass;
} Enc;

typedef GstBinClass EncClass;
static GType enc_get_type(void);
G_DEFINE_TYPE(Enc, enc, GST_TYPE_BIN)

enum { E_0, E_BITRATE, E_PEAK, E_IFRAME, E_IDR, E_BFRAMES, E_VBV, E_CONTROL, E_PRESET, E_PROFILE, E_SPS, E_VUI, E_AUD, E_MAXPERF, E_RATECONTROL, E_BUFAPI, E_TWOPASS, E_DEVICE };

static GstStaticPadTemplate enc_sink = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(NVMM_CAPS("{ I420, NV12, P010_10LE, NV24 }")));
static GstStaticPadTemplate enc_src = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-h265, stream-format=(string)byte-stream, alignment=(string)au"));

static GType enum_type(const gchar *name, const GEnumValue *values) {
    GType known = g_type_from_name(name);
    return known != 0 ? known : g_enum_register_static(name, values);
}

static void enc_apply(Enc *self) {
    guint distance = MAX(1, MIN(self->iframe_interval, self->idr_interval));
    g_object_set(self->encoder, "bitrate", CLAMP(self->bitrate / 1000, 1, 102400), "key-int-max", (gint)distance, "option-string",
                 self->insert_sps_pps ? "scenecut=0:open-gop=0:repeat-headers=1" : "scenecut=0:open-gop=0", NULL);
}

static void enc_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec) {
    Enc *self = (Enc *)object;
    switch (id) {
    case E_BITRATE: self->bitrate = g_value_get_uint(value); break;
    case E_PEAK: self->peak_bitrate = g_value_get_uint(value); break;
    case E_IFRAME: self->iframe_interval = g_value_get_uint(value); break;
    case E_IDR: self->idr_interval = g_value_get_uint(value); break;
    case E_BFRAMES: self->b_frames = g_value_get_uint(value); break;
    case E_VBV: self->vbv_size = g_value_get_uint(value); break;
    case E_CONTROL: self->control_rate = g_value_get_enum(value); break;
    case E_PRESET: self->preset_level = g_value_get_enum(value); break;
    case E_PROFILE: self->profile = g_value_get_enum(value); break;
    case E_SPS: self->insert_sps_pps = g_value_get_boolean(value); break;
    case E_VUI: self->insert_vui = g_value_get_boolean(value); break;
    case E_AUD: self->insert_aud = g_value_get_boolean(value); break;
    case E_MAXPERF: self->maxperf = g_value_get_boolean(value); break;
    case E_RATECONTROL: self->ratecontrol = g_value_get_boolean(value); break;
    case E_BUFAPI: self->bufapi = g_value_get_boolean(value); break;
    case E_TWOPASS: self->two_pass = g_value_get_boolean(value); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    enc_apply(self);
}

static void enc_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec) {
    Enc *self = (Enc *)object;
    switch (id) {
    case E_BITRATE: g_value_set_uint(value, self->bitrate); break;
    case E_PEAK: g_value_set_uint(value, self->peak_bitrate); break;
    case E_IFRAME: g_value_set_uint(value, self->iframe_interval); break;
    case E_IDR: g_value_set_uint(value, self->idr_interval); break;
    case E_BFRAMES: g_value_set_uint(value, self->b_frames); break;
    case E_VBV: g_value_set_uint(value, self->vbv_size); break;
    case E_CONTROL: g_value_set_enum(value, self->control_rate); break;
    case E_PRESET: g_value_set_enum(value, self->preset_level); break;
    case E_PROFILE: g_value_set_enum(value, self->profile); break;
    case E_SPS: g_value_set_boolean(value, self->insert_sps_pps); break;
    case E_VUI: g_value_set_boolean(value, self->insert_vui); break;
    case E_AUD: g_value_set_boolean(value, self->insert_aud); break;
    case E_MAXPERF: g_value_set_boolean(value, self->maxperf); break;
    case E_RATECONTROL: g_value_set_boolean(value, self->ratecontrol); break;
    case E_BUFAPI: g_value_set_boolean(value, self->bufapi); break;
    case E_TWOPASS: g_value_set_boolean(value, self->two_pass); break;
    case E_DEVICE: g_value_set_static_string(value, "/dev/nvhost-msenc"); break;
    default: G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
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
    GParamFlags rw = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    object->set_property = enc_set_property;
    object->get_property = enc_get_property;
    g_object_class_install_property(object, E_BITRATE, g_param_spec_uint("bitrate", "bitrate", "bit/s", 0, G_MAXUINT, 4000000, rw));
    g_object_class_install_property(object, E_PEAK, g_param_spec_uint("peak-bitrate", "peak-bitrate", "bit/s", 0, G_MAXUINT, 0, rw));
    g_object_class_install_property(object, E_IFRAME, g_param_spec_uint("iframeinterval", "iframeinterval", "frames", 0, G_MAXUINT, 30, rw));
    g_object_class_install_property(object, E_IDR, g_param_spec_uint("idrinterval", "idrinterval", "frames", 0, G_MAXUINT, 256, rw));
    g_object_class_install_property(object, E_BFRAMES, g_param_spec_uint("num-B-Frames", "num-B-Frames", "B frames", 0, 2, 0, rw));
    g_object_class_install_property(object, E_VBV, g_param_spec_uint("vbv-size", "vbv-size", "bits", 0, G_MAXUINT, 4000000, rw));
    g_object_class_install_property(object, E_CONTROL, g_param_spec_enum("control-rate", "control-rate", "Rate control", enum_type("StandInRateControl", rates), 1, rw));
    g_object_class_install_property(object, E_PRESET, g_param_spec_enum("preset-level", "preset-level", "Preset", enum_type("StandInPreset", presets), 1, rw));
    g_object_class_install_property(object, E_PROFILE, g_param_spec_enum("profile", "profile", "Profile", enum_type("StandInProfile", profiles), 0, rw));
    g_object_class_install_property(object, E_SPS, g_param_spec_boolean("insert-sps-pps", "insert-sps-pps", "At every IDR", FALSE, rw));
    g_object_class_install_property(object, E_VUI, g_param_spec_boolean("insert-vui", "insert-vui", "VUI", FALSE, rw));
    g_object_class_install_property(object, E_AUD, g_param_spec_boolean("insert-aud", "insert-aud", "AUD", FALSE, rw));
    g_object_class_install_property(object, E_MAXPERF, g_param_spec_boolean("maxperf-enable", "maxperf-enable", "Maximum clocks", FALSE, rw));
    g_object_class_install_property(object, E_RATECONTROL, g_param_spec_boolean("ratecontrol-enable", "ratecontrol-enable", "Rate control", TRUE, rw));
    g_object_class_install_property(object, E_BUFAPI, g_param_spec_boolean("bufapi-version", "bufapi-version", "New buffer API", FALSE, rw));
    g_object_class_install_property(object, E_TWOPASS, g_param_spec_boolean("EnableTwopassCBR", "EnableTwopassCBR", "Two passes", FALSE, rw));
    g_object_class_install_property(object, E_DEVICE, g_param_spec_string("device", "device", "Device node", NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    GST_ELEMENT_CLASS(klass)->change_state = enc_change_state;
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Stand-in for nvv4l2h265enc", "Codec/Encoder/Video", "H.265 from NVMM memory", "record-syncd");
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &enc_sink);
    gst_element_class_add_static_pad_template(GST_ELEMENT_CLASS(klass), &enc_src);
}

static void enc_init(Enc *self) {
    GstElement *bin = GST_ELEMENT(self);
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
    self->bitrate = self->vbv_size = 4000000;
    self->iframe_interval = 30;
    self->idr_interval = 256;
    self->control_rate = self->preset_level = 1;
    self->ratecontrol = TRUE;
    enc_apply(self);
}

static gboolean plugin_init(GstPlugin *plugin) {
    return gst_element_register(plugin, "nvarguscamerasrc", GST_RANK_NONE, argus_src_get_type()) &&
           gst_element_register(plugin, "nvvidconv", GST_RANK_NONE, vid_conv_get_type()) &&
           gst_element_register(plugin, "nvv4l2h265enc", GST_RANK_NONE, enc_get_type());
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, recordsyncstandin, "Stand-ins for Jetson elements", plugin_init, "2.0.0", "MIT/X11", "record-syncd", "https://example.invalid/record-syncd")
