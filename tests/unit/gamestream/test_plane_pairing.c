/* Pairing over real sockets. */
#include "plane_rig.h"

#include "base/hex.h"
#include "gamestream/nvhttp/pairing.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_client_pairs),
        TEST(a_wrong_pin_pairs_nobody),
        TEST(phases_come_in_order_and_once),
        TEST(a_pin_is_for_one_request),
        TEST(only_so_many_may_wait),
        TEST(bad_requests_to_pair),
        TEST(the_longest_certificate_fits),
        TEST(who_hangs_up_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, drop_client);
}
