/* After warm-up a frame costs no heap allocation on its way out: packetise, parity, seal, pace, send. Nor on
 * its way in: receive, open, reassemble. */
#include "allocations/allocations.h"
#include "net/address.h"
#include "net/media_socket.h"
#include "net/pacer.h"
#include "punktfunk/packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- one session over loopback ---- */

struct session {
    struct pf_sealer *sealer;
    struct pf_opener *opener;
    struct pf_packetiser *packetiser;
    struct pf_reassembler *reassembler;
    struct pf_media_socket *host, *client;
    unsigned lose_one_in, taken, frames, restored;
};

static struct pf_media_socket *open_loopback(struct sockaddr_storage *ret_address)
{
    struct pf_media_socket *s;
    struct sockaddr_storage a;
    assert_int_equal(pf_address_parse("127.0.0.1", 0, &a, NULL), 0);
    assert_int_equal(pf_media_socket_open((struct sockaddr *)&a, &s, NULL), 0);
    pf_address_set_port(&a, pf_media_socket_port(s));
    *ret_address = a;
    return s;
}

static void start(struct session *s, enum pf_seal_backend backend)
{
    static const uint8_t key[16] = {1};
    struct sockaddr_storage host, client;
    const struct pf_seal_config seal = {.key = key, .sender = PF_SEAL_FROM_HOST, .backend = backend};
    assert_int_equal(pf_sealer_create(&seal, &s->sealer), 0);
    assert_int_equal(pf_opener_create(&seal, &s->opener), 0);
    const struct pf_packetiser_config out = {.scheme = PF_FEC_GF16,
        .shard_bytes = 1408,
        .max_block_data = PF_BLOCK_DATA_DEFAULT,
        .welcome_percent = 10,
        .sealer = s->sealer};
    assert_int_equal(pf_packetiser_create(&out, &s->packetiser), 0);
    const struct pf_reassembler_config in = {.scheme = PF_FEC_GF16, .max_block_data = PF_BLOCK_DATA_DEFAULT};
    assert_int_equal(pf_reassembler_create(&in, &s->reassembler), 0);
    s->host = open_loopback(&host);
    s->client = open_loopback(&client);
    assert_int_equal(pf_media_socket_connect(s->host, (struct sockaddr *)&client, NULL), 0);
    assert_int_equal(pf_media_socket_connect(s->client, (struct sockaddr *)&host, NULL), 0);
}

static void finish(struct session *s)
{
    pf_media_socket_close(s->host);
    pf_media_socket_close(s->client);
    pf_packetiser_destroy(s->packetiser);
    pf_reassembler_destroy(s->reassembler);
    pf_sealer_destroy(s->sealer);
    pf_opener_destroy(s->opener);
}

static void take(void *user, uint8_t *datagram, size_t len)
{
    struct session *s = user;
    uint8_t *plain;
    size_t plain_len;
    struct pf_received_frame frame;
    if (s->lose_one_in && ++s->taken % s->lose_one_in == 0)
        return;
    if (pf_opener_open(s->opener, datagram, len, &plain, &plain_len) < 0)
        fail();
    if (pf_reassembler_push(s->reassembler, plain, plain_len, &frame) == 1) {
        s->frames++;
        s->restored += frame.restored;
    }
}

static void stream_frame(struct session *s, const uint8_t *data, size_t len, uint64_t pts_ns)
{
    const struct pf_packet_frame frame = {
        .data = data, .len = len, .pts_ns = pts_ns, .user_flags = PF_FRAME_PIC, .parity_percent = 20};
    const struct pf_pace_rule rule = {.burst_bytes = 128 << 10, .factor = 3};
    struct pf_packet_plan plan;
    struct pf_packet_group group;
    struct pf_pace pace;
    unsigned n;
    if (pf_packetiser_begin(s->packetiser, &frame, &plan) < 0)
        fail();
    pf_pace_begin(&pace, &rule, plan.packets, plan.datagram_bytes, 0, 20000);
    while ((n = pf_pace_chunk(&pace)) > 0) {
        if (pf_packetiser_next(s->packetiser, n, &group) != 1)
            fail();
        if (pf_media_socket_send(s->host, &group) != (int)group.count)
            fail();
        pf_pace_sent(&pace, group.count, 0); /* nobody sleeps here */
        while (pf_media_socket_receive(s->client, take, s) > 0)
            ;
    }
}

enum { LARGEST = 150000, FRAMES = 200 };

/* Allocations of FRAMES frames of all sizes, after warm_up frames of the largest. */
static unsigned long stream(struct session *s, unsigned warm_up)
{
    static uint8_t data[LARGEST];
    for (size_t i = 0; i < LARGEST; i++)
        data[i] = (uint8_t)(i * i >> 3);
    for (unsigned i = 0; i < warm_up; i++)
        stream_frame(s, data, LARGEST, i * 1000000ull);
    unsigned long before = own_allocations();
    for (unsigned i = 0; i < FRAMES; i++)
        stream_frame(s, data, (size_t)LARGEST * (i * 37 % 101) / 100, (warm_up + i) * 1000000ull);
    return own_allocations() - before;
}

/* The way out is warm after one frame. */
static void check_sending(enum pf_seal_backend backend)
{
    struct session s = {.lose_one_in = 1}; /* nothing is opened */
    start(&s, backend);
    assert_int_equal(stream(&s, 1), 0);
    assert_true(s.taken > FRAMES);
    assert_int_equal(s.frames, 0);
    finish(&s);
}

static void sending_with_the_automatic_back_end(void **state)
{
    check_sending(PF_SEAL_AUTO);
}

static void sending_with_gnutls(void **state)
{
    check_sending(PF_SEAL_GNUTLS);
}

/* The way in is warm once every entry of the reassembler's table has remembered a restored frame. */
static void receiving_with_loss(void **state)
{
    struct session s = {.lose_one_in = 17};
    start(&s, PF_SEAL_AUTO);
    assert_int_equal(stream(&s, 130), 0);
    assert_true(s.frames > FRAMES);
    assert_true(s.restored > 0); /* the decoder worked as well */
    finish(&s);
}

/* The counter itself counts. */
static void allocations_are_seen(void **state)
{
    unsigned long before = own_allocations();
    void *volatile p = malloc(10);
    free(p);
    assert_int_equal(own_allocations() - before, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_seen),
        cmocka_unit_test(sending_with_the_automatic_back_end),
        cmocka_unit_test(sending_with_gnutls),
        cmocka_unit_test(receiving_with_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
