#include "quic_rig.h"

#include "base/file.h"
#include "base/time.h"
#include "punktfunk/wire_common.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t rig_sum(uint64_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ data[i]) * 0x100000001b3ull;
    return sum;
}

struct seen_stream *rig_stream(struct end *end, int64_t id)
{
    for (unsigned i = 0; i < end->stream_count; i++)
        if (end->streams[i].id == id)
            return &end->streams[i];
    assert_true(end->stream_count < RIG_STREAMS);
    end->streams[end->stream_count] = (struct seen_stream){.id = id};
    return &end->streams[end->stream_count++];
}

static void note_ready(struct end *end, struct pf_quic_conn *conn)
{
    const uint8_t *fingerprint = pf_quic_peer_fingerprint(conn);
    assert_int_equal(end->closed, 0);
    end->ready++;
    end->conn = conn;
    end->has_fingerprint = fingerprint != NULL;
    if (fingerprint)
        memcpy(end->fingerprint, fingerprint, 32);
}

static void host_ready(struct pf_quic_conn *conn)
{
    struct rig *rig = pf_quic_user(conn);
    assert_true(rig->host_count < RIG_CONNS);
    struct end *end = &rig->hosts[rig->host_count++];
    end->rig = rig;
    pf_quic_set_user(conn, end);
    if (!rig->strangers)
        pf_quic_set_standing(conn, PF_QUIC_ADMITTED);
    note_ready(end, conn);
    if (rig->on_host_ready)
        rig->on_host_ready(end);
}

static void client_ready(struct pf_quic_conn *conn)
{
    note_ready(pf_quic_user(conn), conn);
}

static void on_stream_data(struct pf_quic_conn *conn, int64_t id, const uint8_t *data, size_t len, bool fin)
{
    struct end *end = pf_quic_user(conn);
    struct seen_stream *s = rig_stream(end, id);
    assert_int_equal(end->closed, 0);
    assert_int_equal(end->ready, 1);
    assert_false(s->fin || s->reset || s->closed);
    s->bytes += len;
    s->sum = rig_sum(s->sum, data, len);
    s->fin = fin;
    if (end->rig->on_stream_data)
        end->rig->on_stream_data(end, id, data, len, fin);
}

static void on_stream_reset(struct pf_quic_conn *conn, int64_t id, uint64_t code)
{
    struct seen_stream *s = rig_stream(pf_quic_user(conn), id);
    assert_false(s->reset || s->closed);
    s->reset = true;
    s->reset_code = code;
}

static void on_stream_stopped(struct pf_quic_conn *conn, int64_t id)
{
    struct seen_stream *s = rig_stream(pf_quic_user(conn), id);
    assert_false(s->stopped || s->closed);
    s->stopped = true;
}

static void on_stream_writable(struct pf_quic_conn *conn, int64_t id)
{
    rig_stream(pf_quic_user(conn), id)->writable++;
}

static void on_stream_closed(struct pf_quic_conn *conn, int64_t id)
{
    struct seen_stream *s = rig_stream(pf_quic_user(conn), id);
    assert_false(s->closed);
    s->closed = true;
}

static void on_datagram(struct pf_quic_conn *conn, const uint8_t *data, size_t len)
{
    struct end *end = pf_quic_user(conn);
    assert_int_equal(end->closed, 0);
    assert_true(len <= sizeof(end->last_datagram));
    end->datagrams++;
    end->datagram_bytes += len;
    end->last_datagram_len = len;
    memcpy(end->last_datagram, data, len);
    if (end->rig->on_datagram)
        end->rig->on_datagram(end, data, len);
}

static void on_closed(struct pf_quic_conn *conn, const struct pf_quic_close_info *info)
{
    struct end *end = pf_quic_user(conn);
    assert_int_equal(end->closed, 0);
    end->closed++;
    end->kind = info->kind;
    end->code = info->code;
    assert_non_null(info->reason);
    assert_true(*info->text);
    snprintf(end->reason, sizeof(end->reason), "%s", info->reason);
    snprintf(end->text, sizeof(end->text), "%s", info->text);
    end->conn = NULL;
}

#define HANDLERS                                                                                             \
    .stream_data = on_stream_data, .stream_reset = on_stream_reset, .stream_stopped = on_stream_stopped,     \
    .stream_writable = on_stream_writable, .stream_closed = on_stream_closed, .datagram = on_datagram,       \
    .closed = on_closed

const struct pf_quic_handlers rig_host_handlers = {.ready = host_ready, HANDLERS};
const struct pf_quic_handlers rig_client_handlers = {.ready = client_ready, HANDLERS};

static void starved(uv_timer_t *timer)
{
    fail_msg("nothing happened in 20 s");
}

void rig_setup(struct rig *rig)
{
    struct pf_error err = {0};
    *rig = (struct rig){.dir = "/tmp/pf-quic-XXXXXX"};
    assert_non_null(mkdtemp(rig->dir));
    char *host = pf_path_join(rig->dir, "host"), *client = pf_path_join(rig->dir, "client");
    assert_int_equal(pf_loop_create(&rig->loop), 0);
    uv_timer_init(pf_loop_uv(rig->loop), &rig->watchdog);
    assert_int_equal(pf_identity_load_host(host, &rig->host, &err), 0);
    assert_int_equal(pf_identity_load_client(client, &rig->client, &err), 0);
    free(host);
    free(client);
}

void rig_listen(struct rig *rig, const struct pf_quic_config *config)
{
    struct pf_error err = {0};
    assert_int_equal(pf_quic_listen(rig->loop, "127.0.0.1", 0, rig->host, config, &rig_host_handlers, rig,
                         &rig->listener, &err),
        0);
}

static void listener_gone(void *user)
{
    ((struct rig *)user)->listener_gone = true;
}

static bool is_gone(void *arg)
{
    return ((struct rig *)arg)->listener_gone;
}

void rig_teardown(struct rig *rig)
{
    if (rig->listener) {
        pf_quic_listener_close(rig->listener, PF_CLOSE_DONE, "over", listener_gone, rig);
        rig_until_true(rig, is_gone, rig);
    }
    for (unsigned i = 0; i < rig->host_count; i++)
        assert_int_equal(rig->hosts[i].closed, 1);
    uv_close((uv_handle_t *)&rig->watchdog, NULL);
    pf_loop_destroy(rig->loop); /* runs until the last client has gone */
    pf_identity_destroy(rig->host);
    pf_identity_destroy(rig->client);
    rig_remove_dir(rig->dir);
}

struct sockaddr_in rig_address(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

void rig_connect(struct rig *rig, struct end *end, uint16_t port, const struct pf_identity *identity,
    const uint8_t *pin, const struct pf_quic_config *config)
{
    struct pf_error err = {0};
    const struct sockaddr_in to = rig_address(port ? port : pf_quic_listener_port(rig->listener));
    *end = (struct end){.rig = rig};
    assert_int_equal(pf_quic_connect(rig->loop, (const struct sockaddr *)&to, identity, pin, config,
                         &rig_client_handlers, end, &end->conn, &err),
        0);
}

struct end *rig_pair(struct rig *rig, struct end *client)
{
    const unsigned before = rig->host_count;
    rig_connect(rig, client, 0, rig->client, NULL, NULL);
    rig_until(rig, &rig->host_count, before + 1);
    rig_until(rig, &client->ready, 1);
    return &rig->hosts[before];
}

void rig_until_true(struct rig *rig, bool (*fn)(void *arg), void *arg)
{
    uv_update_time(pf_loop_uv(rig->loop));
    uv_timer_start(&rig->watchdog, starved, 20000, 0);
    while (!fn(arg))
        uv_run(pf_loop_uv(rig->loop), UV_RUN_ONCE);
    uv_timer_stop(&rig->watchdog);
}

struct wish {
    const unsigned *value;
    unsigned want;
};

static bool is_reached(void *arg)
{
    const struct wish *wish = arg;
    return *wish->value >= wish->want;
}

void rig_until(struct rig *rig, const unsigned *value, unsigned want)
{
    struct wish wish = {value, want};
    rig_until_true(rig, is_reached, &wish);
}

static bool is_late(void *arg)
{
    return pf_time_mono_ns() >= *(const uint64_t *)arg;
}

static void tick(uv_timer_t *timer)
{
}

void rig_run(struct rig *rig, unsigned ms)
{
    uint64_t until = pf_time_mono_ns() + ms * PF_NS_PER_MS;
    uv_update_time(pf_loop_uv(rig->loop));
    uv_timer_start(&rig->watchdog, tick, 0, 5);
    while (!is_late(&until))
        uv_run(pf_loop_uv(rig->loop), UV_RUN_ONCE);
    uv_timer_stop(&rig->watchdog);
}

/* ---- identities of every kind ---- */

static void write_pem(const char *dir, const char *name, gnutls_datum_t *pem)
{
    char *path = pf_path_join(dir, name);
    assert_int_equal(pf_file_write(path, pem->data, pem->size, 0600, NULL), 0);
    gnutls_free(pem->data);
    free(path);
}

struct pf_identity *rig_make_identity(struct rig *rig, const char *name, gnutls_pk_algorithm_t algorithm,
    unsigned bits, unsigned key_usage, time_t from, time_t until)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt = NULL;
    gnutls_datum_t pem;
    struct pf_identity *identity = NULL;
    struct pf_error err = {0};
    char *dir = pf_path_join(rig->dir, name);
    assert_int_equal(pf_dir_make_private(dir, &err), 0);
    assert_true(gnutls_x509_privkey_init(&key) >= 0 && gnutls_x509_crt_init(&crt) >= 0);
    assert_true(gnutls_x509_privkey_generate(key, algorithm, bits, 0) >= 0);
    assert_true(gnutls_x509_crt_set_version(crt, 3) >= 0 && gnutls_x509_crt_set_serial(crt, "\1", 1) >= 0);
    assert_true(gnutls_x509_crt_set_dn(crt, "CN=somebody", NULL) >= 0);
    assert_true(gnutls_x509_crt_set_activation_time(crt, from) >= 0);
    assert_true(gnutls_x509_crt_set_expiration_time(crt, until) >= 0);
    if (key_usage)
        assert_true(gnutls_x509_crt_set_key_usage(crt, key_usage) >= 0);
    assert_true(gnutls_x509_crt_set_key(crt, key) >= 0);
    assert_true(gnutls_x509_crt_sign2(crt, crt, key,
                    algorithm == GNUTLS_PK_EDDSA_ED25519 ? GNUTLS_DIG_SHA512 : GNUTLS_DIG_SHA256, 0) >= 0);
    assert_true(
        gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem) >= 0);
    write_pem(dir, "key.pem", &pem);
    assert_true(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem) >= 0);
    write_pem(dir, "cert.pem", &pem);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    if (pf_identity_load_host(dir, &identity, &err))
        fail_msg("%s", err.text);
    free(dir);
    return identity;
}

void rig_remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        char *child = pf_path_join(path, e->d_name);
        struct stat st;
        if (!lstat(child, &st) && S_ISDIR(st.st_mode))
            rig_remove_dir(child);
        else
            unlink(child);
        free(child);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}
