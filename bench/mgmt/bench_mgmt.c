/* GET /api/v1/status of the management API beside a bare answer of libmicrohttpd of the same size, over the
 * same TLS, on one machine, in turns: requests a second over one connection that is kept, and how long each
 * takes while eight clients ask at once. */
#include "bench.h"
#include "mgmt/tls_client.h"

#include "mgmt/client.h"
#include "mgmt/server.h"
#include "net/identity.h"
#include "net/loop.h"
#include "trust/native_store.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOKEN     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ROUNDS    11
#define REQUESTS  2000
#define CLIENTS   8
#define LOAD_EACH 1000

/* ---- ours ---- */

static void status(void *user, struct pf_mgmt_status *ret)
{
    (void)user;
    *ret = (struct pf_mgmt_status){.video_streaming = true,
        .has_session = true,
        .mode = {1920, 1080, 60000},
        .has_stream = true,
        .bitrate_kbps = 20000,
        .codec = "h264"};
}

static void *run_loop(void *loop)
{
    pf_loop_run(loop);
    return NULL;
}

/* ---- the bare one ---- */

static size_t answer_len;

static enum MHD_Result bare(void *user, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *data, size_t *len, void **context)
{
    static char body[4096];
    static int seen;
    if (!*context) {
        *context = &seen;
        return MHD_YES;
    }
    if (!body[0])
        memset(body, 'x', sizeof(body));
    struct MHD_Response *r = MHD_create_response_from_buffer(answer_len, body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result rc = MHD_queue_response(connection, 200, r);
    MHD_destroy_response(r);
    return rc;
}

/* ---- clients ---- */

static const char request[] =
    "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " TOKEN "\r\n\r\n";

static double rate(uint16_t port)
{
    struct tls_client c;
    tls_client_open(&c, port);
    for (int i = 0; i < 100; i++)
        tls_client_ask(&c, request);
    uint64_t start = pf_time_mono_ns();
    for (int i = 0; i < REQUESTS; i++)
        tls_client_ask(&c, request);
    double seconds = (double)(pf_time_mono_ns() - start) / 1e9;
    tls_client_close(&c);
    return REQUESTS / seconds;
}

struct load {
    uint16_t port;
    double us[LOAD_EACH];
};

static void *load_one(void *arg)
{
    struct load *l = arg;
    struct tls_client c;
    tls_client_open(&c, l->port);
    for (int i = 0; i < LOAD_EACH; i++) {
        uint64_t start = pf_time_mono_ns();
        tls_client_ask(&c, request);
        l->us[i] = (double)(pf_time_mono_ns() - start) / 1e3;
    }
    tls_client_close(&c);
    return NULL;
}

static double p99_under_load(uint16_t port)
{
    static struct load loads[CLIENTS];
    static double all[CLIENTS * LOAD_EACH];
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        loads[i].port = port;
        pthread_create(&threads[i], NULL, load_one, &loads[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        memcpy(all + (size_t)i * LOAD_EACH, loads[i].us, sizeof(loads[i].us));
    }
    qsort(all, CLIENTS * LOAD_EACH, sizeof(all[0]), bench_compare);
    return all[CLIENTS * LOAD_EACH * 99 / 100];
}

static void remove_file(const char *dir, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    unlink(path);
}

int main(void)
{
    char dir[] = "/tmp/pf-bench-XXXXXX";
    struct pf_error err = {"?"};
    struct pf_loop *loop;
    struct pf_identity *identity;
    struct pf_mgmt_server *server;
    pthread_t thread;
    const struct pf_mgmt_host host = {.version = "0", .hostname = "h", .config_dir = dir, .status = status};
    struct pf_mgmt_config config = {.bind = "127.0.0.1", .token = TOKEN, .host = &host};
    if (!mkdtemp(dir) || pf_loop_create(&loop) < 0 || pf_identity_load_host(dir, &identity, &err) < 0)
        tls_client_die(err.text);
    config.identity = identity;
    if (pf_mgmt_server_start(loop, &config, &server, &err) < 0)
        tls_client_die(err.text);
    uint16_t ours = pf_mgmt_server_port(server);
    pthread_create(&thread, NULL, run_loop, loop);

    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
        bare, NULL, MHD_OPTION_HTTPS_MEM_KEY, pf_identity_key_pem(identity), MHD_OPTION_HTTPS_MEM_CERT,
        pf_identity_certificate_pem(identity), MHD_OPTION_HTTPS_PRIORITIES,
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_END);
    if (!daemon)
        tls_client_die("libmicrohttpd does not start");
    uint16_t peer = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    struct tls_client probe;
    tls_client_open(&probe, ours);
    answer_len = tls_client_ask(&probe, request);
    tls_client_close(&probe);

    double rates[2][ROUNDS], tails[2][ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        rates[0][i] = rate(ours);
        rates[1][i] = rate(peer);
        tails[0][i] = p99_under_load(ours);
        tails[1][i] = p99_under_load(peer);
    }
    double a = bench_median(rates[0], ROUNDS), b = bench_median(rates[1], ROUNDS);
    double x = bench_median(tails[0], ROUNDS), y = bench_median(tails[1], ROUNDS);
    printf("GET /api/v1/status, TLS 1.3, %zu bytes of answer, medians of %d rounds\n", answer_len, ROUNDS);
    printf(
        "  requests/s, one connection   ours %8.0f   bare libmicrohttpd %8.0f   ratio %.2f\n", a, b, a / b);
    printf("  p99 of %d clients at once    ours %6.0f us   bare libmicrohttpd %6.0f us   ratio %.2f\n",
        CLIENTS, x, y, x / y);
    remove_file(dir, "cert.pem");
    remove_file(dir, "key.pem");
    rmdir(dir);
    return a / b >= 0.6 ? 0 : 1;
}
