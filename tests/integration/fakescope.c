/* fakescope: stands in for gamescope, under whose name it is installed, where there is no GPU
 * (display-test-rigs.md 8.2). It takes gamescope's options, offers a PipeWire node and an input socket, tells
 * the node as gamescope does, runs the command behind "--" and ends with it.
 *
 *   FAKESCOPE_ARGV      a file for its arguments, one a line
 *   FAKESCOPE_VERSION   what --version says
 *   FAKESCOPE_MUTE      does not tell the node
 *   FAKESCOPE_DEAF      has no node at all, and does nothing
 *   FAKESCOPE_BRITTLE   ends at once, with an error
 *   FAKESCOPE_TOUCH     the pointer takes fingers too
 *   FAKESCOPE_REGION    the pointer's region is the output, that far to the right; else it has no end
 *
 * Signals: USR1 replaces its devices by paused ones, or resumes them; USR2 replaces the seat; HUP hangs up on
 * its client.
 */
#include "fakescope_eis.h"

#include <pipewire/pipewire.h>
#include <signal.h>
#include <spa/param/video/format-utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct pw_main_loop *loop;
static struct pw_stream *stream;
static unsigned width = 1280, height = 720, rate = 60, ticks;
static int told;
static pid_t child;

/* ---- the picture: a white line that moves over grey ---- */

static void param_changed(void *user, uint32_t id, const struct spa_pod *param)
{
    uint8_t bytes[512];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    if (!param || id != SPA_PARAM_Format)
        return;
    const struct spa_pod *buffers = spa_pod_builder_add_object(&b, SPA_TYPE_OBJECT_ParamBuffers,
        SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers, SPA_POD_CHOICE_RANGE_Int(4, 2, 8),
        SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1), SPA_PARAM_BUFFERS_size,
        SPA_POD_Int((int)(width * height * 4)), SPA_PARAM_BUFFERS_stride, SPA_POD_Int((int)width * 4),
        SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
    pw_stream_update_params(stream, &buffers, 1);
}

static void draw(void *user, uint64_t expirations)
{
    struct pw_buffer *buffer = pw_stream_dequeue_buffer(stream);
    if (!buffer)
        return;
    struct spa_data *data = &buffer->buffer->datas[0];
    if (data->data) {
        uint32_t *pixels = data->data;
        unsigned x = ticks++ % width;
        memset(pixels, 0x20, (size_t)width * height * 4);
        for (unsigned y = 0; y < height; y++)
            pixels[y * width + x] = 0x00ffffff;
        data->chunk->offset = 0;
        data->chunk->flags = 0;
        data->chunk->stride = (int32_t)width * 4;
        data->chunk->size = width * height * 4;
    }
    pw_stream_queue_buffer(stream, buffer);
}

static void state_changed(
    void *user, enum pw_stream_state before, enum pw_stream_state now, const char *error)
{
    if (now == PW_STREAM_STATE_ERROR)
        fprintf(stderr, "stream: %s\n", error);
    if (told || now < PW_STREAM_STATE_PAUSED)
        return;
    told = 1;
    if (!getenv("FAKESCOPE_MUTE"))
        fprintf(stderr,
            "\033[1;34m[gamescope]\033[0m pipewire: stream available on node ID: \033[1m%u\033[0m\n",
            pw_stream_get_node_id(stream));
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS, .state_changed = state_changed, .param_changed = param_changed};

static void offer_picture(struct pw_loop *l)
{
    uint8_t bytes[1024];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    struct pw_properties *props =
        pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_NODE_NAME, "gamescope", NULL);
    stream = pw_stream_new_simple(l, "gamescope", props, &events, NULL);
    const struct spa_pod *format = spa_pod_builder_add_object(&b, SPA_TYPE_OBJECT_Format,
        SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
        SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), SPA_FORMAT_VIDEO_format, SPA_POD_Id(SPA_VIDEO_FORMAT_BGRx),
        SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&SPA_RECTANGLE(width, height)), SPA_FORMAT_VIDEO_framerate,
        SPA_POD_Fraction(&SPA_FRACTION(0, 1)));
    pw_stream_connect(stream, PW_DIRECTION_OUTPUT, PW_ID_ANY,
        PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_MAP_BUFFERS, &format, 1);
    struct timespec every = {.tv_sec = rate == 1, .tv_nsec = rate == 1 ? 0 : 1000000000L / rate};
    pw_loop_update_timer(l, pw_loop_add_timer(l, draw, NULL), &every, &every, false);
}

/* ---- signals ---- */

static void on_end(void *user, int signal)
{
    pw_main_loop_quit(loop);
}

static void on_child(void *user, int signal)
{
    if (waitpid(child, NULL, WNOHANG) == child)
        pw_main_loop_quit(loop);
}

static void on_word(void *user, int signal)
{
    if (signal == SIGUSR1)
        fakescope_eis_pause();
    else if (signal == SIGUSR2)
        fakescope_eis_replace_seat();
    else
        fakescope_eis_hang_up();
}

static void obey_signals(struct pw_loop *l)
{
    pw_loop_add_signal(l, SIGTERM, on_end, NULL);
    pw_loop_add_signal(l, SIGINT, on_end, NULL);
    pw_loop_add_signal(l, SIGCHLD, on_child, NULL);
    pw_loop_add_signal(l, SIGUSR1, on_word, NULL);
    pw_loop_add_signal(l, SIGUSR2, on_word, NULL);
    pw_loop_add_signal(l, SIGHUP, on_word, NULL);
}

/* ---- the command ---- */

static void start(char **command, const char *socket)
{
    sigset_t none;
    child = fork();
    if (child)
        return;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setenv("LIBEI_SOCKET", socket, 1);
    setenv("GAMESCOPE_WAYLAND_DISPLAY", "gamescope-0", 1);
    execvp(command[0], command);
    _exit(127);
}

static void write_arguments(char **argv)
{
    const char *path = getenv("FAKESCOPE_ARGV");
    FILE *f = path ? fopen(path, "w") : NULL;
    for (; f && *argv; argv++)
        fprintf(f, "%s\n", *argv);
    if (f)
        fclose(f);
}

static char **parse(int argc, char **argv)
{
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (!strcmp(argv[i], "--version")) {
            const char *version = getenv("FAKESCOPE_VERSION");
            printf("%s\n", version ? version : "gamescope version 3.16.23 (gcc 14.2.0)");
            exit(0);
        }
        unsigned *value = !strcmp(argv[i], "-W")   ? &width
                          : !strcmp(argv[i], "-H") ? &height
                          : !strcmp(argv[i], "-r") ? &rate
                                                   : NULL;
        if (value && i + 1 < argc)
            *value = (unsigned)atoi(argv[++i]);
    }
    return i < argc ? argv + i + 1 : argv + argc;
}

int main(int argc, char **argv)
{
    char socket[64];
    char **command = parse(argc, argv);
    write_arguments(argv);
    fprintf(stderr, "fakescope: pid %d\n", (int)getpid());
    if (getenv("FAKESCOPE_BRITTLE"))
        return 1;
    while (getenv("FAKESCOPE_DEAF"))
        pause();
    pw_init(NULL, NULL);
    loop = pw_main_loop_new(NULL);
    struct pw_loop *l = pw_main_loop_get_loop(loop);
    obey_signals(l);
    fakescope_eis_start(l, width, height, socket, sizeof(socket));
    offer_picture(l);
    if (*command)
        start(command, socket);
    pw_main_loop_run(loop);
    if (child > 0)
        kill(child, SIGTERM);
    fakescope_eis_stop();
    return 0;
}
