/* The parts of QUIC that need no network. */
#include "net/quic_cids.h"
#include "net/quic_datagrams.h"
#include "net/quic_stream.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_oldest_datagrams_are_dropped(void **state)
{
    struct pf_quic_datagrams q;
    uint8_t data[1500];
    pf_quic_datagrams_init(&q, 4096);
    for (uint8_t i = 0; i < 10; i++) {
        memset(data, i, sizeof(data));
        assert_int_equal(pf_quic_datagrams_push(&q, data, 1000), 0);
    }
    assert_int_equal(q.dropped, 6);
    assert_int_equal(q.bytes, 4000);
    for (uint8_t i = 6; i < 10; i++) {
        const struct pf_quic_waiting *d = pf_quic_datagrams_first(&q);
        assert_int_equal(d->len, 1000);
        assert_int_equal(d->data[0], i);
        pf_quic_datagrams_pop(&q);
    }
    assert_null(pf_quic_datagrams_first(&q));
    assert_int_equal(pf_quic_datagrams_push(&q, data, 96), 0);
    assert_int_equal(pf_quic_datagrams_push(&q, data, 0), 0);
    pf_quic_datagrams_finish(&q);
    assert_int_equal(q.bytes, 0);
}

static void a_datagram_beyond_the_limit_waits_alone(void **state)
{
    struct pf_quic_datagrams q;
    uint8_t data[1000] = {0};
    pf_quic_datagrams_init(&q, 100);
    assert_int_equal(pf_quic_datagrams_push(&q, data, 60), 0);
    assert_int_equal(pf_quic_datagrams_push(&q, data, 1000), 0);
    assert_int_equal(q.dropped, 1);
    assert_int_equal(pf_quic_datagrams_first(&q)->len, 1000);
    pf_quic_datagrams_finish(&q);
}

/* Random writes, sends and acknowledgements; the bytes seen must be those written. */
static void a_stream_gives_back_what_was_written(void **state)
{
    struct pf_quic_stream *s = pf_quic_stream_create(4);
    uint8_t chunk[10000];
    uint32_t written = 0, sent = 0, acked = 0;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand() % (rand() % 50 ? 300 : sizeof(chunk));
        if (rand() % 3 == 0) {
            for (size_t i = 0; i < len; i++)
                chunk[i] = (uint8_t)((written + i) * 7 >> 3);
            assert_int_equal(pf_quic_stream_append(s, chunk, len), 0);
            written += (uint32_t)len;
        }
        ngtcp2_vec vec[3];
        bool all;
        size_t pieces = pf_quic_stream_peek(s, vec, 3, &all), offered = 0, take = (size_t)rand() % 2000;
        for (size_t i = 0; i < pieces; i++) {
            for (size_t j = 0; j < vec[i].len && offered + j < take; j++)
                assert_int_equal(vec[i].base[j], (uint8_t)((sent + offered + j) * 7 >> 3));
            offered += vec[i].len;
        }
        assert_int_equal(all, offered == written - sent);
        if (take > offered)
            take = offered;
        pf_quic_stream_sent(s, take);
        sent += (uint32_t)take;
        size_t ack = sent - acked ? (size_t)rand() % (sent - acked + 1) : 0;
        pf_quic_stream_acked(s, ack);
        acked += (uint32_t)ack;
        assert_int_equal(s->pending, written - acked);
        assert_int_equal(s->unsent, written - sent);
        assert_int_equal(pf_quic_stream_has_news(s), written != sent);
    }
    pf_quic_stream_destroy(s);
}

static void an_end_is_news_without_bytes(void **state)
{
    struct pf_quic_stream *s = pf_quic_stream_create(0);
    ngtcp2_vec vec[1];
    bool all = false;
    assert_false(pf_quic_stream_has_news(s));
    s->finish = true;
    assert_true(pf_quic_stream_has_news(s));
    assert_int_equal(pf_quic_stream_peek(s, vec, 1, &all), 0);
    assert_true(all);
    s->finish_sent = true;
    assert_false(pf_quic_stream_has_news(s));
    pf_quic_stream_destroy(s);
}

static ngtcp2_cid numbered(uint32_t n, size_t len)
{
    ngtcp2_cid cid = {.datalen = len};
    memcpy(cid.data, &n, sizeof(n));
    return cid;
}

static void connection_ids_are_found_until_removed(void **state)
{
    struct pf_quic_cids *cids = malloc(sizeof(*cids));
    struct pf_quic_cid *heads[8] = {NULL};
    struct pf_quic_conn *conns[8]; /* only compared */
    for (size_t i = 0; i < 8; i++)
        conns[i] = (struct pf_quic_conn *)&heads[i];
    pf_quic_cids_init(cids);
    for (uint32_t n = 0; n < 4000; n++) {
        ngtcp2_cid cid = numbered(n, n % 2 ? 8 : 20);
        assert_int_equal(pf_quic_cids_add(cids, &cid, conns[n % 8], &heads[n % 8]), 0);
        assert_int_equal(pf_quic_cids_add(cids, &cid, conns[0], &heads[0]), -EEXIST);
    }
    for (uint32_t n = 0; n < 4000; n += 3) {
        ngtcp2_cid cid = numbered(n, n % 2 ? 8 : 20);
        pf_quic_cids_remove(cids, &cid);
        pf_quic_cids_remove(cids, &cid); /* an unknown one is nothing */
    }
    pf_quic_cids_remove_all(cids, &heads[5]);
    for (uint32_t n = 0; n < 4000; n++) {
        ngtcp2_cid cid = numbered(n, n % 2 ? 8 : 20), other = numbered(n, n % 2 ? 20 : 8);
        struct pf_quic_conn *expected = n % 3 == 0 || n % 8 == 5 ? NULL : conns[n % 8];
        assert_ptr_equal(pf_quic_cids_find(cids, cid.data, cid.datalen), expected);
        assert_null(pf_quic_cids_find(cids, other.data, other.datalen));
    }
    for (size_t i = 0; i < 8; i++)
        pf_quic_cids_remove_all(cids, &heads[i]);
    for (size_t i = 0; i < PF_QUIC_CID_BUCKETS; i++)
        assert_null(cids->buckets[i]);
    free(cids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_datagrams_are_dropped),
        cmocka_unit_test(a_datagram_beyond_the_limit_waits_alone),
        cmocka_unit_test(a_stream_gives_back_what_was_written),
        cmocka_unit_test(an_end_is_news_without_bytes),
        cmocka_unit_test(connection_ids_are_found_until_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
