/* punktfunk-host input-test: shows that input reaches this desktop. */
#include "cli/command.h"

#include "base/log.h"
#include "base/time.h"
#include "display/display.h"
#include "input/injector.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define START_NS  (4 * PF_NS_PER_S)
#define STEP_NS   (50 * PF_NS_PER_MS)
#define STEPS     160u
#define SIDE      10u /* steps along one side of the square */
#define TAP_EVERY 20u
#define VK_A      0x41u

/* One event of the wire, played at once. */
static int inject(struct pf_injector *injector, const struct pf_input_event *wire)
{
    struct pf_input event;
    return pf_input_of_wire(wire, &event) ? injector->ops->inject(injector, &event, 1) : 0;
}

static int tap(struct pf_injector *injector)
{
    static const struct pf_input_event taps[] = {
        {.kind = PF_INPUT_KEY_DOWN, .code = VK_A},
        {.kind = PF_INPUT_KEY_UP, .code = VK_A},
        {.kind = PF_INPUT_BUTTON_DOWN, .code = 1},
        {.kind = PF_INPUT_BUTTON_UP, .code = 1},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(taps) / sizeof(taps[0]); i++)
        rc = inject(injector, &taps[i]);
    return rc;
}

static int step(struct pf_injector *injector, unsigned i)
{
    static const int32_t square[4][2] = {{12, 0}, {0, 12}, {-12, 0}, {0, -12}};
    const int32_t *by = square[i / SIDE % 4];
    const struct pf_input_event move = {.kind = PF_INPUT_MOUSE_MOVE, .x = by[0], .y = by[1]};
    int rc = inject(injector, &move);
    if (rc == 0 && i % TAP_EVERY == 0)
        rc = tap(injector);
    return rc == 0 ? injector->ops->dispatch(injector) : rc;
}

static int play(struct pf_injector *injector)
{
    uint64_t at = pf_time_mono_ns() + START_NS;
    for (unsigned i = 0; i < STEPS; i++, at += STEP_NS) {
        pf_time_sleep_until(at);
        int rc = step(injector, i);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* The desktop's own pointer and keyboard, or those of one output. */
static int find_target(const char *output, struct pf_input_target *ret_target, struct pf_error *err)
{
    struct pf_session_env env;
    int rc = pf_session_env_detect(NULL, &env, err);
    if (rc < 0)
        return rc;
    if (!env.wayland_socket[0])
        return pf_error_set(err, -ENODEV,
            "no desktop was found whose input this build can reach; run it inside sway or KDE Plasma");
    struct pf_input_target t = {
        .source = {.kind = PF_SOURCE_WAYLAND, .remote_fd = -1}, .focus = pf_display_focus};
    if (env.kind == PF_SESSION_KWIN)
        t.source.input = "kwin";
    snprintf(t.source.wayland_socket, sizeof(t.source.wayland_socket), "%s", env.wayland_socket);
    snprintf(t.source.control_socket, sizeof(t.source.control_socket), "%s", env.sway_socket);
    snprintf(t.source.output_name, sizeof(t.source.output_name), "%s", output ? output : "");
    *ret_target = t;
    return 0;
}

int pf_command_input_test(int argc, char **argv)
{
    const char *output = NULL;
    const struct pf_arg options[] = {
        {"--output", 0, PF_ARG_TEXT, &output, "NAME", "play into this output, such as HEADLESS-1"},
    };
    const struct pf_usage usage = {
        "Waits 4 seconds, then moves the pointer of this desktop in a square for 8 seconds and now "
        "and then\ntaps the key A and the left button. Put the focus on a window that shows it.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    pf_command_log_version();

    struct pf_error err;
    struct pf_input_target target;
    struct pf_injector *injector;
    if (find_target(output, &target, &err) < 0 || pf_injector_open(&target, &injector, &err) < 0) {
        pf_log_error("cli", "%s", err.text);
        return 1;
    }
    int rc = play(injector);
    if (rc < 0)
        pf_log_error("cli", "the desktop took no more input: %s", strerror(-rc));
    else
        pf_log_info("cli", "done");
    pf_injector_destroy(injector);
    return rc < 0;
}
