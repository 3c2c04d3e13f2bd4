/* The HTTPS server with real clients over loopback: the server's loop runs on a thread of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../errand.h"
#include "../patient.h"
#include "fixture.h"
#include "mgmt/client.h"
#include "mgmt/server.h"
#include "net/identity.h"
#include "net/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

static struct server {
    struct fixture f;
    struct temp_dir client_dir;
    struct pf_loop *loop;
    struct pf_identity *identity, *client;
    struct pf_mgmt_server *server;
    pthread_t thread;
    atomic_bool parked;
} S;

static void *run_loop(void *arg)
{
    (void)arg;
    pf_loop_run(S.loop);
    return NULL;
}

static int start(void **state)
{
    (void)state;
    fixture_init(&S.f);
    S.client_dir = temp_dir_make();
    struct pf_error err = {""};
    if (errand_loop_create(&S.loop) < 0 || pf_identity_load_host(S.f.dir.path, &S.identity, &err) < 0 ||
        pf_identity_load_client(S.client_dir.path, &S.client, &err) < 0 ||
        pf_native_store_add(S.f.store, pf_identity_fingerprint(S.client), "Client", &err) < 0)
        goto fail;
    struct pf_mgmt_config config = {
        .bind = "127.0.0.1", .token = TOKEN, .identity = S.identity, .host = &S.f.host};
    if (pf_mgmt_server_start(S.loop, &config, &S.server, &err) < 0)
        goto fail;
    return pthread_create(&S.thread, NULL, run_loop, NULL);
fail:
    print_error("%s\n", err.text);
    return -1;
}

static void stop_server(void *arg)
{
    (void)arg;
    pf_mgmt_server_stop(S.server);
    pf_loop_stop(S.loop);
}

static int stop(void **state)
{
    (void)state;
    errand_post(stop_server, NULL);
    pthread_join(S.thread, NULL);
    if (S.f.parked)
        reply_compositors(S.f.parked); /* an operation that ends after the server */
    errand_loop_destroy(S.loop);
    pf_identity_destroy(S.identity);
    pf_identity_destroy(S.client);
    fixture_finish(&S.f);
    temp_dir_remove(&S.client_dir);
    return 0;
}

static struct pf_mgmt_client client_of(const char *token)
{
    return (struct pf_mgmt_client){.port = pf_mgmt_server_port(S.server),
        .token = token,
        .fingerprint = pf_identity_fingerprint(S.identity)};
}

static unsigned call(const struct pf_mgmt_client *c, const char *method, const char *path, json_t **ret_json)
{
    struct pf_error err = {""};
    json_t *json = NULL;
    unsigned status = 0;
    if (pf_mgmt_client_call(c, method, path, NULL, &status, &json, &err) < 0)
        fail_msg("%s", err.text);
    if (ret_json)
        *ret_json = json;
    else
        json_decref(json);
    return status;
}

/* The whole answer as text; free() it. */
static char *raw(const char *request, size_t len)
{
    struct pf_mgmt_client c = client_of(NULL);
    struct pf_error err = {""};
    char *response = NULL;
    if (pf_mgmt_client_exchange(&c, request, len, &response, &len, &err) < 0)
        fail_msg("%s", err.text);
    return response;
}

static void clients_are_told_apart(void **state)
{
    (void)state;
    struct pf_mgmt_client anyone = client_of(NULL), admin = client_of(TOKEN), liar = client_of("guess");
    struct pf_mgmt_client paired = client_of(NULL), stranger = client_of(NULL);
    paired.identity = S.client;
    stranger.identity = S.identity; /* a certificate nobody paired */
    json_t *json;
    assert_int_equal(call(&anyone, "GET", "/api/v1/health", &json), 200);
    assert_string_equal(json_string_value(json_object_get(json, "status")), "ok");
    json_decref(json);
    assert_int_equal(call(&anyone, "GET", "/api/v1/local/summary", NULL), 200);
    assert_int_equal(call(&anyone, "GET", "/api/v1/status", NULL), 401);
    assert_int_equal(call(&liar, "GET", "/api/v1/status", NULL), 401);
    assert_int_equal(call(&admin, "GET", "/api/v1/status", NULL), 200);
    assert_int_equal(call(&paired, "GET", "/api/v1/status", NULL), 200);
    assert_int_equal(call(&stranger, "GET", "/api/v1/status", NULL), 401);
    assert_int_equal(call(&paired, "DELETE", "/api/v1/native/pair", NULL), 401);
    assert_int_equal(call(&admin, "DELETE", "/api/v1/native/pair", NULL), 204);
    assert_int_equal(call(&admin, "GET", "/api/v1/host", &json), 200);
    json_t *ports = json_object_get(json, "ports");
    assert_int_equal(json_integer_value(json_object_get(ports, "mgmt")), admin.port);
    json_decref(json);
}

static void a_wrong_certificate_gets_no_token(void **state)
{
    (void)state;
    struct pf_mgmt_client c = client_of(TOKEN);
    c.fingerprint = STRANGER;
    struct pf_error err = {""};
    unsigned status;
    json_t *json;
    assert_int_equal(pf_mgmt_client_call(&c, "GET", "/api/v1/status", NULL, &status, &json, &err), -EPERM);
}

static void one_connection_serves_many_requests(void **state)
{
    (void)state;
    static const char request[] = "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
                                  "HEAD /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
                                  "POST /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                                  "GET /api/v1/nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char *response = raw(request, sizeof(request) - 1), *p = response;
    static const char *const statuses[] = {"HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 405", "HTTP/1.1 404"};
    for (size_t i = 0; i < 4; i++) {
        p = strstr(p, "HTTP/1.1 ");
        assert_non_null(p);
        assert_memory_equal(p, statuses[i], strlen(statuses[i]));
        p++;
    }
    assert_non_null(strstr(response, "Allow: GET,HEAD"));
    assert_non_null(strstr(response, "application/json"));
    /* One body for GET, none for HEAD. */
    char *body = strstr(response, "\"status\"");
    assert_non_null(body);
    assert_null(strstr(body + 1, "\"status\""));
    free(response);
}

static char *post(size_t body_len, const char *extra, const char *body)
{
    char head[400];
    int n = snprintf(head, sizeof(head),
        "POST /api/v1/native/pair/arm HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: "
        "Bearer " TOKEN "\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
        extra, body_len);
    size_t sent = body ? strlen(body) : body_len;
    char *request = malloc((size_t)n + sent);
    memcpy(request, head, (size_t)n);
    if (body)
        memcpy(request + n, body, sent);
    else
        memset(request + n, ' ', sent);
    char *response = raw(request, (size_t)n + sent);
    free(request);
    return response;
}

static void bodies_are_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *extra, *body, *answer, *other_answer;
    } table[] = {
        {2, "", "{}", "HTTP/1.1 200"},
        {2u << 20, "", NULL, "HTTP/1.1 400"},       /* blanks: as large as allowed, but no JSON */
        {(2u << 20) + 1, "", NULL, "HTTP/1.1 413"}, /* read to its end */
        {(size_t)1 << 40, "", "x", "HTTP/1.1 413"}, /* not read at all */
        /* The body follows at once: a server may skip the 100 when it has seen some of it already. */
        {1u << 20, "Expect: 100-continue\r\n", NULL, "HTTP/1.1 100", "HTTP/1.1 400"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char *response = post(table[i].len, table[i].extra, table[i].body);
        const char *other = table[i].other_answer;
        if (strncmp(response, table[i].answer, strlen(table[i].answer)) != 0 &&
            !(other && strncmp(response, other, strlen(other)) == 0))
            fail_msg("body of %zu bytes: %.60s instead of %s", table[i].len, response, table[i].answer);
        free(response);
    }
}

static void nonsense_does_no_harm(void **state)
{
    (void)state;
    static const char *const heads[] = {"GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "BREW /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /api/v1/native/clients/%00%zz% HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "POST /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        free(raw(heads[i], strlen(heads[i])));
    char *large = malloc(40000);
    int n = snprintf(large, 40000, "GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX-Long: ");
    memset(large + n, 'a', 40000 - (size_t)n);
    char *response = raw(large, 40000);
    assert_null(strstr(response, "HTTP/1.1 200"));
    free(response);
    free(large);
    struct pf_mgmt_client anyone = client_of(NULL);
    assert_int_equal(call(&anyone, "GET", "/api/v1/health", NULL), 200);
}

static int plain_connect(uint16_t port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval limit = {.tv_sec = 20};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static void one_address_cannot_take_all_connections(void **state)
{
    (void)state;
    int fds[65];
    char byte;
    for (int i = 0; i < 65; i++)
        fds[i] = plain_connect(pf_mgmt_server_port(S.server));
    assert_int_equal(patient_recv(fds[64], &byte, 1), 0); /* refused at once */
    for (int i = 0; i < 65; i++)
        close(fds[i]);
}

static void plain_http_is_refused(void **state)
{
    (void)state;
    static const char request[] = "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[200];
    int fd = plain_connect(pf_mgmt_server_port(S.server));
    assert_int_equal(send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL), sizeof(request) - 1);
    ssize_t n = patient_recv(fd, answer, sizeof(answer) - 1);
    answer[n > 0 ? n : 0] = 0;
    assert_null(strstr(answer, "HTTP/1.1"));
    close(fd);
}

/* A server without patience, for a peer that trickles one byte after the other into its TLS record. */
static void start_impatient(void *arg)
{
    struct pf_mgmt_config config = {.bind = "127.0.0.1",
        .token = TOKEN,
        .identity = S.identity,
        .host = &S.f.host,
        .head_ns = 200 * PF_NS_PER_MS};
    struct pf_mgmt_server *server = NULL;
    pf_mgmt_server_start(S.loop, &config, &server, NULL);
    atomic_store((struct pf_mgmt_server * _Atomic *)arg, server);
}

static void stop_impatient(void *arg)
{
    pf_mgmt_server_stop(atomic_load((struct pf_mgmt_server * _Atomic *)arg));
}

static void trickling_peers_are_cut_off(void **state)
{
    (void)state;
    static struct pf_mgmt_server *_Atomic server;
    errand_post(start_impatient, &server);
    while (!atomic_load(&server))
        usleep(1000);
    int fd = plain_connect(pf_mgmt_server_port(atomic_load(&server)));
    static const char head[5] =
        "\x16\x03\x01\x01"; /* a handshake record of 256 bytes, which never gets complete */
    int sent = 0;
    while (sent < 250 && send(fd, &head[sent < 4 ? sent : 4], 1, MSG_NOSIGNAL) == 1) {
        sent++;
        usleep(10000);
    }
    assert_in_range(sent, 10, 249);
    close(fd);
    errand_post(stop_impatient, &server);
}

static void set_hold(void *arg)
{
    S.f.hold = arg != NULL;
}

static void release_parked(void *arg)
{
    (void)arg;
    if (!S.f.parked) { /* not there yet: look again */
        errand_post(release_parked, NULL);
        return;
    }
    struct pf_mgmt_call *parked = S.f.parked;
    S.f.parked = NULL;
    reply_compositors(parked);
}

static void *call_compositors(void *arg)
{
    struct pf_mgmt_client admin = client_of(TOKEN);
    struct pf_error err;
    json_t *json = NULL;
    (void)arg;
    unsigned status = 0;
    pf_mgmt_client_call(&admin, "GET", "/api/v1/compositors", NULL, &status, &json, &err);
    size_t n = json_array_size(json);
    json_decref(json);
    return (void *)(uintptr_t)(status * 10 + n);
}

static void slow_operations_do_not_block_others(void **state)
{
    (void)state;
    errand_post(set_hold, &S);
    pthread_t thread;
    void *result;
    assert_int_equal(pthread_create(&thread, NULL, call_compositors, NULL), 0);
    struct pf_mgmt_client anyone = client_of(NULL);
    assert_int_equal(call(&anyone, "GET", "/api/v1/health", NULL), 200);
    errand_post(release_parked, NULL);
    pthread_join(thread, &result);
    assert_int_equal((uintptr_t)result, 2004);
    errand_post(set_hold, NULL);
}

static void wait_parked(void *arg)
{
    if (S.f.parked)
        atomic_store(&S.parked, true);
    else
        errand_post(wait_parked, arg);
}

static void the_server_stops_under_a_slow_operation(void **state)
{
    errand_post(set_hold, &S);
    pthread_t thread;
    void *result;
    assert_int_equal(pthread_create(&thread, NULL, call_compositors, NULL), 0);
    errand_post(wait_parked, NULL);
    while (!atomic_load(&S.parked))
        usleep(1000);
    stop(state);
    pthread_join(thread, &result);
    assert_int_equal((uintptr_t)result, 0);
    S = (struct server){0};
    assert_int_equal(start(state), 0);
}

static void an_address_in_use_is_said_so(void **state)
{
    (void)state;
    char bind[40];
    struct pf_error err = {""};
    struct pf_mgmt_server *second;
    snprintf(bind, sizeof(bind), "127.0.0.1:%u", pf_mgmt_server_port(S.server));
    struct pf_mgmt_config config = {.bind = bind, .token = TOKEN, .identity = S.identity, .host = &S.f.host};
    assert_int_equal(pf_mgmt_server_start(S.loop, &config, &second, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, bind));
    assert_non_null(strstr(err.text, "--mgmt-bind"));
    config.bind = "nonsense";
    assert_int_equal(pf_mgmt_server_start(S.loop, &config, &second, &err), -EINVAL);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_are_told_apart),
        cmocka_unit_test(a_wrong_certificate_gets_no_token),
        cmocka_unit_test(one_connection_serves_many_requests),
        cmocka_unit_test(bodies_are_bounded),
        cmocka_unit_test(nonsense_does_no_harm),
        cmocka_unit_test(one_address_cannot_take_all_connections),
        cmocka_unit_test(plain_http_is_refused),
        cmocka_unit_test(trickling_peers_are_cut_off),
        cmocka_unit_test(slow_operations_do_not_block_others),
        cmocka_unit_test(the_server_stops_under_a_slow_operation),
        cmocka_unit_test(an_address_in_use_is_said_so),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
