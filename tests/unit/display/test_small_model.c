/* Every interleaving of three sessions that want two kinds of display, eight steps deep, on the real registry
 * with a back end that makes nothing and a clock that is turned by hand (displays-and-capture.md 1.2, 2).
 *
 * What happens is compared after each step with a model that knows nothing of the registry's insides.
 * Histories that lead to the same state are followed once; how many there are is counted and printed.
 */
#include "base/log.h"
#include "base/time.h"
#include "display/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SESSIONS 3
#define KINDS    2
#define DEPTH    8
#define OUTPUTS  32 /* no history makes more */
#define TICK     PF_NS_PER_S
#define LINGER   (3 * TICK / 2) /* two ticks */

/* ---- the back end: a desktop whose other heads are dark or lit ---- */

struct fake {
    struct pf_output base;
    int destroyed, restored;
    bool has_restore, dead;
};

static struct {
    struct pf_registry *registry;
    struct fake outputs[OUTPUTS];
    int made, alive;
    bool dark;                  /* the other heads are switched off */
    void (*during_probe)(void); /* somebody acts while the registry asks whether an output lives */
    uint64_t now;
} desk;

static bool fake_alive(struct pf_output *base)
{
    void (*act)(void) = desk.during_probe;
    desk.during_probe = NULL;
    if (act)
        act();
    return !((struct fake *)base)->dead;
}

static void fake_destroy(struct pf_output *base)
{
    struct fake *f = (struct fake *)base;
    assert_int_equal(f->destroyed++, 0);
    desk.alive--;
    assert_true(desk.alive > 0 || !desk.dark); /* never a desktop without any output */
}

static void fake_restore(void *data, bool undo)
{
    struct fake *f = data;
    assert_true(f->has_restore);
    assert_int_equal(f->restored++, 0);
    if (undo)
        desk.dark = false;
}

static const struct pf_output_ops ops = {.alive = fake_alive, .destroy = fake_destroy};

static int fake_create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    (void)env;
    (void)err;
    assert_true(desk.made < OUTPUTS);
    struct fake *f = &desk.outputs[desk.made++];
    f->base = (struct pf_output){.ops = &ops, .keepable = true, .source.mode = request->mode};
    if (request->first_in_group) {
        f->has_restore = true;
        f->base.restore = (struct pf_restore){fake_restore, f};
        desk.dark = true;
    }
    desk.alive++;
    *ret_output = &f->base;
    return 0;
}

static const struct pf_display_backend backend = {.name = "fake", .create = fake_create};

/* ---- the model: what there should be ---- */

struct shown {
    int kind;
    int holder; /* session, −1: nobody, it is kept */
    uint64_t until;
};

static struct {
    struct shown list[OUTPUTS]; /* in order of generation */
    int count;
    int made;
} model;

static struct pf_linger linger;

static void model_remove(int i)
{
    memmove(&model.list[i], &model.list[i + 1], (size_t)(--model.count - i) * sizeof(model.list[0]));
}

static int model_held_by(int session)
{
    for (int i = 0; i < model.count; i++)
        if (model.list[i].holder == session)
            return i;
    return -1;
}

static int model_kept(int kind)
{
    for (int i = 0; i < model.count; i++)
        if (model.list[i].holder < 0 && model.list[i].kind == kind)
            return i;
    return -1;
}

static void model_expire(void)
{
    for (int i = model.count; i-- > 0;)
        if (model.list[i].holder < 0 && model.list[i].until <= desk.now)
            model_remove(i);
}

static int model_drop_kept(void)
{
    int n = 0;
    for (int i = model.count; i-- > 0;) {
        if (model.list[i].holder >= 0)
            continue;
        model_remove(i);
        n++;
    }
    return n;
}

/* True: a kept one is used again. */
static bool model_acquire(int session, int kind)
{
    int i = model_kept(kind);
    bool reused = i >= 0;
    if (reused)
        model_remove(i);
    else
        model.made++;
    model.list[model.count++] = (struct shown){.kind = kind, .holder = session};
    return reused;
}

static void model_release(int session, bool quit)
{
    int i = model_held_by(session);
    struct pf_linger l = pf_linger_effective(quit, linger);
    if (i < 0)
        return;
    if (l.kind == PF_LINGER_IMMEDIATE) {
        model_remove(i);
        return;
    }
    model.list[i].holder = -1;
    model.list[i].until = l.kind == PF_LINGER_FOREVER ? UINT64_MAX : desk.now + l.duration_ns;
}

/* ---- steps ---- */

enum verb {
    ACQUIRE,        /* a display of a kind */
    ACQUIRE_DEAD,   /* the kept one turns out to be dead */
    ACQUIRE_ROBBED, /* while it is probed somebody releases all kept ones */
    ACQUIRE_RACED,  /* while it is probed another session takes it */
    VANISH,         /* the client is gone without a word */
    QUIT,           /* it left on purpose */
    FAIL,           /* no first picture */
    LATE,           /* a hold that was given up is given up again */
    PASS_TIME,
    RELEASE_KEPT, /* the owner asks for it */
};

struct step {
    enum verb verb;
    int session, kind;
};

static struct pf_lease leases[SESSIONS], former[SESSIONS];

static void take(int session, int kind)
{
    const struct pf_display_request request = {
        .mode = {kind ? 1280u : 1920u, kind ? 720u : 1080u, 60000}, .topology = PF_TOPOLOGY_EXCLUSIVE};
    assert_int_equal(
        pf_registry_acquire(desk.registry, NULL, &backend, &request, NULL, &leases[session], NULL), 0);
    former[session] = leases[session];
}

static int racer, raced_kind;

static void rob(void)
{
    pf_registry_force_release(desk.registry, 0);
}

static void race(void)
{
    take(racer, raced_kind);
}

static void do_acquire(const struct step *s)
{
    model_expire(); /* acquire reaps first */
    int kept = model_kept(s->kind);
    if (s->verb == ACQUIRE_ROBBED) {
        desk.during_probe = rob;
        model_drop_kept();
    }
    if (s->verb == ACQUIRE_DEAD) {
        /* The registry takes the first that fits: the oldest of this kind that nobody holds. */
        struct pf_display_row rows[OUTPUTS];
        size_t n = pf_registry_snapshot(desk.registry, rows, OUTPUTS);
        assert_true((size_t)kept < n);
        for (int i = 0; i < desk.made; i++)
            if (!desk.outputs[i].destroyed && desk.outputs[i].base.source.mode.width == rows[kept].mode.width)
                desk.outputs[i].dead = true; /* and with it all of its kind, so that none is taken */
        for (int i; (i = model_kept(s->kind)) >= 0;)
            model_remove(i);
    }
    if (s->verb == ACQUIRE_RACED) {
        racer = (s->session + 1) % SESSIONS;
        raced_kind = s->kind;
        desk.during_probe = race;
        assert_true(model_acquire(racer, s->kind));
    }
    bool reused = model_acquire(s->session, s->kind);
    take(s->session, s->kind);
    assert_int_equal(leases[s->session].reused, reused);
    assert_null(desk.during_probe);
    for (int i = 0; i < desk.made; i++)
        desk.outputs[i].dead = false; /* those in use were never meant */
}

static void perform(const struct step *s)
{
    switch (s->verb) {
    case ACQUIRE:
    case ACQUIRE_DEAD:
    case ACQUIRE_ROBBED:
    case ACQUIRE_RACED:
        do_acquire(s);
        break;
    case VANISH:
    case QUIT:
        pf_lease_release(&leases[s->session], s->verb == QUIT);
        model_release(s->session, s->verb == QUIT);
        break;
    case FAIL:
        pf_lease_mark_failed(&leases[s->session]);
        model_remove(model_held_by(s->session));
        break;
    case LATE: {
        struct pf_lease copy = former[s->session];
        pf_lease_release(&copy, true);
        break;
    }
    case PASS_TIME:
        desk.now += TICK;
        pf_registry_reap(desk.registry);
        model_expire();
        break;
    case RELEASE_KEPT: {
        unsigned n = pf_registry_force_release(desk.registry, 0);
        assert_int_equal(n, model_drop_kept());
        break;
    }
    }
}

static void compare(void)
{
    struct pf_display_row rows[OUTPUTS];
    size_t n = pf_registry_snapshot(desk.registry, rows, OUTPUTS);
    assert_int_equal(n, model.count);
    assert_int_equal(desk.alive, model.count); /* no leak, no output that went too early */
    assert_int_equal(desk.made, model.made);
    assert_int_equal(
        desk.dark, desk.alive > 0); /* from the first display of the group to its last, no shorter */
    for (size_t i = 0; i < n; i++) {
        const struct shown *m = &model.list[i];
        bool kept = m->holder < 0;
        assert_int_equal(rows[i].mode.width, m->kind ? 1280 : 1920);
        assert_int_equal(rows[i].sessions, kept ? 0 : 1); /* never below, never shared */
        assert_int_equal(rows[i].state, !kept                    ? PF_LIFECYCLE_ACTIVE
                                        : m->until == UINT64_MAX ? PF_LIFECYCLE_PINNED
                                                                 : PF_LIFECYCLE_LINGERING);
        if (!kept)
            assert_int_equal(leases[m->holder].generation, rows[i].slot);
    }
    for (int s = 0; s < SESSIONS; s++)
        assert_int_equal(leases[s].registry != NULL, model_held_by(s) >= 0);
}

/* ---- all histories ---- */

static uint64_t fake_now(void *user)
{
    (void)user;
    return desk.now;
}

static struct pf_linger fake_linger(void *user)
{
    (void)user;
    return linger;
}

static void begin(void)
{
    const struct pf_registry_config config = {.linger = fake_linger, .now_ns = fake_now};
    memset(&desk, 0, sizeof(desk));
    memset(&model, 0, sizeof(model));
    memset(leases, 0, sizeof(leases));
    memset(former, 0, sizeof(former));
    desk.now = TICK;
    assert_int_equal(pf_registry_create(&config, &desk.registry), 0);
}

static void end(void)
{
    pf_registry_destroy(desk.registry);
    assert_int_equal(desk.alive, 0);
    assert_false(desk.dark);
    for (int i = 0; i < desk.made; i++) {
        assert_int_equal(desk.outputs[i].destroyed, 1); /* every create has its one destroy */
        assert_int_equal(desk.outputs[i].restored, desk.outputs[i].has_restore);
    }
}

/* All that the future depends on. */
static uint64_t signature(void)
{
    uint64_t h = 14695981039346656037u;
#define MIX(x) (h = (h ^ (uint64_t)(x)) * 1099511628211u)
    for (int i = 0; i < model.count; i++) {
        const struct shown *m = &model.list[i];
        MIX(m->kind + 1);
        MIX(m->holder + 2);
        MIX(m->until == UINT64_MAX ? 99 : m->holder < 0 ? (m->until - desk.now) / (TICK / 2) : 77);
    }
    MIX(desk.dark);
    for (int s = 0; s < SESSIONS; s++)
        MIX(former[s].registry != NULL);
#undef MIX
    return h;
}

static int add(struct step *out, int n, enum verb verb, int session, int kind)
{
    out[n] = (struct step){verb, session, kind};
    return n + 1;
}

/* What can happen now. */
static int choices(struct step out[64])
{
    int n = 0;
    for (int s = 0; s < SESSIONS; s++) {
        bool holds = model_held_by(s) >= 0, next_is_free = model_held_by((s + 1) % SESSIONS) < 0;
        for (int k = 0; !holds && k < KINDS; k++) {
            bool kept = false;
            for (int i = 0; i < model.count; i++)
                kept |= model.list[i].holder < 0 && model.list[i].kind == k && model.list[i].until > desk.now;
            n = add(out, n, ACQUIRE, s, k);
            if (kept) {
                n = add(out, n, ACQUIRE_DEAD, s, k);
                n = add(out, n, ACQUIRE_ROBBED, s, k);
            }
            if (kept && next_is_free)
                n = add(out, n, ACQUIRE_RACED, s, k);
        }
        if (holds) {
            n = add(out, n, VANISH, s, 0);
            n = add(out, n, QUIT, s, 0);
            n = add(out, n, FAIL, s, 0);
        } else if (former[s].registry) {
            n = add(out, n, LATE, s, 0);
        }
    }
    n = add(out, n, PASS_TIME, 0, 0);
    return add(out, n, RELEASE_KEPT, 0, 0);
}

#define MEMO (1u << 20)
static struct memo {
    uint64_t key, histories;
} * memo;
static unsigned known;
static uint64_t steps_done;

static struct memo *recall(uint64_t key)
{
    unsigned i = (unsigned)(key >> 7) & (MEMO - 1);
    while (memo[i].key && memo[i].key != key)
        i = (i + 1) & (MEMO - 1);
    return &memo[i];
}

static void replay(const struct step *steps, int count)
{
    begin();
    for (int i = 0; i < count; i++) {
        perform(&steps[i]);
        compare();
        steps_done++;
    }
}

/* The steps lead to a state that is set up now; returns how many histories of `left` more steps begin here.
 * The registry is finished on return. */
static uint64_t explore(struct step *steps, int count, int left)
{
    struct memo *m = recall((signature() ^ ((uint64_t)left << 58)) | 1);
    if (m->key || !left) {
        uint64_t histories = m->key ? m->histories : 1;
        end();
        return histories;
    }
    uint64_t key = (signature() ^ ((uint64_t)left << 58)) | 1, sum = 0;
    struct step next[64];
    int n = choices(next);
    end();
    for (int i = 0; i < n; i++) {
        steps[count] = next[i];
        replay(steps, count + 1);
        sum += explore(steps, count + 1, left - 1);
    }
    assert_true(++known < MEMO / 2);
    *recall(key) = (struct memo){key, sum};
    return sum;
}

static void all_histories(struct pf_linger policy, const char *name)
{
    struct step steps[DEPTH];
    linger = policy;
    memo = calloc(MEMO, sizeof(*memo));
    assert_non_null(memo);
    known = 0;
    steps_done = 0;
    begin();
    uint64_t histories = explore(steps, 0, DEPTH);
    print_message("%s: %llu histories of %d steps, %u states, %llu steps performed\n", name,
        (unsigned long long)histories, DEPTH, known, (unsigned long long)steps_done);
    assert_true(histories > 1000000);
    free(memo);
}

static void displays_that_go_at_once(void **state)
{
    all_histories((struct pf_linger){.kind = PF_LINGER_IMMEDIATE}, "immediate");
}

static void displays_that_linger(void **state)
{
    all_histories((struct pf_linger){.kind = PF_LINGER_FOR, .duration_ns = LINGER}, "linger");
}

static void displays_that_stay(void **state)
{
    all_histories((struct pf_linger){.kind = PF_LINGER_FOREVER}, "forever");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(displays_that_go_at_once),
        cmocka_unit_test(displays_that_linger),
        cmocka_unit_test(displays_that_stay),
    };
    setenv("RUST_LOG", "error", 1);
    pf_log_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
