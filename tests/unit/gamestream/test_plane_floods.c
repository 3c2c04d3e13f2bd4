/* Peers that are slow, many or rude; and starting. */
#include "plane_rig.h"

#include "base/time.h"
#include "gamestream/nvhttp/http.h"
#include "net/identity.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- floods ---------------------------------------------------------------------------------------------
 */

static struct pf_gs_http *impatient;

static void start_impatient(void *arg)
{
    const struct pf_gs_http_config config = {
        .bind_address = "127.0.0.1", .dawdle_ns = 300 * PF_NS_PER_MS, .identity = arg, .user = NULL};
    if (pf_gs_http_start(S.loop, &config, &impatient, NULL) < 0)
        abort();
}

static void stop_impatient(void *arg)
{
    pf_gs_http_stop(impatient);
}

/* Feeds a server that waits for 0.3 s byte by byte, ten seconds long. Returns how many it took. */
static int trickle(const struct pf_identity *identity, const char *first, size_t len)
{
    on_loop(start_impatient, (void *)identity);
    int fd = connect_to(pf_gs_http_port(impatient)), sent = 0;
    while (sent < 1000 && send(fd, (size_t)sent < len ? first + sent : "x", 1, MSG_NOSIGNAL) == 1) {
        sent++;
        usleep(10000);
    }
    close(fd);
    on_loop(stop_impatient, NULL);
    return sent;
}

static void slow_peers_are_cut_off(void **state)
{
    static const char head[] = "GET /serverinfo HTTP/1.1\r\nHost: ",
                      record[] = "\x16\x03\x01\x10\x00\x01\x00\x0f\xfc";
    assert_in_range(trickle(NULL, head, sizeof(head) - 1), 1, 990);
    assert_in_range(trickle(S.identity, record, sizeof(record) - 1), 1, 990);
}

/* True if the peer hung up on us; false while it just waits. */
static bool hung_up(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

static void floods_are_bounded(void **state)
{
    int fds[120];
    unsigned refused = 0;
    for (unsigned i = 0; i < 120; i++)
        fds[i] = connect_to(S.m.http_port);
    while (refused < 104) { /* 16 of an address may stay */
        refused = 0;
        for (unsigned i = 0; i < 120; i++)
            refused += hung_up(fds[i]);
        usleep(10000);
    }
    check(&S.stranger, true, "/serverinfo", 200, 401); /* the other port does not suffer */
    for (unsigned i = 0; i < 120; i++)
        close(fds[i]);
    sleep(1); /* the second of this address is over */
    check(&S.stranger, false, "/serverinfo", 200, 200);
}

static void huge_requests_are_refused(void **state)
{
    size_t len = 100000;
    char *request = malloc(len);
    memset(request, 'a', len);
    memcpy(request, "GET /serverinfo?x=", 18);
    struct answer a = exchange_bytes(S.m.http_port, request, len);
    assert_true(a.status == 0 || a.status == 414 || a.status == 431 || a.status == 413);
    drop_answer(&a);
    memcpy(request, "GET /serverinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 99000\r\n\r\n", 60);
    a = exchange_bytes(S.m.http_port, request, len);
    assert_int_equal(a.status, 0);
    drop_answer(&a);
    free(request);
    check(&S.stranger, false, "/serverinfo", 200, 200);
}

/* ---- starting -------------------------------------------------------------------------------------------
 */

struct trial {
    struct pf_gamestream_config config;
    struct pf_error err;
    int rc;
};

static void try_start(void *arg)
{
    struct trial *t = arg;
    struct pf_gamestream *first = S.g;
    t->rc = start_plane(&t->config, &t->err);
    if (t->rc == 0)
        abort();
    S.g = first;
}

static void starting_may_fail(void **state)
{
    struct trial t = {.config = {.any_port = true, .bind_address = "127.0.0.1"}};
    set_play((struct fake_play){.refuses_to_start = true});
    on_loop(try_start, &t);
    assert_int_equal(t.rc, -EADDRINUSE);
    assert_string_equal(t.err.text, "port 48010 is in use");
    t.config.bind_address = "203.0.113.7";
    on_loop(try_start, &t);
    assert_int_equal(t.rc, -EPERM);
    assert_non_null(strstr(t.err.text, "203.0.113.7"));
    assert_non_null(strstr(t.err.text, "--gamestream-public"));
    t.config.bind_address = "nonsense";
    on_loop(try_start, &t);
    assert_int_equal(t.rc, -EINVAL);
    check(&S.stranger, false, "/serverinfo", 200, 200);
}

static void a_taken_port_is_one_sentence(void **state)
{
    struct pf_error err;
    struct pf_gs_http *second;
    const struct pf_gs_http_config config = {.bind_address = "127.0.0.1", .port = S.m.http_port};
    char port[8];
    assert_int_equal(pf_gs_http_start(S.loop, &config, &second, &err), -EADDRINUSE);
    snprintf(port, sizeof(port), "%u", S.m.http_port);
    assert_non_null(strstr(err.text, port));
    assert_non_null(strstr(err.text, "in use"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(slow_peers_are_cut_off),
        TEST(floods_are_bounded),
        TEST(huge_requests_are_refused),
        TEST(starting_may_fail),
        TEST(a_taken_port_is_one_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, drop_client);
}
