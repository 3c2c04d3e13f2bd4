/* plain_consumer NODE WIDTH HEIGHT RATE: takes pictures of a PipeWire node as plainly as it can be done,
 * until SIGINT: gives every buffer back at once and looks at nothing. What bench_capture_gnome compares with.
 * Exit status 0 if a picture came. */
#include <pipewire/pipewire.h>
#include <signal.h>
#include <spa/param/video/format-utils.h>
#include <stdio.h>
#include <stdlib.h>

struct consumer {
    struct pw_main_loop *loop;
    struct pw_stream *stream;
    unsigned long pictures;
};

static void on_process(void *data)
{
    struct consumer *c = data;
    for (struct pw_buffer *b; (b = pw_stream_dequeue_buffer(c->stream)); pw_stream_queue_buffer(c->stream, b))
        c->pictures++;
}

static const struct pw_stream_events events = {PW_VERSION_STREAM_EVENTS, .process = on_process};

static void on_signal(void *data, int signal_number)
{
    (void)signal_number;
    pw_main_loop_quit(((struct consumer *)data)->loop);
}

static int take(struct consumer *c, char **argv)
{
    uint8_t memory[1024];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof(memory));
    struct spa_rectangle size = {(uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3])};
    struct spa_fraction any = {0, 1}, rate = {(uint32_t)atoi(argv[4]), 1};
    const struct spa_pod *format = spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_Format,
        SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
        SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format, SPA_POD_Id(SPA_VIDEO_FORMAT_BGRx),
        SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&any),
        SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_Fraction(&rate));
    return pw_stream_connect(c->stream, PW_DIRECTION_INPUT, (uint32_t)atoi(argv[1]),
        PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS, &format, 1);
}

int main(int argc, char **argv)
{
    struct consumer c = {0};
    if (argc != 5) {
        fprintf(stderr, "usage: plain_consumer NODE WIDTH HEIGHT RATE\n");
        return 2;
    }
    pw_init(NULL, NULL);
    c.loop = pw_main_loop_new(NULL);
    pw_loop_add_signal(pw_main_loop_get_loop(c.loop), SIGINT, on_signal, &c);
    c.stream = pw_stream_new_simple(pw_main_loop_get_loop(c.loop), "plain consumer",
        pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture", NULL), &events, &c);
    if (!c.stream || take(&c, argv) < 0)
        return 1;
    pw_main_loop_run(c.loop);
    pw_stream_destroy(c.stream);
    pw_main_loop_destroy(c.loop);
    pw_deinit();
    return c.pictures ? 0 : 1;
}
