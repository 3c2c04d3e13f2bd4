#include "base/time.h"
#include "display/lifecycle.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* -- Vectors ------------------------------------------------------------------------------------------- */

static json_t *load_vectors(void)
{
    json_error_t error;
    json_t *root = json_load_file(VECTORS_DIR "/lifecycle.json", 0, &error);
    if (!root)
        fail_msg("%s: %s", error.source, error.text);
    return root;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static uint64_t ns_of(const json_t *object, const char *key)
{
    json_t *ms = json_object_get(object, key);
    assert_true(json_is_integer(ms));
    return (uint64_t)json_integer_value(ms) * PF_NS_PER_MS;
}

static struct pf_lifecycle state_of(const json_t *object)
{
    const char *s = text_of(object, "s");
    if (!strcmp(s, "idle"))
        return (struct pf_lifecycle){0};
    if (!strcmp(s, "pinned"))
        return (struct pf_lifecycle){.state = PF_LIFECYCLE_PINNED};
    if (!strcmp(s, "lingering"))
        return (struct pf_lifecycle){.state = PF_LIFECYCLE_LINGERING, .until_ns = ns_of(object, "until")};
    assert_string_equal(s, "active");
    return (struct pf_lifecycle){
        .state = PF_LIFECYCLE_ACTIVE, .refs = (unsigned)json_integer_value(json_object_get(object, "refs"))};
}

static struct pf_linger linger_of(const json_t *object)
{
    const char *l = text_of(object, "l");
    if (!strcmp(l, "immediate"))
        return (struct pf_linger){.kind = PF_LINGER_IMMEDIATE};
    if (!strcmp(l, "forever"))
        return (struct pf_linger){.kind = PF_LINGER_FOREVER};
    assert_string_equal(l, "for");
    return (struct pf_linger){.kind = PF_LINGER_FOR, .duration_ns = ns_of(object, "ms")};
}

static void assert_state(const struct pf_lifecycle *l, const json_t *expected)
{
    struct pf_lifecycle want = state_of(expected);
    assert_int_equal(l->state, want.state);
    assert_int_equal(l->refs, want.refs);
    assert_int_equal(l->until_ns, want.until_ns);
}

static void assert_action(enum pf_lifecycle_action got, const json_t *expected)
{
    static const char *const names[] = {
        "create", "join", "reuse", "decref", "teardown", "linger", "pin", "noop"};
    assert_string_equal(names[got], json_string_value(expected));
}

/* Makes the call that a row or step describes and checks its result. */
static void replay(struct pf_lifecycle *l, const json_t *row)
{
    const char *call = text_of(row, "call");
    const json_t *result = json_object_get(row, "result");
    if (!strcmp(call, "acquire")) {
        assert_action(pf_lifecycle_acquire(l), result);
    } else if (!strcmp(call, "release")) {
        struct pf_linger linger = linger_of(json_object_get(row, "linger"));
        assert_action(pf_lifecycle_release(l, ns_of(row, "now"), linger), result);
    } else if (!strcmp(call, "poll_expiry")) {
        assert_true(json_is_boolean(result));
        assert_int_equal(pf_lifecycle_poll_expiry(l, ns_of(row, "now")), json_is_true(result));
    } else {
        assert_string_equal(call, "force_release");
        assert_true(json_is_boolean(result));
        assert_int_equal(pf_lifecycle_force_release(l), json_is_true(result));
    }
}

static void every_row_of_the_table(void **state)
{
    json_t *root = load_vectors(), *rows = json_object_get(root, "transitions"), *row;
    size_t i;
    assert_int_equal(json_array_size(rows), 66);
    json_array_foreach(rows, i, row)
    {
        struct pf_lifecycle l = state_of(json_object_get(row, "from"));
        replay(&l, row);
        assert_state(&l, json_object_get(row, "to"));
        assert_int_equal(l.state != PF_LIFECYCLE_IDLE, json_is_true(json_object_get(row, "has_display")));
        assert_int_equal(l.refs, json_integer_value(json_object_get(row, "refs")));
    }
    json_decref(root);
}

static void recorded_trace(void **state)
{
    json_t *root = load_vectors(), *step;
    json_t *steps = json_object_get(json_object_get(root, "trace"), "steps");
    struct pf_lifecycle l = {0};
    size_t i;
    assert_int_equal(json_array_size(steps), 200);
    json_array_foreach(steps, i, step)
    {
        replay(&l, step);
        assert_state(&l, json_object_get(step, "state"));
    }
    json_decref(root);
}

static void deliberate_quits(void **state)
{
    json_t *root = load_vectors(), *row;
    json_t *rows = json_object_get(json_object_get(root, "policy"), "effective_linger");
    size_t i;
    assert_int_equal(json_array_size(rows), 6);
    json_array_foreach(rows, i, row)
    {
        struct pf_linger want = linger_of(json_object_get(row, "linger"));
        struct pf_linger got = pf_linger_effective(
            json_is_true(json_object_get(row, "quit")), linger_of(json_object_get(row, "policy")));
        assert_int_equal(got.kind, want.kind);
        assert_int_equal(got.duration_ns, want.duration_ns);
    }
    json_decref(root);
}

/* -- Random walk (1.3) --------------------------------------------------------------------------------- */

/* The slowest possible idea of a slot: does the resource exist, and how many hold it? */
struct shadow {
    bool alive;
    unsigned holds;
    unsigned births, deaths;
};

static uint32_t draw(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static struct pf_linger draw_linger(uint32_t *x)
{
    switch (draw(x) % 4) {
    case 0:
        return (struct pf_linger){.kind = PF_LINGER_IMMEDIATE};
    case 1:
        return (struct pf_linger){.kind = PF_LINGER_FOREVER};
    default:
        return (struct pf_linger){.kind = PF_LINGER_FOR, .duration_ns = (1 + draw(x) % 4000) * PF_NS_PER_MS};
    }
}

static void walk_acquire(struct pf_lifecycle *l, struct shadow *s)
{
    switch (pf_lifecycle_acquire(l)) {
    case PF_LIFECYCLE_CREATE:
        assert_false(s->alive);
        s->alive = true;
        s->births++;
        break;
    case PF_LIFECYCLE_JOIN:
        assert_true(s->alive);
        assert_true(s->holds >= 1);
        break;
    case PF_LIFECYCLE_REUSE:
        assert_true(s->alive);
        assert_int_equal(s->holds, 0);
        break;
    default:
        fail_msg("acquire may only create, join or reuse");
    }
    s->holds++;
}

static void walk_release(struct pf_lifecycle *l, struct shadow *s, uint64_t now, struct pf_linger linger)
{
    switch (pf_lifecycle_release(l, now, linger)) {
    case PF_LIFECYCLE_NOOP:
        assert_int_equal(s->holds, 0);
        return;
    case PF_LIFECYCLE_DECREF:
        assert_true(s->holds >= 2);
        break;
    case PF_LIFECYCLE_TEARDOWN:
        assert_int_equal(s->holds, 1);
        assert_true(s->alive);
        s->alive = false;
        s->deaths++;
        break;
    case PF_LIFECYCLE_LINGER:
    case PF_LIFECYCLE_PIN:
        assert_int_equal(s->holds, 1);
        break;
    default:
        fail_msg("release may not create");
    }
    s->holds--;
}

static void walk_end(bool ended, struct shadow *s)
{
    if (!ended)
        return;
    assert_int_equal(s->holds, 0);
    assert_true(s->alive);
    s->alive = false;
    s->deaths++;
}

static void random_walk(void **state)
{
    struct pf_lifecycle l = {0};
    struct shadow s = {0};
    uint32_t x = 20260709;
    uint64_t now = 0;
    unsigned expired = 0, forced = 0;
    for (int step = 0; step < 200000; step++) {
        now += draw(&x) % 2000 * PF_NS_PER_MS;
        unsigned deaths = s.deaths;
        switch (draw(&x) % 5) {
        case 0:
            walk_acquire(&l, &s);
            break;
        case 1:
        case 2:
            walk_release(&l, &s, now, draw_linger(&x));
            break;
        case 3:
            walk_end(pf_lifecycle_poll_expiry(&l, now), &s);
            expired += s.deaths - deaths;
            break;
        case 4:
            walk_end(pf_lifecycle_force_release(&l), &s);
            forced += s.deaths - deaths;
            break;
        }
        assert_int_equal(l.state != PF_LIFECYCLE_IDLE, s.alive);
        assert_int_equal(l.refs, s.holds);
        assert_int_equal(s.births - s.deaths, s.alive);
    }
    /* The walk has been everywhere. */
    assert_true(s.births > 1000 && expired > 1000 && forced > 1000);
}

/* -- Fixed cases --------------------------------------------------------------------------------------- */

static const struct pf_linger immediate = {.kind = PF_LINGER_IMMEDIATE};
static const struct pf_linger second = {.kind = PF_LINGER_FOR, .duration_ns = PF_NS_PER_S};

static void double_release(void **state)
{
    struct pf_lifecycle l = {0};
    pf_lifecycle_acquire(&l);
    assert_int_equal(pf_lifecycle_release(&l, 0, immediate), PF_LIFECYCLE_TEARDOWN);
    assert_int_equal(pf_lifecycle_release(&l, 0, immediate), PF_LIFECYCLE_NOOP);
    assert_int_equal(l.refs, 0);
    assert_int_equal(l.state, PF_LIFECYCLE_IDLE);
}

static void force_never_takes_a_live_display(void **state)
{
    struct pf_lifecycle l = {0};
    pf_lifecycle_acquire(&l);
    assert_false(pf_lifecycle_force_release(&l));
    assert_int_equal(l.state, PF_LIFECYCLE_ACTIVE);
    assert_int_equal(l.refs, 1);
}

static void expiry_is_exact_and_once(void **state)
{
    struct pf_lifecycle l = {0};
    pf_lifecycle_acquire(&l);
    assert_int_equal(pf_lifecycle_release(&l, 5 * PF_NS_PER_S, second), PF_LIFECYCLE_LINGER);
    assert_false(pf_lifecycle_poll_expiry(&l, 6 * PF_NS_PER_S - 1));
    assert_true(pf_lifecycle_poll_expiry(&l, 6 * PF_NS_PER_S));
    assert_false(pf_lifecycle_poll_expiry(&l, 6 * PF_NS_PER_S));
}

static void reuse_outlives_a_stale_expiry(void **state)
{
    struct pf_lifecycle l = {0};
    pf_lifecycle_acquire(&l);
    pf_lifecycle_release(&l, 0, second);
    assert_int_equal(pf_lifecycle_acquire(&l), PF_LIFECYCLE_REUSE);
    assert_false(pf_lifecycle_poll_expiry(&l, 10 * PF_NS_PER_S));
    assert_int_equal(l.refs, 1);
}

static void endless_duration_does_not_wrap(void **state)
{
    struct pf_lifecycle l = {0};
    pf_lifecycle_acquire(&l);
    struct pf_linger endless = {.kind = PF_LINGER_FOR, .duration_ns = UINT64_MAX};
    pf_lifecycle_release(&l, PF_NS_PER_S, endless);
    assert_false(pf_lifecycle_poll_expiry(&l, 1000 * PF_NS_PER_S));
}

static void names_of_states(void **state)
{
    assert_string_equal(pf_lifecycle_state_name(PF_LIFECYCLE_ACTIVE), "active");
    assert_string_equal(pf_lifecycle_state_name(PF_LIFECYCLE_LINGERING), "lingering");
    assert_string_equal(pf_lifecycle_state_name(PF_LIFECYCLE_PINNED), "pinned");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table),
        cmocka_unit_test(recorded_trace),
        cmocka_unit_test(deliberate_quits),
        cmocka_unit_test(random_walk),
        cmocka_unit_test(double_release),
        cmocka_unit_test(force_never_takes_a_live_display),
        cmocka_unit_test(expiry_is_exact_and_once),
        cmocka_unit_test(reuse_outlives_a_stale_expiry),
        cmocka_unit_test(endless_duration_does_not_wrap),
        cmocka_unit_test(names_of_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
