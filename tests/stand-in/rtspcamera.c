/* A network camera for tests: an RTSP server on the loopback interface whose pictures carry the instant of their exposure, as those of
 * record-syncd's simulated camera do (src/RecordSync/Take/PixelCode.cs), and whose RTCP sender reports come from a clock of its own.
 *
 *   rtspcamera PORT WIDTH HEIGHT FPS DELAY_MS CLOCK_OFFSET_MS reports|silent
 *
 * DELAY_MS passes between exposure and sending; its clock is CLOCK_OFFSET_MS ahead of this machine's; "silent" sends no reports.
 * Prints its address when it can be called. Ends with its standard input. */

#include <errno.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static gint width, height, fps;
static gint64 delay_ns, clock_offset_us;

/* GStreamer's RTP session takes the time of its reports from here: a symbol of the program goes before one of a library. */
gint64 g_get_real_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 + clock_offset_us;
}

static gint64 monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * GST_SECOND + now.tv_nsec;
}

static guint16 crc16(const guint8 *data, gsize count) {
    guint32 crc = 0xFFFF;
    for (gsize i = 0; i < count; i++) {
        crc ^= (guint32)data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000) ? (crc << 1 ^ 0x1021) & 0xFFFF : crc << 1 & 0xFFFF;
    }
    return crc;
}

/* 22 by 4 blocks: 48 bits of microseconds, 24 bits of the frame's number, CRC. */
static void draw_code(guint8 *luma, gint stride, gint64 capture_ns, gint64 number) {
    guint8 message[11];
    guint64 micros = (capture_ns + 500) / 1000;
    for (int i = 0; i < 6; i++)
        message[i] = micros >> (40 - 8 * i);
    for (int i = 0; i < 3; i++)
        message[6 + i] = number >> (16 - 8 * i);
    guint16 crc = crc16(message, 9);
    message[9] = crc >> 8;
    message[10] = crc;
    gint block = MAX(8, MIN(width / 40, height / 30) & ~7);
    for (int bit = 0; bit < 88; bit++) {
        guint8 level = message[bit / 8] & (0x80 >> bit % 8) ? 235 : 16;
        for (int y = 0; y < block; y++)
            memset(luma + (8 + bit / 22 * block + y) * stride + 8 + bit % 22 * block, level, block);
    }
}

static GstBuffer *picture(gint64 capture_ns, gint64 number) {
    gint stride = GST_ROUND_UP_4(width), chroma = GST_ROUND_UP_4(GST_ROUND_UP_2(width) / 2);
    gsize luma_size = (gsize)stride * GST_ROUND_UP_2(height), size = luma_size + (gsize)chroma * GST_ROUND_UP_2(height);
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, size, NULL);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_WRITE);
    memset(map.data, 60 + number % 100, luma_size);
    memset(map.data + luma_size, 128, size - luma_size);
    draw_code(map.data, stride, capture_ns, number);
    gst_buffer_unmap(buffer, &map);
    return buffer;
}

static gpointer run_sensor(gpointer data) {
    GstElement *source = data;
    gint64 first = monotonic_ns();
    for (gint64 number = 0;; number++) {
        gint64 capture = first + gst_util_uint64_scale(number, GST_SECOND, fps), sending = capture + delay_ns;
        struct timespec wake = {sending / GST_SECOND, sending % GST_SECOND};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL) == EINTR)
            ;
        gint64 base = gst_element_get_base_time(source);
        if (base == 0 || capture < base)
            continue;
        GstBuffer *buffer = picture(capture, number);
        GST_BUFFER_PTS(buffer) = capture - base;
        GST_BUFFER_DURATION(buffer) = GST_SECOND / fps;
        if (gst_app_src_push_buffer(GST_APP_SRC(source), buffer) == GST_FLOW_FLUSHING && GST_STATE(source) == GST_STATE_NULL)
            break;
    }
    gst_object_unref(source);
    return NULL;
}

static void on_media(GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer data) {
    GstElement *bin = gst_rtsp_media_get_element(media);
    GstElement *source = gst_bin_get_by_name_recurse_up(GST_BIN(bin), "camera");
    GstCaps *caps = gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, width, "height", G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, fps, 1, NULL);
    gst_app_src_set_caps(GST_APP_SRC(source), caps);
    gst_caps_unref(caps);
    g_thread_unref(g_thread_new("sensor", run_sensor, source));
    gst_object_unref(bin);
}

static gboolean on_input(GIOChannel *channel, GIOCondition condition, gpointer loop) {
    gchar byte;
    gsize count = 0;
    if (g_io_channel_read_chars(channel, &byte, 1, &count, NULL) != G_IO_STATUS_NORMAL)
        g_main_loop_quit(loop);
    return TRUE;
}

int main(int argc, char **argv) {
    gst_init(&argc, &argv);
    if (argc != 8) {
        g_printerr("rtspcamera PORT WIDTH HEIGHT FPS DELAY_MS CLOCK_OFFSET_MS reports|silent\n");
        return 64;
    }
    width = atoi(argv[2]);
    height = atoi(argv[3]);
    fps = atoi(argv[4]);
    delay_ns = atoi(argv[5]) * (gint64)GST_MSECOND;
    clock_offset_us = atoll(argv[6]) * 1000;
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    GstRTSPServer *server = gst_rtsp_server_new();
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, argv[1]);
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    gst_rtsp_media_factory_set_enable_rtcp(factory, strcmp(argv[7], "silent") != 0);
    gst_rtsp_media_factory_set_launch(factory, "( appsrc name=camera is-live=true format=time max-bytes=0 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=1500 ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )");
    g_signal_connect(factory, "media-configure", G_CALLBACK(on_media), NULL);
    GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server);
    gst_rtsp_mount_points_add_factory(mounts, "/camera", factory);
    g_object_unref(mounts);
    if (gst_rtsp_server_attach(server, NULL) == 0) {
        g_printerr("port %s cannot be used\n", argv[1]);
        return 1;
    }
    g_print("rtsp://127.0.0.1:%d/camera\n", gst_rtsp_server_get_bound_port(server));
    g_io_add_watch(g_io_channel_unix_new(0), G_IO_IN | G_IO_HUP, on_input, loop);
    g_main_loop_run(loop);
    return 0;
}
