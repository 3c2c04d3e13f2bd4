/* The front end over real sockets, with a playing half that only remembers: its loop runs on a thread of its
 * own, the clients block. */
#include "../trust/temp_dir.h"
#include "fake_play.h"
#include "moonlight.h"

#include "base/hex.h"
#include "base/time.h"
#include "gamestream/gamestream.h"
#include "gamestream/nvhttp/http.h"
#include "gamestream/nvhttp/pairing.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"
#include "trust/gamestream_store.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
    struct temp_dir dir;
    struct pf_loop *loop;
    struct pf_identity *identity;
    struct pf_gamestream_store *store;
    struct pf_gamestream *g;
    struct pf_gs_certificate certificate; /* the host's */
    struct party client;
    struct moonlight m, stranger; /* with that certificate, and without any */
    pthread_t thread;
} S;

/* ---- the host's thread ----------------------------------------------------------------------------------
 */

struct errand {
    void (*run)(void *arg);
    void *arg;
    sem_t done;
};

static void run_errand(void *arg)
{
    struct errand *e = arg;
    e->run(e->arg);
    sem_post(&e->done);
}

static void on_loop(void (*run)(void *arg), void *arg)
{
    struct errand e = {.run = run, .arg = arg};
    sem_init(&e.done, 0, 0);
    pf_loop_post(S.loop, run_errand, &e);
    sem_wait(&e.done);
    sem_destroy(&e.done);
}

static void copy_play(void *arg)
{
    memcpy(arg, &fake_play, sizeof(fake_play));
}

static struct fake_play played(void)
{
    struct fake_play copy;
    on_loop(copy_play, &copy);
    return copy;
}

static void assign_play(void *arg)
{
    memcpy(&fake_play, arg, sizeof(fake_play));
}

static void set_play(struct fake_play play)
{
    on_loop(assign_play, &play);
}

struct attempts {
    struct pf_gamestream_attempt list[8];
    size_t count;
};

static void copy_attempts(void *arg)
{
    struct attempts *a = arg;
    a->count = pf_gamestream_attempts(S.g, a->list, 8);
}

/* Waits until so many clients wait for a PIN. */
static struct attempts wait_for_attempts(size_t count)
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

static int submit(uint32_t id, const char *text)
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

static enum pf_gs_pin_result pin_result(void)
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

static void remove_client(void *arg)
{
    pf_gamestream_store_remove(S.store, arg, NULL);
}

static void pair_at_once(const struct party *p)
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

static int start_plane(const struct pf_gamestream_config *changes, struct pf_error *err)
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

static int set_up(void **state)
{
    struct pf_error err = {""};
    S.dir = temp_dir_make();
    load_identity();
    fake_play = (struct fake_play){0};
    if (pf_loop_create(&S.loop) < 0 || pf_gamestream_store_open(S.dir.path, &S.store, &err) < 0 ||
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

static int tear_down(void **state)
{
    pf_loop_post(S.loop, stop_plane, NULL);
    pthread_join(S.thread, NULL);
    pf_loop_destroy(S.loop);
    pf_gs_certificate_finish(&S.certificate);
    pf_gamestream_store_destroy(S.store);
    pf_identity_destroy(S.identity);
    temp_dir_remove(&S.dir);
    return 0;
}

static int drop_client(void **state)
{
    if (S.client.pem)
        drop_party(&S.client);
    free(saved.certificate);
    free(saved.key);
    return 0;
}

/* ---- who may do what ------------------------------------------------------------------------------------
 */

static void check(const struct moonlight *m, bool secure, const char *path, unsigned status, int code)
{
    struct answer a = secure ? ask_https(m, path) : ask_http(m, path);
    if (a.status != status || (code && status_code(&a) != code))
        fail_msg("%s: %u %s", path, a.status, a.body ? a.body : "");
    if (a.status == 200 && !strstr(a.head, "image/png"))
        assert_non_null(strstr(a.head, "application/xml"));
    assert_non_null(strstr(a.head, "Connection: close"));
    drop_answer(&a);
}

static void strangers_get_the_401_form(void **state)
{
    static const char *const paths[] = {"/serverinfo", "/applist", "/appasset?appid=1", "/launch", "/resume",
        "/cancel", "/unpair", "/nonsense", "/"};
    struct moonlight unpaired = S.m;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        check(&S.stranger, true, paths[i], 200, 401);
        check(&unpaired, true, paths[i], 200, 401);
    }
    struct answer a = ask_https(&S.m, "/a%26b<\"c\">?uniqueid=1");
    assert_non_null(
        strstr(a.body, "<root status_code=\"401\" query=\"/a%26b&lt;&quot;c&quot;&gt;\" status_message="));
    drop_answer(&a);
    assert_false(phase_5(&(struct ceremony){.m = &S.m}));
    assert_false(phase_5(&(struct ceremony){.m = &S.stranger}));
    assert_int_equal(played().launches + played().cancels, 0);
}

static void http_has_little(void **state)
{
    pair_at_once(&S.client);
    check(&S.m, false, "/serverinfo", 200, 200);
    check(&S.m, false, "/unpair?uniqueid=1", 200, 200);
    check(&S.m, false, "/pair?phrase=pairchallenge", 200, 200);
    static const char *const paths[] = {
        "/applist", "/appasset?appid=1", "/launch", "/resume", "/cancel", "/", "/serverinfo/", "/SERVERINFO"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        check(&S.m, false, paths[i], 404, 0);
    check(&S.m, true, "/unpair", 404, 0);
    check(&S.m, true, "/nonsense", 404, 0);
    check(&S.m, false, "/serverinfo?a=%zz", 400, 0);
    check(&S.m, false, "/serverinfo?a=%00", 400, 0);
    static const char post[] = "POST /serverinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
    struct answer a = exchange_bytes(S.m.http_port, post, sizeof(post) - 1);
    assert_int_equal(a.status, 405);
    drop_answer(&a);
}

static void the_views_of_serverinfo(void **state)
{
    struct answer a;
    set_play((struct fake_play){.app = 7, .info = {.state = PF_GS_PLAY_STREAMING}});
    a = ask_http(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "hostname"), "Den");
    assert_string_equal(element(&a, "PairStatus"), "0");
    assert_string_equal(element(&a, "LocalIP"), "127.0.0.1");
    assert_int_equal(atoi(element(&a, "HttpsPort")), S.m.https_port);
    assert_string_equal(element(&a, "mac"), "00:00:00:00:00:00");
    drop_answer(&a);

    pair_at_once(&S.client);
    a = ask_https(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "PairStatus"), "1");
    assert_string_equal(element(&a, "currentgame"), "0"); /* another client's is none of its business */
    assert_string_equal(element(&a, "state"), "SUNSHINE_SERVER_FREE");
    drop_answer(&a);

    struct fake_play own = {.app = 7, .info = {.state = PF_GS_PLAY_LAUNCHED}};
    memcpy(own.info.fingerprint, S.client.certificate.fingerprint, 32);
    set_play(own);
    a = ask_https(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "currentgame"), "7");
    assert_string_equal(element(&a, "state"), "SUNSHINE_SERVER_BUSY");
    drop_answer(&a);
    a = ask_http(&S.m, "/serverinfo");
    assert_string_equal(element(&a, "currentgame"), "0");
    drop_answer(&a);
}

/* Exactly the certificate that was paired counts: not the key, not the name. */
static void certificates_must_be_identical(void **state)
{
    time_t now = time(NULL);
    const struct party_kind kinds[] = {{.from = 1, .until = 1000},
        {.from = now + 86400, .until = now + 2 * 86400},
        {.serial_zero = true, .from = 1, .until = now + 86400}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) { /* expired, not yet valid, good */
        struct party other = renew_party(&S.client, kinds[i]);
        struct moonlight m = S.m;
        m.party = &other;
        pair_at_once(&S.client);
        check(&S.m, true, "/applist", 200, 200);
        check(&m, true, "/applist", 200, 401);
        on_loop(remove_client, S.client.certificate.fingerprint);
        pair_at_once(&other); /* clients make their certificates themselves; their dates prove nothing */
        check(&m, true, "/applist", 200, 200);
        check(&S.m, true, "/applist", 200, 401);
        on_loop(remove_client, other.certificate.fingerprint);
        drop_party(&other);
    }
}

static void a_revoked_client_is_out_and_cut(void **state)
{
    pair_at_once(&S.client);
    check(&S.m, true, "/applist", 200, 200);
    on_loop(remove_client, S.client.certificate.fingerprint);
    assert_int_equal(played().cuts, 1);
    assert_memory_equal(played().cut, S.client.certificate.fingerprint, 32);
    check(&S.m, true, "/serverinfo", 200, 401);
    check(&S.m, true, "/launch?appid=1&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=1", 200, 401);
    assert_int_equal(played().launches, 0);
    assert_false(phase_5(&(struct ceremony){.m = &S.m}));
    struct pf_gamestream_store *again; /* nor after a restart */
    assert_int_equal(pf_gamestream_store_open(S.dir.path, &again, NULL), 0);
    assert_false(pf_gamestream_store_knows(again, S.client.certificate.fingerprint));
    pf_gamestream_store_destroy(again);
}

/* ---- pairing --------------------------------------------------------------------------------------------
 */

struct first {
    struct ceremony c;
    const char *pin;
    bool paired;
    int code;
    pthread_t thread;
};

static void *run_phase_1(void *arg)
{
    struct first *f = arg;
    f->paired = phase_1(&f->c, f->pin, &f->code);
    return NULL;
}

static void begin(struct first *f, const struct moonlight *m, const char *uniqueid, const char *pin)
{
    *f = (struct first){.c = {.m = m, .uniqueid = uniqueid}, .pin = pin};
    assert_int_equal(pthread_create(&f->thread, NULL, run_phase_1, f), 0);
}

static void join(struct first *f)
{
    pthread_join(f->thread, NULL);
}

static void a_client_pairs(void **state)
{
    struct first f;
    begin(&f, &S.m, "0123456789ABCDEF", "0420");
    struct attempts a = wait_for_attempts(1);
    assert_string_equal(a.list[0].address, "127.0.0.1");
    check(&S.stranger, false, "/serverinfo", 200, 200); /* nobody else waits for it */
    assert_int_equal(submit(0, "042"), -EINVAL);
    assert_int_equal(submit(0, "04200"), -EINVAL);
    assert_int_equal(submit(0, "042x"), -EINVAL);
    assert_int_equal(submit(a.list[0].id + 1, "0420"), -ENOENT);
    assert_int_equal(pin_result(), PF_GS_PIN_NONE);
    assert_int_equal(submit(0, "0420"), 0);
    assert_int_equal(pin_result(), PF_GS_PIN_TRYING);
    assert_int_equal(submit(0, "0420"), -ENOENT);
    join(&f);
    assert_true(f.paired);
    assert_true(phase_2(&f.c));
    assert_true(phase_3(&f.c));
    assert_true(host_is_right(&f.c, &S.certificate));
    assert_false(phase_5(&f.c));
    assert_true(phase_4(&f.c, &S.client));
    assert_int_equal(pin_result(), PF_GS_PIN_PAIRED);
    assert_true(phase_5(&f.c));
    assert_false(phase_4(&f.c, &S.client)); /* replayed */
    check(&S.m, true, "/applist", 200, 200);
    check(&S.m, false, "/unpair?uniqueid=0123456789ABCDEF", 200, 200); /* proves nothing, unpairs nobody */
    assert_true(phase_5(&f.c));
}

static void a_wrong_pin_pairs_nobody(void **state)
{
    struct first f;
    begin(&f, &S.m, "a", "1234");
    wait_for_attempts(1);
    assert_int_equal(submit(0, "4321"), 0);
    join(&f);
    assert_true(f.paired); /* the certificate is no secret */
    assert_true(phase_2(&f.c));
    assert_true(phase_3(&f.c));
    assert_false(host_is_right(&f.c, &S.certificate));
    assert_false(phase_4(&f.c, &S.client));
    assert_int_equal(pin_result(), PF_GS_PIN_FAILED);
    assert_false(phase_5(&f.c));
    check(&S.m, true, "/applist", 200, 401);
}

static void phases_come_in_order_and_once(void **state)
{
    for (int wrong = 0; wrong < 4; wrong++) {
        struct first f;
        begin(&f, &S.m, "a", "1234");
        wait_for_attempts(1);
        if (wrong == 0) { /* phase 2 before the PIN: the attempt, and its held request, end */
            assert_false(phase_2(&f.c));
            join(&f);
            assert_false(f.paired);
            assert_int_not_equal(f.code, 200);
            continue;
        }
        assert_int_equal(submit(0, "1234"), 0);
        join(&f);
        if (wrong == 1) {
            assert_false(phase_3(&f.c));
        } else {
            assert_true(phase_2(&f.c));
            if (wrong == 2) {
                assert_false(phase_2(&f.c));
            } else {
                assert_true(phase_3(&f.c));
                assert_false(phase_3(&f.c)); /* a second signature for one PIN */
            }
        }
        assert_int_equal(pin_result(), PF_GS_PIN_FAILED);
        assert_false(phase_4(&f.c, &S.client));
        assert_false(phase_5(&f.c));
    }
    struct ceremony none = {.m = &S.m, .uniqueid = "b"};
    assert_false(phase_2(&none) || phase_3(&none) || phase_4(&none, &S.client));
}

/* Somebody else's request waits, too: the PIN is for the one that was named. */
static void a_pin_is_for_one_request(void **state)
{
    struct party thief = make_party((struct party_kind){0});
    struct moonlight his = S.m;
    struct first mine, other;
    his.party = &thief;
    begin(&mine, &S.m, "a", "1234");
    uint32_t id = wait_for_attempts(1).list[0].id;
    begin(&other, &his, "b", "1234");
    wait_for_attempts(2);
    assert_int_equal(submit(0, "1234"), -EEXIST);
    assert_int_equal(submit(id, "1234"), 0);
    join(&mine);
    assert_true(mine.paired);
    wait_for_attempts(1);
    other.c.uniqueid = "a"; /* he tries to go on with the other's, as himself */
    memcpy(other.c.key, mine.c.key, 16);
    struct ceremony stolen = mine.c;
    stolen.m = &his;
    assert_true(phase_2(&stolen));
    assert_true(phase_3(&stolen));
    assert_false(phase_4(&stolen, &thief));
    other.c.uniqueid = "b";
    check(&his, false, "/unpair?uniqueid=b", 200, 200);
    join(&other);
    assert_false(other.paired);
    check(&his, true, "/applist", 200, 401);
    check(&S.m, true, "/applist", 200, 401);
    drop_party(&thief);
}

static void only_so_many_may_wait(void **state)
{
    struct first f[PF_GS_PAIRINGS_MAX];
    static const char *const ids[] = {"a", "b", "c", "d"};
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++)
        begin(&f[i], &S.m, ids[i], "1234");
    wait_for_attempts(PF_GS_PAIRINGS_MAX);
    struct ceremony more = {.m = &S.m, .uniqueid = "e"};
    int code;
    assert_false(phase_1(&more, "1234", &code)); /* "another pairing is in progress" */
    assert_int_equal(code, 200);
    for (unsigned i = 0; i < PF_GS_PAIRINGS_MAX; i++) {
        char path[60];
        snprintf(path, sizeof(path), "/unpair?uniqueid=%s", ids[i]);
        check(&S.m, false, path, 200, 200);
        join(&f[i]);
        assert_false(f[i].paired);
        assert_int_not_equal(f[i].code, 200);
    }
    wait_for_attempts(0);
}

static void bad_requests_to_pair(void **state)
{
    static const char *const bad[] = {"/pair", "/pair?uniqueid=a", "/pair?phrase=getservercert",
        "/pair?phrase=getservercert&salt=00&clientcert=00",
        "/pair?phrase=getservercert&salt=000102030405060708090a0b0c0d0e0f",
        "/pair?phrase=getservercert&salt=000102030405060708090a0b0c0d0e0f&clientcert=2d2d2d",
        "/pair?phrase=getservercert&salt=000102030405060708090a0b0c0d0e0g&clientcert=2d"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check(&S.m, false, bad[i], 200, 400);
    check(&S.m, true, "/pair?phrase=getservercert", 200, 400);
    struct party curve = make_party((struct party_kind){
        .algorithm = GNUTLS_PK_ECDSA, .bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)});
    struct moonlight m = S.m;
    struct ceremony c = {.m = &m, .uniqueid = "a"};
    int code;
    m.party = &curve;
    assert_false(phase_1(&c, "1234", &code));
    assert_int_equal(code, 400);
    wait_for_attempts(0);
    drop_party(&curve);
}

/* 8 KiB of PEM text, the most there may be, with its hexadecimal in the request line. */
static void the_longest_certificate_fits(void **state)
{
    struct party p = S.client;
    struct moonlight m = S.m;
    size_t len = strlen(S.client.pem);
    char *pem = malloc(PF_GS_CERTIFICATE_PEM_MAX + 1);
    memset(pem, '\n', PF_GS_CERTIFICATE_PEM_MAX);
    memcpy(pem, S.client.pem, len);
    pem[PF_GS_CERTIFICATE_PEM_MAX] = 0;
    p.pem = pem;
    m.party = &p;
    struct first f;
    begin(&f, &m, "a", "1234");
    wait_for_attempts(1);
    assert_int_equal(submit(0, "1234"), 0);
    join(&f);
    assert_true(f.paired);
    free(pem);
}

static void who_hangs_up_does_not_wait(void **state)
{
    char *hex = malloc(2 * strlen(S.client.pem) + 1), *request;
    pf_hex_encode(S.client.pem, strlen(S.client.pem), hex);
    assert_true(
        asprintf(&request,
            "GET /pair?uniqueid=a&phrase=getservercert&salt=000102030405060708090a0b0c0d0e0f&clientcert=%s "
            "HTTP/1.1\r\nHost: x\r\n\r\n",
            hex) > 0);
    int fd = connect_to(S.m.http_port);
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    wait_for_attempts(1);
    close(fd);
    wait_for_attempts(0);
    fd = connect_to(S.m.http_port);
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    wait_for_attempts(1); /* and one is held while the plane stops */
    free(request);
    free(hex);
    close(fd);
}

/* ---- playing --------------------------------------------------------------------------------------------
 */

#define LAUNCH                                                                                               \
    "?uniqueid=1&appid=1&mode=1280x720x60&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=-7&gcmap=5"

static void launch_resume_cancel(void **state)
{
    struct answer a;
    pair_at_once(&S.client);
    a = ask_https(&S.m, "/launch" LAUNCH);
    assert_string_equal(element(&a, "sessionUrl0"), "rtsp://127.0.0.1:48010");
    assert_string_equal(element(&a, "gamesession"), "1");
    drop_answer(&a);
    struct pf_gs_launch l = played().launch;
    assert_memory_equal(l.fingerprint, S.client.certificate.fingerprint, 32);
    assert_int_equal(l.app_id, 1);
    assert_int_equal(l.key_id, (uint32_t)-7);
    assert_int_equal(l.gamepad_mask, 5);
    assert_int_equal(l.peer.ss_family, AF_INET);
    assert_int_equal(pf_address_port((struct sockaddr *)&l.local), S.m.https_port);
    assert_string_equal(l.library_id, "");
    assert_int_equal(strncmp(l.label, "Moonlight ", 10), 0);
    check(&S.m, true, "/launch?appid=1", 200, 400);
    check(&S.m, true, "/launch?appid=55&rikey=000102030405060708090a0b0c0d0e0f&rikeyid=1", 200, 404);
    assert_int_equal(played().launches, 1);

    a = ask_https(&S.m, "/resume?rikey=0f0102030405060708090a0b0c0d0e0f&rikeyid=1&surroundAudioInfo=196610");
    assert_string_equal(element(&a, "resume"), "1");
    assert_string_equal(element(&a, "sessionUrl0"), "rtsp://127.0.0.1:48010");
    drop_answer(&a);
    assert_int_equal(played().launch.key[0], 0x0f);
    a = ask_https(&S.m, "/cancel?uniqueid=1");
    assert_string_equal(element(&a, "cancel"), "1");
    drop_answer(&a);
    assert_memory_equal(played().canceller, S.client.certificate.fingerprint, 32);
}

static void verdicts_are_told(void **state)
{
    static const struct {
        enum pf_gs_play_verdict verdict;
        int launch, resume, cancel;
    } table[] = {{PF_GS_PLAY_BUSY, 503, 503, 503}, {PF_GS_PLAY_NOTHING, 503, 503, 200},
        {PF_GS_PLAY_FOREIGN, 470, 470, 470}, {PF_GS_PLAY_FULL, 503, 503, 503},
        {PF_GS_PLAY_FAILED, 503, 503, 503}};
    pair_at_once(&S.client);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        set_play((struct fake_play){.verdict = table[i].verdict});
        check(&S.m, true, "/launch" LAUNCH, 200, table[i].launch);
        check(&S.m, true, "/resume" LAUNCH, 200, table[i].resume);
        check(&S.m, true, "/cancel", 200, table[i].cancel);
    }
    struct answer a = ask_https(&S.m, "/launch" LAUNCH);
    assert_string_equal(element(&a, "gamesession"), "0");
    assert_non_null(strstr(a.body, "status_message=\"no &lt;display&gt; &amp; no encoder\""));
    drop_answer(&a);
}

static void apps_and_their_art(void **state)
{
    pair_at_once(&S.client);
    struct answer a = ask_https(&S.m, "/applist");
    assert_string_equal(a.body, "<?xml version=\"1.0\" encoding=\"utf-8\"?><root "
                                "status_code=\"200\"><App><IsHdrSupported>0</IsHdrSupported>"
                                "<AppTitle>Desktop</AppTitle><ID>1</ID></App></root>");
    drop_answer(&a);
    a = ask_https(&S.m, "/appasset?appid=1&AssetType=2&AssetIdx=0");
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.head, "image/png"));
    assert_true(a.len > 500);
    assert_memory_equal(a.body, "\x89PNG\r\n\x1a\n", 8);
    drop_answer(&a);
    check(&S.m, true, "/appasset?appid=2", 404, 0);
    check(&S.m, true, "/appasset", 404, 0);
}

/* ---- floods ---------------------------------------------------------------------------------------------
 */

static struct pf_gs_http *impatient;

static void start_impatient(void *arg)
{
    const struct pf_gs_http_config config = {
        .bind_address = "127.0.0.1", .dawdle_ns = 300 * PF_NS_PER_MS, .identity = arg, .user = NULL};
    if (pf_gs_http_start(S.loop, &config, &impatient, NULL) < 0)
        abort();
}

static void stop_impatient(void *arg)
{
    pf_gs_http_stop(impatient);
}

/* Feeds a server that waits for 0.3 s byte by byte, ten seconds long. Returns how many it took. */
static int trickle(const struct pf_identity *identity, const char *first, size_t len)
{
    on_loop(start_impatient, (void *)identity);
    int fd = connect_to(pf_gs_http_port(impatient)), sent = 0;
    while (sent < 1000 && send(fd, (size_t)sent < len ? first + sent : "x", 1, MSG_NOSIGNAL) == 1) {
        sent++;
        usleep(10000);
    }
    close(fd);
    on_loop(stop_impatient, NULL);
    return sent;
}

static void slow_peers_are_cut_off(void **state)
{
    static const char head[] = "GET /serverinfo HTTP/1.1\r\nHost: ",
                      record[] = "\x16\x03\x01\x10\x00\x01\x00\x0f\xfc";
    assert_in_range(trickle(NULL, head, sizeof(head) - 1), 1, 990);
    assert_in_range(trickle(S.identity, record, sizeof(record) - 1), 1, 990);
}

/* True if the peer hung up on us; false while it just waits. */
static bool hung_up(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

static void floods_are_bounded(void **state)
{
    int fds[120];
    unsigned refused = 0;
    for (unsigned i = 0; i < 120; i++)
        fds[i] = connect_to(S.m.http_port);
    while (refused < 104) { /* 16 of an address may stay */
        refused = 0;
        for (unsigned i = 0; i < 120; i++)
            refused += hung_up(fds[i]);
        usleep(10000);
    }
    check(&S.stranger, true, "/serverinfo", 200, 401); /* the other port does not suffer */
    for (unsigned i = 0; i < 120; i++)
        close(fds[i]);
    sleep(1); /* the second of this address is over */
    check(&S.stranger, false, "/serverinfo", 200, 200);
}

static void huge_requests_are_refused(void **state)
{
    size_t len = 100000;
    char *request = malloc(len);
    memset(request, 'a', len);
    memcpy(request, "GET /serverinfo?x=", 18);
    struct answer a = exchange_bytes(S.m.http_port, request, len);
    assert_true(a.status == 0 || a.status == 414 || a.status == 431 || a.status == 413);
    drop_answer(&a);
    memcpy(request, "GET /serverinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 99000\r\n\r\n", 60);
    a = exchange_bytes(S.m.http_port, request, len);
    assert_int_equal(a.status, 0);
    drop_answer(&a);
    free(request);
    check(&S.stranger, false, "/serverinfo", 200, 200);
}

/* ---- starting -------------------------------------------------------------------------------------------
 */

struct trial {
    struct pf_gamestream_config config;
    struct pf_error err;
    int rc;
};

static void try_start(void *arg)
{
    struct trial *t = arg;
    struct pf_gamestream *first = S.g;
    t->rc = start_plane(&t->config, &t->err);
    if (t->rc == 0)
        abort();
    S.g = first;
}

static void starting_may_fail(void **state)
{
    struct trial t = {.config = {.any_port = true, .bind_address = "127.0.0.1"}};
    set_play((struct fake_play){.refuses_to_start = true});
    on_loop(try_start, &t);
    assert_int_equal(t.rc, -EADDRINUSE);
    assert_string_equal(t.err.text, "port 48010 is in use");
    t.config.bind_address = "203.0.113.7";
    on_loop(try_start, &t);
    assert_int_equal(t.rc, -EPERM);
    assert_non_null(strstr(t.err.text, "203.0.113.7"));
    assert_non_null(strstr(t.err.text, "--gamestream-public"));
    t.config.bind_address = "nonsense";
    on_loop(try_start, &t);
    assert_int_equal(t.rc, -EINVAL);
    check(&S.stranger, false, "/serverinfo", 200, 200);
}

static void a_taken_port_is_one_sentence(void **state)
{
    struct pf_error err;
    struct pf_gs_http *second;
    const struct pf_gs_http_config config = {.bind_address = "127.0.0.1", .port = S.m.http_port};
    char port[8];
    assert_int_equal(pf_gs_http_start(S.loop, &config, &second, &err), -EADDRINUSE);
    snprintf(port, sizeof(port), "%u", S.m.http_port);
    assert_non_null(strstr(err.text, port));
    assert_non_null(strstr(err.text, "in use"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(strangers_get_the_401_form),
        TEST(http_has_little),
        TEST(the_views_of_serverinfo),
        TEST(certificates_must_be_identical),
        TEST(a_revoked_client_is_out_and_cut),
        TEST(a_client_pairs),
        TEST(a_wrong_pin_pairs_nobody),
        TEST(phases_come_in_order_and_once),
        TEST(a_pin_is_for_one_request),
        TEST(only_so_many_may_wait),
        TEST(bad_requests_to_pair),
        TEST(the_longest_certificate_fits),
        TEST(who_hangs_up_does_not_wait),
        TEST(launch_resume_cancel),
        TEST(verdicts_are_told),
        TEST(apps_and_their_art),
        TEST(slow_peers_are_cut_off),
        TEST(floods_are_bounded),
        TEST(huge_requests_are_refused),
        TEST(starting_may_fail),
        TEST(a_taken_port_is_one_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, drop_client);
}
