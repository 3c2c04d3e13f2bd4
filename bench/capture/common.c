#include "common.h"

#include "allocations/allocations.h"
#include "bench.h"

#include "base/log.h"
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 60 };

void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "bench_capture: %s: %s\n", what, why);
    exit(1);
}

/* When the message about frame number n was here; written by the capture thread before the frame is
 * published. */
static _Atomic uint64_t delivered_ns[BENCH_FRAMES_MAX];

void bench_note_delivery(uint64_t sequence)
{
    atomic_store(&delivered_ns[sequence % BENCH_FRAMES_MAX], pf_time_mono_ns());
}

/* ---- the desktop ---- */

void bench_run_inside(const char *desktop, char **argv)
{
    if (getenv("BENCH_DESKTOP"))
        return;
    setenv("BENCH_DESKTOP", "1", 1);
    execl(desktop, desktop, argv[0], argv[1], (char *)NULL);
    bench_die(desktop, strerror(errno));
}

static struct pf_output *make_output(struct pf_journal *journal)
{
    const struct pf_display_request request = {
        .mode = {1920, 1080, 60000}, .first_in_group = true, .journal = journal};
    struct pf_desktop_env env;
    struct pf_error err;
    const struct pf_display_backend *backend;
    struct pf_output *output;
    if (pf_desktop_env_detect(NULL, &env, &err) < 0 || pf_display_choose(&env, NULL, &backend, &err) < 0 ||
        backend->create(&env, &request, &output, &err) < 0)
        bench_die("display", err.text);
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

/* *ret_in keeps it running. */
static pid_t show_moving_picture(const char *output, int *ret_in)
{
    const char *const argv[] = {MOVING_PICTURE, output, NULL};
    int in[2], out[2];
    char shown;
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        bench_die("pipe", strerror(errno));
    pid_t pid = spawn(argv, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    if (read(out[0], &shown, 1) != 1 || write(in[1], "animate\n", 8) != 8)
        bench_die("the moving picture", "it does not show itself");
    *ret_in = in[1];
    return pid;
}

/* ---- ours ---- */

static uint64_t process_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * PF_NS_PER_S + (uint64_t)t.tv_nsec;
}

static void note_frame(const struct pf_frame *frame, struct bench_result *r)
{
    uint64_t now = pf_time_mono_ns(),
             delivered = atomic_load(&delivered_ns[frame->sequence % BENCH_FRAMES_MAX]);
    r->copy_us[r->frames] = (double)(int64_t)(delivered - frame->capture_mono_ns) / 1e3;
    r->hand_over_us[r->frames++] = (double)(now - delivered) / 1e3;
}

/* Stands where the encoder's thread stands: takes the latest frame, holds the one before until then. */
static double measure_ours(const struct pf_source *source, unsigned seconds, struct bench_result *r)
{
    struct pf_capture *capture;
    struct pf_error err;
    struct pf_frame *held = NULL;
    if (pf_capture_open(source, NULL, &capture, &err) < 0)
        bench_die("capture", err.text);
    for (int i = 0; i < WARM_UP; i++) {
        pf_frame_unref(held);
        held = pf_mailbox_take(&capture->frames, pf_time_mono_ns() + PF_NS_PER_S);
    }
    uint64_t start = pf_time_mono_ns(), end = start + seconds * PF_NS_PER_S, cpu = process_cpu_ns();
    unsigned long before = allocations();
    int first = r->frames;
    while (pf_time_mono_ns() < end && r->frames < BENCH_FRAMES_MAX) {
        struct pf_frame *frame = pf_mailbox_take(&capture->frames, end);
        if (!frame)
            break;
        note_frame(frame, r);
        pf_frame_unref(held);
        held = frame;
    }
    r->allocations += (unsigned)(allocations() - before);
    double percent = 100.0 * (double)(process_cpu_ns() - cpu) / (double)(pf_time_mono_ns() - start);
    if (r->frames == first)
        bench_die("capture", "no picture came");
    pf_frame_unref(held);
    pf_capture_destroy(capture);
    return percent;
}

/* ---- the other one ---- */

static uint64_t cpu_ns_of(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t) < 0)
        return 0;
    return (uint64_t)t.tv_sec * PF_NS_PER_S + (uint64_t)t.tv_nsec;
}

/* As ours: without its first second. */
static double measure_peer(const char *const *argv, unsigned seconds)
{
    int status;
    pid_t pid = spawn(argv, -1, -1);
    pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_S);
    uint64_t start = pf_time_mono_ns(), cpu = cpu_ns_of(pid);
    pf_time_sleep_until(start + seconds * PF_NS_PER_S);
    double percent = 100.0 * (double)(cpu_ns_of(pid) - cpu) / (double)(pf_time_mono_ns() - start);
    if (waitpid(pid, &status, WNOHANG) == pid)
        return -1;
    kill(pid, SIGINT);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status) ? percent : -1;
}

/* ---- both ---- */

void bench_capture_run(const struct bench_capture *b, unsigned seconds, struct bench_result *r)
{
    setenv("RUST_LOG", "warn", 0);
    pf_log_init();
    struct pf_journal *journal;
    if (pf_journal_open(NULL, &journal) < 0)
        bench_die("journal", "out of memory");
    struct pf_output *output = make_output(journal);
    int in;
    pid_t picture = show_moving_picture(b->name_of ? b->name_of(output) : output->source.output_name, &in);
    const char *peer[16];
    b->peer_of(output, peer);
    for (int i = 0; i < BENCH_CAPTURE_ROUNDS; i++) {
        r->ours[i] = measure_ours(&output->source, seconds, r);
        r->theirs[i] = measure_peer(peer, seconds);
    }
    kill(picture, SIGTERM);
    close(in);
    waitpid(picture, NULL, 0);
    if (output->restore.finish)
        output->restore.finish(output->restore.data, true);
    output->ops->destroy(output);
    pf_journal_close(journal);
}

double bench_percentile(double *values, int n, double p)
{
    qsort(values, (size_t)n, sizeof(*values), bench_compare);
    return values[(int)(p * (n - 1))];
}

void bench_print_cpu(struct bench_result *r, const char *peer)
{
    double a = bench_median(r->ours, BENCH_CAPTURE_ROUNDS), b = bench_median(r->theirs, BENCH_CAPTURE_ROUNDS);
    printf("allocations of ours: %u\n", r->allocations);
    printf("CPU of one core, median of %d rounds: ours %.2f %%", BENCH_CAPTURE_ROUNDS, a);
    if (b < 0)
        printf("; %s does not run here\n", peer);
    else
        printf(", %s %.2f %%, ratio %.3f\n", peer, b, a / b);
}
