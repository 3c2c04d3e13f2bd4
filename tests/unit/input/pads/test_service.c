/* The service of pads with devices that remember. */
#include "input/pads/service.h"

#include "base/time.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include <pthread.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int opened, destroyed, writes, failures, feedbacks;
    enum pf_pad_kind kind;
    struct pf_pad_report report;
    struct pf_pad_feedback feedback, pending;
    bool has_pending, no_uhid;
    int write_rc, fd;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void note(int *counter)
{
    (*counter)++;
    pthread_cond_broadcast(&world.changed);
}

static void wait_for(int *counter, int value)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 20;
    pthread_mutex_lock(&world.lock);
    while (*counter < value)
        if (pthread_cond_timedwait(&world.changed, &world.lock, &end))
            fail_msg("waited in vain");
    pthread_mutex_unlock(&world.lock);
}

static bool reached(const int *counter, int value)
{
    pthread_mutex_lock(&world.lock);
    bool yes = *counter >= value;
    pthread_mutex_unlock(&world.lock);
    return yes;
}

static int dev_write(struct pf_pad_device *dev, const struct pf_pad_report *report)
{
    pthread_mutex_lock(&world.lock);
    world.report = *report;
    int rc = world.write_rc;
    note(&world.writes);
    pthread_mutex_unlock(&world.lock);
    return rc;
}

static int dev_pump(struct pf_pad_device *dev, uint64_t mono_ns,
    void (*tell)(void *user, const struct pf_pad_feedback *feedback), void *user)
{
    uint64_t n;
    ssize_t len = read(dev->fd, &n, sizeof(n));
    pthread_mutex_lock(&world.lock);
    bool has = world.has_pending && len > 0;
    struct pf_pad_feedback f = world.pending;
    world.has_pending &= !has;
    pthread_mutex_unlock(&world.lock);
    if (has)
        tell(user, &f);
    return 0;
}

static uint64_t dev_deadline(struct pf_pad_device *dev, uint64_t mono_ns)
{
    return UINT64_MAX;
}

static void dev_destroy(struct pf_pad_device *dev)
{
    close(dev->fd);
    free(dev);
    pthread_mutex_lock(&world.lock);
    note(&world.destroyed);
    pthread_mutex_unlock(&world.lock);
}

static const struct pf_pad_device_ops ops = {dev_write, dev_pump, dev_deadline, dev_destroy};

static int open_device(enum pf_pad_kind kind, struct pf_pad_device **ret, struct pf_error *err)
{
    pthread_mutex_lock(&world.lock);
    bool fails = world.failures > 0 || (world.no_uhid && pf_pad_kind_needs_uhid(kind));
    world.failures -= world.failures > 0;
    world.kind = kind;
    int fd = fails ? -1 : eventfd(0, EFD_NONBLOCK);
    world.fd = fd;
    if (!fails)
        note(&world.opened);
    pthread_mutex_unlock(&world.lock);
    if (fails)
        return pf_error_set(err, -EACCES, "told to fail");
    *ret = calloc(1, sizeof(**ret));
    **ret = (struct pf_pad_device){.ops = &ops, .fd = fd};
    return 0;
}

static void on_feedback(void *user, const struct pf_pad_feedback *feedback)
{
    pthread_mutex_lock(&world.lock);
    world.feedback = *feedback;
    note(&world.feedbacks);
    pthread_mutex_unlock(&world.lock);
}

static struct pf_pads *start(void)
{
    const struct pf_pads_config config = {.feedback = on_feedback,
        .open = open_device,
        .kind = PF_PAD_KIND_XBOX_360,
        .retry_ns = PF_NS_PER_MS,
        .label = "tester"};
    struct pf_pads *pads;
    world.opened = world.destroyed = world.writes = world.failures = world.feedbacks = world.write_rc = 0;
    assert_int_equal(pf_pads_start(&config, &pads, NULL), 0);
    return pads;
}

static void press(struct pf_pads *pads, uint32_t pad, uint32_t button)
{
    const struct pf_input_event e = {.kind = PF_INPUT_PAD_BUTTON, .code = button, .x = 1, .flags = pad};
    pf_pads_event(pads, &e);
}

static void a_pad_comes_with_its_first_event_and_goes_at_the_end(void **state)
{
    struct pf_pads *pads = start();
    press(pads, 3, PF_PAD_A);
    press(pads, 3, PF_PAD_B);
    wait_for(&world.writes, 2);
    assert_int_equal(world.opened, 1);
    assert_int_equal(world.report.buttons, PF_PAD_A | PF_PAD_B);
    const struct pf_datagram rich = {
        .tag = PF_DATAGRAM_RICH, .kind = PF_RICH_MOTION, .motion = {.pad = 3, .gyro = {7, 0, 0}}};
    pf_pads_rich(pads, &rich);
    wait_for(&world.writes, 3);
    assert_int_equal(world.report.gyro[0], 7);
    pf_pads_stop(pads);
    wait_for(&world.destroyed, 1);
}

/* No press is skipped, however fast the next one comes. */
static void every_event_is_played(void **state)
{
    struct pf_pads *pads = start();
    for (int i = 0; i < 100; i++) {
        const struct pf_input_event e = {.kind = PF_INPUT_PAD_BUTTON, .code = PF_PAD_X, .x = !(i & 1)};
        pf_pads_event(pads, &e);
    }
    wait_for(&world.writes, 100);
    pf_pads_stop(pads);
    wait_for(&world.destroyed, 1);
}

static void feedback_comes_back_with_the_pads_index(void **state)
{
    struct pf_pads *pads = start();
    press(pads, 5, PF_PAD_A);
    wait_for(&world.writes, 1);
    pthread_mutex_lock(&world.lock);
    world.pending = (struct pf_pad_feedback){.kind = PF_PAD_RUMBLE, .rumble = {.low = 1, .high = 2}};
    world.has_pending = true;
    int fd = world.fd;
    pthread_mutex_unlock(&world.lock);
    ssize_t n = write(fd, &(uint64_t){1}, sizeof(uint64_t));
    assert_int_equal(n, sizeof(uint64_t));
    wait_for(&world.feedbacks, 1);
    assert_int_equal(world.feedback.pad, 5);
    assert_int_equal(world.feedback.rumble.high, 2);
    /* A pad that goes while it rumbles stops rumbling. */
    const struct pf_input_event gone = {.kind = PF_INPUT_PAD_REMOVE, .flags = 1u << 24 | 5};
    pf_pads_event(pads, &gone);
    wait_for(&world.feedbacks, 2);
    assert_int_equal(world.feedback.rumble.high, 0);
    pf_pads_stop(pads);
    wait_for(&world.destroyed, 1);
}

static void what_fails_is_tried_again(void **state)
{
    struct pf_pads *pads = start();
    pthread_mutex_lock(&world.lock);
    world.failures = 2;
    pthread_mutex_unlock(&world.lock);
    for (int i = 0; i < 2000 && !reached(&world.opened, 1); i++) {
        press(pads, 0, PF_PAD_A);
        pf_time_sleep_until(pf_time_mono_ns() + 5 * PF_NS_PER_MS);
    }
    wait_for(&world.opened, 1);
    pthread_mutex_lock(&world.lock);
    world.write_rc = -ENODEV;
    pthread_mutex_unlock(&world.lock);
    press(pads, 0, PF_PAD_B);
    wait_for(&world.destroyed, 1);
    pf_pads_stop(pads);
}

static void an_arrival_decides_the_kind(void **state)
{
    struct pf_pads *pads = start();
    const struct pf_input_event e = {.kind = PF_INPUT_PAD_ARRIVAL, .code = PF_PAD_KIND_XBOX_ONE, .flags = 1};
    pf_pads_event(pads, &e);
    wait_for(&world.opened, 1);
    assert_int_equal(world.kind, PF_PAD_KIND_XBOX_ONE);
    pf_pads_stop(pads);
    wait_for(&world.destroyed, 1);
}

static void without_uhid_it_is_an_xbox_pad(void **state)
{
    struct pf_pads *pads = start();
    world.no_uhid = true;
    const struct pf_input_event e = {.kind = PF_INPUT_PAD_ARRIVAL, .code = PF_PAD_KIND_DUALSENSE, .flags = 1};
    pf_pads_event(pads, &e);
    wait_for(&world.opened, 1);
    assert_int_equal(world.kind, PF_PAD_KIND_XBOX_360);
    pf_pads_stop(pads);
    wait_for(&world.destroyed, 1);
    world.no_uhid = false;
}

/* And the other sixteen go on. */
static void a_seventeenth_pad_is_refused(void **state)
{
    struct pf_pads *pads = start();
    for (uint32_t pad = 0; pad <= PF_PADS_MAX; pad++)
        press(pads, pad, PF_PAD_A);
    press(pads, UINT32_MAX, PF_PAD_A);
    press(pads, 15, PF_PAD_B);
    wait_for(&world.writes, 17);
    assert_int_equal(world.opened, 16);
    assert_int_equal(world.report.buttons, PF_PAD_A | PF_PAD_B);
    pf_pads_stop(pads);
    wait_for(&world.destroyed, 16);
}

static void a_silent_gyro_lies_still(void **state)
{
    struct pf_pads *pads = start();
    press(pads, 0, PF_PAD_A);
    wait_for(&world.writes, 1);
    const struct pf_datagram rich = {
        .tag = PF_DATAGRAM_RICH, .kind = PF_RICH_MOTION, .motion = {.gyro = {7, 0, 0}, .accel = {0, 9, 0}}};
    pf_pads_rich(pads, &rich);
    wait_for(&world.writes, 3); /* the press, the turn, and its end */
    assert_int_equal(world.report.gyro[0], 0);
    assert_int_equal(world.report.accel[1], 9);
    pf_pads_stop(pads);
    wait_for(&world.destroyed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pad_comes_with_its_first_event_and_goes_at_the_end),
        cmocka_unit_test(every_event_is_played),
        cmocka_unit_test(feedback_comes_back_with_the_pads_index),
        cmocka_unit_test(what_fails_is_tried_again),
        cmocka_unit_test(an_arrival_decides_the_kind),
        cmocka_unit_test(without_uhid_it_is_an_xbox_pad),
        cmocka_unit_test(a_seventeenth_pad_is_refused),
        cmocka_unit_test(a_silent_gyro_lies_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
