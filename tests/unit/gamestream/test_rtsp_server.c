/* The RTSP port under clients that are slow, many, or mad; and how a request is put together from pieces. */
#include "../errand.h"
#include "gamestream/rtsp/inbox.h"
#include "gamestream/rtsp/server.h"

#include "base/thread.h"
#include "base/time.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../patient.h"

static struct {
    struct pf_loop *loop;
    struct pf_gs_rtsp_server *server;
    pthread_t thread;
    uint16_t port;
    atomic_bool stopped, later;
    atomic_uint requests;
} rig;

static struct pf_gs_rtsp_seal *no_seal(void *user, const struct sockaddr *from)
{
    return NULL;
}

static enum pf_gs_rtsp_answer on_request(
    void *user, const struct pf_gs_rtsp_request *q, const struct sockaddr *from, struct pf_gs_rtsp_reply *r)
{
    rig.requests++;
    if (rig.later)
        return PF_GS_RTSP_LATER;
    pf_gs_rtsp_reply_begin(r, r->buf, r->cap, 200, q->cseq);
    pf_gs_rtsp_reply_end(r, "body", 4);
    return PF_GS_RTSP_REPLIED;
}

/* 127.0.0.1 is the owner. */
static bool expects(void *user, const struct sockaddr *from)
{
    return ((const struct sockaddr_in *)from)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
}

static void on_stopped(void *user)
{
    rig.stopped = true;
    pf_loop_stop(rig.loop);
}

static void run_loop(void *arg)
{
    pf_loop_run(rig.loop);
}

static void open_rig(uint64_t read_ms, uint64_t total_ms)
{
    struct pf_error err;
    memset(&rig, 0, sizeof(rig));
    const struct pf_gs_rtsp_limits limits = {read_ms * PF_NS_PER_MS, total_ms * PF_NS_PER_MS};
    const struct pf_gs_rtsp_events events = {
        .seal = no_seal, .request = on_request, .expects = expects, .stopped = on_stopped};
    assert_int_equal(errand_loop_create(&rig.loop), 0);
    assert_int_equal(
        pf_gs_rtsp_server_start(rig.loop, "127.0.0.1", 0, &limits, &events, &rig.server, &err), 0);
    rig.port = pf_gs_rtsp_server_port(rig.server);
    assert_int_equal(pf_thread_start(&rig.thread, "loop", PF_THREAD_NORMAL, run_loop, NULL), 0);
}

static void stop_server(void *arg)
{
    pf_gs_rtsp_server_stop(rig.server);
}

static void wake_server(void *arg)
{
    pf_gs_rtsp_server_wake(rig.server);
}

static void close_rig(void)
{
    errand_post(stop_server, NULL);
    pthread_join(rig.thread, NULL);
    assert_true(rig.stopped);
    errand_loop_destroy(rig.loop);
}

static int dial(const char *from)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(rig.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in me = {.sin_family = AF_INET};
    const struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, from, &me.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof(me)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* True if a whole reply comes, false if the connection is closed. */
static bool is_answered(int fd)
{
    char reply[512] = {0};
    size_t len = 0;
    ssize_t n;
    while (len < sizeof(reply) - 1 && (n = patient_recv(fd, reply + len, sizeof(reply) - 1 - len)) > 0)
        len += (size_t)n;
    close(fd);
    return strstr(reply, "RTSP/1.0 200 OK") && strstr(reply, "\r\n\r\nbody");
}

#define REQUEST "OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n"

static void requests_are_answered_however_they_come(void **state)
{
    open_rig(0, 0);
    int fd = dial("127.0.0.1");
    say(fd, REQUEST);
    assert_true(is_answered(fd));
    fd = dial("127.0.0.1"); /* byte by byte */
    for (const char *p = REQUEST; *p; p++)
        say(fd, (const char[]){*p, 0});
    assert_true(is_answered(fd));
    fd = dial("127.0.0.1"); /* half-closed, and with something behind */
    say(fd, REQUEST "rubbish");
    shutdown(fd, SHUT_WR);
    assert_true(is_answered(fd));
    close(dial("127.0.0.1")); /* a probe: harmless */
    close_rig();
}

static void answers_may_come_later(void **state)
{
    open_rig(0, 0);
    rig.later = true;
    int fd = dial("127.0.0.1"), gone = dial("127.0.0.1");
    say(fd, REQUEST);
    say(gone, REQUEST);
    while (rig.requests < 2)
        pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_MS);
    close(gone);
    rig.later = false;
    errand_post(wake_server, NULL);
    assert_true(is_answered(fd));
    close_rig();
}

static void damaged_and_endless_requests_are_cut(void **state)
{
    static char header[PF_GS_RTSP_HEADER_MAX + 1024];
    open_rig(0, 0);
    int fd = dial("127.0.0.1");
    memset(header, 'x', sizeof(header) - 1);
    say(fd, header);
    assert_false(is_answered(fd));
    fd = dial("127.0.0.1");
    say(fd, "PLAY / RTSP/1.0\r\nContent-Length: 70000\r\n\r\n");
    assert_false(is_answered(fd));
    fd = dial("127.0.0.1");
    say(fd, "GET / HTTP/1.1\r\n\r\n");
    assert_false(is_answered(fd));
    assert_int_equal(rig.requests, 0);
    close_rig();
}

static void slow_clients_are_cut(void **state)
{
    open_rig(150, 400);
    int silent = dial("127.0.0.1");
    assert_false(is_answered(silent));
    int drip = dial("127.0.0.1"); /* each read in time, the whole not */
    for (int i = 0; i < 30; i++) {
        say(drip, "x");
        pf_time_sleep_until(pf_time_mono_ns() + 30 * PF_NS_PER_MS);
    }
    assert_false(is_answered(drip));
    close_rig();
}

static void a_flood_of_strangers_keeps_nobody_out(void **state)
{
    int flood[24];
    open_rig(0, 0);
    for (size_t i = 0; i < 24; i++)
        flood[i] = dial("127.0.0.2");
    int fd = dial("127.0.0.1");
    say(fd, REQUEST);
    assert_true(is_answered(fd));
    for (size_t i = 0; i < 24; i++)
        close(flood[i]);

    /* The owner himself has eight. */
    for (size_t i = 0; i < 9; i++)
        flood[i] = dial("127.0.0.1");
    assert_false(is_answered(flood[8]));
    say(flood[0], REQUEST);
    assert_true(is_answered(flood[0]));
    for (size_t i = 1; i < 8; i++)
        close(flood[i]);
    close_rig();
}

static void pieces_make_a_sealed_request(void **state)
{
    static const uint8_t key[PF_GS_KEY_LEN] = "0123456789abcde";
    struct pf_gs_rtsp_seal client, host;
    uint8_t frame[256], *room;
    assert_int_equal(pf_gs_rtsp_seal_init(&client, key), 0);
    assert_int_equal(pf_gs_rtsp_seal_init(&host, key), 0);
    int len = pf_gs_rtsp_seal(&client, PF_GS_FROM_CLIENT, REQUEST, strlen(REQUEST), frame, sizeof(frame));
    struct pf_gs_rtsp_inbox box = {0};
    for (int i = 0; i < len; i++) {
        assert_true(pf_gs_rtsp_inbox_room(&box, &room) > 0);
        *room = frame[i];
        assert_int_equal(pf_gs_rtsp_inbox_take(&box, 1, &host), i + 1 == len);
    }
    assert_int_equal(box.text_len, strlen(REQUEST));
    assert_memory_equal(box.text, REQUEST, strlen(REQUEST));
    pf_gs_rtsp_inbox_finish(&box);
    pf_gs_rtsp_seal_finish(&client);
    pf_gs_rtsp_seal_finish(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered_however_they_come),
        cmocka_unit_test(answers_may_come_later),
        cmocka_unit_test(damaged_and_endless_requests_are_cut),
        cmocka_unit_test(slow_clients_are_cut),
        cmocka_unit_test(a_flood_of_strangers_keeps_nobody_out),
        cmocka_unit_test(pieces_make_a_sealed_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
