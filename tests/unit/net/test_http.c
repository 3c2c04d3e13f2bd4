/* The transport of HTTP servers with plain clients over loopback: the loop runs in the test's thread, clients
 * are sockets that do not block. */
#include "net/http.h"

#include "base/time.h"
#include "net/address.h"
#include "net/loop.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct rig {
    struct pf_loop *loop;
    struct pf_http *http;
    struct pf_timer *guard, *late;
    struct pf_http_connection *held;
    bool refuses;               /* everybody */
    bool late_passed, was_late; /* a timer ran out before the held request went on */
    unsigned lines, answers, completed, left, asked_again;
    unsigned goal; /* of `completed`: the loop stops there */
};

static void on_late(void *user)
{
    ((struct rig *)user)->late_passed = true;
}

static void on_guard(void *user)
{
    (void)user;
    fail_msg("the server hangs");
}

static bool on_admission(void *user, const struct sockaddr *newcomer)
{
    assert_int_equal(newcomer->sa_family, AF_INET);
    return !((struct rig *)user)->refuses;
}

struct request {
    bool seen, waits;
};

static void *on_line(void *user, struct pf_http_connection *c, const char *uri)
{
    assert_non_null(c);
    assert_non_null(strstr(uri, "?x=%41"));
    ((struct rig *)user)->lines++;
    return calloc(1, sizeof(struct request));
}

static bool respond(struct rig *rig, struct pf_http_connection *c)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(2, (void *)(uintptr_t) "ok", MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(r, "Connection", "close");
    enum MHD_Result rc = MHD_queue_response(pf_http_mhd(c), 200, r);
    MHD_destroy_response(r);
    rig->answers++;
    return rc == MHD_YES;
}

/* /hold is answered when /free comes; /keep never. */
static bool on_request(
    void *user, struct pf_http_connection *c, const struct pf_http_piece *piece, void **request)
{
    struct rig *rig = user;
    struct request *r = *request;
    if (!r->seen)
        return r->seen = true;
    if (r->waits) {
        rig->asked_again++;
        rig->was_late = rig->late_passed;
        return !pf_http_is_over(c) && respond(rig, c);
    }
    if (strcmp(piece->path, "/free") != 0) {
        r->waits = true;
        rig->held = c;
        pf_http_hold(c, r);
        return true;
    }
    pf_timer_arm(rig->late, 300 * PF_NS_PER_MS);
    pf_http_resume(rig->held);
    return respond(rig, c);
}

static void on_completed(void *user, struct pf_http_connection *c, void *request)
{
    struct rig *rig = user;
    assert_false(pf_http_is_held(c));
    free(request);
    if (++rig->completed == rig->goal)
        pf_loop_stop(rig->loop);
}

static void on_left(void *user, void *request)
{
    assert_true(((struct request *)request)->waits);
    ((struct rig *)user)->left++;
}

static struct pf_http_config config_of(struct rig *rig, uint16_t port)
{
    struct pf_http_config config = {.scope = "test",
        .name = "the test",
        .connections_max = 8,
        .head_max = 4096,
        .idle_s = 60,
        .head_ns = 60 * PF_NS_PER_S,
        .user = rig,
        .admit = on_admission,
        .line = on_line,
        .request = on_request,
        .completed = on_completed,
        .left = on_left};
    assert_int_equal(pf_address_parse("127.0.0.1", port, &config.address, NULL), 0);
    pf_address_set_port(&config.address, port);
    return config;
}

static void start(struct rig *rig, uint64_t head_ns)
{
    *rig = (struct rig){.goal = 0};
    assert_int_equal(pf_loop_create(&rig->loop), 0);
    assert_int_equal(pf_timer_create(rig->loop, on_guard, rig, &rig->guard), 0);
    assert_int_equal(pf_timer_create(rig->loop, on_late, rig, &rig->late), 0);
    struct pf_http_config config = config_of(rig, 0);
    config.head_ns = head_ns;
    assert_int_equal(pf_http_start(rig->loop, &config, &rig->http, NULL), 0);
}

static void stop(struct rig *rig)
{
    pf_http_stop(rig->http);
    pf_timer_destroy(rig->guard);
    pf_timer_destroy(rig->late);
    pf_loop_destroy(rig->loop);
}

/* Connects, and asks if there is a path. */
static int client(const struct rig *rig, const char *path)
{
    struct sockaddr_storage to;
    char text[128];
    assert_int_equal(pf_address_parse("127.0.0.1", pf_http_port(rig->http), &to, NULL), 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, pf_address_size((struct sockaddr *)&to)), 0);
    int n = path ? snprintf(text, sizeof(text), "GET %s?x=%%41 HTTP/1.1\r\nHost: a\r\n\r\n", path) : 0;
    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
    return fd;
}

static void run_until_completed(struct rig *rig, unsigned goal)
{
    rig->goal = goal;
    pf_timer_arm(rig->guard, 60 * PF_NS_PER_S);
    assert_int_equal(pf_loop_run(rig->loop), 0);
    pf_timer_disarm(rig->guard);
}

static bool was_answered(int fd)
{
    char text[512];
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
    close(fd);
    return n > 12 && memcmp(text, "HTTP/1.1 200", 12) == 0;
}

/* The library takes notice of a request that goes on at its next run only, and says nothing of it. */
static void a_held_request_goes_on_at_once(void **state)
{
    (void)state;
    struct rig rig;
    start(&rig, 60 * PF_NS_PER_S);
    int waits = client(&rig, "/hold"), frees;
    while (!rig.held)
        uv_run(pf_loop_uv(rig.loop), UV_RUN_ONCE);
    assert_true(pf_http_is_held(rig.held));
    frees = client(&rig, "/free");
    run_until_completed(&rig, 2);
    assert_false(rig.was_late);
    assert_int_equal(rig.asked_again, 1);
    assert_int_equal(rig.answers, 2);
    assert_true(was_answered(waits) && was_answered(frees));
    assert_int_equal(rig.left, 0);
    stop(&rig);
}

static void who_leaves_while_held_is_noticed(void **state)
{
    (void)state;
    struct rig rig;
    start(&rig, 60 * PF_NS_PER_S);
    int fd = client(&rig, "/keep");
    while (!rig.held)
        uv_run(pf_loop_uv(rig.loop), UV_RUN_ONCE);
    struct pf_http_peer peer;
    pf_http_read_peer(rig.held, &peer);
    assert_int_equal(pf_address_port((struct sockaddr *)&peer.local), pf_http_port(rig.http));
    assert_false(peer.has_certificate);
    close(fd);
    run_until_completed(&rig, 1);
    assert_int_equal(rig.left, 1);
    assert_int_equal(rig.answers, 0);
    stop(&rig);
    assert_int_equal(rig.completed, 1);
}

static void stopping_ends_held_requests(void **state)
{
    (void)state;
    struct rig rig;
    start(&rig, 60 * PF_NS_PER_S);
    int fd = client(&rig, "/keep");
    while (!rig.held)
        uv_run(pf_loop_uv(rig.loop), UV_RUN_ONCE);
    stop(&rig);
    assert_int_equal(rig.completed, 1);
    assert_int_equal(rig.left, 0);
    assert_int_equal(rig.answers, 0);
    assert_false(was_answered(fd));
}

static void strangers_and_dawdlers_are_cut_off(void **state)
{
    (void)state;
    struct rig rig;
    start(&rig, 50 * PF_NS_PER_MS);
    int dawdles = client(&rig, NULL);
    while (!pf_http_next(rig.http, NULL))
        uv_run(pf_loop_uv(rig.loop), UV_RUN_ONCE);
    assert_null(pf_http_next(rig.http, pf_http_next(rig.http, NULL)));
    assert_int_equal(pf_http_address(pf_http_next(rig.http, NULL))->sa_family, AF_INET);
    while (pf_http_next(rig.http, NULL))
        uv_run(pf_loop_uv(rig.loop), UV_RUN_ONCE);
    assert_false(was_answered(dawdles));
    rig.refuses = true;
    int refused = client(&rig, "/free");
    char byte;
    while (recv(refused, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN)
        uv_run(pf_loop_uv(rig.loop), UV_RUN_NOWAIT);
    close(refused);
    assert_int_equal(rig.lines, 0);
    stop(&rig);
}

static void a_port_that_is_taken_is_named(void **state)
{
    (void)state;
    struct rig rig;
    struct pf_error err;
    struct pf_http *second = NULL;
    start(&rig, PF_NS_PER_S);
    struct pf_http_config config = config_of(&rig, pf_http_port(rig.http));
    assert_int_equal(pf_http_start(rig.loop, &config, &second, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, "for the test"));
    assert_null(second);
    stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_request_goes_on_at_once),
        cmocka_unit_test(who_leaves_while_held_is_noticed),
        cmocka_unit_test(stopping_ends_held_requests),
        cmocka_unit_test(strangers_and_dawdlers_are_cut_off),
        cmocka_unit_test(a_port_that_is_taken_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
