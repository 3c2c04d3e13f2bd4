/* punktfunk-host input-test: shows that input reaches this desktop. */
#include "cli/command.h"

#include "base/env.h"
#include "base/log.h"
#include "base/time.h"
#include "display/registry.h"
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

/* ---- where it goes --------------------------------------------------------------------------------------
 */

struct aim {
    const char *backend, *output; /* NULL: not said */
    struct pf_input_target target;
    struct pf_registry *registry; /* NULL unless a display was made for the test */
    struct pf_lease lease;
};

/* The desktop's own pointer and keyboard, or those of one output. */
static int aim_at_desktop(struct aim *aim, const struct pf_desktop_env *env)
{
    struct pf_source *source = &aim->target.source;
    *source = (struct pf_source){.kind = PF_SOURCE_WAYLAND, .remote_fd = -1};
    if (env->kind == PF_DESKTOP_KWIN)
        source->input = "kwin";
    snprintf(source->wayland_socket, sizeof(source->wayland_socket), "%s", env->wayland_socket);
    snprintf(source->dbus_address, sizeof(source->dbus_address), "%s", env->dbus_address);
    snprintf(source->control_socket, sizeof(source->control_socket), "%s", env->sway_socket);
    snprintf(source->output_name, sizeof(source->output_name), "%s", aim->output ? aim->output : "");
    return 0;
}

/* GNOME takes input only together with a display that was made for it. */
static int aim_at_new_display(struct aim *aim, const struct pf_desktop_env *env, struct pf_error *err)
{
    const struct pf_registry_config config = {0};
    const struct pf_display_request request = {.mode = {1280, 720, 60000}, .client = "input-test"};
    const struct pf_display_backend *backend;
    int rc = pf_display_choose(env, NULL, &backend, err);
    if (rc == 0 && (rc = pf_registry_create(&config, &aim->registry)) < 0)
        pf_error_set(err, rc, "there is no memory for a display");
    if (rc == 0)
        rc = pf_registry_acquire(aim->registry, env, backend, &request, NULL, &aim->lease, err);
    if (rc == 0)
        aim->target.source = aim->lease.source;
    return rc;
}

static int take_aim(struct aim *aim, struct pf_error *err)
{
    struct pf_desktop_env env;
    int rc = pf_desktop_env_detect(NULL, &env, err);
    if (rc < 0)
        return rc;
    aim->target.focus = pf_display_focus;
    const struct pf_input_backend *named = aim->backend ? pf_input_find(aim->backend) : NULL;
    const bool by_kernel = named && named->last_resort;
    if (env.kind == PF_DESKTOP_MUTTER && !by_kernel)
        return aim_at_new_display(aim, &env, err);
    if (env.wayland_socket[0] || by_kernel)
        return aim_at_desktop(aim, &env);
    return pf_error_set(err, -ENODEV,
        "no desktop was found whose input this build can reach; run it inside sway, GNOME or KDE Plasma, or "
        "with "
        "--backend uinput");
}

static void lower(struct aim *aim)
{
    if (aim->registry)
        pf_lease_release(&aim->lease, true);
    pf_registry_destroy(aim->registry);
}

/* ---- the command ----------------------------------------------------------------------------------------
 */

static int parse_backend(const char *text, void *target, struct pf_error *err)
{
    if (!pf_input_find(text))
        return pf_error_set(
            err, -EINVAL, "\"%s\" is no input back end of this build; \"version\" lists them", text);
    *(const char **)target = text;
    return 0;
}

int pf_command_input_test(int argc, char **argv)
{
    struct aim aim = {.backend = pf_env_get("PUNKTFUNK_INPUT_BACKEND")};
    const struct pf_arg options[] = {
        {"--output", 0, PF_ARG_TEXT, &aim.output, "NAME", "play into this output, such as HEADLESS-1"},
        {"--backend", 0, PF_ARG_PARSED, &aim.backend, "NAME",
            "deliver it so: wlr, libei, mutter, kwin, portal, gamescope or uinput", .parse = parse_backend},
    };
    const struct pf_usage usage = {
        "Waits 4 seconds, then moves the pointer of this desktop in a square for 8 seconds and now "
        "and then\ntaps the key A and the left button. Put the focus on a window that shows it. On GNOME it "
        "makes a\ndisplay of 1280x720 for that time, and plays there.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    pf_command_log_version();

    struct pf_error err;
    struct pf_injector *injector = NULL;
    int rc = take_aim(&aim, &err);
    if (rc == 0)
        rc = pf_injector_open_named(aim.backend, &aim.target, &injector, &err);
    if (rc < 0)
        pf_log_error("cli", "%s", err.text);
    else if ((rc = play(injector)) < 0)
        pf_log_error("cli", "the desktop took no more input: %s", strerror(-rc));
    else
        pf_log_info("cli", "done");
    pf_injector_destroy(injector);
    lower(&aim);
    return rc < 0;
}
