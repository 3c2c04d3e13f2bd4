/* Streams and datagrams. */
#include "net/quic_conn.h"
#include "punktfunk/wire_common.h"
#include "quic_rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void echo(struct end *end, int64_t stream, const uint8_t *data, size_t len, bool fin)
{
    if (end < end->rig->hosts || end >= end->rig->hosts + RIG_CONNS)
        return;
    if (len)
        assert_int_equal(pf_quic_stream_write(end->conn, stream, data, len), 0);
    if (fin)
        assert_int_equal(pf_quic_stream_finish(end->conn, stream), 0);
}

static bool stream_is_over(void *arg)
{
    return ((struct seen_stream *)arg)->closed;
}

static void a_stream_is_echoed_and_closed_on_both_sides(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    rig_setup(&rig);
    rig.on_stream_data = echo;
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, "hello", 5), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, "", 0), 0);
    assert_int_equal(pf_quic_stream_pending(client.conn, id), 5);
    assert_int_equal(pf_quic_stream_write(client.conn, id, " world", 6), 0);
    assert_int_equal(pf_quic_stream_finish(client.conn, id), 0);
    assert_int_equal(pf_quic_stream_finish(client.conn, id), -EPIPE);
    assert_int_equal(pf_quic_stream_write(client.conn, id, "x", 1), -EPIPE);
    rig_until_true(&rig, stream_is_over, rig_stream(&client, id));
    assert_true(rig_stream(&client, id)->fin);
    assert_int_equal(rig_stream(&client, id)->bytes, 11);
    assert_int_equal(rig_stream(&client, id)->sum, rig_sum(0, (const uint8_t *)"hello world", 11));
    rig_until_true(&rig, stream_is_over, rig_stream(host, id));
    assert_int_equal(pf_quic_stream_write(client.conn, id, "x", 1), -ENOENT);
    assert_int_equal(pf_quic_stream_reset(client.conn, id, 1), -ENOENT);
    assert_int_equal(pf_quic_stream_stop(client.conn, id, 1), -ENOENT);
    assert_int_equal(pf_quic_stream_pending(client.conn, id), 0);
    rig_teardown(&rig);
}

static void a_stream_may_end_without_bytes(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    rig_setup(&rig);
    rig.on_stream_data = echo;
    rig_listen(&rig, NULL);
    rig_pair(&rig, &client);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
    assert_int_equal(pf_quic_stream_finish(client.conn, id), 0);
    rig_until_true(&rig, stream_is_over, rig_stream(&client, id));
    assert_int_equal(rig_stream(&client, id)->bytes, 0);
    rig_teardown(&rig);
}

/* ---- large transfers ---- */

enum { TRANSFER = 3 << 20, MESSAGE = 5000 };

struct transfer {
    struct end *from, *to;
    int64_t id;
    size_t written;
    uint64_t sum;
    unsigned refused;
};

static void fill_message(uint8_t *out, size_t offset, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((offset + i) * 2654435761u >> 13);
}

static void pump(struct transfer *t)
{
    uint8_t message[MESSAGE];
    while (t->written < TRANSFER) {
        size_t len = TRANSFER - t->written < MESSAGE ? TRANSFER - t->written : MESSAGE;
        fill_message(message, t->written, len);
        int rc = pf_quic_stream_write(t->from->conn, t->id, message, len);
        if (rc == -EAGAIN) {
            t->refused++;
            return;
        }
        assert_int_equal(rc, 0);
        t->written += len;
        t->sum = rig_sum(t->sum, message, len);
    }
    if (t->written == TRANSFER) {
        assert_int_equal(pf_quic_stream_finish(t->from->conn, t->id), 0);
        t->written++; /* done */
    }
}

static bool transfers_are_done(void *arg)
{
    bool done = true;
    for (struct transfer *t = arg; t->from; t++) {
        struct seen_stream *mine = rig_stream(t->from, t->id);
        if (mine->writable) {
            mine->writable = 0;
            pump(t);
        }
        assert_true(t->written > TRANSFER || pf_quic_stream_pending(t->from->conn, t->id) > 0);
        done = done && rig_stream(t->to, t->id)->fin;
    }
    return done;
}

static void large_transfers_meet_backpressure_and_arrive_whole(void **state)
{
    struct rig rig;
    struct end client;
    struct transfer t[7] = {{0}};
    const struct pf_quic_config config = {.stream_buffer = 100000};
    rig_setup(&rig);
    rig_listen(&rig, &config);
    rig_connect(&rig, &client, 0, rig.client, NULL, &config);
    rig_until(&rig, &client.ready, 1);
    rig_until(&rig, &rig.host_count, 1);
    for (int i = 0; i < 6; i++) {
        t[i].from = i % 2 ? &client : &rig.hosts[0];
        t[i].to = i % 2 ? &rig.hosts[0] : &client;
        assert_int_equal(pf_quic_stream_open(t[i].from->conn, &t[i].id), 0);
        pump(&t[i]);
        assert_int_equal(t[i].refused, 1);
        assert_int_equal(t[i].written, 100000);
    }
    rig_until_true(&rig, transfers_are_done, t);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(rig_stream(t[i].to, t[i].id)->bytes, TRANSFER);
        assert_int_equal(rig_stream(t[i].to, t[i].id)->sum, t[i].sum);
        assert_true(t[i].refused > 10);
    }
    rig_teardown(&rig);
}

/* Stands in front of the kernel's (see meson.build), which on the loopback never has to ask for patience. */
ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);

static unsigned refuse_every, sends, refused;

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    if (!refuse_every || ++sends % refuse_every)
        return __real_sendmsg(fd, msg, flags);
    refused++;
    errno = EAGAIN;
    return -1;
}

static void a_full_socket_is_waited_for(void **state)
{
    struct rig rig;
    struct end client;
    struct transfer t[2] = {{0}};
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    t[0] = (struct transfer){.from = host, .to = &client};
    assert_int_equal(pf_quic_stream_open(host->conn, &t[0].id), 0);
    pump(&t[0]);
    refuse_every = 3;
    rig_until_true(&rig, transfers_are_done, t);
    assert_true(refused > 100);
    assert_int_equal(rig_stream(&client, t[0].id)->sum, t[0].sum);
    assert_int_equal(client.conn->ep->held + host->conn->ep->held, 0);
    /* A close with a packet in hand. */
    refuse_every = 1;
    assert_int_equal(pf_quic_datagram_send(host->conn, "x", 1), 0);
    rig_run(&rig, 10);
    assert_int_equal(host->conn->ep->held, 1);
    pf_quic_close(host->conn, 0, NULL);
    rig_until(&rig, &host->closed, 1);
    refuse_every = 0;
    rig_teardown(&rig);
}

static void a_message_that_never_fits_is_refused(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    const struct pf_quic_config config = {.stream_buffer = 1000};
    char big[1001] = {0};
    rig_setup(&rig);
    rig_listen(&rig, &config);
    rig_connect(&rig, &client, 0, rig.client, NULL, &config);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), -EPIPE); /* not ready yet */
    rig_until(&rig, &client.ready, 1);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, big, 1001), -EMSGSIZE);
    assert_int_equal(pf_quic_stream_write(client.conn, id, big, 1000), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, big, 1), -EAGAIN);
    rig_until(&rig, &rig_stream(&client, id)->writable, 1);
    assert_int_equal(pf_quic_stream_write(client.conn, id, big, 500), 0);
    rig_teardown(&rig);
}

static bool host_got_ten(void *arg)
{
    return rig_stream(arg, 0)->bytes >= 10;
}

static bool was_reset(void *arg)
{
    return ((struct seen_stream *)arg)->reset;
}

static void a_reset_carries_its_code(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, "0123456789", 10), 0);
    rig_until_true(&rig, host_got_ten, host);
    assert_int_equal(pf_quic_stream_reset(client.conn, id, PF_STREAM_CLIPBOARD_CANCELLED), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, "x", 1), -EPIPE);
    rig_until_true(&rig, was_reset, rig_stream(host, id));
    assert_int_equal(rig_stream(host, id)->reset_code, PF_STREAM_CLIPBOARD_CANCELLED);
    /* The other direction still works. */
    assert_int_equal(pf_quic_stream_write(host->conn, id, "bye", 3), 0);
    assert_int_equal(pf_quic_stream_finish(host->conn, id), 0);
    rig_until_true(&rig, stream_is_over, rig_stream(&client, id));
    assert_int_equal(rig_stream(&client, id)->bytes, 3);
    rig_teardown(&rig);
}

static bool was_stopped(void *arg)
{
    struct end *end = arg;
    if (end->conn && !rig_stream(end, 0)->stopped)
        (void)pf_quic_stream_write(end->conn, 0, "more", 4);
    return rig_stream(end, 0)->stopped;
}

static void a_stop_reaches_the_writer(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, "0123456789", 10), 0);
    rig_until_true(&rig, host_got_ten, host);
    assert_int_equal(pf_quic_stream_stop(host->conn, id, 5), 0);
    const size_t before = rig_stream(host, id)->bytes;
    rig_until_true(&rig, was_stopped, &client);
    assert_int_equal(pf_quic_stream_write(client.conn, id, "x", 1), -EPIPE);
    assert_int_equal(rig_stream(host, id)->bytes, before); /* deaf */
    assert_int_equal(pf_quic_stream_finish(host->conn, id), 0);
    rig_until_true(&rig, stream_is_over, rig_stream(&client, id));
    rig_teardown(&rig);
}

static bool may_open_all(void *arg)
{
    return ngtcp2_conn_get_streams_bidi_left(((struct end *)arg)->conn->ng) >= 100;
}

static void there_are_a_hundred_streams_and_then_no_more(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig_pair(&rig, &client);
    rig_until_true(&rig, may_open_all, &client);
    for (int i = 0; i < 100; i++)
        assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), -EAGAIN);
    rig_teardown(&rig);
}

/* ---- datagrams ---- */

static void datagrams_go_both_ways_up_to_the_maximum(void **state)
{
    struct rig rig;
    struct end client;
    uint8_t data[1500];
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    memset(data, 0x5a, sizeof(data));
    struct end *ends[] = {host, &client};
    for (int i = 0; i < 2; i++) {
        struct end *from = ends[i], *to = ends[1 - i];
        const size_t max = pf_quic_datagram_max(from->conn);
        assert_in_range(max, 1150, 1452);
        assert_int_equal(pf_quic_datagram_send(from->conn, data, max + 1), -EMSGSIZE);
        assert_int_equal(pf_quic_datagram_send(from->conn, data, max), 0);
        rig_until(&rig, &to->datagrams, 1);
        assert_int_equal(to->last_datagram_len, max);
        assert_memory_equal(to->last_datagram, data, max);
        assert_int_equal(pf_quic_datagram_send(from->conn, "", 0), 0);
        rig_until(&rig, &to->datagrams, 2);
        assert_int_equal(to->last_datagram_len, 0);
    }
    rig_teardown(&rig);
}

static void note_first(struct end *end, const uint8_t *data, size_t len)
{
    if (end->datagrams == 1)
        end->code = data[0];
}

/* All of it in one turn of the loop, so nothing can leave in between. */
static void the_oldest_datagrams_give_way(void **state)
{
    struct rig rig;
    struct end client;
    uint8_t data[1000];
    rig_setup(&rig);
    rig.on_datagram = note_first;
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    for (uint8_t i = 0; i < 20; i++) {
        memset(data, i, sizeof(data));
        assert_int_equal(pf_quic_datagram_send(host->conn, data, sizeof(data)), 0);
    }
    assert_int_equal(pf_quic_datagrams_dropped(host->conn), 16);
    rig_until(&rig, &client.datagrams, 4);
    assert_int_equal(client.code, 16);
    assert_int_equal(client.last_datagram[0], 19);
    rig_teardown(&rig);
}

/* Streams and datagrams share packets; neither keeps the other from arriving. */
static void datagrams_pass_a_busy_stream(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    uint8_t *big = calloc(1, 1 << 20);
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
    assert_int_equal(pf_quic_stream_write(client.conn, id, big, 1 << 20), 0);
    assert_int_equal(pf_quic_datagram_send(client.conn, "now", 3), 0);
    rig_until(&rig, &host->datagrams, 1);
    assert_true(pf_quic_stream_pending(client.conn, id) > 0);
    free(big);
    rig_teardown(&rig);
}

static bool path_is_wide(void *arg)
{
    struct end *end = arg;
    (void)pf_quic_datagram_send(end->conn, "x", 1);
    return pf_quic_datagram_max(end->conn) > 1400;
}

static void the_path_is_probed_for_larger_packets(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    rig_until_true(&rig, path_is_wide, host);
    rig_until_true(&rig, path_is_wide, &client);
    rig_teardown(&rig);
}

static void the_peer_learns_the_parameters_of_the_specification(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    struct end *ends[] = {host, &client};
    for (int i = 0; i < 2; i++) {
        const ngtcp2_transport_params *p = ngtcp2_conn_get_remote_transport_params(ends[i]->conn->ng);
        assert_int_equal(p->max_idle_timeout, 8 * NGTCP2_SECONDS);
        assert_int_equal(p->max_datagram_frame_size, 65535);
        const bool client_of_us = ends[i] == &client; /* a host begins with less, and raises it */
        assert_int_equal(p->initial_max_streams_bidi, client_of_us ? 4 : 100);
        assert_int_equal(p->initial_max_streams_uni, client_of_us ? 0 : 100);
        const unsigned stream = client_of_us ? 65536 : 1250000;
        assert_int_equal(p->initial_max_stream_data_bidi_local, stream);
        assert_int_equal(p->initial_max_stream_data_bidi_remote, stream);
        assert_int_equal(p->initial_max_stream_data_uni, stream);
        assert_int_equal(p->initial_max_data, client_of_us ? 128 << 10 : 16 << 20);
        assert_int_equal(p->max_udp_payload_size, 1472);
        assert_int_equal(p->disable_active_migration, 0);
        assert_int_equal(p->grease_quic_bit, 0);
    }
    rig_teardown(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_echoed_and_closed_on_both_sides),
        cmocka_unit_test(a_stream_may_end_without_bytes),
        cmocka_unit_test(large_transfers_meet_backpressure_and_arrive_whole),
        cmocka_unit_test(a_full_socket_is_waited_for),
        cmocka_unit_test(a_message_that_never_fits_is_refused),
        cmocka_unit_test(a_reset_carries_its_code),
        cmocka_unit_test(a_stop_reaches_the_writer),
        cmocka_unit_test(there_are_a_hundred_streams_and_then_no_more),
        cmocka_unit_test(datagrams_go_both_ways_up_to_the_maximum),
        cmocka_unit_test(the_oldest_datagrams_give_way),
        cmocka_unit_test(datagrams_pass_a_busy_stream),
        cmocka_unit_test(the_path_is_probed_for_larger_packets),
        cmocka_unit_test(the_peer_learns_the_parameters_of_the_specification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
