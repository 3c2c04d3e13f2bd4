/* punktfunk-host dualsense-test, dualshock4-test, gamepad-test: a virtual gamepad without a client, to see
 * what games make of it and what they want of it. */
#include "cli/command.h"

#include "base/log.h"
#include "base/time.h"
#include "input/pads/device.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define STEP_NS     (20 * PF_NS_PER_MS)
#define TOGGLE_NS   (300 * PF_NS_PER_MS)
#define SWEEP_NS    (2 * PF_NS_PER_S) /* from one end to the other */
#define SECONDS     20
#define SECONDS_MAX 86400

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = 1;
}

/* ---- what games want ---- */

static void print_trigger(const struct pf_pad_feedback *f)
{
    printf("trigger %s", f->trigger.which ? "R2" : "L2");
    for (size_t i = 0; i < sizeof(f->trigger.effect); i++)
        printf(" %02x", f->trigger.effect[i]);
    printf("\n");
}

static void print_feedback(void *user, const struct pf_pad_feedback *f)
{
    switch (f->kind) {
    case PF_PAD_RUMBLE:
        printf("rumble low=%u high=%u\n", f->rumble.low, f->rumble.high);
        break;
    case PF_PAD_LIGHT_BAR:
        printf("light bar #%02x%02x%02x\n", f->light_bar.r, f->light_bar.g, f->light_bar.b);
        break;
    case PF_PAD_PLAYER_LEDS:
        printf("player lights");
        for (unsigned i = 0; i < 5; i++)
            printf(" %c", f->player_leds >> i & 1 ? '*' : '-');
        printf("\n");
        break;
    case PF_PAD_TRIGGER:
        print_trigger(f);
        break;
    }
    fflush(stdout);
}

/* ---- what the pad does ---- */

static struct pf_pad_report report_at(uint64_t since_ns)
{
    struct pf_pad_report r = pf_pad_report_neutral();
    int64_t at = (int64_t)(since_ns % (2 * SWEEP_NS)), way = (int64_t)SWEEP_NS;
    int64_t along = at < way ? at : 2 * way - at; /* there and back */
    r.lsx = (int16_t)(along * UINT16_MAX / way + INT16_MIN);
    r.buttons = since_ns / TOGGLE_NS & 1 ? PF_PAD_A : 0;
    return r;
}

/* Serves the device until `until_ns`. */
static int serve(struct pf_pad_device *dev, uint64_t until_ns)
{
    for (uint64_t now; (now = pf_time_mono_ns()) < until_ns;) {
        uint64_t due = dev->ops->deadline(dev, now), end = due < until_ns ? due : until_ns;
        struct pollfd fd = {.fd = dev->fd, .events = POLLIN};
        poll(&fd, 1, end > now ? (int)((end - now) / PF_NS_PER_MS + 1) : 0);
        int rc = dev->ops->pump(dev, pf_time_mono_ns(), print_feedback, NULL);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int play(struct pf_pad_device *dev, long seconds)
{
    uint64_t start = pf_time_mono_ns(), end = start + (uint64_t)seconds * PF_NS_PER_S;
    int rc = 0;
    for (uint64_t at = start; rc == 0 && at < end && !interrupted; at += STEP_NS) {
        const struct pf_pad_report r = report_at(at - start);
        rc = dev->ops->write(dev, &r);
        if (rc == 0)
            rc = serve(dev, at + STEP_NS);
    }
    return rc;
}

static int run(enum pf_pad_kind kind, long seconds)
{
    struct pf_error err;
    struct pf_pad_device *dev;
    if (pf_pad_device_open(kind, &dev, &err) < 0) {
        pf_log_error("cli", "no %s pad can be made: %s", pf_pad_kind_name(kind), err.text);
        return 1;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    pf_log_info("cli", "a %s pad is there for %ld s; what games do with it is printed",
        pf_pad_kind_name(kind), seconds);
    int rc = play(dev, seconds);
    dev->ops->destroy(dev);
    if (rc < 0)
        pf_log_error("cli", "the kernel took no more of the pad: %s", strerror(-rc));
    else
        pf_log_info("cli", "done");
    return rc < 0;
}

/* ---- commands ---- */

#define ABOUT                                                                                                \
    "Makes a virtual gamepad without any client. It presses and releases its lower face button every\n"      \
    "300 ms and sweeps its left stick; rumble, lights and triggers that games want are printed.\n"

static int run_command(enum pf_pad_kind kind, int argc, char **argv)
{
    long seconds = SECONDS;
    const struct pf_arg options[] = {
        {"--seconds", 0, PF_ARG_NUMBER, &seconds, "N", "how long; 20", .min = 1, .max = SECONDS_MAX},
    };
    const struct pf_usage usage = {ABOUT, options, sizeof(options) / sizeof(options[0])};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    pf_command_log_version();
    return run(kind, seconds);
}

int pf_command_dualsense_test(int argc, char **argv)
{
    return run_command(PF_PAD_KIND_DUALSENSE, argc, argv);
}

int pf_command_dualshock4_test(int argc, char **argv)
{
    return run_command(PF_PAD_KIND_DUALSHOCK_4, argc, argv);
}

static int parse_kind(const char *text, void *target, struct pf_error *err)
{
    enum pf_pad_kind kind = pf_pad_kind_of_word(text);
    if (kind == PF_PAD_KIND_AUTO)
        return pf_error_set(
            err, -EINVAL, "\"%s\" is no gamepad; known are xbox360, xboxone, dualsense, dualshock4", text);
    *(enum pf_pad_kind *)target = kind;
    return 0;
}

int pf_command_gamepad_test(int argc, char **argv)
{
    long seconds = SECONDS;
    enum pf_pad_kind kind = PF_PAD_KIND_XBOX_360;
    const struct pf_arg options[] = {
        {"--kind", 0, PF_ARG_PARSED, &kind, "KIND", "xbox360 (the default), xboxone, dualsense or dualshock4",
            .parse = parse_kind},
        {"--seconds", 0, PF_ARG_NUMBER, &seconds, "N", "how long; 20", .min = 1, .max = SECONDS_MAX},
    };
    const struct pf_usage usage = {ABOUT, options, sizeof(options) / sizeof(options[0])};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    pf_command_log_version();
    return run(kind, seconds);
}
