/* The service with an injector that writes down what it is told. */
#include "input/service.h"

#include "base/time.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#define LOG_MAX 4096

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct pf_input log[LOG_MAX];
    unsigned logged, opened, destroyed, begun, batches;
    unsigned now, refused; /* events that inject_now was asked for; those that it left to inject */
    bool refuse;
    bool no_target, hold; /* hold: inject waits */
    char output[16];
    char places[8][16]; /* output of every open */
    int open_rc, inject_rc, dispatch_rc;
    struct pf_injector injector;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    pthread_mutex_lock(&fake.lock);
    fake.begun++;
    pthread_cond_broadcast(&fake.changed);
    while (fake.hold)
        pthread_cond_wait(&fake.changed, &fake.lock);
    int rc = fake.inject_rc;
    fake.inject_rc = 0;
    for (size_t i = 0; rc == 0 && i < count && fake.logged < LOG_MAX; i++)
        fake.log[fake.logged++] = events[i];
    fake.batches++;
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
    return rc;
}

static int inject_now(struct pf_injector *injector, const struct pf_input *event)
{
    pthread_mutex_lock(&fake.lock);
    bool refuses = fake.refuse || fake.logged == LOG_MAX;
    fake.now += !refuses;
    fake.refused += refuses;
    if (!refuses)
        fake.log[fake.logged++] = *event;
    pthread_mutex_unlock(&fake.lock);
    return refuses ? -EAGAIN : 0;
}

static int dispatch(struct pf_injector *injector)
{
    pthread_mutex_lock(&fake.lock);
    int rc = fake.dispatch_rc;
    fake.dispatch_rc = 0;
    pthread_mutex_unlock(&fake.lock);
    return rc;
}

static void destroy(struct pf_injector *injector)
{
    pthread_mutex_lock(&fake.lock);
    fake.destroyed++;
    close(injector->fd);
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
}

static const struct pf_injector_ops ops = {.inject = inject, .dispatch = dispatch, .destroy = destroy};

static const struct pf_injector_ops quick_ops = {
    .inject = inject, .inject_now = inject_now, .dispatch = dispatch, .destroy = destroy};

static int open_fake(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    pthread_mutex_lock(&fake.lock);
    int rc = fake.open_rc;
    fake.open_rc = 0;
    snprintf(fake.places[fake.opened++ % 8], sizeof(fake.places[0]), "%.15s", target->source.output_name);
    fake.injector = (struct pf_injector){.ops = &ops, .fd = rc ? -1 : eventfd(0, 0)};
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
    if (rc)
        return pf_error_set(err, rc, "the fake does not open");
    *ret_injector = &fake.injector;
    return 0;
}

static int open_quick(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    int rc = open_fake(target, ret_injector, err);
    if (rc == 0)
        (*ret_injector)->ops = &quick_ops;
    return rc;
}

static bool target(void *user, struct pf_input_target *ret_target)
{
    pthread_mutex_lock(&fake.lock);
    bool there = !fake.no_target;
    ret_target->source.kind = PF_SOURCE_WAYLAND;
    snprintf(ret_target->source.output_name, sizeof(ret_target->source.output_name), "%s", fake.output);
    pthread_mutex_unlock(&fake.lock);
    return there;
}

static int setup(void **state)
{
    fake.logged = fake.opened = fake.destroyed = fake.begun = fake.batches = 0;
    fake.now = fake.refused = 0;
    fake.no_target = fake.hold = fake.refuse = false;
    fake.open_rc = fake.inject_rc = fake.dispatch_rc = 0;
    strcpy(fake.output, "A");
    return 0;
}

static struct pf_input_service *start_with(
    uint64_t retry_ns, int (*open)(const struct pf_input_target *, struct pf_injector **, struct pf_error *))
{
    struct pf_input_service *s;
    struct pf_error err;
    const struct pf_input_service_config config = {
        .target = target, .open = open, .retry_ns = retry_ns, .label = "test"};
    assert_int_equal(pf_input_service_start(&config, &s, &err), 0);
    return s;
}

static struct pf_input_service *start(uint64_t retry_ns)
{
    return start_with(retry_ns, open_fake);
}

static void push(struct pf_input_service *s, uint8_t kind, uint32_t code, int32_t x, int32_t y)
{
    struct pf_input event;
    if (pf_input_of_wire(&(struct pf_input_event){.kind = kind, .code = code, .x = x, .y = y}, &event))
        pf_input_service_push(s, &event);
}

static void wait_for(const unsigned *counter, unsigned n)
{
    pthread_mutex_lock(&fake.lock);
    while (*counter < n)
        pthread_cond_wait(&fake.changed, &fake.lock);
    pthread_mutex_unlock(&fake.lock);
}

static void set(void *where, const void *value, size_t size)
{
    pthread_mutex_lock(&fake.lock);
    memcpy(where, value, size);
    pthread_cond_broadcast(&fake.changed);
    pthread_mutex_unlock(&fake.lock);
}
#define SET(field, value)                                                                                    \
    do {                                                                                                     \
        __typeof__(fake.field) v_ = value;                                                                   \
        set(&fake.field, &v_, sizeof(v_));                                                                   \
    } while (0)

static void expect(unsigned i, enum pf_input_type type, uint32_t code, bool down)
{
    assert_int_equal(fake.log[i].type, type);
    assert_int_equal(fake.log[i].code, code);
    assert_int_equal(fake.log[i].down, down);
}

static void what_cannot_be_is_not_tried_again(void **state)
{
    SET(open_rc, -ENOTSUP);
    struct pf_input_service *s = start(1);
    struct pf_input_service_stats stats = {0};
    wait_for(&fake.opened, 1);
    for (unsigned i = 1; i <= 5; i++) {
        push(s, PF_INPUT_MOUSE_MOVE, 0, 1, 1);
        while (stats.lost < i)
            pf_input_service_stats(s, &stats);
    }
    assert_int_equal(fake.opened, 1);
    SET(output[0], 'B'); /* another display, another chance */
    pf_input_service_look(s);
    wait_for(&fake.opened, 2);
    pf_input_service_destroy(s);
}

static void without_a_display_nothing_is_opened(void **state)
{
    struct pf_input_service_stats stats;
    SET(no_target, true);
    struct pf_input_service *s = start(0);
    pf_input_service_look(s);
    push(s, PF_INPUT_PAD_BUTTON, 1, 1, 0); /* no injector's business */
    push(s, PF_INPUT_BUTTON_DOWN, 1, 0, 0);
    do
        pf_input_service_stats(s, &stats);
    while (!stats.lost);
    pf_input_service_destroy(s);
    assert_int_equal(stats.lost, 1);
    assert_int_equal(fake.opened, 0);
}

/* Programs meet keyboard and pointer before the first event, whether they were told of the display or not. */
static void it_opens_with_the_display_without_any_event(void **state)
{
    SET(no_target, true);
    struct pf_input_service *s = start(0);
    SET(no_target, false);
    wait_for(&fake.opened, 1);
    set(fake.output, "B", 2);
    pf_input_service_look(s);
    wait_for(&fake.opened, 2);
    pf_input_service_destroy(s);
    assert_string_equal(fake.places[1], "B");
    assert_int_equal(fake.destroyed, 2);
    assert_int_equal(fake.logged, 0);
}

static void a_failure_is_tried_again_without_any_event(void **state)
{
    SET(open_rc, -ECONNREFUSED);
    struct pf_input_service *s = start(1);
    wait_for(&fake.opened, 2);
    pf_input_service_destroy(s);
    assert_int_equal(fake.destroyed, 1);
}

static void another_display_is_no_reason_to_wait(void **state)
{
    SET(open_rc, -ECONNREFUSED);
    struct pf_input_service *s = start(3600 * PF_NS_PER_S);
    wait_for(&fake.opened, 1);
    set(fake.output, "B", 2);
    pf_input_service_look(s);
    wait_for(&fake.opened, 2);
    pf_input_service_destroy(s);
}

static void events_arrive_in_order_and_what_is_held_is_let_go(void **state)
{
    struct pf_input_service *s = start(0);
    push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
    push(s, PF_INPUT_BUTTON_DOWN, 1, 0, 0);
    push(s, PF_INPUT_KEY_UP, 0x42, 0, 0); /* never was down */
    push(s, PF_INPUT_BUTTON_DOWN, 2, 0, 0);
    wait_for(&fake.logged, 3);
    pf_input_service_destroy(s);
    assert_int_equal(fake.opened, 1);
    assert_int_equal(fake.destroyed, 1);
    assert_int_equal(fake.logged, 6);
    expect(0, PF_INPUT_KEY, 30, true);
    expect(1, PF_INPUT_BUTTON, 0x110, true);
    expect(2, PF_INPUT_BUTTON, 0x112, true);
    expect(3, PF_INPUT_BUTTON, 0x110, false);
    expect(4, PF_INPUT_BUTTON, 0x112, false);
    expect(5, PF_INPUT_KEY, 30, false);
}

/* While the injector works on one event the others wait: neighbours become one. */
static void what_waits_is_merged(void **state)
{
    struct pf_input_service *s = start(0);
    SET(hold, true);
    push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
    wait_for(&fake.begun, 1);
    push(s, PF_INPUT_MOUSE_MOVE, 0, 1, 2);
    push(s, PF_INPUT_MOUSE_MOVE, 0, 3, 4);
    push(s, PF_INPUT_SCROLL, 0, 30, 0);
    push(s, PF_INPUT_SCROLL, 1, 30, 0);
    SET(hold, false);
    wait_for(&fake.logged, 4);
    pf_input_service_destroy(s);
    assert_int_equal(fake.log[1].x, 4);
    assert_int_equal(fake.log[1].y, 6);
    assert_int_equal(fake.log[2].x, 30);
    assert_true(fake.log[3].horizontal);
}

static void a_full_queue_drops_the_newest(void **state)
{
    struct pf_input_service_stats stats;
    struct pf_input_service *s = start(0);
    SET(hold, true);
    push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
    wait_for(&fake.begun, 1);
    do { /* the first one leaves the queue a little later */
        push(s, PF_INPUT_BUTTON_DOWN, 1, 0, 0);
        pf_input_service_stats(s, &stats);
    } while (!stats.dropped);
    push(s, PF_INPUT_BUTTON_DOWN, 3, 0, 0);
    SET(hold, false);
    wait_for(&fake.logged, 1 + PF_INPUT_QUEUE);
    pf_input_service_stats(s, &stats);
    assert_int_equal(stats.dropped, 2);
    pf_input_service_destroy(s);
    for (unsigned i = 0; i < fake.logged; i++)
        assert_int_not_equal(fake.log[i].code, 0x111);
}

static void input_follows_the_display(void **state)
{
    struct pf_input_service *s = start(0);
    push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
    wait_for(&fake.logged, 1);
    SET(no_target, true); /* it is being rebuilt: the old injector still takes the key's release */
    push(s, PF_INPUT_KEY_DOWN, 0x42, 0, 0);
    wait_for(&fake.logged, 2);
    set(fake.output, "B", 2);
    SET(no_target, false);
    push(s, PF_INPUT_BUTTON_DOWN, 1, 0, 0);
    wait_for(&fake.logged, 5);
    pf_input_service_destroy(s);
    assert_int_equal(fake.opened, 2);
    assert_int_equal(fake.destroyed, 2);
    assert_string_equal(fake.places[0], "A");
    assert_string_equal(fake.places[1], "B");
    expect(2, PF_INPUT_KEY, 30, false);
    expect(3, PF_INPUT_KEY, 48, false);
    expect(4, PF_INPUT_BUTTON, 0x110, true);
}

static void a_failed_injector_is_replaced_and_forgets_what_was_held(void **state)
{
    struct pf_input_service *s = start(1);
    push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
    wait_for(&fake.logged, 1);
    SET(inject_rc, -ECONNRESET);
    push(s, PF_INPUT_KEY_DOWN, 0x42, 0, 0);
    wait_for(&fake.destroyed, 1);
    push(s, PF_INPUT_KEY_UP, 0x41, 0, 0); /* the new one does not hold it */
    push(s, PF_INPUT_KEY_DOWN, 0x43, 0, 0);
    wait_for(&fake.logged, 2);
    pf_input_service_destroy(s);
    assert_int_equal(fake.opened, 2);
    expect(1, PF_INPUT_KEY, 46, true);
    expect(2, PF_INPUT_KEY, 46, false);
    assert_int_equal(fake.logged, 3);
}

static void after_a_failure_there_is_a_pause(void **state)
{
    struct pf_input_service_stats stats;
    SET(open_rc, -ECONNREFUSED);
    struct pf_input_service *s = start(3600 * PF_NS_PER_S);
    for (unsigned lost = 1; lost <= 3; lost++) {
        push(s, PF_INPUT_BUTTON_DOWN, 1, 0, 0);
        do
            pf_input_service_stats(s, &stats);
        while (stats.lost < lost);
    }
    assert_int_equal(fake.opened, 1);
    pf_input_service_destroy(s);
    assert_int_equal(fake.logged, 0);
}

/* A display that went away is no reason to wait for long. */
static void a_lost_output_is_no_failure(void **state)
{
    struct pf_input_service *s = start(3600 * PF_NS_PER_S);
    push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
    wait_for(&fake.logged, 1);
    SET(dispatch_rc, -ENODEV);
    assert_int_equal(eventfd_write(fake.injector.fd, 1), 0);
    push(s, PF_INPUT_KEY_DOWN, 0x42, 0, 0); /* before or after the loss is noticed: both are right */
    wait_for(&fake.destroyed, 1);
    wait_for(&fake.opened, 2);
    pf_input_service_destroy(s);
}

/* Taps a key, now and then as fast as it goes, until `*counter` has come to `n`; returns the number of taps.
 */
static unsigned tap_until(struct pf_input_service *s, const unsigned *counter, unsigned n)
{
    unsigned taps = 0, reached;
    do {
        push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
        if (taps % 3)
            pf_time_sleep_until(pf_time_mono_ns() + 2 * PF_INPUT_APART_NS);
        push(s, PF_INPUT_KEY_UP, 0x41, 0, 0);
        pf_time_sleep_until(pf_time_mono_ns() + 2 * PF_INPUT_APART_NS);
        taps++;
        pthread_mutex_lock(&fake.lock);
        reached = *counter;
        pthread_mutex_unlock(&fake.lock);
    } while (reached < n && taps < LOG_MAX / 4);
    assert_true(reached >= n);
    return taps;
}

static void expect_taps(unsigned taps)
{
    for (unsigned i = 0; i < 2 * taps; i++)
        expect(i, PF_INPUT_KEY, 30, i % 2 == 0);
}

/* Whoever plays them, the events come in order, and none twice. */
static void what_needs_no_waiting_is_played_by_who_brings_it(void **state)
{
    struct pf_input_service_stats stats;
    struct pf_input_service *s = start_with(0, open_quick);
    wait_for(&fake.opened, 1);
    unsigned taps = tap_until(s, &fake.now, 20);
    wait_for(&fake.logged, 2 * taps);
    push(s, PF_INPUT_KEY_DOWN, 0x42, 0, 0);
    wait_for(&fake.logged, 2 * taps + 1);
    do /* the thread counts a moment after it has played */
        pf_input_service_stats(s, &stats);
    while (stats.injected != 2 * taps + 1);
    pf_input_service_destroy(s);
    expect_taps(taps);
    expect(2 * taps + 1, PF_INPUT_KEY, 48, false);
    assert_int_equal(fake.logged, 2 * taps + 2);
}

static void what_would_wait_is_left_to_the_thread(void **state)
{
    SET(refuse, true);
    struct pf_input_service *s = start_with(0, open_quick);
    wait_for(&fake.opened, 1);
    unsigned taps = tap_until(s, &fake.refused, 20);
    wait_for(&fake.logged, 2 * taps);
    pf_input_service_destroy(s);
    expect_taps(taps);
    assert_int_equal(fake.logged, 2 * taps);
    assert_int_equal(fake.now, 0);
}

static void a_stopped_service_takes_nothing(void **state)
{
    struct pf_input_service *s = start(0);
    push(s, PF_INPUT_KEY_DOWN, 0x41, 0, 0);
    wait_for(&fake.logged, 1);
    pf_input_service_stop(s);
    wait_for(&fake.destroyed, 1);
    push(s, PF_INPUT_KEY_DOWN, 0x42, 0, 0);
    pf_input_service_destroy(s);
    assert_int_equal(fake.logged, 2);
    expect(1, PF_INPUT_KEY, 30, false);
}

/* Names of those in line, as one text. */
static const char *line_up(
    const struct pf_input_backend *const *backends, const char *name, const struct pf_source *source)
{
    static char text[200];
    const struct pf_input_backend *line[PF_INPUT_LINE];
    size_t n = pf_input_line_up(backends, name, source, line), len = 0;
    text[0] = 0;
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "", line[i]->name);
    return text;
}

static void back_ends_line_up_by_name_or_by_display(void **state)
{
    static const char *const spellings[] = {"wlroots", NULL};
    const struct pf_input_backend wlr = {.name = "wlr", .others = spellings, .kind = PF_SOURCE_WAYLAND};
    const struct pf_input_backend ei = {.name = "libei"}, portal = {.name = "portal"};
    const struct pf_input_backend gnome = {.name = "mutter", .kind = PF_SOURCE_PIPEWIRE};
    const struct pf_input_backend kde = {.name = "kwin", .kind = PF_SOURCE_PIPEWIRE};
    const struct pf_input_backend kernel = {.name = "uinput", .last_resort = true};
    const struct pf_input_backend *const all[] = {&kernel, &wlr, &ei, &gnome, &kde, &portal, NULL};
    const struct pf_input_backend *const few[] = {&wlr, &gnome, NULL};
    const struct pf_source screen = {.kind = PF_SOURCE_WAYLAND}, node = {.kind = PF_SOURCE_PIPEWIRE};
    const struct pf_source monitor = {.kind = PF_SOURCE_PIPEWIRE, .input = "mutter"};
    const struct pf_source output = {.kind = PF_SOURCE_PIPEWIRE, .input = "kwin"};
    const struct pf_source game = {.kind = PF_SOURCE_PIPEWIRE, .input = "gamescope"};
    const struct pf_source nobody = {.kind = PF_SOURCE_SYNTHETIC};
    assert_string_equal(line_up(all, NULL, &screen), "wlr uinput");
    assert_string_equal(line_up(all, NULL, &node), "mutter uinput");
    assert_string_equal(line_up(all, NULL, &monitor), "mutter libei uinput");
    assert_string_equal(line_up(all, NULL, &output), "kwin libei portal uinput");
    assert_string_equal(line_up(all, NULL, &game), "");
    assert_string_equal(line_up(all, NULL, &nobody), "");
    assert_string_equal(line_up(all, "wlroots", &monitor), "wlr");
    assert_string_equal(line_up(all, "libei", &screen), "libei");
    assert_string_equal(line_up(all, "nonsense", &screen), "wlr uinput");
    assert_string_equal(line_up(few, NULL, &monitor), "mutter");
    assert_string_equal(line_up(few, NULL, &output), "");
}

/* A kernel without uinput, or a user who may not: the sentence says so, and no other back end is asked. */
static void a_back_end_that_was_named_is_the_only_one(void **state)
{
    struct pf_input_target target = {.source = {.kind = PF_SOURCE_WAYLAND}};
    struct pf_injector *injector = NULL;
    struct pf_error err = {""};
    strcpy(target.source.wayland_socket, "/nonexistent/wayland-0");
    assert_int_equal(pf_injector_open_named("uinput", &target, &injector, &err), -ENOENT);
    assert_null(injector);
    assert_true(err.text[0]);
    assert_non_null(pf_input_find("uinput"));
    assert_null(pf_input_find("nonsense"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_cannot_be_is_not_tried_again, setup),
        cmocka_unit_test_setup(without_a_display_nothing_is_opened, setup),
        cmocka_unit_test_setup(it_opens_with_the_display_without_any_event, setup),
        cmocka_unit_test_setup(a_failure_is_tried_again_without_any_event, setup),
        cmocka_unit_test_setup(another_display_is_no_reason_to_wait, setup),
        cmocka_unit_test_setup(events_arrive_in_order_and_what_is_held_is_let_go, setup),
        cmocka_unit_test_setup(what_waits_is_merged, setup),
        cmocka_unit_test_setup(a_full_queue_drops_the_newest, setup),
        cmocka_unit_test_setup(input_follows_the_display, setup),
        cmocka_unit_test_setup(a_failed_injector_is_replaced_and_forgets_what_was_held, setup),
        cmocka_unit_test_setup(after_a_failure_there_is_a_pause, setup),
        cmocka_unit_test_setup(a_lost_output_is_no_failure, setup),
        cmocka_unit_test_setup(what_needs_no_waiting_is_played_by_who_brings_it, setup),
        cmocka_unit_test_setup(what_would_wait_is_left_to_the_thread, setup),
        cmocka_unit_test_setup(a_stopped_service_takes_nothing, setup),
        cmocka_unit_test(back_ends_line_up_by_name_or_by_display),
        cmocka_unit_test(a_back_end_that_was_named_is_the_only_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
