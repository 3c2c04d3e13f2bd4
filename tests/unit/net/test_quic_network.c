/* Bad networks: silence, loss, disorder, moving clients, restarts. */
#include "net/address.h"
#include "net/quic_conn.h"
#include "punktfunk/wire_common.h"
#include "quic_rig.h"
#include "udp_relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum relay_verdict drop_all(void *user, bool to_host, uint8_t *data, size_t *len)
{
    return RELAY_DROP;
}

/* A connected client behind a relay. */
static struct relay *pair_through_relay(
    struct rig *rig, struct end *client, const struct pf_quic_config *config, relay_judge judge, void *user)
{
    struct relay *relay =
        relay_create(pf_loop_uv(rig->loop), pf_quic_listener_port(rig->listener), judge, user);
    rig_connect(rig, client, relay_port(relay), rig->client, NULL, config);
    rig_until(rig, &client->ready, 1);
    rig_until(rig, &rig->host_count, 1);
    return relay;
}

/* Says goodbye in good weather, so that nobody waits for an idle timeout. */
static void finish(struct rig *rig, struct end *client, struct relay *relay)
{
    relay_set_judge(relay, NULL, NULL);
    if (client->conn)
        pf_quic_close(client->conn, 0, NULL);
    rig_until(rig, &client->closed, 1);
    if (rig->host_count)
        rig_until(rig, &rig->hosts[0].closed, 1);
    relay_destroy(relay);
    rig_teardown(rig);
}

static void silence_ends_both_sides(void **state)
{
    struct rig rig;
    struct end client;
    const struct pf_quic_config config = {.idle_timeout_ms = 400};
    rig_setup(&rig);
    rig_listen(&rig, &config);
    struct relay *relay = pair_through_relay(&rig, &client, &config, NULL, NULL);
    relay_set_judge(relay, drop_all, NULL);
    rig_until(&rig, &client.closed, 1);
    rig_until(&rig, &rig.hosts[0].closed, 1);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_IDLE);
    assert_int_equal(rig.hosts[0].kind, PF_QUIC_CLOSED_IDLE);
    assert_int_equal(pf_quic_listener_connections(rig.listener), 0);
    finish(&rig, &client, relay);
}

static void keep_alives_hold_a_quiet_connection(void **state)
{
    struct rig rig;
    struct end client;
    const struct pf_quic_config config = {.idle_timeout_ms = 400};
    rig_setup(&rig);
    rig_listen(&rig, &config);
    rig_connect(&rig, &client, 0, rig.client, NULL, &config);
    rig_until(&rig, &client.ready, 1);
    rig_until(&rig, &rig.host_count, 1);
    rig_run(&rig, 1500);
    assert_int_equal(client.closed, 0);
    assert_int_equal(rig.hosts[0].closed, 0);
    rig_teardown(&rig);
}

/* ---- loss and disorder ---- */

struct weather {
    unsigned seed;
    unsigned lose, twice, hold, damage; /* of 100 */
};

static unsigned roll(struct weather *w)
{
    w->seed = w->seed * 1664525u + 1013904223u;
    return w->seed >> 8;
}

static enum relay_verdict storm(void *user, bool to_host, uint8_t *data, size_t *len)
{
    struct weather *w = user;
    if (roll(w) % 100 < w->damage && *len) {
        if (roll(w) % 2)
            *len = roll(w) % *len;
        for (unsigned n = 1 + roll(w) % 4; n && *len; n--)
            data[roll(w) % *len] ^= (uint8_t)(1u << roll(w) % 8);
    }
    unsigned dice = roll(w) % 100;
    if (dice < w->lose)
        return RELAY_DROP;
    if (dice < w->lose + w->twice)
        return RELAY_TWICE;
    return dice < w->lose + w->twice + w->hold ? RELAY_HOLD : RELAY_PASS;
}

static bool has_fin(void *arg)
{
    return ((struct seen_stream *)arg)->fin;
}

static void a_stream_survives_loss_disorder_and_damage(void **state)
{
    enum { SIZE = 150000 };
    uint8_t *bytes = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 11);
    for (unsigned seed = 1; seed <= 3; seed++) {
        struct rig rig;
        struct end client;
        struct weather weather = {.seed = seed, .lose = 3, .twice = 10, .hold = 15, .damage = 5};
        int64_t id;
        rig_setup(&rig);
        rig_listen(&rig, NULL);
        struct relay *relay = pair_through_relay(&rig, &client, NULL, storm, &weather);
        assert_int_equal(pf_quic_stream_open(client.conn, &id), 0);
        assert_int_equal(pf_quic_stream_write(client.conn, id, bytes, SIZE), 0);
        assert_int_equal(pf_quic_stream_finish(client.conn, id), 0);
        struct seen_stream *seen = rig_stream(&rig.hosts[0], id);
        rig_until_true(&rig, has_fin, seen);
        assert_int_equal(seen->bytes, SIZE);
        assert_int_equal(seen->sum, rig_sum(0, bytes, SIZE));
        finish(&rig, &client, relay);
    }
    free(bytes);
}

/* Whatever the weather, the host lives on and serves a client with a good line. */
static void a_hurricane_of_damage_hurts_nobody_else(void **state)
{
    for (unsigned seed = 1; seed <= 5; seed++) {
        struct rig rig;
        struct end bad, good;
        struct weather weather = {.seed = seed * 77, .lose = 5, .twice = 20, .hold = 20, .damage = 70};
        rig_setup(&rig);
        rig_listen(&rig, NULL);
        struct relay *relay =
            relay_create(pf_loop_uv(rig.loop), pf_quic_listener_port(rig.listener), storm, &weather);
        rig_connect(&rig, &bad, relay_port(relay), rig.client, NULL, NULL);
        rig_run(&rig, 300);
        const unsigned before = rig.host_count;
        rig_connect(&rig, &good, 0, rig.client, NULL, NULL);
        rig_until(&rig, &good.ready, 1);
        rig_until(&rig, &rig.host_count, before + 1);
        if (bad.conn)
            pf_quic_close(bad.conn, 0, NULL);
        rig_until(&rig, &bad.closed, 1);
        relay_destroy(relay);
        rig_teardown(&rig);
    }
}

/* ---- moving ---- */

static bool host_has_moved(void *arg)
{
    struct rig *rig = arg;
    struct sockaddr_storage *before = (struct sockaddr_storage *)rig->hosts[0].last_datagram, now;
    pf_quic_peer_address(rig->hosts[0].conn, &now);
    return !pf_address_equal((struct sockaddr *)before, (struct sockaddr *)&now);
}

static void a_client_behind_a_forgetful_nat_stays_connected(void **state)
{
    struct rig rig;
    struct end client;
    struct sockaddr_storage before;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct relay *relay = pair_through_relay(&rig, &client, NULL, NULL, NULL);
    struct end *host = &rig.hosts[0];
    assert_int_equal(pf_quic_datagram_send(client.conn, "a", 1), 0);
    rig_until(&rig, &host->datagrams, 1);
    pf_quic_peer_address(host->conn, &before);
    relay_rebind(relay);
    assert_int_equal(pf_quic_datagram_send(client.conn, "b", 1), 0);
    rig_until(&rig, &host->datagrams, 2);
    memcpy(host->last_datagram, &before, sizeof(before));
    rig_until_true(&rig, host_has_moved, &rig);
    assert_int_equal(pf_quic_datagram_send(host->conn, "c", 1), 0);
    rig_until(&rig, &client.datagrams, 1);
    assert_int_equal(client.closed + host->closed, 0);
    finish(&rig, &client, relay);
}

/* A client whose host was restarted notices at its next packet, not after the idle timeout. */
static void a_restarted_host_resets_its_old_clients(void **state)
{
    struct rig rig;
    struct end client;
    struct pf_error err;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    const uint16_t port = pf_quic_listener_port(rig.listener);
    struct relay *relay = pair_through_relay(&rig, &client, NULL, NULL, NULL);
    relay_set_judge(relay, drop_all, NULL); /* the old process dies without a word */
    struct rig second = rig;
    pf_quic_listener_close(rig.listener, 0, NULL, NULL, NULL);
    rig_until(&rig, &rig.hosts[0].closed, 1);
    rig.listener = NULL;
    for (int rc = -EADDRINUSE; rc;) {
        rig_run(&rig, 10);
        rc = pf_quic_listen(
            rig.loop, "127.0.0.1", port, rig.host, NULL, &rig_host_handlers, &second, &rig.listener, &err);
        assert_true(rc == 0 || rc == -EADDRINUSE);
    }
    relay_set_judge(relay, NULL, NULL);
    assert_int_equal(pf_quic_stream_open(client.conn, &(int64_t){0}), 0);
    uint8_t data[500] = {0};
    assert_int_equal(pf_quic_datagram_send(client.conn, data, sizeof(data)), 0);
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_TRANSPORT);
    assert_non_null(strstr(client.text, "lost the connection"));
    finish(&rig, &client, relay);
}

static enum relay_verdict lose_closes(void *user, bool to_host, uint8_t *data, size_t *len)
{
    unsigned *left = user;
    if (to_host || !*left)
        return RELAY_PASS;
    --*left;
    return RELAY_DROP;
}

static void a_lost_close_is_repeated(void **state)
{
    struct rig rig;
    struct end client;
    unsigned left = 1;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct relay *relay = pair_through_relay(&rig, &client, NULL, NULL, NULL);
    rig_run(&rig, 50);
    relay_set_judge(relay, lose_closes, &left);
    pf_quic_close(rig.hosts[0].conn, PF_CLOSE_BUSY, "later");
    rig_until(&rig, &rig.hosts[0].closed, 1);
    assert_int_equal(pf_quic_datagram_send(client.conn, "still here", 10), 0);
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(left, 0);
    assert_int_equal(client.code, PF_CLOSE_BUSY);
    finish(&rig, &client, relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_ends_both_sides),
        cmocka_unit_test(keep_alives_hold_a_quiet_connection),
        cmocka_unit_test(a_stream_survives_loss_disorder_and_damage),
        cmocka_unit_test(a_hurricane_of_damage_hurts_nobody_else),
        cmocka_unit_test(a_client_behind_a_forgetful_nat_stays_connected),
        cmocka_unit_test(a_restarted_host_resets_its_old_clients),
        cmocka_unit_test(a_lost_close_is_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
