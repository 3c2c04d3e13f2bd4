#include "base/thread.h"
#include "media_client.h"
#include "native/sender.h"
#include "native/synthetic.h"
#include "punktfunk/wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATIENCE = 500 /* · 10 ms until a test gives up */ };

struct rig {
    struct pf_loop *loop; /* never runs: news are read here */
    struct pf_signal *signal;
    struct pf_sender *sender;
    struct pf_access_unit_pool *pool;
    struct media_client client;
    uint64_t pts_ns;
    uint32_t index, flags;
    unsigned intact, probes, timings, started;
    bool probed, ended;
    int rc;
    struct pf_probe_result result;
    struct pf_sender_news last_timing;
};

static void ignore(void *user)
{
}

static void on_frame(void *user, const struct pf_received_frame *frame)
{
    struct rig *r = user;
    if (frame->user_flags == PF_FRAME_PROBE) {
        r->probes++;
        return;
    }
    assert_true(frame->pts_ns > r->pts_ns);
    r->pts_ns = frame->pts_ns;
    r->index = frame->frame_index;
    r->flags = frame->user_flags;
    if (frame->len == PF_SYNTHETIC_FRAME_LEN)
        r->intact += pf_synthetic_check(r->intact, frame->data, frame->len);
}

static void rig_open(struct rig *r, bool own_probe_frames)
{
    *r = (struct rig){.client = {.frame = on_frame, .user = r}};
    struct pf_media_socket *socket;
    struct pf_error err;
    struct sockaddr_storage local = loopback(0), peer;
    struct pf_sender_config config = {.label = "test",
        .clock = pf_wall_clock_start(),
        .key = {1},
        .salt = {0xFF, 2, 3, 4},
        .shard_payload = 1408,
        .fec_percent = 10,
        .host_timing = true,
        .own_probe_frames = own_probe_frames,
        .bitrate_kbps = 20000};
    assert_int_equal(pf_media_socket_open((struct sockaddr *)&local, &socket, &err), 0);
    media_client_open(&r->client, pf_media_socket_port(socket), config.key, config.salt, own_probe_frames);
    peer = loopback(pf_media_socket_port(r->client.socket));
    assert_int_equal(pf_media_socket_connect(socket, (struct sockaddr *)&peer, &err), 0);
    assert_int_equal(pf_loop_create(&r->loop), 0);
    assert_int_equal(pf_signal_create(r->loop, ignore, NULL, &r->signal), 0);
    assert_int_equal(pf_sender_create(&config, socket, r->signal, &r->sender), 0);
    r->pool = pf_access_unit_pool_create(8, 4096);
    assert_non_null(r->pool);
}

static void rig_close(struct rig *r)
{
    pf_sender_destroy(r->sender);
    pf_signal_destroy(r->signal);
    pf_loop_destroy(r->loop);
    media_client_close(&r->client);
    pf_access_unit_pool_destroy(r->pool);
}

static void read_news(struct rig *r)
{
    struct pf_sender_news news;
    while (pf_sender_next(r->sender, &news)) {
        switch (news.kind) {
        case PF_SENDER_STARTED:
            r->started++;
            break;
        case PF_SENDER_SENT:
            r->timings++;
            r->last_timing = news;
            break;
        case PF_SENDER_PROBED:
            r->probed = true;
            r->result = news.probe;
            break;
        case PF_SENDER_ENDED:
            r->ended = true;
            r->rc = news.rc;
            break;
        }
    }
}

/* Receives and reads news until the expression holds. */
#define WAIT_FOR(r, condition)                                                                               \
    do {                                                                                                     \
        for (int i_ = 0; i_ < PATIENCE && !(condition); i_++) {                                              \
            media_client_receive(&(r)->client, 10);                                                          \
            read_news(r);                                                                                    \
        }                                                                                                    \
        assert_true(condition);                                                                              \
    } while (0)

static struct pf_access_unit *unit(struct rig *r, size_t len, bool idr, bool anchor)
{
    struct pf_access_unit *au = pf_access_unit_take(r->pool);
    assert_int_equal(pf_access_unit_reserve(au, len), 0);
    memset(au->data, 0x5A, len);
    au->len = len;
    au->idr = idr;
    au->anchor = anchor;
    au->capture_mono_ns = pf_time_mono_ns() - 3 * PF_NS_PER_MS;
    au->submit_mono_ns = au->capture_mono_ns + PF_NS_PER_MS;
    au->encoded_mono_ns = au->submit_mono_ns + PF_NS_PER_MS;
    au->due_mono_ns = pf_time_mono_ns();
    return au;
}

static void push(struct rig *r, size_t len, bool idr, bool anchor)
{
    assert_int_equal(pf_sender_push(r->sender, unit(r, len, idr, anchor)), 0);
}

static void units_are_numbered_marked_and_timed(void **state)
{
    struct rig r;
    rig_open(&r, false);
    assert_int_equal(pf_sender_start(r.sender), 0);
    push(&r, 9000, true, false);
    WAIT_FOR(&r, r.client.frames == 1 && r.timings == 1);
    assert_int_equal(r.flags, PF_FRAME_PIC | PF_FRAME_IDR);
    assert_int_equal(r.index, 0);
    assert_int_equal(r.started, 1);
    assert_true(r.last_timing.sent.pts_ns == r.pts_ns);
    assert_int_equal(r.last_timing.sent.queue_us, 1000);
    assert_int_equal(r.last_timing.sent.encode_us, 1000);
    pf_time_sleep_until(
        pf_time_mono_ns() + 5 * PF_NS_PER_MS); /* a capture before the first sending counts from there */
    push(&r, 1, false, false);
    WAIT_FOR(&r, r.client.frames == 2 && r.timings == 2);
    assert_true(r.last_timing.sent.host_us >= 3000);
    assert_int_equal(r.flags, PF_FRAME_PIC);
    push(&r, 0, false, true);
    WAIT_FOR(&r, r.client.frames == 3);
    assert_int_equal(r.flags, PF_FRAME_PIC | PF_FRAME_RECOVERY_ANCHOR);
    assert_int_equal(r.index, 2);
    assert_int_equal(r.started, 1);
    assert_int_equal(r.client.refused, 0);
    pf_sender_stop(r.sender);
    WAIT_FOR(&r, r.ended);
    assert_int_equal(r.rc, 0);
    rig_close(&r);
}

/* A repeated picture is stamped when it is submitted, a fresh one when it was captured: earlier. */
static void time_stamps_rise_whatever_the_feed_says(void **state)
{
    struct rig r;
    rig_open(&r, false);
    assert_int_equal(pf_sender_start(r.sender), 0);
    struct pf_access_unit *late = unit(&r, 100, true, false), *early = unit(&r, 100, false, false);
    early->capture_mono_ns = late->capture_mono_ns - PF_NS_PER_S;
    pf_sender_push(r.sender, late);
    pf_sender_push(r.sender, early);
    WAIT_FOR(&r, r.client.frames == 2); /* on_frame compares */
    pf_sender_stop(r.sender);
    WAIT_FOR(&r, r.ended);
    rig_close(&r);
}

/* Or a client on a network that reorders would throw them away when the first live one overtakes. */
static void what_waited_for_the_client_is_not_old(void **state)
{
    struct rig r;
    rig_open(&r, false);
    struct pf_access_unit *early = unit(&r, 500, true, false);
    early->capture_mono_ns -= PF_NS_PER_S;
    assert_int_equal(pf_sender_push(r.sender, early), 0);
    uint64_t before = pf_time_real_ns();
    assert_int_equal(pf_sender_start(r.sender), 0);
    WAIT_FOR(&r, r.pts_ns != 0);
    assert_true(r.pts_ns + PF_NS_PER_MS * 500 > before); /* the two clocks may drift apart a little */
    pf_sender_finish(r.sender);
    WAIT_FOR(&r, r.ended);
    rig_close(&r);
}

static void finishing_sends_what_is_queued(void **state)
{
    struct rig r;
    rig_open(&r, false);
    for (unsigned i = 0; i < PF_SENDER_QUEUE; i++)
        push(&r, 5000, i == 0, false);
    pf_sender_finish(r.sender);
    struct pf_access_unit *more = unit(&r, 1, false, false);
    assert_int_equal(pf_sender_push(r.sender, more), -EPIPE);
    pf_access_unit_return(more);
    assert_int_equal(pf_sender_start(r.sender), 0);
    WAIT_FOR(&r, r.client.frames == PF_SENDER_QUEUE && r.ended);
    struct pf_sender_stats stats;
    pf_sender_stats(r.sender, &stats);
    assert_int_equal(stats.units, PF_SENDER_QUEUE);
    assert_int_equal(stats.packets, PF_SENDER_QUEUE * (4 + 1));
    assert_int_equal(stats.bytes, stats.packets * 1472);
    rig_close(&r);
}

struct pusher {
    struct rig *rig;
    int rc;
};

static void push_one_too_many(void *arg)
{
    struct pusher *p = arg;
    struct pf_access_unit *au = unit(p->rig, 10, false, false);
    p->rc = pf_sender_push(p->rig->sender, au);
    if (p->rc < 0)
        pf_access_unit_return(au);
}

static void a_full_queue_blocks_until_the_session_ends(void **state)
{
    struct rig r;
    struct pusher p = {.rig = &r};
    pthread_t thread;
    rig_open(&r, false);
    for (unsigned i = 0; i < PF_SENDER_QUEUE; i++)
        push(&r, 10, false, false);
    assert_int_equal(pf_thread_start(&thread, "pusher", PF_THREAD_NORMAL, push_one_too_many, &p), 0);
    pf_sender_stop(r.sender);
    pthread_join(thread, NULL);
    assert_int_equal(p.rc, -EPIPE);
    rig_close(&r); /* never started; gives the queued units back */
}

static void a_speed_test_fills_the_link_and_reports(void **state)
{
    struct rig r;
    rig_open(&r, false);
    assert_int_equal(pf_sender_start(r.sender), 0);
    push(&r, 100, true, false);
    WAIT_FOR(&r, r.client.frames == 1);
    pf_sender_probe(r.sender, 8000, 100);
    WAIT_FOR(&r, r.probed);
    /* 8 Mbit/s for 100 ms are 100 kB, in units of 8000 · 125 / 240 = 4166 bytes. */
    assert_in_range(r.result.bytes, 4166, 110000);
    assert_int_equal(r.result.bytes, r.result.units * 4166u);
    assert_true(r.result.duration_ms >= 100);
    assert_int_equal(r.result.packets_sent + r.result.packets_dropped, r.result.units * (3 + 1));
    WAIT_FOR(&r, r.probes == r.result.units);
    push(&r, 100, false, false);
    WAIT_FOR(&r, r.client.frames == r.probes + 2 && r.timings == 2); /* fillers are not timed */
    assert_int_equal(r.index, r.probes + 1); /* a client of the baseline counts them with the video */
    pf_sender_stop(r.sender);
    WAIT_FOR(&r, r.ended);
    rig_close(&r);
}

static void later_clients_count_probe_frames_apart(void **state)
{
    struct rig r;
    rig_open(&r, true);
    assert_int_equal(pf_sender_start(r.sender), 0);
    push(&r, 100, true, false);
    pf_sender_probe(r.sender, 8000, 50);
    WAIT_FOR(&r, r.probed);
    push(&r, 100, false, false);
    WAIT_FOR(&r, r.client.frames == 2);
    assert_int_equal(r.index, 1);
    struct pf_reassembler_stats stats;
    pf_reassembler_stats(r.client.reassembler, &stats);
    assert_int_equal(stats.probe_packets, r.result.packets_sent);
    pf_sender_stop(r.sender);
    WAIT_FOR(&r, r.ended);
    rig_close(&r);
}

static void stopping_cuts_a_speed_test_short(void **state)
{
    struct rig r;
    rig_open(&r, false);
    assert_int_equal(pf_sender_start(r.sender), 0);
    pf_sender_probe(r.sender, 1000, 5000);
    WAIT_FOR(&r, r.client.frames > 0);
    pf_sender_stop(r.sender);
    WAIT_FOR(&r, r.ended);
    assert_true(r.result.duration_ms < 5000);
    rig_close(&r);
}

static void live_parity_is_used_from_the_next_unit(void **state)
{
    struct rig r;
    struct pf_sender_stats stats;
    rig_open(&r, false);
    assert_int_equal(pf_sender_start(r.sender), 0);
    push(&r, 1408 * 10, true, false);
    WAIT_FOR(&r, r.timings == 1);
    pf_sender_stats(r.sender, &stats);
    assert_int_equal(stats.packets, 11);
    pf_sender_set_fec(r.sender, 50);
    push(&r, 1408 * 10, true, false);
    WAIT_FOR(&r, r.timings == 2);
    pf_sender_stats(r.sender, &stats);
    assert_int_equal(stats.packets, 11 + 15);
    pf_sender_stop(r.sender);
    WAIT_FOR(&r, r.ended);
    rig_close(&r);
}

/* ---- the verification source on top ---------------------------------------------------------------------
 */

struct feed_end {
    atomic_bool ended;
    struct pf_sender *sender;
};

static int feed_push(void *user, struct pf_access_unit *au)
{
    return pf_sender_push(((struct feed_end *)user)->sender, au);
}

static void feed_ended(void *user, int rc, const char *why)
{
    struct feed_end *end = user;
    pf_sender_finish(end->sender);
    atomic_store(&end->ended, true);
}

static void the_synthetic_source_arrives_byte_for_byte(void **state)
{
    struct rig r;
    struct pf_feed *feed;
    rig_open(&r, false);
    struct feed_end end = {.sender = r.sender};
    struct pf_feed_sink sink = {.user = &end, .push = feed_push, .ended = feed_ended};
    assert_int_equal(pf_sender_start(r.sender), 0);
    assert_int_equal(pf_synthetic_start(20, PF_NS_PER_MS, &sink, &feed), 0);
    WAIT_FOR(&r, r.ended);
    WAIT_FOR(&r, r.intact == 20);
    assert_int_equal(r.flags, PF_FRAME_PIC | PF_FRAME_IDR);
    WAIT_FOR(&r, atomic_load(&end.ended)); /* the sender may be done before it says so */
    feed->ops->destroy(feed);
    rig_close(&r);
}

static void the_synthetic_source_stops_when_told(void **state)
{
    struct rig r;
    struct pf_feed *feed;
    rig_open(&r, false);
    struct feed_end end = {.sender = r.sender};
    struct pf_feed_sink sink = {.user = &end, .push = feed_push, .ended = feed_ended};
    assert_int_equal(pf_synthetic_start(0, PF_NS_PER_MS, &sink, &feed), 0); /* nobody sends: it blocks */
    feed->ops->stop(feed, false);
    pf_sender_stop(r.sender);
    feed->ops->destroy(feed);
    WAIT_FOR(&r, atomic_load(&end.ended)); /* the sender may be done before it says so */
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_numbered_marked_and_timed),
        cmocka_unit_test(time_stamps_rise_whatever_the_feed_says),
        cmocka_unit_test(what_waited_for_the_client_is_not_old),
        cmocka_unit_test(finishing_sends_what_is_queued),
        cmocka_unit_test(a_full_queue_blocks_until_the_session_ends),
        cmocka_unit_test(a_speed_test_fills_the_link_and_reports),
        cmocka_unit_test(later_clients_count_probe_frames_apart),
        cmocka_unit_test(stopping_cuts_a_speed_test_short),
        cmocka_unit_test(live_parity_is_used_from_the_next_unit),
        cmocka_unit_test(the_synthetic_source_arrives_byte_for_byte),
        cmocka_unit_test(the_synthetic_source_stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
