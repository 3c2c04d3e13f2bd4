/* Datagrams that are no good: noise, halves, floods, foreign versions. */
#include "net/quic_conn.h"
#include "punktfunk/wire.h"
#include "quic_rig.h"
#include "udp_relay.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A plain socket that can say anything to the listener. */
static int open_socket(const struct rig *rig)
{
    const struct sockaddr_in host = rig_address(pf_quic_listener_port(rig->listener));
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&host, sizeof(host)), 0);
    return fd;
}

static void say(int fd, const void *data, size_t len)
{
    assert_int_equal(send(fd, data, len, 0), len);
}

static void expect_a_good_client_is_served(struct rig *rig)
{
    struct end client;
    struct end *host = rig_pair(rig, &client);
    assert_int_equal(pf_quic_datagram_send(client.conn, "x", 1), 0);
    rig_until(rig, &host->datagrams, 1);
    pf_quic_close(client.conn, 0, NULL);
    rig_until(rig, &client.closed, 1);
    rig_until(rig, &host->closed, 1);
}

struct record {
    uint8_t data[64][2048];
    size_t len[64];
    unsigned count;
};

static enum relay_verdict keep(void *user, bool to_host, uint8_t *data, size_t *len)
{
    struct record *r = user;
    if (to_host && r->count < 64) {
        memcpy(r->data[r->count], data, *len);
        r->len[r->count++] = *len;
    }
    return RELAY_PASS;
}

/* What a client sends in a short life. */
static struct record *record_client(struct rig *rig)
{
    struct record *record = calloc(1, sizeof(*record));
    struct end client;
    struct relay *relay =
        relay_create(pf_loop_uv(rig->loop), pf_quic_listener_port(rig->listener), keep, record);
    rig_connect(rig, &client, relay_port(relay), rig->client, NULL, NULL);
    rig_until(rig, &client.ready, 1);
    rig_until(rig, &rig->host_count, 1);
    assert_int_equal(pf_quic_datagram_send(client.conn, "x", 1), 0);
    rig_until(rig, &rig->hosts[0].datagrams, 1);
    pf_quic_close(client.conn, 0, NULL);
    rig_until(rig, &rig->hosts[0].closed, 1);
    relay_destroy(relay);
    return record;
}

static void noise_is_ignored(void **state)
{
    struct rig rig;
    uint8_t data[1600];
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    int fd = open_socket(&rig);
    srand(7);
    for (int i = 0; i < 3000; i++) {
        size_t len = (size_t)rand() % sizeof(data);
        assert_true(gnutls_rnd(GNUTLS_RND_NONCE, data, sizeof(data)) >= 0);
        if (i % 3 == 0) { /* a long header of version 1 */
            data[0] |= 0xc0;
            memcpy(data + 1, "\0\0\0\1\x08", 5);
        }
        say(fd, data, len);
        if (i % 50 == 0)
            rig_run(&rig, 1);
    }
    expect_a_good_client_is_served(&rig);
    assert_int_equal(rig.host_count, 1);
    close(fd);
    rig_teardown(&rig);
}

static void truncated_and_damaged_replays_are_ignored(void **state)
{
    struct rig rig;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct record *record = record_client(&rig);
    assert_true(record->count >= 3);
    int fd = open_socket(&rig);
    for (unsigned i = 0; i < record->count; i++) {
        for (size_t len = 0; len < record->len[i]; len += 1 + len / 16)
            say(fd, record->data[i], len);
        for (size_t at = 0; at < record->len[i]; at += 1 + at / 8) {
            record->data[i][at] ^= 0x10;
            say(fd, record->data[i], record->len[i]);
            record->data[i][at] ^= 0x10;
        }
        rig_run(&rig, 5);
    }
    assert_int_equal(rig.host_count, 1);
    expect_a_good_client_is_served(&rig);
    close(fd);
    free(record);
    rig_teardown(&rig);
}

static bool got_answer(void *arg)
{
    char peek[1];
    return recv(*(int *)arg, peek, sizeof(peek), MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void a_foreign_version_is_told_which_we_speak(void **state)
{
    static const uint32_t versions[] = {0x6b3343cf, 0x00000002, 0xff00001d, 0x0a0a0a0a};
    struct rig rig;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    int fd = open_socket(&rig);
    for (size_t i = 0; i < 4; i++) {
        uint8_t ask[1200] = {0xc0, versions[i] >> 24, versions[i] >> 16 & 0xff, versions[i] >> 8 & 0xff,
            versions[i] & 0xff, 4, 'd', 'c', 'i', 'd', 5, 's', 'c', 'i', 'd', '!'};
        uint8_t answer[2000];
        say(fd, ask, 300); /* too small to be answered: nobody can make us shout at others */
        say(fd, ask, sizeof(ask));
        rig_until_true(&rig, got_answer, &fd);
        ssize_t n = recv(fd, answer, sizeof(answer), 0);
        assert_true(n >= 16 + 4);
        assert_int_equal(answer[0] & 0x80, 0x80);
        assert_memory_equal(answer + 1, "\0\0\0\0", 4);
        assert_memory_equal(answer + 5,
            "\x05scid!\x04"
            "dcid",
            11);
        bool offers_v1 = false;
        for (ssize_t at = 16; at + 4 <= n; at += 4)
            offers_v1 = offers_v1 || !memcmp(answer + at, "\0\0\0\1", 4);
        assert_true(offers_v1);
        assert_false(got_answer(&fd));
    }
    close(fd);
    rig_teardown(&rig);
}

/* ---- floods ---- */

/* First packets of many clients: clients that never get an answer, recorded on their way into the void. */
static struct record *record_initials(struct rig *rig, unsigned count)
{
    struct record *record = calloc(1, sizeof(*record));
    int hole = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = rig_address(0);
    socklen_t size = sizeof(address);
    assert_int_equal(bind(hole, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(hole, (struct sockaddr *)&address, &size), 0);
    struct end client[64];
    for (unsigned i = 0; i < count; i++) {
        rig_connect(rig, &client[i], ntohs(address.sin_port), NULL, NULL, NULL);
        rig_until_true(rig, got_answer, &hole);
        ssize_t n = recv(hole, record->data[i], sizeof(record->data[i]), 0);
        assert_true(n >= 1200);
        record->len[record->count++] = (size_t)n;
        pf_quic_close(client[i].conn, 0, NULL);
        rig_until(rig, &client[i].closed, 1);
        rig_run(rig, 1);
        while (recv(hole, &(char){0}, 1, MSG_DONTWAIT) >= 0)
            ;
    }
    close(hole);
    return record;
}

static void a_flood_of_handshakes_is_bounded(void **state)
{
    struct rig rig;
    const struct pf_quic_config config = {.max_handshakes = 8};
    struct pf_quic_listener_stats stats;
    rig_setup(&rig);
    rig_listen(&rig, &config);
    struct record *record = record_initials(&rig, 60);
    int fd = open_socket(&rig);
    for (unsigned i = 0; i < record->count; i++)
        say(fd, record->data[i], record->len[i]);
    rig_run(&rig, 50);
    pf_quic_listener_stats(rig.listener, &stats);
    assert_int_equal(stats.handshakes, 8);
    assert_int_equal(stats.retries, 52);
    assert_int_equal(rig.host_count, 0);
    /* The flood is still there, but an honest client proves its address and gets in. */
    expect_a_good_client_is_served(&rig);
    pf_quic_listener_stats(rig.listener, &stats);
    assert_int_equal(stats.retries, 53);
    assert_int_equal(stats.handshakes, 8);
    close(fd);
    free(record);
    rig_teardown(&rig);
}

static void a_full_host_ignores_new_clients(void **state)
{
    struct rig rig;
    struct end clients[2], late;
    const struct pf_quic_config config = {.max_connections = 2}, quick = {.idle_timeout_ms = 300};
    rig_setup(&rig);
    rig_listen(&rig, &config);
    for (int i = 0; i < 2; i++)
        rig_pair(&rig, &clients[i]);
    rig_connect(&rig, &late, 0, NULL, NULL, &quick);
    rig_until(&rig, &late.closed, 1);
    assert_int_equal(late.kind, PF_QUIC_CLOSED_HANDSHAKE_FAILED);
    pf_quic_close(clients[0].conn, 0, NULL);
    rig_until(&rig, &rig.hosts[0].closed, 1);
    expect_a_good_client_is_served(&rig);
    rig_teardown(&rig);
}

/* Neither a few hundred strangers from everywhere nor a few from one address keep a new client out. */
static void strangers_make_room(const struct pf_quic_config *config)
{
    struct rig rig;
    struct end clients[3], late;
    struct pf_quic_listener_stats stats;
    rig_setup(&rig);
    rig.strangers = true;
    rig_listen(&rig, config);
    for (int i = 0; i < 3; i++)
        rig_pair(&rig, &clients[i]);
    pf_quic_set_standing(rig.hosts[0].conn, PF_QUIC_AWAITED); /* it stays, though it is the oldest */
    rig_pair(&rig, &late);
    rig_until(&rig, &clients[1].closed, 1);
    assert_int_equal(clients[1].kind, PF_QUIC_CLOSED_BY_PEER);
    assert_int_equal(clients[1].code, PF_CLOSE_BUSY);
    assert_int_equal(clients[0].closed + clients[2].closed + late.closed, 0);
    pf_quic_listener_stats(rig.listener, &stats);
    assert_int_equal(stats.retries, 1);
    rig_teardown(&rig);
}

static void a_host_full_of_strangers_takes_a_new_client(void **state)
{
    const struct pf_quic_config config = {.max_connections = 3};
    strangers_make_room(&config);
}

static void strangers_of_one_address_replace_each_other(void **state)
{
    const struct pf_quic_config config = {.max_per_address = 3};
    strangers_make_room(&config);
}

static void admitted_clients_do_not_count_against_their_address(void **state)
{
    struct rig rig;
    struct end clients[5];
    struct pf_quic_listener_stats stats;
    const struct pf_quic_config config = {.max_per_address = 1};
    rig_setup(&rig);
    rig_listen(&rig, &config);
    for (int i = 0; i < 5; i++)
        rig_pair(&rig, &clients[i]);
    pf_quic_listener_stats(rig.listener, &stats);
    assert_int_equal(stats.retries, 0);
    assert_int_equal(pf_quic_listener_connections(rig.listener), 5);
    rig_teardown(&rig);
}

static unsigned open_streams(struct end *client)
{
    int64_t id;
    unsigned n = 0;
    while (pf_quic_stream_open(client->conn, &id) == 0 && pf_quic_stream_write(client->conn, id, "x", 1) == 0)
        n++;
    return n;
}

static bool has_wide_window(void *arg)
{
    return ngtcp2_conn_get_max_data_left(((struct end *)arg)->conn->ng) > 8 << 20;
}

/* What a client can make the host keep is little until the application admits it. */
static void strangers_have_small_windows(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig.strangers = true;
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    assert_true(ngtcp2_conn_get_max_data_left(client.conn->ng) <= 128 << 10);
    assert_int_equal(ngtcp2_conn_get_streams_uni_left(client.conn->ng), 0);
    assert_int_equal(open_streams(&client), 4);
    rig_run(&rig, 20);
    pf_quic_set_standing(host->conn, PF_QUIC_AWAITED);
    rig_run(&rig, 20);
    assert_true(ngtcp2_conn_get_max_data_left(client.conn->ng) <= 128 << 10);
    assert_int_equal(open_streams(&client), 0);

    pf_quic_set_standing(host->conn, PF_QUIC_ADMITTED);
    pf_quic_set_standing(host->conn, PF_QUIC_ADMITTED);
    rig_until_true(&rig, has_wide_window, &client);
    assert_true(ngtcp2_conn_get_max_stream_data_left(client.conn->ng, 0) > 1 << 20);
    assert_int_equal(ngtcp2_conn_get_streams_bidi_left(client.conn->ng), 96);
    rig_teardown(&rig);
}

static void an_unfinished_handshake_is_forgotten_in_time(void **state)
{
    struct rig rig;
    const struct pf_quic_config config = {.handshake_timeout_ms = 200};
    struct pf_quic_listener_stats stats;
    rig_setup(&rig);
    rig_listen(&rig, &config);
    struct record *record = record_initials(&rig, 1);
    int fd = open_socket(&rig);
    say(fd, record->data[0], record->len[0]);
    do {
        rig_run(&rig, 20);
        pf_quic_listener_stats(rig.listener, &stats);
    } while (!stats.handshakes && !stats.handshakes_failed);
    do {
        rig_run(&rig, 20);
        pf_quic_listener_stats(rig.listener, &stats);
    } while (stats.handshakes);
    assert_int_equal(stats.handshakes_failed, 1);
    close(fd);
    free(record);
    rig_teardown(&rig);
}

/* At most three times what came in, as long as the address is not proven. */
static void an_unproven_address_gets_little(void **state)
{
    struct rig rig;
    uint8_t answer[2048];
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct record *record = record_initials(&rig, 1);
    int fd = open_socket(&rig);
    say(fd, record->data[0], record->len[0]);
    rig_until_true(&rig, got_answer, &fd);
    rig_run(&rig, 500);
    size_t total = 0;
    for (ssize_t n; (n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0;)
        total += (size_t)n;
    assert_in_range(total, 1, 3 * record->len[0]);
    close(fd);
    free(record);
    rig_teardown(&rig);
}

/* ---- a peer that says too much ---- */

static void streams_nobody_uses_are_swallowed(void **state)
{
    struct rig rig;
    struct end client;
    int64_t id;
    ngtcp2_ssize taken;
    uint8_t packet[1452], data[100] = {0};
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    /* Unidirectional ones: our own interface cannot even open them. */
    for (int i = 0; i < 150; i++) {
        ngtcp2_path_storage path;
        ngtcp2_pkt_info info;
        ngtcp2_vec vec = {data, sizeof(data)};
        if (ngtcp2_conn_open_uni_stream(client.conn->ng, &id, NULL)) {
            rig_run(&rig, 5);
            continue;
        }
        ngtcp2_path_storage_zero(&path);
        ngtcp2_ssize n = ngtcp2_conn_writev_stream(client.conn->ng, &path.path, &info, packet, sizeof(packet),
            &taken, NGTCP2_WRITE_STREAM_FLAG_FIN, id, &vec, 1, uv_hrtime());
        if (n > 0)
            assert_int_equal(pf_quic_endpoint_send(client.conn->ep, packet, (size_t)n, &path.path), 0);
    }
    assert_int_equal(pf_quic_datagram_send(client.conn, "x", 1), 0);
    rig_until(&rig, &host->datagrams, 1);
    assert_int_equal(host->stream_count, 0);
    assert_int_equal(host->closed, 0);
    rig_teardown(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_ignored),
        cmocka_unit_test(truncated_and_damaged_replays_are_ignored),
        cmocka_unit_test(a_foreign_version_is_told_which_we_speak),
        cmocka_unit_test(a_flood_of_handshakes_is_bounded),
        cmocka_unit_test(a_full_host_ignores_new_clients),
        cmocka_unit_test(a_host_full_of_strangers_takes_a_new_client),
        cmocka_unit_test(strangers_of_one_address_replace_each_other),
        cmocka_unit_test(admitted_clients_do_not_count_against_their_address),
        cmocka_unit_test(strangers_have_small_windows),
        cmocka_unit_test(an_unfinished_handshake_is_forgotten_in_time),
        cmocka_unit_test(an_unproven_address_gets_little),
        cmocka_unit_test(streams_nobody_uses_are_swallowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
