/* Handshakes, identities, closes. */
#include "net/address.h"
#include "net/quic_conn.h"
#include "punktfunk/wire_common.h"
#include "quic_rig.h"

#include "../skip.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void both_sides_see_each_others_fingerprint(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    assert_true(host->has_fingerprint && client.has_fingerprint);
    assert_memory_equal(host->fingerprint, pf_identity_fingerprint(rig.client), 32);
    assert_memory_equal(client.fingerprint, pf_identity_fingerprint(rig.host), 32);
    assert_int_equal(pf_quic_listener_connections(rig.listener), 1);
    assert_true(pf_quic_rtt_ns(host->conn) > 0);
    assert_true(pf_quic_rtt_ns(client.conn) > 0);
    rig_teardown(&rig);
}

static void a_client_needs_no_certificate(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig_connect(&rig, &client, 0, NULL, NULL, NULL);
    rig_until(&rig, &rig.host_count, 1);
    rig_until(&rig, &client.ready, 1);
    assert_false(rig.hosts[0].has_fingerprint);
    assert_true(client.has_fingerprint);
    rig_teardown(&rig);
}

static void the_right_pin_connects(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig_connect(&rig, &client, 0, rig.client, pf_identity_fingerprint(rig.host), NULL);
    rig_until(&rig, &client.ready, 1);
    rig_until(&rig, &rig.host_count, 1);
    rig_teardown(&rig);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_BY_PEER);
}

static bool one_failed(void *arg)
{
    struct pf_quic_listener_stats stats;
    pf_quic_listener_stats(((struct rig *)arg)->listener, &stats);
    return stats.handshakes_failed == 1 && stats.handshakes == 0;
}

static void the_wrong_pin_aborts_the_handshake(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig_connect(&rig, &client, 0, rig.client, pf_identity_fingerprint(rig.client), NULL);
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.ready, 0);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_WRONG_PEER);
    assert_non_null(strstr(client.text, "another fingerprint"));
    rig_until_true(&rig, one_failed, &rig);
    assert_int_equal(rig.host_count, 0);
    rig_teardown(&rig);
}

/* The certificate of one, the key of another: what somebody has who saw a certificate go by. */
static gnutls_certificate_credentials_t forge(
    const struct pf_identity *shown, const struct pf_identity *owned)
{
    gnutls_certificate_credentials_t forged;
    gnutls_x509_crt_t certificate = pf_identity_certificate(shown);
    assert_true(gnutls_certificate_allocate_credentials(&forged) >= 0);
    gnutls_certificate_set_flags(forged, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
    assert_true(gnutls_certificate_set_x509_key(forged, &certificate, 1, pf_identity_key(owned)) >= 0);
    return forged;
}

static void a_client_without_the_key_of_its_certificate_is_refused(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    gnutls_certificate_credentials_t forged = forge(rig.client, rig.host);
    rig_connect(&rig, &client, 0, NULL, NULL, NULL);
    assert_int_equal(gnutls_credentials_set(client.conn->tls, GNUTLS_CRD_CERTIFICATE, forged), 0);
    rig_until(&rig, &client.closed, 1);
    assert_int_not_equal(client.kind, PF_QUIC_CLOSED_HERE);
    rig_until_true(&rig, one_failed, &rig);
    assert_int_equal(rig.host_count, 0);
    rig_teardown(&rig);
    gnutls_certificate_free_credentials(forged);
}

static void a_host_without_the_key_of_its_certificate_is_refused(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct pf_quic_endpoint *ep = (struct pf_quic_endpoint *)rig.listener; /* its first member */
    gnutls_certificate_free_credentials(ep->credentials);
    ep->credentials = forge(rig.host, rig.client);
    rig_connect(&rig, &client, 0, NULL, pf_identity_fingerprint(rig.host), NULL);
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.ready, 0);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_HANDSHAKE_FAILED);
    rig_until_true(&rig, one_failed, &rig);
    rig_teardown(&rig);
}

static void refuse_alpn(const char *const *alpn)
{
    struct rig rig;
    struct end client;
    const struct pf_quic_config config = {.alpn = alpn};
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig_connect(&rig, &client, 0, rig.client, NULL, &config);
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.ready, 0);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_HANDSHAKE_FAILED);
    assert_int_equal(client.code, 120);
    rig_until_true(&rig, one_failed, &rig);
    assert_int_equal(rig.host_count, 0);
    rig_teardown(&rig);
}

static void another_protocol_name_gets_alert_120(void **state)
{
    refuse_alpn((const char *const[]){"pkf2", "h3", NULL});
}

static void no_protocol_name_gets_alert_120(void **state)
{
    refuse_alpn((const char *const[]){NULL});
}

static int pack_big_extension(gnutls_session_t session, gnutls_buffer_t out)
{
    static const uint8_t zeros[2500];
    return gnutls_buffer_append_data(out, zeros, sizeof(zeros)) < 0 ? -1 : (int)sizeof(zeros);
}

static int ignore_extension(gnutls_session_t session, const unsigned char *data, size_t len)
{
    return 0;
}

/* The size that a post-quantum key share gives, and more. */
static void a_client_hello_may_span_several_packets(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig_connect(&rig, &client, 0, rig.client, NULL, NULL);
    assert_int_equal(
        gnutls_session_ext_register(client.conn->tls, "big", 0x6a6a, GNUTLS_EXT_TLS, ignore_extension,
            pack_big_extension, NULL, NULL, NULL, GNUTLS_EXT_FLAG_TLS | GNUTLS_EXT_FLAG_CLIENT_HELLO),
        0);
    rig_until(&rig, &client.ready, 1);
    rig_until(&rig, &rig.host_count, 1);
    rig_teardown(&rig);
}

static void connect_kinds(const struct pf_identity *host, const struct pf_identity *client_identity)
{
    struct rig rig;
    struct end client;
    struct pf_error err;
    rig_setup(&rig);
    assert_int_equal(pf_quic_listen(rig.loop, "127.0.0.1", 0, host ? host : rig.host, NULL,
                         &rig_host_handlers, &rig, &rig.listener, &err),
        0);
    rig_connect(&rig, &client, 0, client_identity ? client_identity : rig.client, NULL, NULL);
    rig_until(&rig, &client.ready, 1);
    rig_until(&rig, &rig.host_count, 1);
    assert_memory_equal(rig.hosts[0].fingerprint,
        pf_identity_fingerprint(client_identity ? client_identity : rig.client), 32);
    assert_memory_equal(client.fingerprint, pf_identity_fingerprint(host ? host : rig.host), 32);
    rig_teardown(&rig);
}

static void any_kind_of_self_signed_certificate_will_do(void **state)
{
    struct rig rig;
    rig_setup(&rig);
    const time_t y1975 = 157766400, y2020 = 1577836800, y2040 = 2208988800, y4096 = 67090204800;
    struct pf_identity *rsa = rig_make_identity(&rig, "rsa", GNUTLS_PK_RSA, 2048, 0, y2020, y2040);
    struct pf_identity *p384 = rig_make_identity(
        &rig, "p384", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), 0, y2020, y2040);
    struct pf_identity *ed = rig_make_identity(&rig, "ed", GNUTLS_PK_EDDSA_ED25519, 256, 0, y2020, y2040);
    /* Dates like the reference's client, a key usage that forbids what TLS does with the key, and one
     * expired. */
    struct pf_identity *far = rig_make_identity(&rig, "far", GNUTLS_PK_ECDSA,
        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), GNUTLS_KEY_KEY_CERT_SIGN, y1975, y4096);
    struct pf_identity *old = rig_make_identity(
        &rig, "old", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0, y1975, y2020);
    connect_kinds(rsa, rsa);
    connect_kinds(NULL, p384);
    connect_kinds(ed, ed);
    connect_kinds(far, far);
    connect_kinds(old, old);
    pf_identity_destroy(rsa);
    pf_identity_destroy(p384);
    pf_identity_destroy(ed);
    pf_identity_destroy(far);
    pf_identity_destroy(old);
    rig_teardown(&rig);
}

static void a_client_close_carries_code_and_reason(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    pf_quic_close(client.conn, PF_CLOSE_USER_QUIT, "the user left");
    assert_int_equal(client.closed, 0); /* never from within the call */
    rig_until(&rig, &client.closed, 1);
    rig_until(&rig, &host->closed, 1);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_HERE);
    assert_int_equal(host->kind, PF_QUIC_CLOSED_BY_PEER);
    assert_int_equal(host->code, PF_CLOSE_USER_QUIT);
    assert_string_equal(host->reason, "the user left");
    rig_teardown(&rig);
}

static void a_host_close_carries_code_and_reason(void **state)
{
    struct rig rig;
    struct end client;
    char big[1000];
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    memset(big, 'x', sizeof(big));
    memcpy(big + 254, "\xe2\x82\xac", 3); /* a character across the limit is left out */
    big[sizeof(big) - 1] = 0;
    pf_quic_close(host->conn, PF_CLOSE_SETUP_FAILED, big);
    pf_quic_close(host->conn, PF_CLOSE_BUSY, "too late");
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_BY_PEER);
    assert_int_equal(client.code, PF_CLOSE_SETUP_FAILED);
    assert_int_equal(strlen(client.reason), 254);
    assert_memory_equal(client.reason, big, 254);
    rig_until(&rig, &host->closed, 1);
    assert_int_equal(host->code, PF_CLOSE_SETUP_FAILED);
    rig_teardown(&rig);
}

static void a_reason_is_cleaned(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &client);
    pf_quic_close(client.conn, 1, "a\nb\x1b[31m \xc3\xa4 \xff\xc2\x9b end");
    rig_until(&rig, &host->closed, 1);
    assert_string_equal(host->reason, "a?b?[31m \xc3\xa4 ?? end");
    rig_teardown(&rig);
}

static void refuse(struct end *end)
{
    pf_quic_close(end->conn, PF_CLOSE_DENIED, NULL);
    assert_int_equal(pf_quic_datagram_send(end->conn, "x", 1), -EPIPE);
}

static void a_host_may_close_in_the_ready_handler(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig.on_host_ready = refuse;
    rig_connect(&rig, &client, 0, rig.client, NULL, NULL);
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_BY_PEER);
    assert_int_equal(client.code, PF_CLOSE_DENIED);
    rig_until(&rig, &rig.hosts[0].closed, 1);
    rig_teardown(&rig);
}

static void a_client_may_close_before_it_is_ready(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    rig_connect(&rig, &client, 0, rig.client, NULL, NULL);
    pf_quic_close(client.conn, 0, "changed my mind");
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_HERE);
    assert_int_equal(client.ready, 0);
    rig_teardown(&rig);
}

static void nobody_there_is_told_to_the_client(void **state)
{
    struct rig rig;
    struct end client;
    rig_setup(&rig);
    /* Bound, so that nobody else can be there, and silent. */
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in silent = rig_address(0);
    socklen_t size = sizeof(silent);
    assert_int_equal(bind(fd, (struct sockaddr *)&silent, sizeof(silent)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&silent, &size), 0);
    const struct pf_quic_config config = {.idle_timeout_ms = 300};
    rig_connect(&rig, &client, ntohs(silent.sin_port), rig.client, NULL, &config);
    rig_until(&rig, &client.closed, 1);
    assert_int_equal(client.kind, PF_QUIC_CLOSED_HANDSHAKE_FAILED);
    assert_non_null(strstr(client.text, "no answer from 127.0.0.1:"));
    close(fd);
    rig_teardown(&rig);
}

static void a_port_in_use_is_one_clear_sentence(void **state)
{
    struct rig rig;
    struct pf_quic_listener *second = NULL;
    struct pf_error err = {0};
    char port[16];
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    const uint16_t taken = pf_quic_listener_port(rig.listener);
    snprintf(port, sizeof(port), " %u ", taken);
    assert_int_equal(
        pf_quic_listen(rig.loop, "127.0.0.1", taken, rig.host, NULL, &rig_host_handlers, &rig, &second, &err),
        -EADDRINUSE);
    assert_non_null(strstr(err.text, port));
    assert_null(second);
    assert_int_equal(
        pf_quic_listen(rig.loop, "localhost", 0, rig.host, NULL, &rig_host_handlers, &rig, &second, &err),
        -EINVAL);
    rig_teardown(&rig);
}

static bool all_ready(void *arg)
{
    struct end *clients = arg;
    for (int i = 0; i < 20; i++)
        if (!clients[i].ready)
            return false;
    return clients[0].rig->host_count == 20;
}

static void twenty_clients_at_once(void **state)
{
    struct rig rig;
    struct end clients[20];
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    for (int i = 0; i < 20; i++)
        rig_connect(&rig, &clients[i], 0, i % 2 ? rig.client : NULL, NULL, NULL);
    rig_until_true(&rig, all_ready, clients);
    assert_int_equal(pf_quic_listener_connections(rig.listener), 20);
    for (int i = 0; i < 20; i++)
        assert_int_equal(pf_quic_datagram_send(clients[i].conn, &i, sizeof(i)), 0);
    for (int i = 0; i < 20; i++)
        rig_until(&rig, &rig.hosts[i].datagrams, 1);
    unsigned seen = 0;
    for (int i = 0; i < 20; i++)
        seen |= 1u << rig.hosts[i].last_datagram[0];
    assert_int_equal(seen, 0xfffff);
    pf_quic_close(clients[7].conn, 7, NULL);
    rig_until(&rig, &clients[7].closed, 1);
    rig_teardown(&rig);
    for (int i = 0; i < 20; i++)
        assert_int_equal(clients[i].closed, 1);
}

static void after_stop_accepting_only_old_clients_are_served(void **state)
{
    struct rig rig;
    struct end old, late;
    const struct pf_quic_config config = {.idle_timeout_ms = 300};
    rig_setup(&rig);
    rig_listen(&rig, NULL);
    struct end *host = rig_pair(&rig, &old);
    pf_quic_listener_stop_accepting(rig.listener);
    rig_connect(&rig, &late, 0, NULL, NULL, &config);
    rig_until(&rig, &late.closed, 1);
    assert_int_equal(late.ready, 0);
    assert_int_equal(pf_quic_datagram_send(old.conn, "x", 1), 0);
    rig_until(&rig, &host->datagrams, 1);
    rig_teardown(&rig);
}

/* A wildcard listener answers from the address it was called at: 127.0.0.2 here, where the kernel would
 * choose 127.0.0.1. The connected socket of the client takes nothing else. */
static void a_wildcard_host_answers_from_the_address_it_was_called_at(void **state)
{
    struct rig rig;
    struct end client = {.rig = &rig};
    struct pf_error err;
    struct sockaddr_storage to, seen;
    char text[PF_ADDRESS_TEXT];
    rig_setup(&rig);
    assert_int_equal(
        pf_quic_listen(rig.loop, NULL, 0, rig.host, NULL, &rig_host_handlers, &rig, &rig.listener, &err), 0);
    assert_int_equal(pf_address_parse("127.0.0.2", pf_quic_listener_port(rig.listener), &to, &err), 0);
    assert_int_equal(pf_quic_connect(rig.loop, (struct sockaddr *)&to, rig.client, NULL, NULL,
                         &rig_client_handlers, &client, &client.conn, &err),
        0);
    rig_until(&rig, &client.ready, 1);
    rig_until(&rig, &rig.host_count, 1);
    pf_quic_local_address(rig.hosts[0].conn, &seen);
    assert_true(pf_address_equal((struct sockaddr *)&seen, (struct sockaddr *)&to));
    pf_quic_peer_address(rig.hosts[0].conn, &seen);
    assert_int_not_equal(pf_address_port((struct sockaddr *)&seen), 0);
    pf_quic_peer_address(client.conn, &seen);
    assert_string_equal(pf_address_format_ip((struct sockaddr *)&seen, text), "127.0.0.2");
    rig_teardown(&rig);
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    bool works = fd >= 0 && !bind(fd, (struct sockaddr *)&loopback, sizeof(loopback));
    if (fd >= 0)
        close(fd);
    return works;
}

static void a_double_stack_host_takes_both_families(void **state)
{
    struct rig rig;
    struct end v6 = {.rig = &rig}, v4;
    struct pf_error err;
    struct sockaddr_storage to, seen;
    if (!has_ipv6())
        skip_because("this machine has no IPv6");
    rig_setup(&rig);
    assert_int_equal(
        pf_quic_listen(rig.loop, "::", 0, rig.host, NULL, &rig_host_handlers, &rig, &rig.listener, &err), 0);
    assert_int_equal(pf_address_parse("::1", pf_quic_listener_port(rig.listener), &to, &err), 0);
    assert_int_equal(pf_quic_connect(rig.loop, (struct sockaddr *)&to, rig.client, NULL, NULL,
                         &rig_client_handlers, &v6, &v6.conn, &err),
        0);
    rig_until(&rig, &v6.ready, 1);
    rig_until(&rig, &rig.host_count, 1);
    pf_quic_local_address(rig.hosts[0].conn, &seen);
    assert_true(pf_address_equal((struct sockaddr *)&seen, (struct sockaddr *)&to));
    rig_connect(&rig, &v4, 0, rig.client, NULL, NULL);
    rig_until(&rig, &v4.ready, 1);
    rig_until(&rig, &rig.host_count, 2);
    pf_quic_peer_address(rig.hosts[1].conn, &seen);
    assert_int_equal(seen.ss_family, AF_INET);
    rig_teardown(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_see_each_others_fingerprint),
        cmocka_unit_test(a_client_needs_no_certificate),
        cmocka_unit_test(the_right_pin_connects),
        cmocka_unit_test(the_wrong_pin_aborts_the_handshake),
        cmocka_unit_test(a_client_without_the_key_of_its_certificate_is_refused),
        cmocka_unit_test(a_host_without_the_key_of_its_certificate_is_refused),
        cmocka_unit_test(another_protocol_name_gets_alert_120),
        cmocka_unit_test(no_protocol_name_gets_alert_120),
        cmocka_unit_test(a_client_hello_may_span_several_packets),
        cmocka_unit_test(any_kind_of_self_signed_certificate_will_do),
        cmocka_unit_test(a_client_close_carries_code_and_reason),
        cmocka_unit_test(a_host_close_carries_code_and_reason),
        cmocka_unit_test(a_reason_is_cleaned),
        cmocka_unit_test(a_host_may_close_in_the_ready_handler),
        cmocka_unit_test(a_client_may_close_before_it_is_ready),
        cmocka_unit_test(nobody_there_is_told_to_the_client),
        cmocka_unit_test(a_port_in_use_is_one_clear_sentence),
        cmocka_unit_test(twenty_clients_at_once),
        cmocka_unit_test(after_stop_accepting_only_old_clients_are_served),
        cmocka_unit_test(a_wildcard_host_answers_from_the_address_it_was_called_at),
        cmocka_unit_test(a_double_stack_host_takes_both_families),
    };
    return exit_status(cmocka_run_group_tests(tests, NULL, NULL));
}
