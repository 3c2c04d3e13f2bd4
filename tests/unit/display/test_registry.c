#include "base/time.h"
#include "display/debts.h"
#include "display/registry.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* -- A back end that makes nothing ---------------------------------------------------------------------- */

struct fake_output {
    struct pf_output base;
    int number;
    bool dead;
};

static struct {
    struct pf_registry *registry;
    int made, destroyed;
    bool fail_create, only_one;
    bool with_restore;
    bool unkeepable, looked_after;
    struct fake_output *latest;
    struct pf_display_request request; /* of the latest create */
    char order[256];                   /* what happened: created, destroyed, undone, x: dropped */
    void (*during_create)(void);
    int remode_rc, settles, settles_in_vain;
    struct pf_desktop_env settle_env; /* of the latest settle */
} fake;

static void note(char what, int number)
{
    size_t len = strlen(fake.order);
    snprintf(fake.order + len, sizeof(fake.order) - len, "%c%d ", what, number);
}

/* Deadlocks (and so fails by time-out) if the registry holds its lock. */
static void assert_unlocked(void)
{
    struct pf_display_row row;
    pf_registry_snapshot(fake.registry, &row, 1);
}

static bool fake_alive(struct pf_output *output)
{
    assert_unlocked();
    return !((struct fake_output *)output)->dead;
}

static void fake_destroy(struct pf_output *output)
{
    assert_unlocked();
    struct fake_output *o = (struct fake_output *)output;
    note('d', o->number);
    fake.destroyed++;
    free(o);
}

static void fake_restore(void *data, bool undo)
{
    assert_unlocked();
    note(undo ? 'u' : 'x', *(int *)data);
    free(data);
}

static int fake_remode(struct pf_output *output, const struct pf_mode *mode, const struct pf_cancel *cancel,
    struct pf_error *err)
{
    assert_unlocked();
    if (fake.remode_rc)
        return pf_error_set(err, fake.remode_rc, "the fake keeps its mode");
    output->source = (struct pf_source){.mode = *mode, .node_id = 77};
    return 0;
}

static bool fake_settle(const struct pf_desktop_env *env, struct pf_journal *own)
{
    assert_unlocked();
    fake.settle_env = *env;
    return ++fake.settles > fake.settles_in_vain;
}

static const struct pf_output_ops fake_ops = {.alive = fake_alive, .destroy = fake_destroy};
static const struct pf_output_ops changing_ops = {
    .alive = fake_alive, .remode = fake_remode, .destroy = fake_destroy};

static void fake_look_after(struct pf_output *output)
{
    assert_unlocked();
    note('l', ((struct fake_output *)output)->number);
}

static void fake_change_identity(struct pf_output *output, unsigned identity_slot)
{
    assert_unlocked();
    note('i', (int)identity_slot);
}

static const struct pf_output_ops looked_after_ops = {.alive = fake_alive,
    .look_after = fake_look_after,
    .change_identity = fake_change_identity,
    .destroy = fake_destroy};

static int fake_create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    assert_unlocked();
    fake.request = *request;
    if (fake.during_create)
        fake.during_create();
    if (fake.fail_create)
        return pf_error_set(err, -EIO, "the fake is out of order");
    if (fake.only_one && fake.made > fake.destroyed)
        return pf_error_set(err, -EBUSY, "the fake has one display only");
    struct fake_output *o = calloc(1, sizeof(*o));
    o->number = ++fake.made;
    o->base = (struct pf_output){.ops = fake.looked_after ? &looked_after_ops : &fake_ops,
        .keepable = !fake.unkeepable,
        .only_one = fake.only_one};
    o->base.source.mode = request->mode;
    snprintf(o->base.source.output_name, sizeof(o->base.source.output_name), "FAKE-%d", o->number);
    if (fake.with_restore) {
        int *number = malloc(sizeof(*number));
        *number = o->number;
        o->base.restore = (struct pf_restore){fake_restore, number};
    }
    fake.latest = o;
    note('c', o->number);
    *ret_output = &o->base;
    return 0;
}

static const struct pf_display_backend fake_backend = {.name = "fake", .create = fake_create};
static const struct pf_display_backend other_backend = {.name = "other", .create = fake_create};
static const struct pf_display_backend sway_backend = {
    .name = "sway", .kind = PF_DESKTOP_WLROOTS, .create = fake_create};
static const struct pf_display_backend spawn_backend = {
    .name = "spawn", .create = fake_create, .group_per_output = true};

static int changing_create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    int rc = fake_create(env, request, ret_output, err);
    if (!rc)
        (*ret_output)->ops = &changing_ops;
    return rc;
}

static const struct pf_display_backend changing_backend = {
    .name = "changing", .create = changing_create, .settle = fake_settle};

/* -- Fixture ------------------------------------------------------------------------------------------- */

static uint64_t clock_ns;
static struct pf_linger linger;
static int events[3];

static uint64_t fake_now(void *user)
{
    return clock_ns;
}

static struct pf_linger fake_linger(void *user)
{
    assert_unlocked();
    return linger;
}

static void count_event(void *user, enum pf_registry_event event, const struct pf_display_row *row)
{
    assert_unlocked();
    assert_true(row->slot > 0);
    events[event]++;
}

static const struct pf_linger forever = {.kind = PF_LINGER_FOREVER};
static const struct pf_linger ten_seconds = {.kind = PF_LINGER_FOR, .duration_ns = 10 * PF_NS_PER_S};
static const struct pf_display_request hd = {.mode = {1920, 1080, 60000}};
static const struct pf_display_request small = {.mode = {1280, 720, 60000}};

static int set_up(void **state)
{
    memset(&fake, 0, sizeof(fake));
    memset(events, 0, sizeof(events));
    clock_ns = PF_NS_PER_S;
    linger = (struct pf_linger){0};
    struct pf_registry_config config = {.linger = fake_linger, .event = count_event, .now_ns = fake_now};
    return pf_registry_create(&config, &fake.registry);
}

static int tear_down(void **state)
{
    pf_registry_destroy(fake.registry);
    assert_int_equal(fake.made, fake.destroyed);
    return 0;
}

static struct pf_lease acquire_from(
    const struct pf_display_backend *backend, const struct pf_display_request *request)
{
    struct pf_lease lease = {0};
    struct pf_error err;
    assert_int_equal(pf_registry_acquire(fake.registry, NULL, backend, request, NULL, &lease, &err), 0);
    return lease;
}

static struct pf_lease acquire(const struct pf_display_request *request)
{
    return acquire_from(&fake_backend, request);
}

static struct pf_display_row only_row(void)
{
    struct pf_display_row rows[2];
    assert_int_equal(pf_registry_snapshot(fake.registry, rows, 2), 1);
    return rows[0];
}

static size_t row_count(void)
{
    return pf_registry_snapshot(fake.registry, NULL, 0);
}

/* -- Leases and keeping -------------------------------------------------------------------------------- */

static void unconfigured_displays_go_at_once(void **state)
{
    struct pf_lease lease = acquire(&hd);
    assert_int_equal(only_row().state, PF_LIFECYCLE_ACTIVE);
    assert_int_equal(only_row().sessions, 1);
    pf_lease_release(&lease, false);
    assert_null(lease.registry);
    assert_int_equal(fake.destroyed, 1);
    assert_int_equal(row_count(), 0);
    assert_int_equal(events[PF_DISPLAY_CREATED], 1);
    assert_int_equal(events[PF_DISPLAY_RELEASED], 1);
}

static void reuse_gives_a_new_generation(void **state)
{
    linger = ten_seconds;
    struct pf_lease first = acquire(&hd), late = first;
    pf_lease_release(&first, false);
    assert_int_equal(only_row().state, PF_LIFECYCLE_LINGERING);
    assert_int_equal(only_row().expires_in_ms, 10000);

    struct pf_lease second = acquire(&hd);
    assert_true(second.reused);
    assert_int_equal(fake.made, 1);
    assert_int_not_equal(second.generation, late.generation);
    assert_string_equal(second.source.output_name, "FAKE-1");
    assert_int_equal(events[PF_DISPLAY_REUSED], 1);
    clock_ns += 3 * PF_NS_PER_S;
    assert_int_equal(only_row().age_ms, 3000); /* of the output, not of this use */
    assert_int_equal(only_row().slot, second.generation);
    clock_ns -= 3 * PF_NS_PER_S;

    pf_lease_release(&late, true); /* the former session's second thoughts */
    assert_int_equal(only_row().state, PF_LIFECYCLE_ACTIVE);
    assert_int_equal(fake.destroyed, 0);

    clock_ns += 60 * PF_NS_PER_S; /* nor does its old deadline count */
    pf_registry_reap(fake.registry);
    assert_int_equal(fake.destroyed, 0);
    linger = (struct pf_linger){0};
    pf_lease_release(&second, false);
}

static void double_release_is_harmless(void **state)
{
    linger = forever;
    struct pf_lease lease = acquire(&hd), copy = lease;
    pf_lease_release(&lease, false);
    pf_lease_release(&lease, false);
    pf_lease_release(&copy, false);
    assert_int_equal(only_row().state, PF_LIFECYCLE_PINNED);
    assert_int_equal(only_row().expires_in_ms, -1);
}

static void quitting_skips_a_timed_linger_but_no_pin(void **state)
{
    linger = ten_seconds;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, true);
    assert_int_equal(fake.destroyed, 1);
    linger = forever;
    lease = acquire(&hd);
    pf_lease_release(&lease, true);
    assert_int_equal(only_row().state, PF_LIFECYCLE_PINNED);
}

static void lingering_ends_on_time(void **state)
{
    linger = ten_seconds;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, false);
    clock_ns += 10 * PF_NS_PER_S - 1;
    pf_registry_reap(fake.registry);
    assert_int_equal(row_count(), 1);
    clock_ns++;
    pf_registry_reap(fake.registry);
    assert_int_equal(row_count(), 0);
    assert_int_equal(fake.destroyed, 1);
}

static void acquire_reaps_first(void **state)
{
    linger = ten_seconds;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, false);
    clock_ns += 11 * PF_NS_PER_S;
    lease = acquire(&hd);
    assert_false(lease.reused);
    assert_string_equal(fake.order, "c1 d1 c2 ");
}

static void only_what_fits_is_reused(void **state)
{
    linger = forever;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, false);
    struct pf_display_request others[5] = {hd, hd, hd, hd, hd};
    others[0].mode.width++;
    others[1].mode.refresh_mhz++;
    others[2].hdr = true;
    others[3].hardware_cursor = true;
    others[4].launch = "game";
    for (size_t i = 0; i < 5; i++) {
        lease = acquire(&others[i]);
        assert_false(lease.reused);
    }
    lease = acquire_from(&other_backend, &hd);
    assert_false(lease.reused);
    lease = acquire(&hd);
    assert_true(lease.reused);
    lease = acquire(&hd);
    assert_false(lease.reused); /* one that is in use is never shared */
}

static void a_display_with_a_title_is_its_clients_alone(void **state)
{
    linger = forever;
    struct pf_display_request alice = hd, bob = hd;
    alice.client = "Alice";
    bob.client = "Bob";
    alice.launch = bob.launch = "steam:570";
    struct pf_lease a = acquire(&alice);
    pf_lease_release(&a, false);
    struct pf_lease b = acquire(&bob);
    assert_false(b.reused);
    a = acquire(&alice);
    assert_true(a.reused);
}

static void a_client_gets_its_own_display_back(void **state)
{
    linger = forever;
    struct pf_display_request alice = hd, bob = hd, eve = hd;
    alice.client = "Alice";
    bob.client = "Bob";
    eve.client = "Eve";
    struct pf_lease a = acquire(&alice), b = acquire(&bob);
    pf_lease_release(&a, false);
    pf_lease_release(&b, false);

    b = acquire(&bob);
    assert_true(b.reused);
    assert_string_equal(b.source.output_name, "FAKE-2");
    a = acquire(&eve); /* what nobody uses is anybody's */
    assert_string_equal(a.source.output_name, "FAKE-1");
    pf_lease_release(&a, false);
    pf_lease_release(&b, false);
}

static void dead_kept_display_is_replaced(void **state)
{
    linger = forever;
    fake.with_restore = true;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, false);
    fake.latest->dead = true;
    lease = acquire(&hd);
    assert_false(lease.reused);
    assert_string_equal(fake.order, "c1 u1 d1 c2 ");
}

static void the_only_display_is_not_kept_from_others(void **state)
{
    struct pf_lease other;
    linger = forever;
    fake.only_one = true;
    struct pf_lease lease = acquire(&hd);
    assert_int_equal(
        pf_registry_acquire(fake.registry, NULL, &fake_backend, &small, NULL, &other, NULL), -EBUSY);
    pf_lease_release(&lease, false);
    lease = acquire(&small);
    assert_false(lease.reused);
    assert_string_equal(fake.order, "c1 d1 c2 ");
}

static void the_only_display_changes_for_others(void **state)
{
    linger = forever;
    fake.only_one = true;
    struct pf_lease lease = acquire_from(&changing_backend, &hd);
    pf_lease_release(&lease, false);
    lease = acquire_from(&changing_backend, &small);
    assert_true(lease.reused && lease.in_place);
    assert_int_equal(lease.source.mode.width, 1280);
    assert_int_equal(only_row().mode.width, 1280);
    assert_int_equal(only_row().slot, lease.generation);
    assert_string_equal(fake.order, "c1 ");
    pf_lease_release(&lease, false);
    fake.remode_rc = -EIO; /* then it has to go */
    lease = acquire_from(&changing_backend, &hd);
    assert_false(lease.reused);
    assert_int_equal(lease.source.mode.width, 1920);
    assert_string_equal(fake.order, "c1 d1 c2 ");
    pf_lease_release(&lease, false);

    struct pf_display_request titled = small; /* nobody's title is anybody else's */
    titled.launch = "steam:570";
    fake.remode_rc = 0;
    lease = acquire_from(&changing_backend, &titled);
    assert_false(lease.reused);
}

static void unkeepable_displays_are_never_kept(void **state)
{
    linger = forever;
    fake.unkeepable = true;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, false);
    assert_int_equal(fake.destroyed, 1);
}

static void failed_and_superseded_displays_are_not_kept(void **state)
{
    linger = forever;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, false);
    lease = acquire(&hd);
    assert_true(lease.reused);
    pf_lease_mark_failed(&lease);
    assert_int_equal(row_count(), 0);
    lease = acquire(&small);
    pf_lease_retire(&lease);
    assert_int_equal(row_count(), 0);
    pf_lease_retire(&lease);
}

static void failed_creation_leaves_nothing(void **state)
{
    struct pf_lease lease = {.generation = 77};
    struct pf_error err;
    fake.fail_create = true;
    int rc = pf_registry_acquire(fake.registry, NULL, &fake_backend, &hd, NULL, &lease, &err);
    assert_int_equal(rc, -EIO);
    assert_string_equal(err.text, "the fake is out of order");
    assert_int_equal(lease.generation, 77);
    assert_int_equal(row_count(), 0);
    fake.fail_create = false;
    lease = acquire(&hd); /* and blocks nobody */
    pf_lease_release(&lease, false);
}

/* -- Force, invalidation, epochs ------------------------------------------------------------------------ */

static void force_release_spares_the_living(void **state)
{
    linger = forever;
    struct pf_lease used = acquire(&hd), kept[3];
    for (size_t i = 0; i < 3; i++)
        kept[i] = acquire(&small);
    uint64_t slot = kept[1].generation;
    for (size_t i = 0; i < 3; i++)
        pf_lease_release(&kept[i], false);

    assert_int_equal(pf_registry_force_release(fake.registry, 12345), 0);
    assert_int_equal(pf_registry_force_release(fake.registry, used.generation), 0);
    assert_int_equal(pf_registry_force_release(fake.registry, slot), 1);
    assert_int_equal(pf_registry_force_release(fake.registry, slot), 0);
    assert_int_equal(pf_registry_force_release(fake.registry, 0), 2);
    assert_int_equal(pf_registry_force_release(fake.registry, 0), 0);
    assert_int_equal(only_row().slot, used.generation);
}

static void displays_are_looked_after_as_long_as_they_are_there(void **state)
{
    linger = forever;
    struct pf_lease plain = acquire(&hd); /* nothing is to be done for it */
    fake.looked_after = true;
    struct pf_lease used = acquire(&hd), kept = acquire(&small);
    pf_lease_release(&kept, false);
    pf_registry_look_after(fake.registry);
    assert_string_equal(fake.order, "c1 c2 c3 l2 l3 ");
    pf_registry_force_release(fake.registry, 0);
    pf_registry_look_after(fake.registry);
    assert_string_equal(fake.order, "c1 c2 c3 l2 l3 d3 l2 ");
    pf_lease_retire(&used);
    pf_lease_retire(&plain);
}

static void a_display_is_told_its_new_identity(void **state)
{
    linger = forever;
    fake.looked_after = true;
    struct pf_display_request alice = hd, bob = hd;
    alice.identity_slot = 1;
    bob.identity_slot = 2;
    const struct pf_display_request *const takers[] = {&alice, &alice, &bob, &bob, &hd, &alice};
    for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++) {
        struct pf_lease lease = acquire(takers[i]);
        assert_int_equal(lease.reused, i > 0);
        assert_int_equal(only_row().identity_slot, takers[i]->identity_slot);
        pf_lease_release(&lease, false);
    }
    assert_string_equal(fake.order, "c1 i2 i0 i1 ");
}

static struct pf_desktop_env sway(const char *socket)
{
    struct pf_desktop_env env = {.kind = PF_DESKTOP_WLROOTS};
    strcpy(env.sway_socket, socket);
    return env;
}

static struct pf_lease acquire_in(const struct pf_desktop_env *env, const struct pf_display_request *request)
{
    struct pf_lease lease = {0};
    assert_int_equal(pf_registry_acquire(fake.registry, env, &sway_backend, request, NULL, &lease, NULL), 0);
    return lease;
}

static void a_new_desktop_session_forgets_the_old_one(void **state)
{
    struct pf_desktop_env first = sway("/run/sway-ipc.1.100.sock"), second = sway("/run/sway-ipc.1.200.sock"),
                          dead = sway("");
    linger = forever;
    fake.with_restore = true;
    struct pf_lease used = acquire_in(&first, &hd), kept = acquire_in(&first, &small);
    pf_lease_release(&kept, false);
    pf_registry_observe(fake.registry, &dead); /* nobody answers: that is no other desktop */
    pf_registry_observe(fake.registry, &first);
    assert_int_equal(row_count(), 2);

    struct pf_lease fresh = acquire_in(&second, &small);
    assert_false(fresh.reused);
    assert_int_equal(only_row().slot, fresh.generation);
    assert_string_equal(fake.order, "c1 c2 x2 x1 d1 d2 c3 "); /* nothing is put back in a dead compositor */
    pf_lease_release(&used, false);                           /* late and harmless */
    assert_int_equal(only_row().state, PF_LIFECYCLE_ACTIVE);
    pf_lease_release(&fresh, false);
}

static void kept_displays_of_an_older_session_go(void **state)
{
    struct pf_desktop_env first = sway("/run/sway-ipc.1.100.sock"), second = sway("/run/sway-ipc.1.200.sock");
    linger = forever;
    pf_registry_observe(fake.registry, &first);
    struct pf_lease used = acquire(&hd), kept = acquire(&small), spawned = acquire_from(&spawn_backend, &hd);
    pf_lease_release(&kept, false);
    pf_lease_release(&spawned, false);
    pf_registry_observe(fake.registry, &second);
    pf_registry_reap(fake.registry);
    assert_string_equal(fake.order, "c1 c2 c3 d2 ");
    pf_lease_release(&used, false); /* becomes kept, but must not be taken again */
    used = acquire(&hd);
    assert_false(used.reused);
    spawned = acquire_from(&spawn_backend, &hd);
    assert_true(spawned.reused);
}

/* -- Topology ------------------------------------------------------------------------------------------ */

static void restore_runs_before_the_output_goes(void **state)
{
    fake.with_restore = true;
    struct pf_lease lease = acquire(&hd);
    pf_lease_release(&lease, false);
    assert_string_equal(fake.order, "c1 u1 d1 ");
}

static void restore_is_handed_to_a_sibling(void **state)
{
    fake.with_restore = true;
    struct pf_lease a = acquire(&hd);
    fake.with_restore = false;
    struct pf_lease other = acquire_from(&other_backend, &hd), b = acquire(&hd);
    pf_lease_release(&a, false);
    pf_lease_release(&other, false); /* another group gets nothing */
    assert_string_equal(fake.order, "c1 c2 c3 d1 d2 ");
    pf_lease_release(&b, false);
    assert_string_equal(fake.order, "c1 c2 c3 d1 d2 u1 d3 ");
}

static void restore_stays_with_its_spawn(void **state)
{
    fake.with_restore = true;
    struct pf_lease a = acquire_from(&spawn_backend, &hd), b = acquire_from(&spawn_backend, &hd);
    pf_lease_release(&a, false);
    pf_lease_release(&b, false);
    assert_string_equal(fake.order, "c1 c2 u1 d1 u2 d2 ");
}

static void first_restore_is_kept(void **state)
{
    fake.with_restore = true;
    struct pf_lease a = acquire(&hd), b = acquire(&hd);
    assert_string_equal(fake.order, "c1 c2 x2 "); /* the second saw our own changes */
    pf_lease_release(&a, false);
    pf_lease_release(&b, false);
    assert_string_equal(fake.order, "c1 c2 x2 d1 u1 d2 ");
}

static void first_in_group_is_told(void **state)
{
    linger = forever;
    struct pf_lease a = acquire(&hd);
    assert_true(fake.request.first_in_group);
    struct pf_lease b = acquire(&hd);
    assert_false(fake.request.first_in_group);
    struct pf_lease c = acquire_from(&other_backend, &hd);
    assert_true(fake.request.first_in_group);
    pf_lease_release(&a, false);
    pf_lease_release(&c, false);
    a = acquire(&small);
    assert_false(fake.request.first_in_group);
    pf_lease_release(&b, false);
    /* The lease that is being replaced is no sibling. */
    struct pf_lease d;
    struct pf_display_request wide = {.mode = {2560, 1080, 60000}};
    assert_int_equal(pf_registry_acquire(fake.registry, NULL, &fake_backend, &wide, &a, &d, NULL), 0);
    assert_true(fake.request.first_in_group);
}

/* -- Another mode in place ------------------------------------------------------------------------------ */

static void a_mode_is_changed_in_place(void **state)
{
    struct pf_lease plain = acquire(&hd), lease = acquire_from(&changing_backend, &hd);
    struct pf_error err;
    assert_false(plain.in_place);
    assert_int_equal(pf_lease_remode(&plain, &small.mode, NULL, &err), -ENOTSUP);
    pf_lease_release(&plain, true);

    assert_true(lease.in_place);
    uint64_t slot = lease.generation;
    assert_int_equal(pf_lease_remode(&lease, &small.mode, NULL, &err), 0);
    assert_int_equal(lease.source.node_id, 77);
    assert_int_equal(lease.source.mode.width, 1280);
    assert_int_equal(only_row().mode.width, 1280);
    assert_int_equal(only_row().slot, slot);
    fake.remode_rc = -EIO;
    assert_int_equal(pf_lease_remode(&lease, &hd.mode, NULL, &err), -EIO);
    assert_string_equal(err.text, "the fake keeps its mode");
    assert_int_equal(lease.source.mode.width, 1280);
    assert_int_equal(only_row().mode.width, 1280);

    linger = forever; /* it is kept for who wants the mode that it has */
    pf_lease_release(&lease, false);
    assert_int_equal(pf_lease_remode(&lease, &hd.mode, NULL, &err), -ENODEV);
    lease = acquire_from(&changing_backend, &small);
    assert_true(lease.reused);
    assert_int_equal(fake.made, 2);
}

/* -- What could not be undone --------------------------------------------------------------------------- */

static void pauses_between_tries_grow(void **state)
{
    struct pf_debts debts = {0};
    struct pf_debt due;
    assert_true(pf_debts_next(&debts) == UINT64_MAX);
    pf_debts_owe(&debts, &fake_backend, 0);
    pf_debts_owe(&debts, &other_backend, PF_NS_PER_S);
    assert_true(pf_debts_next(&debts) == 2 * PF_NS_PER_S);
    assert_false(pf_debts_find_due(&debts, 2 * PF_NS_PER_S - 1, &due));
    uint64_t now = 0;
    static const unsigned pauses[] = {2, 4, 8, 16, 32, 60, 60};
    for (size_t i = 0; i < 7; i++) {
        now += pauses[i] * PF_NS_PER_S;
        assert_true(pf_debts_find_due(&debts, now, &due));
        assert_ptr_equal(due.backend, &fake_backend);
        assert_true(due.due_ns == now);
        pf_debts_tried(&debts, &due, false, now);
    }
    pf_debts_owe(&debts, &fake_backend, now); /* another one went: soon again, and not forgotten below */
    pf_debts_tried(&debts, &due, true, now);
    assert_true(pf_debts_find_due(&debts, now + 2 * PF_NS_PER_S, &due));
    assert_ptr_equal(due.backend, &fake_backend);
    pf_debts_tried(&debts, &due, true, now);
    assert_true(pf_debts_find_due(&debts, now, &due));
    assert_ptr_equal(due.backend, &other_backend); /* each has its own */
    pf_debts_tried(&debts, &due, true, now);
    assert_true(pf_debts_next(&debts) == UINT64_MAX);
}

static void what_could_not_be_undone_is_tried_again(void **state)
{
    fake.settles_in_vain = 2;
    struct pf_lease lease = acquire_from(&changing_backend, &hd), other = acquire(&hd);
    pf_lease_release(&other, true);
    pf_registry_reap(fake.registry);
    clock_ns += 60 * PF_NS_PER_S;
    pf_registry_reap(fake.registry);
    assert_int_equal(fake.settles, 0); /* nothing has gone */
    pf_lease_release(&lease, true);
    pf_registry_reap(fake.registry);
    assert_int_equal(fake.settles, 0);
    for (int i = 1; i <= 3; i++) {
        clock_ns += 60 * PF_NS_PER_S;
        pf_registry_reap(fake.registry);
        assert_int_equal(fake.settles, i);
    }
    clock_ns += 600 * PF_NS_PER_S; /* done */
    pf_registry_reap(fake.registry);
    assert_int_equal(fake.settles, 3);
    fake.fail_create = true; /* a creation may have left something as well */
    assert_int_equal(
        pf_registry_acquire(fake.registry, NULL, &changing_backend, &hd, NULL, &lease, NULL), -EIO);
    clock_ns += 2 * PF_NS_PER_S;
    pf_registry_reap(fake.registry);
    assert_int_equal(fake.settles, 4);
}

static void undoing_needs_no_desktop(void **state)
{
    struct pf_lease lease = acquire_from(&changing_backend, &hd);
    pf_lease_release(&lease, true);
    clock_ns += 60 * PF_NS_PER_S;
    setenv("PUNKTFUNK_COMPOSITOR", "windowmaker", 1);
    setenv("XDG_RUNTIME_DIR", "/run/of-this-user", 1);
    pf_registry_reap(fake.registry);
    unsetenv("PUNKTFUNK_COMPOSITOR");
    unsetenv("XDG_RUNTIME_DIR");
    assert_int_equal(fake.settles, 1);
    assert_int_equal(fake.settle_env.kind, PF_DESKTOP_NONE);
    assert_string_equal(fake.settle_env.runtime_dir, "/run/of-this-user");
}

/* -- Rows ---------------------------------------------------------------------------------------------- */

static bool manual(void *user, unsigned identity_slot, int32_t *ret_x, int32_t *ret_y)
{
    assert_unlocked();
    if (identity_slot != 3)
        return false;
    *ret_x = 100;
    *ret_y = -50;
    return true;
}

static void rows_say_everything(void **state)
{
    linger = ten_seconds;
    struct pf_display_request wish = hd;
    wish.client = "Couch";
    wish.identity_slot = 4;
    wish.topology = PF_TOPOLOGY_EXCLUSIVE;
    struct pf_lease a = acquire_from(&spawn_backend, &hd), b = acquire(&small), c = acquire(&wish);
    pf_lease_release(&b, false);
    clock_ns += 1500 * PF_NS_PER_MS;

    struct pf_display_row rows[3];
    assert_int_equal(pf_registry_snapshot(fake.registry, rows, 3), 3);
    assert_int_equal(rows[0].slot, a.generation);
    assert_string_equal(rows[0].backend, "spawn");
    assert_string_equal(rows[0].client, "");
    assert_int_equal(rows[0].group, 1);
    assert_int_equal(rows[1].group, 2);
    assert_int_equal(rows[1].state, PF_LIFECYCLE_LINGERING);
    assert_int_equal(rows[1].sessions, 0);
    assert_int_equal(rows[1].expires_in_ms, 8500);
    assert_int_equal(rows[2].slot, c.generation);
    assert_int_equal(rows[2].group, 2);
    assert_int_equal(rows[2].display_index, 1);
    assert_int_equal(rows[2].x, 1280);
    assert_int_equal(rows[2].y, 0);
    assert_int_equal(rows[2].identity_slot, 4);
    assert_int_equal(rows[2].topology, PF_TOPOLOGY_EXCLUSIVE);
    assert_string_equal(rows[2].client, "Couch");
    assert_string_equal(rows[2].output, "FAKE-3");
    assert_int_equal(rows[2].age_ms, 1500);
    assert_int_equal(rows[1].age_ms, 1500);
    assert_int_equal(fake.request.x, 1280);

    pf_lease_release(&a, true);
    pf_registry_snapshot(fake.registry, rows, 3);
    assert_int_equal(rows[0].group, 2); /* nobody is renumbered */
}

static void manual_positions_come_from_the_policy(void **state)
{
    pf_registry_destroy(fake.registry);
    struct pf_registry_config config = {.position = manual, .now_ns = fake_now};
    assert_int_equal(pf_registry_create(&config, &fake.registry), 0);
    struct pf_display_request wish = hd;
    wish.identity_slot = 3;
    acquire(&wish);
    assert_int_equal(fake.request.x, 100);
    assert_int_equal(fake.request.y, -50);
    wish.identity_slot = 2;
    acquire(&wish);
    assert_int_equal(fake.request.x, 2020);
    assert_int_equal(fake.request.y, 0);
}

/* -- Threads ------------------------------------------------------------------------------------------- */

static atomic_int inside, overlaps;

static void look_for_company(void)
{
    if (atomic_fetch_add(&inside, 1))
        atomic_fetch_add(&overlaps, 1);
    pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_MS);
    atomic_fetch_sub(&inside, 1);
}

static void *come_and_go(void *arg)
{
    struct pf_registry *r = arg;
    for (int i = 0; i < 20; i++) {
        struct pf_lease lease;
        if (pf_registry_acquire(r, NULL, &fake_backend, i % 2 ? &hd : &small, NULL, &lease, NULL) == 0)
            pf_lease_release(&lease, i % 3 == 0);
        struct pf_display_row rows[4];
        pf_registry_snapshot(r, rows, 4);
    }
    return NULL;
}

static struct pf_linger millisecond(void *user)
{
    return (struct pf_linger){.kind = PF_LINGER_FOR, .duration_ns = PF_NS_PER_MS};
}

static void many_threads_and_the_reaper(void **state)
{
    pf_registry_destroy(fake.registry);
    struct pf_registry_config config = {.linger = millisecond};
    assert_int_equal(pf_registry_create(&config, &fake.registry), 0);
    fake.during_create = look_for_company;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, fake.registry), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(overlaps, 0);
    while (row_count()) /* the reaper takes what still lingers; the test's own limit ends an endless wait */
        pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_MS);
}

/* A back end whose creation takes until nobody wants it any more. */
static atomic_int waiting;

static int endless_create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    atomic_fetch_add(&waiting, 1);
    pf_cancel_sleep_until(request->cancel, pf_time_mono_ns() + 3600 * PF_NS_PER_S);
    atomic_fetch_sub(&waiting, 1);
    return pf_error_set(err, -ECANCELED, "nobody waits any more");
}

static const struct pf_display_backend endless_backend = {.name = "endless", .create = endless_create};
static const struct pf_display_backend endless_spawn = {
    .name = "endless spawn", .create = endless_create, .group_per_output = true};

struct endless {
    pthread_t thread;
    const struct pf_display_backend *backend;
    struct pf_cancel cancel;
    int rc;
};

static void *want(void *arg)
{
    struct endless *e = arg;
    struct pf_display_request request = hd;
    struct pf_lease lease;
    request.cancel = &e->cancel;
    e->rc = pf_registry_acquire(fake.registry, NULL, e->backend, &request, NULL, &lease, NULL);
    return NULL;
}

/* The test's own limit ends an endless wait. */
static void start_endless(struct endless *e, const struct pf_display_backend *backend, int waits)
{
    *e = (struct endless){.backend = backend};
    assert_int_equal(pf_cancel_init(&e->cancel), 0);
    assert_int_equal(pthread_create(&e->thread, NULL, want, e), 0);
    while (atomic_load(&waiting) < waits)
        pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_MS);
}

static void end_endless(struct endless *e)
{
    pf_cancel_set(&e->cancel);
    pthread_join(e->thread, NULL);
    pf_cancel_finish(&e->cancel);
    assert_int_equal(e->rc, -ECANCELED);
}

static void who_waits_holds_up_his_group_only(void **state)
{
    struct endless first, second, spawns[2];
    start_endless(&first, &endless_backend, 1);
    start_endless(&spawns[0], &endless_spawn, 2);
    start_endless(&spawns[1], &endless_spawn, 3); /* each is a group */
    struct pf_lease lease = acquire(&hd);         /* so is another back end */
    linger = forever;
    pf_lease_release(&lease, false);
    assert_int_equal(pf_registry_force_release(fake.registry, 0), 1);
    start_endless(&second, &endless_backend, 3); /* waits for its turn */
    end_endless(&second);
    assert_int_equal(atomic_load(&waiting), 3);
    end_endless(&first);
    end_endless(&spawns[0]);
    end_endless(&spawns[1]);
}

static void what_is_cancelled_is_not_begun(void **state)
{
    struct pf_lease lease = {.generation = 7};
    struct pf_cancel cancel;
    struct pf_display_request request = hd;
    struct pf_error err;
    assert_int_equal(pf_cancel_init(&cancel), 0);
    pf_cancel_set(&cancel);
    request.cancel = &cancel;
    assert_int_equal(
        pf_registry_acquire(fake.registry, NULL, &fake_backend, &request, NULL, &lease, &err), -ECANCELED);
    assert_string_equal(err.text, "no display is made: nobody waits for it any more");
    assert_int_equal(fake.made, 0);
    assert_int_equal(lease.generation, 7);
    lease = acquire_from(&changing_backend, &hd);
    assert_int_equal(pf_lease_remode(&lease, &small.mode, &cancel, &err), -ECANCELED);
    assert_int_equal(only_row().mode.width, 1920);
    pf_cancel_finish(&cancel);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(unconfigured_displays_go_at_once),
        T(reuse_gives_a_new_generation),
        T(double_release_is_harmless),
        T(quitting_skips_a_timed_linger_but_no_pin),
        T(lingering_ends_on_time),
        T(acquire_reaps_first),
        T(only_what_fits_is_reused),
        T(a_display_with_a_title_is_its_clients_alone),
        T(a_client_gets_its_own_display_back),
        T(dead_kept_display_is_replaced),
        T(the_only_display_is_not_kept_from_others),
        T(the_only_display_changes_for_others),
        T(unkeepable_displays_are_never_kept),
        T(failed_and_superseded_displays_are_not_kept),
        T(failed_creation_leaves_nothing),
        T(force_release_spares_the_living),
        T(displays_are_looked_after_as_long_as_they_are_there),
        T(a_display_is_told_its_new_identity),
        T(a_new_desktop_session_forgets_the_old_one),
        T(kept_displays_of_an_older_session_go),
        T(restore_runs_before_the_output_goes),
        T(restore_is_handed_to_a_sibling),
        T(restore_stays_with_its_spawn),
        T(first_restore_is_kept),
        T(first_in_group_is_told),
        T(a_mode_is_changed_in_place),
        T(pauses_between_tries_grow),
        T(what_could_not_be_undone_is_tried_again),
        T(undoing_needs_no_desktop),
        T(rows_say_everything),
        T(manual_positions_come_from_the_policy),
        T(many_threads_and_the_reaper),
        T(who_waits_holds_up_his_group_only),
        T(what_is_cancelled_is_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
