/* bench_capture [SECONDS]: what it costs to take a 1080p60 picture of a headless Sway and to hand it to the
 * thread that would encode it.
 *
 * Three times are taken for each picture: when the compositor presented it, when its message that the copy is
 * finished reached our capture thread, and when the other thread held the frame. The last distance is ours
 * alone. Allocations of our own objects are counted by the linker's help. Then CPU time, in turns with
 * wf-recorder, which takes the same output and writes raw pictures to /dev/null. */
#include "bench.h"

#include "base/log.h"
#include "capture/capture.h"
#include "capture/wlr/stream.h"
#include "display/display.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES_MAX = 20000, ROUNDS = 3, WARM_UP = 60 };

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_capture: %s: %s\n", what, why);
    exit(1);
}

/* ---- what the linker leads here ---- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void __real_pf_wl_stream_deliver(
    struct pf_wl_stream *s, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
void __wrap_pf_wl_stream_deliver(
    struct pf_wl_stream *s, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns);

static atomic_uint allocations;

void *__wrap_malloc(size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
    atomic_fetch_add(&allocations, 1);
    return __real_aligned_alloc(align, n);
}

/* When the message about frame number n was here; written by the capture thread before the frame is
 * published. */
static _Atomic uint64_t delivered_ns[FRAMES_MAX];

void __wrap_pf_wl_stream_deliver(
    struct pf_wl_stream *s, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns)
{
    atomic_store(&delivered_ns[s->sequence % FRAMES_MAX], pf_time_mono_ns());
    __real_pf_wl_stream_deliver(s, buffer, capture_mono_ns);
}

/* ---- the desktop ---- */

static void run_in_a_sway(char **argv)
{
    if (getenv("SWAYSOCK"))
        return;
    execl(WITH_SWAY, WITH_SWAY, argv[0], argv[1], (char *)NULL);
    die("cannot run " WITH_SWAY, strerror(errno));
}

static struct pf_output *make_output(struct pf_journal *journal)
{
    const struct pf_display_request request = {
        .mode = {1920, 1080, 60000}, .first_in_group = true, .journal = journal};
    struct pf_session_env env;
    struct pf_error err;
    const struct pf_display_backend *backend;
    struct pf_output *output;
    if (pf_session_env_detect(NULL, &env, &err) < 0 || pf_display_choose(&env, NULL, &backend, &err) < 0 ||
        backend->create(&env, &request, &output, &err) < 0)
        die("display", err.text);
    return output;
}

static pid_t spawn(const char *const *argv, int in, int out)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    int null = open("/dev/null", O_RDWR);
    dup2(in >= 0 ? in : null, 0);
    dup2(out >= 0 ? out : null, 1);
    dup2(null, 2);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

/* A window that changes with every picture of the output. *ret_in keeps it running. */
static pid_t show_moving_picture(const char *output, int *ret_in)
{
    const char *const argv[] = {MOVING_PICTURE, output, NULL};
    int in[2], out[2];
    char shown;
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        die("pipe", strerror(errno));
    pid_t pid = spawn(argv, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    if (read(out[0], &shown, 1) != 1 || write(in[1], "animate\n", 8) != 8)
        die("the moving picture", "it does not show itself");
    *ret_in = in[1];
    return pid;
}

/* ---- ours ---- */

struct result {
    double copy_us[FRAMES_MAX], hand_over_us[FRAMES_MAX];
    int frames;
    unsigned allocations;
    double cpu_percent;
};

static uint64_t process_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * PF_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Stands where the encoder's thread stands: takes the latest frame, holds the one before until then. */
static void measure_ours(const struct pf_source *source, unsigned seconds, struct result *r)
{
    struct pf_capture *capture;
    struct pf_error err;
    struct pf_frame *held = NULL;
    if (pf_capture_open(source, NULL, &capture, &err) < 0)
        die("capture", err.text);
    for (int i = 0; i < WARM_UP; i++) {
        pf_frame_unref(held);
        held = pf_mailbox_take(&capture->frames, pf_time_mono_ns() + PF_NS_PER_S);
    }
    uint64_t start = pf_time_mono_ns(), end = start + seconds * PF_NS_PER_S, cpu = process_cpu_ns();
    unsigned before = atomic_load(&allocations);
    int first = r->frames;
    while (pf_time_mono_ns() < end && r->frames < FRAMES_MAX) {
        struct pf_frame *frame = pf_mailbox_take(&capture->frames, end);
        uint64_t now = pf_time_mono_ns();
        if (!frame)
            break;
        pf_frame_unref(held);
        held = frame;
        uint64_t delivered = atomic_load(&delivered_ns[frame->sequence % FRAMES_MAX]);
        r->copy_us[r->frames] = (double)(int64_t)(delivered - frame->capture_mono_ns) / 1e3;
        r->hand_over_us[r->frames++] = (double)(now - delivered) / 1e3;
    }
    r->allocations += atomic_load(&allocations) - before;
    r->cpu_percent = 100.0 * (double)(process_cpu_ns() - cpu) / (double)(pf_time_mono_ns() - start);
    if (r->frames == first)
        die("capture", "no picture came");
    pf_frame_unref(held);
    pf_capture_destroy(capture);
}

/* ---- the other one ---- */

/* CPU in percent of one core; negative: it does not run here. */
static double measure_wf_recorder(const char *output, unsigned seconds)
{
    const char *const argv[] = {"wf-recorder", "-o", output, "-c", "rawvideo", "-m", "rawvideo", "-x", "bgr0",
        "-f", "/dev/null", NULL};
    struct rusage usage;
    int status;
    uint64_t start = pf_time_mono_ns();
    pid_t pid = spawn(argv, -1, -1);
    pf_time_sleep_until(start + seconds * PF_NS_PER_S);
    if (waitpid(pid, &status, WNOHANG) == pid)
        return -1;
    kill(pid, SIGINT);
    double wall = (double)(pf_time_mono_ns() - start);
    if (wait4(pid, &status, 0, &usage) != pid)
        return -1;
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
    return 100.0 * cpu / wall;
}

static double percentile(double *values, int n, double p)
{
    qsort(values, (size_t)n, sizeof(*values), bench_compare);
    return values[(int)(p * (n - 1))];
}

int main(int argc, char **argv)
{
    static struct result r;
    unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10;
    run_in_a_sway(argv);
    setenv("RUST_LOG", "warn", 0);
    pf_log_init();
    struct pf_journal *journal;
    if (pf_journal_open(NULL, &journal) < 0)
        die("journal", "out of memory");
    struct pf_output *output = make_output(journal);
    int in;
    pid_t picture = show_moving_picture(output->source.output_name, &in);

    double ours[ROUNDS], theirs[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        measure_ours(&output->source, seconds, &r);
        ours[i] = r.cpu_percent;
        theirs[i] = measure_wf_recorder(output->source.output_name, seconds);
    }
    double a = bench_median(ours, ROUNDS), b = bench_median(theirs, ROUNDS);
    printf("1920x1080 at 60 Hz on headless Sway, %d pictures in %u s (%.1f/s)\n", r.frames, ROUNDS * seconds,
        (double)r.frames / (ROUNDS * seconds));
    printf("presented to our thread (the compositor's copy)  p50 %7.1f us  p99 %7.1f us\n",
        percentile(r.copy_us, r.frames, 0.5), percentile(r.copy_us, r.frames, 0.99));
    printf("our thread to the encoder's (hand-over)          p50 %7.1f us  p99 %7.1f us\n",
        percentile(r.hand_over_us, r.frames, 0.5), percentile(r.hand_over_us, r.frames, 0.99));
    printf("allocations of ours: %u\n", r.allocations);
    printf("CPU of one core, median of %d rounds: ours %.2f %%", ROUNDS, a);
    if (b < 0)
        printf("; wf-recorder does not run here\n");
    else
        printf(", wf-recorder %.2f %%, ratio %.3f\n", b, a / b);

    kill(picture, SIGTERM);
    close(in);
    waitpid(picture, NULL, 0);
    output->restore.finish(output->restore.data, true);
    output->ops->destroy(output);
    pf_journal_close(journal);
    return 0;
}
