/* api_load MGMT_PORT TOKEN CONSOLE_PORT COOKIE WINDOW_MS ROUNDS: what owners do to a host while somebody
 * plays, and nothing, in turns: windows of quiet and of load, ROUNDS of each. Prints a line for each window:
 * "quiet" or "load", its begin and end (CLOCK_MONOTONIC, ns) and the requests that were answered in it.
 *
 * The load: status polled over connections that are kept, by the token and by a login to the console, new
 * connections with handshakes of their own, and listeners to events. */
#include "base/time.h"
#include "mgmt/tls_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { POLLERS = 4, TABS = 2, CALLERS = 2, LISTENERS = 8 };

#define POLL_NS (10 * PF_NS_PER_MS)
#define TAB_NS  (20 * PF_NS_PER_MS)
#define CALL_NS (250 * PF_NS_PER_MS)

static uint64_t start_ns, window_ns, end_ns;
static atomic_uint answered;

struct worker {
    pthread_t thread;
    uint16_t port;
    const char *head;         /* of each request: who asks */
    const char *const *paths; /* asked for in turns; NULL ends */
    uint64_t pace_ns;
    bool keeps; /* its connection, for as long as a window */
};

static bool is_over(void)
{
    return pf_time_mono_ns() >= end_ns;
}

static bool is_loaded(void)
{
    return (pf_time_mono_ns() - start_ns) / window_ns % 2 == 1;
}

static uint64_t next_window(void)
{
    return start_ns + ((pf_time_mono_ns() - start_ns) / window_ns + 1) * window_ns;
}

static void ask(const struct worker *w, struct tls_client *c, const char *path)
{
    char request[512];
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n", path, w->head);
    tls_client_ask(c, request);
    atomic_fetch_add(&answered, 1);
}

static void work_for_a_window(const struct worker *w)
{
    struct tls_client c;
    const char *const *path = w->paths;
    uint64_t due = pf_time_mono_ns();
    tls_client_open(&c, w->port);
    while (!is_over() && is_loaded()) {
        ask(w, &c, *path);
        if (!*++path)
            path = w->paths;
        due += w->pace_ns;
        pf_time_sleep_until(due);
        if (w->keeps)
            continue;
        tls_client_close(&c);
        tls_client_open(&c, w->port);
    }
    tls_client_close(&c);
}

static void *work(void *worker)
{
    while (!is_over()) {
        if (is_loaded())
            work_for_a_window(worker);
        pf_time_sleep_until(next_window());
    }
    return NULL;
}

static void *listen(void *worker)
{
    const struct worker *w = worker;
    struct tls_client c[LISTENERS];
    char request[512];
    snprintf(
        request, sizeof(request), "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n", w->head);
    while (!is_over()) {
        bool on = is_loaded();
        for (int i = 0; on && i < LISTENERS; i++) {
            tls_client_open(&c[i], w->port);
            tls_client_send(&c[i], request);
        }
        pf_time_sleep_until(next_window());
        for (int i = 0; on && i < LISTENERS; i++)
            tls_client_close(&c[i]);
    }
    return NULL;
}

/* One line for each window, as it ends. */
static void print_windows(void)
{
    for (uint64_t from = start_ns; from < end_ns; from += window_ns) {
        atomic_store(&answered, 0);
        pf_time_sleep_until(from + window_ns);
        bool load = (from - start_ns) / window_ns % 2 == 1;
        printf("%s %llu %llu %u\n", load ? "load" : "quiet", (unsigned long long)from,
            (unsigned long long)(from + window_ns), atomic_load(&answered));
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static const char *const status[] = {"/api/v1/status", NULL}, *const page[] = {"/login", NULL};
    static const char *const tab[] = {"/api/v1/sessions", "/api/v1/status", "/api/v1/display/state",
        "/api/v1/native/pair", "/api/v1/stats/capture/status", NULL};
    static char owner[128], login[256];
    struct worker workers[POLLERS + TABS + CALLERS + 1];
    int n = 0;
    if (argc != 7) {
        fputs("usage: api_load MGMT_PORT TOKEN CONSOLE_PORT COOKIE WINDOW_MS ROUNDS\n", stderr);
        return 2;
    }
    uint16_t mgmt = (uint16_t)atoi(argv[1]), console = (uint16_t)atoi(argv[3]);
    snprintf(owner, sizeof(owner), "Authorization: Bearer %s", argv[2]);
    snprintf(login, sizeof(login), "Cookie: pf_session=%s", argv[4]);
    for (int i = 0; i < POLLERS; i++)
        workers[n++] = (struct worker){0, mgmt, owner, status, POLL_NS, true};
    for (int i = 0; i < TABS; i++)
        workers[n++] = (struct worker){0, console, login, tab, TAB_NS, true};
    for (int i = 0; i < CALLERS; i++)
        workers[n++] = (struct worker){
            0, i % 2 ? mgmt : console, i % 2 ? owner : login, i % 2 ? status : page, CALL_NS, false};
    workers[n] = (struct worker){0, mgmt, owner, NULL, 0, true};

    struct tls_client first; /* what GnuTLS makes once is made before there are threads */
    tls_client_open(&first, mgmt);
    tls_client_close(&first);
    window_ns = strtoull(argv[5], NULL, 10) * PF_NS_PER_MS;
    start_ns = pf_time_mono_ns();
    end_ns = start_ns + 2 * window_ns * strtoull(argv[6], NULL, 10);
    for (int i = 0; i <= n; i++)
        pthread_create(&workers[i].thread, NULL, i < n ? work : listen, &workers[i]);
    print_windows();
    for (int i = 0; i <= n; i++)
        pthread_join(workers[i].thread, NULL);
    return 0;
}
