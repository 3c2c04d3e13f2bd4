#include "base/time.h"
#include "native/ceremony.h"
#include "trust/knocks.h"
#include "trust/native_store.h"
#include "trust/pairing.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define S PF_NS_PER_S

static const uint8_t HOST[32] = {0xAA}, PHONE[32] = {0x01}, OTHER[32] = {0x02};

struct rig {
    char dir[64];
    struct pf_pairing pairing;
    struct pf_knocks knocks;
    struct pf_native_store *store;
    struct pf_ceremony_deps deps;
    struct pf_ceremony c;
    uint8_t frame[PF_CEREMONY_FRAME_MAX];
    const char *why;
};

/* The client of the ceremony. */
struct client {
    const uint8_t *fingerprint;
    struct pf_spake2 spake;
    uint8_t key[PF_SPAKE2_KEY_LEN];
    uint8_t element[PF_SPAKE2_MSG_LEN];
};

static int setup(void **state)
{
    struct rig *r = calloc(1, sizeof(*r));
    strcpy(r->dir, "/tmp/pf-ceremony-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    assert_int_equal(pf_native_store_open(r->dir, &r->store, NULL), 0);
    pf_pairing_init(&r->pairing);
    pf_knocks_init(&r->knocks);
    r->deps = (struct pf_ceremony_deps){
        .pairing = &r->pairing, .store = r->store, .knocks = &r->knocks, .host_fingerprint = HOST};
    assert_int_equal(pf_pairing_arm(&r->pairing, 0, "1234", 120, NULL), 0);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;
    char path[128];
    pf_native_store_destroy(r->store);
    snprintf(path, sizeof(path), "%s/punktfunk1-paired.json", r->dir);
    unlink(path);
    rmdir(r->dir);
    free(r);
    return 0;
}

static struct client client_with(const char *pin, const uint8_t *fingerprint)
{
    struct client c = {.fingerprint = fingerprint};
    assert_int_equal(
        pf_spake2_start(&c.spake, PF_SPAKE2_CLIENT, pin, strlen(pin), fingerprint, 32, HOST, 32), 0);
    memcpy(c.element, c.spake.message, sizeof(c.element));
    return c;
}

static int begin(struct rig *r, struct client *c, uint64_t now)
{
    struct pf_pairing_message request = {.type = PF_PAIRING_REQUEST,
        .request = {.name = "Phone\n", .name_len = 6, .spake = c->element, .spake_len = PF_SPAKE2_MSG_LEN}};
    return pf_ceremony_begin(&r->c, &r->deps, &request, c->fingerprint, now, r->frame, &r->why);
}

/* Reads the challenge; true if the host knew the same PIN. */
static bool client_believes(struct rig *r, struct client *c, int len)
{
    struct pf_pairing_message msg;
    assert_int_equal(pf_pairing_decode(r->frame + 2, (size_t)len - 2, &msg), 0);
    assert_int_equal(msg.type, PF_PAIRING_CHALLENGE);
    assert_int_equal(pf_spake2_finish(&c->spake, msg.challenge.spake, msg.challenge.spake_len, c->key), 0);
    return pf_spake2_confirmed(c->key, PF_SPAKE2_HOST, c->fingerprint, HOST, msg.challenge.confirm);
}

static int prove(struct rig *r, const struct client *c, enum pf_pairing_outcome *ret_outcome)
{
    uint8_t proof[64];
    struct pf_pairing_message msg = {.type = PF_PAIRING_PROOF};
    pf_spake2_confirm(c->key, PF_SPAKE2_CLIENT, c->fingerprint, HOST, msg.proof.confirm);
    int len = pf_pairing_encode(&msg, proof, sizeof(proof));
    return pf_ceremony_proof(&r->c, proof, (size_t)len, r->frame, ret_outcome);
}

static bool result_in(const struct rig *r, int len)
{
    struct pf_pairing_message msg;
    assert_int_equal(pf_pairing_decode(r->frame + 2, (size_t)len - 2, &msg), 0);
    assert_int_equal(msg.type, PF_PAIRING_RESULT);
    return msg.result_ok;
}

static void the_right_pin_pairs(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    enum pf_pairing_outcome outcome = PF_PAIRING_LEFT;
    int len = begin(r, &c, 10 * S);
    assert_true(len > 0);
    assert_true(client_believes(r, &c, len));
    len = prove(r, &c, &outcome);
    assert_int_equal(outcome, PF_PAIRING_OK);
    assert_true(result_in(r, len));
    const struct pf_native_client *stored = pf_native_store_find(r->store, PHONE);
    assert_non_null(stored);
    assert_string_equal(stored->name, "Phone");
    struct pf_pairing_status status = pf_pairing_status(&r->pairing, 11 * S);
    assert_int_equal(status.result, PF_PAIRING_PAIRED);
    assert_false(status.armed);
}

/* The disk is full, or the folder is gone. */
static void a_device_that_cannot_be_stored_is_not_told_that_it_is_paired(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    char moved[sizeof(r->dir) + 8];
    enum pf_pairing_outcome outcome = PF_PAIRING_OK;
    int len = begin(r, &c, 10 * S);
    assert_true(client_believes(r, &c, len));
    snprintf(moved, sizeof(moved), "%s.away", r->dir);
    assert_int_equal(rename(r->dir, moved), 0);
    len = prove(r, &c, &outcome);
    assert_int_equal(rename(moved, r->dir), 0);
    assert_int_equal(outcome, PF_PAIRING_NOT_STORED);
    assert_false(result_in(r, len));
    assert_int_equal(pf_native_store_count(r->store), 0);
    assert_int_equal(pf_pairing_status(&r->pairing, 11 * S).result, PF_PAIRING_FAILED);
    assert_int_equal(pf_pairing_status(&r->pairing, 11 * S).why, PF_PAIRING_NOT_STORED);
}

static void a_client_that_leaves_has_tried_no_pin(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    assert_true(begin(r, &c, 10 * S) > 0);
    pf_ceremony_abandon(&r->c);
    assert_int_equal(pf_pairing_status(&r->pairing, 11 * S).why, PF_PAIRING_LEFT);
}

static void a_wrong_pin_uses_the_window_up(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1235", PHONE);
    enum pf_pairing_outcome outcome = PF_PAIRING_OK;
    int len = begin(r, &c, 10 * S);
    assert_false(client_believes(r, &c, len));
    len = prove(r, &c, &outcome);
    assert_int_equal(outcome, PF_PAIRING_WRONG_PIN);
    assert_false(result_in(r, len));
    assert_int_equal(pf_native_store_count(r->store), 0);

    struct client again = client_with("1234", PHONE);
    assert_int_equal(begin(r, &again, 20 * S), -PF_CLOSE_PAIRING_NOT_ARMED);
}

static void leaving_after_the_challenge_uses_the_window_up(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    assert_true(begin(r, &c, 10 * S) > 0);
    pf_ceremony_abandon(&r->c);
    pf_ceremony_abandon(&r->c);
    assert_int_equal(pf_pairing_status(&r->pairing, 11 * S).result, PF_PAIRING_FAILED);
    assert_int_equal(begin(r, &c, 20 * S), -PF_CLOSE_PAIRING_NOT_ARMED);
}

static void something_else_than_a_proof_ends_it(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    enum pf_pairing_outcome outcome = PF_PAIRING_LEFT;
    uint8_t request[PF_PAIRING_MAX];
    assert_true(begin(r, &c, 10 * S) > 0);
    struct pf_pairing_message msg = {
        .type = PF_PAIRING_REQUEST, .request = {.spake = c.spake.message, .spake_len = PF_SPAKE2_MSG_LEN}};
    int len = pf_pairing_encode(&msg, request, sizeof(request));
    assert_int_equal(pf_ceremony_proof(&r->c, request, (size_t)len, r->frame, &outcome), -EBADMSG);
    assert_int_equal(pf_ceremony_proof(&r->c, request, 3, r->frame, &outcome), -EBADMSG);
    assert_int_equal(outcome, PF_PAIRING_LEFT);
    assert_int_equal(pf_pairing_status(&r->pairing, 11 * S).result, PF_PAIRING_FAILED);
}

static void a_proof_of_another_ceremony_is_worthless(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    enum pf_pairing_outcome outcome = PF_PAIRING_LEFT;
    assert_true(client_believes(r, &c, begin(r, &c, 10 * S)));
    struct client old = c;
    prove(r, &c, &outcome);
    assert_int_equal(outcome, PF_PAIRING_OK);
    assert_int_equal(pf_native_store_remove(r->store, PHONE, NULL), 0);

    assert_int_equal(pf_pairing_arm(&r->pairing, 20 * S, "1234", 120, NULL), 0);
    assert_true(begin(r, &c, 20 * S) > 0); /* the same element once more */
    prove(r, &old, &outcome);
    assert_int_equal(outcome, PF_PAIRING_WRONG_PIN);
    assert_int_equal(pf_native_store_count(r->store), 0);
}

static void a_damaged_element_keeps_the_window(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    c.element[0] = 'B';
    assert_int_equal(begin(r, &c, 10 * S), -PF_CLOSE_ERROR);
    assert_true(pf_pairing_status(&r->pairing, 11 * S).armed);
}

static void without_a_certificate_nothing_is_looked_at(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE), with = client_with("1234", PHONE);
    c.fingerprint = NULL;
    assert_int_equal(begin(r, &c, 10 * S), -PF_CLOSE_CERTIFICATE_REQUIRED);
    assert_true(begin(r, &with, 10 * S) > 0); /* no cool-down either */
}

static void a_window_for_another_device_is_kept(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    assert_int_equal(pf_pairing_arm(&r->pairing, 0, "1234", 120, OTHER), 0);
    assert_int_equal(begin(r, &c, 10 * S), -PF_CLOSE_PAIRING_OTHER_DEVICE);
    struct client right = client_with("1234", OTHER);
    assert_true(begin(r, &right, 13 * S) > 0);
}

static void attempts_are_two_seconds_apart_whether_armed_or_not(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE), d = client_with("1234", OTHER);
    pf_pairing_disarm(&r->pairing, 0);
    assert_int_equal(begin(r, &c, 10 * S), -PF_CLOSE_PAIRING_NOT_ARMED);
    assert_int_equal(pf_pairing_arm(&r->pairing, 10 * S, "1234", 120, NULL), 0);
    assert_int_equal(begin(r, &d, 11 * S), -PF_CLOSE_PAIRING_RATE_LIMIT);
    assert_true(begin(r, &d, 12 * S) > 0);
}

static void an_expired_window_is_closed(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    assert_int_equal(begin(r, &c, 121 * S), -PF_CLOSE_PAIRING_NOT_ARMED);
}

struct waiter {
    struct pf_knock_waiter base;
    enum pf_knock_outcome outcome;
    unsigned calls;
};

static void decided(struct pf_knock_waiter *waiter, enum pf_knock_outcome outcome)
{
    struct waiter *w = (struct waiter *)waiter;
    w->outcome = outcome;
    w->calls++;
}

static void pairing_admits_the_devices_own_knock(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    struct waiter w = {.base = {.decided = decided}};
    enum pf_pairing_outcome outcome = PF_PAIRING_LEFT;
    pf_knocks_park(&r->knocks, 0, PHONE, "Phone", &(struct pf_knock_address){{0}}, &w.base);
    assert_true(client_believes(r, &c, begin(r, &c, 10 * S)));
    prove(r, &c, &outcome);
    assert_int_equal(w.calls, 1);
    assert_int_equal(w.outcome, PF_KNOCK_ADMITTED);
}

static void a_client_that_cannot_be_stored_is_told_so(void **state)
{
    struct rig *r = *state;
    struct client c = client_with("1234", PHONE);
    enum pf_pairing_outcome outcome = PF_PAIRING_OK;
    assert_true(client_believes(r, &c, begin(r, &c, 10 * S)));
    rmdir(r->dir); /* nothing can be written there any more */
    int len = prove(r, &c, &outcome);
    assert_int_equal(outcome, PF_PAIRING_NOT_STORED);
    assert_false(result_in(r, len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_right_pin_pairs, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_device_that_cannot_be_stored_is_not_told_that_it_is_paired, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_that_leaves_has_tried_no_pin, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_pin_uses_the_window_up, setup, teardown),
        cmocka_unit_test_setup_teardown(leaving_after_the_challenge_uses_the_window_up, setup, teardown),
        cmocka_unit_test_setup_teardown(something_else_than_a_proof_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proof_of_another_ceremony_is_worthless, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_element_keeps_the_window, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_certificate_nothing_is_looked_at, setup, teardown),
        cmocka_unit_test_setup_teardown(a_window_for_another_device_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(attempts_are_two_seconds_apart_whether_armed_or_not, setup, teardown),
        cmocka_unit_test_setup_teardown(an_expired_window_is_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(pairing_admits_the_devices_own_knock, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_that_cannot_be_stored_is_told_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
