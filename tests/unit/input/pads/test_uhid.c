/* Messages of uhid, and a pad on a socket that stands for /dev/uhid. */
#include "input/pads/slots.h"
#include "input/pads/uhid.h"
#include "input/pads/uhid_event.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/uhid.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- messages ---- */

/* Our places of the fields are those of the kernel's structures. */
static void messages_are_as_the_kernel_has_them(void **state)
{
    static uint8_t m[PF_UHID_EVENT_MAX];
    struct uhid_event e;
    const struct pf_uhid_identity id = {.name = "name",
        .phys = "phys",
        .uniq = "uniq",
        .vendor = 0x054C,
        .product = 0x0CE6,
        .descriptor = (const uint8_t *)"\1\2\3",
        .descriptor_len = 3};
    size_t len = pf_uhid_put_create(m, &id);
    assert_int_equal(len, 283);
    memcpy(&e, m, sizeof(e) < sizeof(m) ? sizeof(e) : sizeof(m));
    assert_int_equal(e.type, UHID_CREATE2);
    assert_string_equal((char *)e.u.create2.name, "name");
    assert_string_equal((char *)e.u.create2.phys, "phys");
    assert_string_equal((char *)e.u.create2.uniq, "uniq");
    assert_int_equal(e.u.create2.rd_size, 3);
    assert_int_equal(e.u.create2.bus, 3);
    assert_int_equal(e.u.create2.vendor, 0x054C);
    assert_int_equal(e.u.create2.product, 0x0CE6);
    assert_int_equal(e.u.create2.version, 0x0111);
    assert_memory_equal(e.u.create2.rd_data, "\1\2\3", 3);

    assert_int_equal(pf_uhid_put_get_answer(m, 7, (const uint8_t *)"\5\6", 2), 14);
    memcpy(&e, m, sizeof(e.type) + sizeof(e.u.get_report_reply));
    assert_int_equal(e.type, UHID_GET_REPORT_REPLY);
    assert_int_equal(e.u.get_report_reply.id, 7);
    assert_int_equal(e.u.get_report_reply.err, 0);
    assert_int_equal(e.u.get_report_reply.size, 2);
    assert_memory_equal(e.u.get_report_reply.data, "\5\6", 2);
    pf_uhid_put_get_answer(m, 7, NULL, 0);
    memcpy(&e, m, sizeof(e.type) + sizeof(e.u.get_report_reply));
    assert_int_equal(e.u.get_report_reply.err, EIO);
    assert_int_equal(pf_uhid_put_set_answer(m, 9), 10);
    memcpy(&e, m, sizeof(e.type) + sizeof(e.u.set_report_reply));
    assert_int_equal(e.type, UHID_SET_REPORT_REPLY);
    assert_int_equal(e.u.set_report_reply.id, 9);
    assert_int_equal(e.u.set_report_reply.err, 0);
}

static void damaged_messages_are_refused(void **state)
{
    struct uhid_event e = {.type = UHID_OUTPUT};
    struct pf_uhid_event parsed;
    e.u.output.size = 48;
    assert_true(pf_uhid_event_parse(&e, sizeof(e), &parsed));
    assert_int_equal(parsed.len, 48);
    e.u.output.size = 4097;
    assert_false(pf_uhid_event_parse(&e, sizeof(e), &parsed));
    e.u.output.size = 48;
    assert_false(pf_uhid_event_parse(&e, 60, &parsed));
    assert_false(pf_uhid_event_parse(&e, 3, &parsed));
    e = (struct uhid_event){.type = UHID_SET_REPORT};
    e.u.set_report.size = UINT16_MAX;
    assert_false(pf_uhid_event_parse(&e, sizeof(e), &parsed));
    e.type = 4711;
    assert_true(pf_uhid_event_parse(&e, sizeof(e), &parsed));
    assert_int_equal(parsed.kind, PF_UHID_OTHER);
}

/* ---- a pad ---- */

static struct {
    struct pf_pad_feedback all[16];
    unsigned count;
} told;

static void tell(void *user, const struct pf_pad_feedback *f)
{
    if (told.count < 16)
        told.all[told.count++] = *f;
}

/* Messages keep their borders, as with the real node. */
static struct pf_pad_device *plug(const struct pf_ps_model *model, int *ret_kernel)
{
    int fds[2];
    struct pf_pad_device *dev;
    struct uhid_event e;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
    assert_int_equal(pf_uhid_pad_open_on(fds[0], model, &dev, NULL), 0);
    assert_true(read(fds[1], &e, sizeof(e)) > 280);
    assert_int_equal(e.type, UHID_CREATE2);
    assert_int_equal(e.u.create2.product, model->product);
    told.count = 0;
    *ret_kernel = fds[1];
    return dev;
}

static void say(int kernel, const struct uhid_event *e)
{
    assert_int_equal(write(kernel, e, sizeof(*e)), sizeof(*e));
}

static void game_writes(int kernel, const uint8_t *report, uint16_t len)
{
    struct uhid_event e = {.type = UHID_OUTPUT};
    memcpy(e.u.output.data, report, len);
    e.u.output.size = len;
    e.u.output.rtype = UHID_OUTPUT_REPORT;
    say(kernel, &e);
}

static void unplug(struct pf_pad_device *dev, int kernel)
{
    dev->ops->destroy(dev);
    close(kernel);
}

static void questions_are_answered(void **state)
{
    int kernel;
    struct pf_pad_device *dev = plug(&pf_dualsense, &kernel);
    struct uhid_event e = {.type = UHID_GET_REPORT}, answer;
    e.u.get_report.id = 42;
    e.u.get_report.rnum = 0x05;
    e.u.get_report.rtype = UHID_FEATURE_REPORT;
    say(kernel, &e);
    assert_int_equal(dev->ops->pump(dev, 0, tell, NULL), 0);
    assert_int_equal(read(kernel, &answer, sizeof(answer)), 12 + 41);
    assert_int_equal(answer.u.get_report_reply.id, 42);
    assert_int_equal(answer.u.get_report_reply.err, 0);
    e.u.get_report.rnum = 0x77;
    say(kernel, &e);
    assert_int_equal(dev->ops->pump(dev, 0, tell, NULL), 0);
    assert_int_equal(read(kernel, &answer, sizeof(answer)), 12);
    assert_int_equal(answer.u.get_report_reply.err, EIO);
    e = (struct uhid_event){.type = UHID_SET_REPORT};
    e.u.set_report.id = 43;
    e.u.set_report.size = 10;
    say(kernel, &e);
    assert_int_equal(dev->ops->pump(dev, 0, tell, NULL), 0);
    assert_int_equal(read(kernel, &answer, sizeof(answer)), 10);
    assert_int_equal(answer.type, UHID_SET_REPORT_REPLY);
    assert_int_equal(answer.u.set_report_reply.id, 43);
    unplug(dev, kernel);
}

static void rumble_is_told_once_and_ends_with_silence(void **state)
{
    int kernel;
    struct pf_pad_device *dev = plug(&pf_dualsense, &kernel);
    uint8_t report[48] = {0x02, 0x03, 0, 0x10, 0x20};
    uint64_t now = 1000 * PF_NS_PER_S;
    game_writes(kernel, report, sizeof(report));
    game_writes(kernel, report, sizeof(report));
    dev->ops->pump(dev, now, tell, NULL);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.all[0].rumble.low, 0x2000);
    assert_int_equal(told.all[0].rumble.high, 0x1000);
    dev->ops->pump(dev, now + 2499 * PF_NS_PER_MS, tell, NULL);
    assert_int_equal(told.count, 1);
    game_writes(kernel, report, sizeof(report)); /* it goes on */
    dev->ops->pump(dev, now + 2499 * PF_NS_PER_MS, tell, NULL);
    dev->ops->pump(dev, now + 2600 * PF_NS_PER_MS, tell, NULL);
    assert_int_equal(told.count, 1);
    dev->ops->pump(dev, now + 5000 * PF_NS_PER_MS, tell, NULL);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.all[1].rumble.low, 0);
    unplug(dev, kernel);
}

static void lights_and_triggers_come_back(void **state)
{
    int kernel;
    struct pf_pad_device *dev = plug(&pf_dualsense, &kernel);
    uint8_t report[48] = {0x02, 0x0C, 0x14};
    report[11] = 0x25;
    report[22] = 0x21;
    memcpy(report + 44, "\4\x11\x22\x33", 4);
    game_writes(kernel, report, sizeof(report));
    game_writes(kernel, report, 30); /* too short */
    dev->ops->pump(dev, 0, tell, NULL);
    assert_int_equal(told.count, 4);
    assert_int_equal(told.all[0].kind, PF_PAD_LIGHT_BAR);
    assert_int_equal(told.all[0].light_bar.b, 0x33);
    assert_int_equal(told.all[1].kind, PF_PAD_PLAYER_LEDS);
    assert_int_equal(told.all[1].player_leds, 4);
    assert_int_equal(told.all[2].trigger.which, 0);
    assert_int_equal(told.all[2].trigger.effect[0], 0x21);
    assert_int_equal(told.all[3].trigger.which, 1);
    assert_int_equal(told.all[3].trigger.effect[0], 0x25);
    unplug(dev, kernel);
}

static void the_report_is_told_again_and_again(void **state)
{
    int kernel;
    struct pf_pad_device *dev = plug(&pf_dualshock4, &kernel);
    struct uhid_event e;
    struct pf_pad_report r = pf_pad_report_neutral();
    r.buttons = PF_PAD_A;
    assert_int_equal(dev->ops->write(dev, &r), 0);
    assert_int_equal(read(kernel, &e, sizeof(e)), 6 + 64);
    assert_int_equal(e.u.input2.size, 64);
    assert_int_equal(e.u.input2.data[5], 0x28);
    uint64_t beat = dev->ops->deadline(dev, pf_time_mono_ns());
    dev->ops->pump(dev, beat - 1, tell, NULL);
    assert_int_equal(read(kernel, &e, sizeof(e)), -1);
    dev->ops->pump(dev, beat, tell, NULL);
    assert_int_equal(read(kernel, &e, sizeof(e)), 6 + 64);
    assert_int_equal(e.u.input2.data[5], 0x28);
    assert_int_equal(e.u.input2.data[7] >> 2, 1);
    assert_int_equal(dev->ops->deadline(dev, beat), beat + PF_UHID_BEAT_NS);
    unplug(dev, kernel);
}

static void slots_are_used_again_and_run_out(void **state)
{
    unsigned slots[PF_PAD_SLOTS], n = 0, again;
    while (n < PF_PAD_SLOTS && pf_pad_slot_take(&slots[n]) == 0)
        n++;
    assert_int_equal(pf_pad_slot_take(&again), -ENOSPC);
    pf_pad_slot_give(slots[3]);
    assert_int_equal(pf_pad_slot_take(&again), 0);
    assert_int_equal(again, slots[3]);
    while (n--)
        pf_pad_slot_give(slots[n]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_as_the_kernel_has_them),
        cmocka_unit_test(damaged_messages_are_refused),
        cmocka_unit_test(questions_are_answered),
        cmocka_unit_test(rumble_is_told_once_and_ends_with_silence),
        cmocka_unit_test(lights_and_triggers_come_back),
        cmocka_unit_test(the_report_is_told_again_and_again),
        cmocka_unit_test(slots_are_used_again_and_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
