#include "plane_rig.h"

#include "../errand.h"
#include "gamestream/nvhttp/pairing.h"
#include "net/identity.h"
#include "net/loop.h"
#include "trust/gamestream_store.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct plane S;

/* ---- the host's thread ----------------------------------------------------------------------------------
 */

void on_loop(void (*run)(void *arg), void *arg)
{
    errand_do(run, arg);
}

static void copy_play(void *arg)
{
    memcpy(arg, &fake_play, sizeof(fake_play));
}

struct fake_play played(void)
{
    struct fake_play copy;
    on_loop(copy_play, &copy);
    return copy;
}

static void assign_play(void *arg)
{
    memcpy(&fake_play, arg, sizeof(fake_play));
}

void set_play(struct fake_play play)
{
    on_loop(assign_play, &play);
}

static void copy_attempts(void *arg)
{
    struct attempts *a = arg;
    a->count = pf_gamestream_attempts(S.g, a->list, 8);
}

/* Waits until so many clients wait for a PIN. */
struct attempts wait_for_attempts(size_t count)
{
    struct attempts a;
    for (;;) {
        on_loop(copy_attempts, &a);
        if (a.count == count)
            return a;
        usleep(5000);
    }
}

struct pin {
    uint32_t id;
    const char *text;
    int rc;
};

static void type_pin(void *arg)
{
    struct pin *p = arg;
    p->rc = pf_gamestream_submit_pin(S.g, p->id, p->text);
}

int submit(uint32_t id, const char *text)
{
    struct pin p = {.id = id, .text = text};
    on_loop(type_pin, &p);
    return p.rc;
}

static void copy_result(void *arg)
{
    uint32_t id;
    *(enum pf_gs_pin_result *)arg = pf_gamestream_pin_result(S.g, &id);
}

enum pf_gs_pin_result pin_result(void)
{
    enum pf_gs_pin_result r;
    on_loop(copy_result, &r);
    return r;
}

static void add_client(void *arg)
{
    const struct pf_gs_certificate *c = arg;
    if (pf_gamestream_store_add(S.store, c->der, c->der_len, NULL) < 0)
        abort();
}

void remove_client(void *arg)
{
    pf_gamestream_store_remove(S.store, arg, NULL);
}

void pair_at_once(const struct party *p)
{
    on_loop(add_client, (void *)&p->certificate);
}

static void *run_loop(void *arg)
{
    pf_loop_run(arg);
    return NULL;
}

static void on_stopped(void *user)
{
    pf_loop_stop(S.loop);
}

int start_plane(const struct pf_gamestream_config *changes, struct pf_error *err)
{
    struct pf_gamestream_config config = *changes;
    const struct pf_gamestream_deps deps = {
        .identity = S.identity, .store = S.store, .play = {.config_dir = S.dir.path}};
    const struct pf_gamestream_callbacks callbacks = {.stopped = on_stopped};
    config.hostname = "Den";
    config.uniqueid = "0123456789abcdef0123456789abcdef";
    config.codecs = PF_CODEC_H264;
    return pf_gamestream_start(S.loop, &config, &deps, &callbacks, &S.g, err);
}

/* The identity is made once: RSA keys take their time. */
static struct {
    char *certificate, *key;
} saved;

static void write_identity(const char *name, const char *text)
{
    char *path = pf_path_join(S.dir.path, name);
    assert_int_equal(pf_file_write(path, text, strlen(text), 0600, NULL), 0);
    free(path);
}

static void load_identity(void)
{
    struct pf_error err;
    if (saved.key) {
        write_identity("cert.pem", saved.certificate);
        write_identity("key.pem", saved.key);
    }
    if (pf_identity_load_gamestream(S.dir.path, &S.identity, &err) < 0)
        fail_msg("%s", err.text);
    if (saved.key)
        return;
    saved.certificate = strdup(pf_identity_certificate_pem(S.identity));
    saved.key = strdup(pf_identity_key_pem(S.identity));
}

int set_up(void **state)
{
    struct pf_error err = {""};
    S.dir = temp_dir_make();
    load_identity();
    fake_play = (struct fake_play){0};
    if (errand_loop_create(&S.loop) < 0 || pf_gamestream_store_open(S.dir.path, &S.store, &err) < 0 ||
        start_plane(&(struct pf_gamestream_config){.any_port = true, .bind_address = "127.0.0.1"}, &err) < 0)
        fail_msg("%s", err.text);
    const char *pem = pf_identity_certificate_pem(S.identity);
    assert_int_equal(pf_gs_certificate_parse(pem, strlen(pem), &S.certificate), 0);
    if (!S.client.pem)
        S.client = make_party((struct party_kind){.serial_zero = true});
    S.stranger = (struct moonlight){.http_port = pf_gamestream_http_port(S.g),
        .https_port = pf_gamestream_https_port(S.g),
        .fingerprint = S.certificate.fingerprint};
    S.m = S.stranger;
    S.m.party = &S.client;
    return pthread_create(&S.thread, NULL, run_loop, S.loop);
}

static void stop_plane(void *arg)
{
    pf_gamestream_stop(S.g);
}

int tear_down(void **state)
{
    errand_post(stop_plane, NULL);
    pthread_join(S.thread, NULL);
    errand_loop_destroy(S.loop);
    pf_gs_certificate_finish(&S.certificate);
    pf_gamestream_store_destroy(S.store);
    pf_identity_destroy(S.identity);
    temp_dir_remove(&S.dir);
    return 0;
}

int drop_client(void **state)
{
    if (S.client.pem)
        drop_party(&S.client);
    free(saved.certificate);
    free(saved.key);
    return 0;
}

void check(const struct moonlight *m, bool secure, const char *path, unsigned status, int code)
{
    struct answer a = secure ? ask_https(m, path) : ask_http(m, path);
    if (a.status != status || (code && status_code(&a) != code))
        fail_msg("%s: %u %s", path, a.status, a.body ? a.body : "");
    if (a.status == 200 && !strstr(a.head, "image/png"))
        assert_non_null(strstr(a.head, "application/xml"));
    assert_non_null(strstr(a.head, "Connection: close"));
    drop_answer(&a);
}
