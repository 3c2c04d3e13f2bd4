/* bench_latency [SECONDS]: how long a picture takes from its capture to the client on loopback, with one
 * session and with four, in turns.
 *
 * The host runs in this program with the fake machine (fake_machine.h) and serves real punktfunk-probe
 * processes: 1280x720 at 120 Hz, 20 Mbit/s. The times are those that the clients measure: of four, the median
 * one's p50 and the slowest one's p99. */
#include "bench.h"
#include "latency/fake_machine.h"

#include "base/log.h"
#include "native/host.h"
#include "net/identity.h"
#include "net/loop.h"
#include "session/virtual_feed.h"
#include "trust/knocks.h"
#include "trust/native_store.h"
#include "trust/pairing.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS_MAX = 16, REPORT_MAX = 1 << 16 };

struct bench {
    struct pf_loop *loop;
    char dir[32];
    struct pf_identity *identity;
    struct pf_native_store *store;
    struct pf_pairing pairing;
    struct pf_knocks knocks;
    struct pf_native *native;
    unsigned clients, running, seconds;
};

struct client {
    struct bench *bench;
    uv_process_t process;
    uv_pipe_t out;
    char report[REPORT_MAX];
    size_t len;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_latency: %s: %s\n", what, why);
    exit(1);
}

/* ---- the host ---- */

static int start_feed(void *user, const struct pf_session_plan *plan, const struct pf_feed_sink *sink,
    struct pf_feed **ret_feed, struct pf_error *err)
{
    struct pf_machine machine = bench_fake_machine();
    return pf_virtual_feed_start(plan, &machine, sink, ret_feed, err);
}

static void policy(void *user, struct pf_display_policy *ret_policy)
{
    *ret_policy = pf_display_policy_default();
    ret_policy->max_displays = CLIENTS_MAX;
}

static void stopped(void *user)
{
    pf_loop_stop(((struct bench *)user)->loop);
}

static void start_host(struct bench *b)
{
    struct pf_error err = {"out of memory"};
    const struct pf_native_config config = {
        .bind_address = "127.0.0.1", .source = PF_SESSION_SOURCE_VIRTUAL, .max_concurrent = CLIENTS_MAX};
    strcpy(b->dir, "/tmp/pf-latency-XXXXXX");
    if (!mkdtemp(b->dir) || pf_loop_create(&b->loop) < 0 ||
        pf_identity_load_host(b->dir, &b->identity, &err) < 0 ||
        pf_native_store_open(b->dir, &b->store, &err) < 0)
        die("the host does not start", err.text);
    pf_pairing_init(&b->pairing);
    pf_knocks_init(&b->knocks);
    const struct pf_native_deps deps = {
        .identity = b->identity, .store = b->store, .pairing = &b->pairing, .knocks = &b->knocks};
    const struct pf_native_callbacks callbacks = {.user = b, .stopped = stopped};
    const struct pf_native_hooks hooks = {
        .user = b, .facts = bench_fake_facts, .policy = policy, .start_feed = start_feed};
    if (pf_native_start(b->loop, &config, &deps, &callbacks, &b->native, &err) < 0)
        die("the host does not start", err.text);
    pf_native_set_hooks(b->native, &hooks);
}

static void stop_host(struct bench *b)
{
    char command[64];
    pf_native_stop(b->native);
    pf_loop_run(b->loop);
    pf_loop_destroy(b->loop);
    pf_knocks_clear(&b->knocks);
    pf_native_store_destroy(b->store);
    pf_identity_destroy(b->identity);
    snprintf(command, sizeof(command), "rm -rf '%s'", b->dir);
    if (system(command))
        die("the folder was not removed", b->dir);
}

/* ---- the clients ---- */

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct client *c = handle->data;
    *buf = uv_buf_init(c->report + c->len, (unsigned)(REPORT_MAX - 1 - c->len));
}

static void closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    if (--c->bench->running == 0)
        pf_loop_stop(c->bench->loop);
}

static void read_report(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *c = stream->data;
    if (n > 0)
        c->len += (size_t)n;
    else if (n < 0)
        uv_close((uv_handle_t *)stream, closed);
}

static void exited(uv_process_t *process, int64_t status, int signal)
{
    uv_close((uv_handle_t *)process, closed);
}

static void start_client(struct bench *b, struct client *c, unsigned number)
{
    char address[32], seconds[16], identity[64];
    snprintf(address, sizeof(address), "127.0.0.1:%u", pf_native_port(b->native));
    snprintf(seconds, sizeof(seconds), "%u", b->seconds);
    snprintf(identity, sizeof(identity), "%s/client%u", b->dir, number);
    const char *args[] = {PROBE, "--connect", address, "--identity", identity, "--mode", "1280x720@120",
        "--bitrate", "20000", "--seconds", seconds, "--json", NULL};
    c->bench = b;
    c->process.data = c->out.data = c;
    uv_pipe_init(pf_loop_uv(b->loop), &c->out, 0);
    uv_stdio_container_t stdio[] = {{.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->out},
        {.flags = UV_IGNORE}};
    const uv_process_options_t options = {
        .exit_cb = exited, .file = PROBE, .args = (char **)args, .stdio = stdio, .stdio_count = 3};
    int rc = uv_spawn(pf_loop_uv(b->loop), &c->process, &options);
    if (rc < 0)
        die(PROBE, uv_strerror(rc));
    uv_read_start((uv_stream_t *)&c->out, allocate, read_report);
    b->running += 2; /* the process and its output */
}

/* ---- results ---- */

struct result {
    double p50, p99, fps;
};

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

/* The median client, and the slowest one's p99. */
static struct result run(struct bench *b, unsigned clients)
{
    struct client *all = calloc(clients, sizeof(*all));
    double p50[CLIENTS_MAX];
    struct result r = {0};
    if (!all)
        die("no memory", "");
    for (unsigned i = 0; i < clients; i++)
        start_client(b, &all[i], i);
    pf_loop_run(b->loop);
    for (unsigned i = 0; i < clients; i++) {
        json_t *report = json_loads(all[i].report, 0, NULL), *latency = json_object_get(report, "latency_us");
        if (!latency)
            die("a client gave no report", all[i].report);
        p50[i] = number(latency, "p50");
        r.p99 = number(latency, "p99") > r.p99 ? number(latency, "p99") : r.p99;
        r.fps += number(report, "frames") / number(report, "streamed_s") / clients;
        json_decref(report);
    }
    r.p50 = bench_median(p50, (int)clients);
    free(all);
    return r;
}

static void print_line(unsigned clients, double p50, double p99, double first, double fps)
{
    printf("%2u session%s  p50 %4.0f us  p99 %5.0f us (%.1f of the first line's)  %.1f frames/s each\n",
        clients, clients == 1 ? " " : "s", p50, p99, p99 / first, fps);
}

int main(int argc, char **argv)
{
    static const unsigned counts[] = {1, 4};
    enum { KINDS = 2, ROUNDS = 5 };
    struct bench b = {.seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 8};
    double p50[KINDS][ROUNDS], p99[KINDS][ROUNDS], fps[KINDS][ROUNDS], first = 0;
    start_host(&b);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < KINDS; i++) {
            struct result r = run(&b, counts[i]);
            p50[i][round] = r.p50;
            p99[i][round] = r.p99;
            fps[i][round] = r.fps;
        }
    }
    printf("capture to client on loopback, 1280x720 at 120 Hz, 20 Mbit/s, medians of %d rounds of %u s\n",
        ROUNDS, b.seconds);
    for (int i = 0; i < KINDS; i++) {
        double slow = bench_median(p99[i], ROUNDS);
        first = i == 0 ? slow : first;
        print_line(counts[i], bench_median(p50[i], ROUNDS), slow, first, bench_median(fps[i], ROUNDS));
    }
    stop_host(&b);
    return 0;
}
