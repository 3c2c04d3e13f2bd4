/* What strangers cost who send first packets from many ports: memory, connections, and bytes sent to
 * addresses that nobody has proven. */
#include "net/quic_conn.h"
#include "quic_rig.h"

#include <gnutls/crypto.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORTS = 48,
    INITIAL = 1200,
    HANDSHAKES = 8,
    /* Heap of one unfinished handshake, TLS and congestion state included; measured: about 75 KiB. */
    HANDSHAKE_COST = 192 << 10,
};

struct stranger {
    int fd;
    size_t said, heard; /* bytes */
};

static void open_strangers(const struct rig *rig, struct stranger strangers[PORTS])
{
    const struct sockaddr_in host = rig_address(pf_quic_listener_port(rig->listener));
    for (int i = 0; i < PORTS; i++) {
        strangers[i] = (struct stranger){.fd = socket(AF_INET, SOCK_DGRAM, 0)};
        assert_int_equal(connect(strangers[i].fd, (const struct sockaddr *)&host, sizeof(host)), 0);
    }
}

static void close_strangers(struct stranger strangers[PORTS])
{
    for (int i = 0; i < PORTS; i++)
        close(strangers[i].fd);
}

static void say(struct stranger *s, const void *data, size_t len)
{
    assert_int_equal(send(s->fd, data, len, 0), len);
    s->said += len;
}

static void hear(struct stranger strangers[PORTS])
{
    uint8_t data[2048];
    for (int i = 0; i < PORTS; i++)
        for (ssize_t n; (n = recv(strangers[i].fd, data, sizeof(data), MSG_DONTWAIT)) > 0;)
            strangers[i].heard += (size_t)n;
}

static void expect_little_was_sent(const struct stranger strangers[PORTS])
{
    for (int i = 0; i < PORTS; i++)
        assert_true(strangers[i].heard <= 3 * strangers[i].said);
}

/* Bytes in use; 0 where a sanitizer brings its own heap. */
static size_t heap(void)
{
    return mallinfo2().uordblks;
}

static void expect_a_good_client_is_served(struct rig *rig)
{
    struct end client;
    struct end *host = rig_pair(rig, &client);
    pf_quic_close(client.conn, 0, NULL);
    rig_until(rig, &client.closed, 1);
    rig_until(rig, &host->closed, 1);
}

/* A first packet as far as its header goes; what is in it cannot be decrypted. */
static void make_garbage(uint8_t packet[INITIAL])
{
    assert_true(gnutls_rnd(GNUTLS_RND_NONCE, packet, INITIAL) >= 0);
    packet[0] = 0xC0 | (packet[0] & 0x0F);
    memcpy(packet + 1, "\0\0\0\1\x08", 5); /* version 1, 8 bytes of destination ID */
    packet[14] = 8;                        /* and of source ID */
    packet[23] = 0;                        /* no token */
    packet[24] = 0x40 | (INITIAL - 26) >> 8;
    packet[25] = (uint8_t)(INITIAL - 26);
}

static void garbage_leaves_nothing_behind(void **state)
{
    struct rig rig;
    struct stranger strangers[PORTS];
    struct pf_quic_listener_stats stats;
    uint8_t packet[INITIAL];
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    open_strangers(&rig, strangers);
    expect_a_good_client_is_served(&rig); /* everything is warm */
    rig_run(&rig, 50);
    size_t before = heap();
    for (int i = 0; i < 100 * PORTS; i++) {
        make_garbage(packet);
        say(&strangers[i % PORTS], packet, sizeof(packet));
        if (i % 32 == 0)
            rig_run(&rig, 1);
    }
    rig_run(&rig, 50);
    hear(strangers);
    expect_little_was_sent(strangers);
    pf_quic_listener_stats(rig.listener, &stats);
    assert_int_equal(stats.handshakes, 0);
    assert_int_equal(rig.host_count, 1);
    assert_true(heap() <= before + HANDSHAKE_COST);
    expect_a_good_client_is_served(&rig);
    close_strangers(strangers);
    rig_teardown(&rig);
}

struct record {
    uint8_t data[PORTS][2048];
    size_t len[PORTS];
};

static bool has_news(void *arg)
{
    char peek;
    return recv(*(int *)arg, &peek, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* First packets of clients that exist, on their way into the void. */
static struct record *record_initials(struct rig *rig)
{
    struct record *record = calloc(1, sizeof(*record));
    for (int i = 0; i < PORTS; i++) {
        struct sockaddr_in address = rig_address(0);
        socklen_t size = sizeof(address);
        struct end client;
        int hole = socket(AF_INET, SOCK_DGRAM, 0);
        assert_int_equal(bind(hole, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(getsockname(hole, (struct sockaddr *)&address, &size), 0);
        rig_connect(rig, &client, ntohs(address.sin_port), NULL, NULL, NULL);
        rig_until_true(rig, has_news, &hole);
        ssize_t n = recv(hole, record->data[i], sizeof(record->data[i]), 0);
        assert_true(n >= INITIAL);
        record->len[i] = (size_t)n;
        pf_quic_close(client.conn, 0, NULL);
        rig_until(rig, &client.closed, 1);
        close(hole);
    }
    return record;
}

static void handshakes_from_many_ports_are_bounded(void **state)
{
    struct rig rig;
    struct stranger strangers[PORTS];
    const struct pf_quic_config config = {.max_handshakes = HANDSHAKES};
    struct pf_quic_listener_stats stats;
    rig_setup(&rig);
    rig_listen(&rig, &config);
    struct record *record = record_initials(&rig);
    expect_a_good_client_is_served(&rig);
    open_strangers(&rig, strangers);
    size_t before = heap();
    for (int i = 0; i < PORTS; i++)
        say(&strangers[i], record->data[i], record->len[i]);
    rig_run(&rig, 50);
    for (int i = 0; i < PORTS; i++) /* and again from a neighbour's port: no new connection, no new address */
        say(&strangers[(i + 1) % PORTS], record->data[i], record->len[i]);
    rig_run(&rig, 500); /* what the host repeats counts as well */
    hear(strangers);
    expect_little_was_sent(strangers);
    pf_quic_listener_stats(rig.listener, &stats);
    assert_int_equal(stats.handshakes, HANDSHAKES);
    assert_int_equal(stats.retries, 2 * (PORTS - HANDSHAKES));
    assert_true(heap() <= before + (HANDSHAKES + 1) * HANDSHAKE_COST);
    print_message("heap of an unfinished handshake: %zu bytes\n", (heap() - before) / HANDSHAKES);
    expect_a_good_client_is_served(&rig);
    free(record);
    close_strangers(strangers);
    rig_teardown(&rig);
}

/* A token is bound to the address that asked: it is worth nothing from another port. */
static void a_stolen_token_opens_nothing(void **state)
{
    struct rig rig;
    struct stranger strangers[PORTS];
    const struct pf_quic_config config = {.max_handshakes = 1};
    struct pf_quic_listener_stats stats;
    uint8_t retry[2048], packet[INITIAL];
    rig_setup(&rig);
    rig_listen(&rig, &config);
    struct record *record = record_initials(&rig);
    open_strangers(&rig, strangers);
    say(&strangers[0], record->data[0], record->len[0]);
    rig_run(&rig, 20);
    say(&strangers[1], record->data[1], record->len[1]);
    rig_until_true(&rig, has_news, &strangers[1].fd);
    ssize_t n = recv(strangers[1].fd, retry, sizeof(retry), 0);
    assert_true(n > 40 && (retry[0] & 0xF0) == 0xF0);
    size_t dcid = retry[5], scid = retry[6 + dcid], token = 7 + dcid + scid,
           token_len = (size_t)n - token - 16;
    assert_true(scid == 8 || scid > 0);

    /* Back to the host as a client would, but from another port. */
    make_garbage(packet);
    size_t at = 5;
    packet[at++] = (uint8_t)scid;
    memcpy(packet + at, retry + 7 + dcid, scid);
    at += scid;
    packet[at++] = 0; /* source ID */
    packet[at++] = (uint8_t)(0x40 | token_len >> 8);
    packet[at++] = (uint8_t)token_len;
    memcpy(packet + at, retry + token, token_len);
    at += token_len;
    size_t rest = INITIAL - at - 2;
    packet[at++] = (uint8_t)(0x40 | rest >> 8);
    packet[at++] = (uint8_t)rest;
    pf_quic_listener_stats(rig.listener, &stats);
    uint64_t dropped = stats.dropped;
    say(&strangers[2], packet, sizeof(packet));
    rig_run(&rig, 20);
    pf_quic_listener_stats(rig.listener, &stats);
    assert_int_equal(stats.dropped, dropped + 1);
    assert_int_equal(stats.handshakes, 1);
    hear(strangers);
    assert_int_equal(strangers[2].heard, 0);
    free(record);
    close_strangers(strangers);
    rig_teardown(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbage_leaves_nothing_behind),
        cmocka_unit_test(handshakes_from_many_ports_are_bounded),
        cmocka_unit_test(a_stolen_token_opens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
