/* GET /api/v1/status of the management API beside a bare answer of libmicrohttpd of the same size, over the
 * same TLS, on one machine, in turns: requests a second over one connection that is kept, and how long each
 * takes while eight clients ask at once. */
#include "bench.h"

#include "mgmt/client.h"
#include "mgmt/server.h"
#include "net/identity.h"
#include "net/loop.h"
#include "trust/native_store.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOKEN     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ROUNDS    11
#define REQUESTS  2000
#define CLIENTS   8
#define LOAD_EACH 1000

static void die(const char *what)
{
    fprintf(stderr, "bench_mgmt: %s\n", what);
    exit(1);
}

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

/* ---- a client ---- */

struct connection {
    int fd;
    gnutls_session_t tls;
};

static gnutls_certificate_credentials_t nobody;

static void open_connection(struct connection *c, uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        die("cannot connect");
    gnutls_init(&c->tls, GNUTLS_CLIENT);
    gnutls_set_default_priority(c->tls);
    gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, nobody);
    gnutls_transport_set_int(c->tls, c->fd);
    int rc;
    while ((rc = gnutls_handshake(c->tls)) < 0)
        if (gnutls_error_is_fatal(rc))
            die(gnutls_strerror(rc));
}

static void close_connection(struct connection *c)
{
    gnutls_deinit(c->tls);
    close(c->fd);
}

/* One request; the length of the body of its answer. */
static size_t ask(struct connection *c)
{
    static const char request[] =
        "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " TOKEN "\r\n\r\n";
    char text[8192], *end = NULL, *length;
    size_t n = 0, body = 0;
    gnutls_record_send(c->tls, request, sizeof(request) - 1);
    while (!end || n < (size_t)(end - text) + 4 + body) {
        ssize_t got = gnutls_record_recv(c->tls, text + n, sizeof(text) - 1 - n);
        if (got <= 0)
            die("the server has closed the connection");
        text[n += (size_t)got] = 0;
        end = strstr(text, "\r\n\r\n");
        length = end ? strcasestr(text, "content-length:") : NULL;
        body = length ? strtoul(length + 15, NULL, 10) : 0;
    }
    if (strncmp(text, "HTTP/1.1 200", 12) != 0)
        die(text);
    return body;
}

static double rate(uint16_t port)
{
    struct connection c;
    open_connection(&c, port);
    for (int i = 0; i < 100; i++)
        ask(&c);
    uint64_t start = pf_time_mono_ns();
    for (int i = 0; i < REQUESTS; i++)
        ask(&c);
    double seconds = (double)(pf_time_mono_ns() - start) / 1e9;
    close_connection(&c);
    return REQUESTS / seconds;
}

struct load {
    uint16_t port;
    double us[LOAD_EACH];
};

static void *load_one(void *arg)
{
    struct load *l = arg;
    struct connection c;
    open_connection(&c, l->port);
    for (int i = 0; i < LOAD_EACH; i++) {
        uint64_t start = pf_time_mono_ns();
        ask(&c);
        l->us[i] = (double)(pf_time_mono_ns() - start) / 1e3;
    }
    close_connection(&c);
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
        die(err.text);
    config.identity = identity;
    if (pf_mgmt_server_start(loop, &config, &server, &err) < 0)
        die(err.text);
    uint16_t ours = pf_mgmt_server_port(server);
    pthread_create(&thread, NULL, run_loop, loop);

    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
        bare, NULL, MHD_OPTION_HTTPS_MEM_KEY, pf_identity_key_pem(identity), MHD_OPTION_HTTPS_MEM_CERT,
        pf_identity_certificate_pem(identity), MHD_OPTION_HTTPS_PRIORITIES,
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_END);
    if (!daemon)
        die("libmicrohttpd does not start");
    uint16_t peer = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    gnutls_certificate_allocate_credentials(&nobody);
    struct connection probe;
    open_connection(&probe, ours);
    answer_len = ask(&probe);
    close_connection(&probe);

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
