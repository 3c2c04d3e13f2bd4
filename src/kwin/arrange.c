#include "base/time.h"
#include "kde-output-management-v2-client-protocol.h"
#include "kwin/device.h"
#include "wayland/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define APPLY_NS    (3 * PF_NS_PER_S)
#define PRIORITY_V  3u /* of the management, as the following */
#define REPLICATE_V 13u
#define MODES_V     18u

struct outcome {
    bool applied, failed;
    char reason[160];
};

static void applied(void *data, struct kde_output_configuration_v2 *configuration)
{
    ((struct outcome *)data)->applied = true;
}

static void failed(void *data, struct kde_output_configuration_v2 *configuration)
{
    ((struct outcome *)data)->failed = true;
}

static void failure_reason(void *data, struct kde_output_configuration_v2 *configuration, const char *reason)
{
    struct outcome *o = data;
    snprintf(o->reason, sizeof(o->reason), "%s", reason);
}

static const struct kde_output_configuration_v2_listener configuration_listener = {
    .applied = applied, .failed = failed, .failure_reason = failure_reason};

static int wait_for_outcome(struct pf_kwin_desk *d, const struct outcome *outcome)
{
    uint64_t deadline = pf_time_mono_ns() + APPLY_NS;
    while (!outcome->applied && !outcome->failed) {
        uint64_t now = pf_time_mono_ns();
        if (now >= deadline)
            return -ETIMEDOUT;
        int rc = pf_wayland_dispatch(d->display, -1, (int)((deadline - now) / PF_NS_PER_MS + 1));
        if (rc < 0)
            return rc;
    }
    return outcome->applied ? 0 : -EREMOTEIO;
}

/* Applies the configuration, waits and destroys it. */
static int apply(
    struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration, struct pf_error *err)
{
    struct outcome outcome = {0};
    kde_output_configuration_v2_add_listener(configuration, &configuration_listener, &outcome);
    kde_output_configuration_v2_apply(configuration);
    int rc = wait_for_outcome(d, &outcome);
    kde_output_configuration_v2_destroy(configuration);
    if (rc == 0)
        rc = pf_kwin_desk_refresh(d);
    if (rc == -EREMOTEIO)
        pf_error_set(err, rc, "KWin refused the arrangement of its outputs%s%s",
            outcome.reason[0] ? ": " : "", outcome.reason);
    else if (rc == -ETIMEDOUT)
        pf_error_set(err, rc, "KWin did not rearrange its outputs within 3 s");
    else if (rc < 0)
        pf_error_set(err, rc, "KWin closed the connection");
    return rc;
}

static struct kde_output_configuration_v2 *begin(struct pf_kwin_desk *d)
{
    return d->management ? kde_output_management_v2_create_configuration(d->management) : NULL;
}

static void say_priority(const struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration,
    const struct pf_kwin_output *o, uint32_t priority)
{
    if (d->management_version >= PRIORITY_V)
        kde_output_configuration_v2_set_priority(
            configuration, o->proxy, pf_kwin_output_tells_priority(o) ? priority - 1 : priority);
    else if (d->management_version == 2 && priority == 1)
        kde_output_configuration_v2_set_primary_output(configuration, o->proxy);
}

static void say(const struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration,
    const struct pf_kwin_output *o, const struct pf_kwin_head *want)
{
    kde_output_configuration_v2_enable(configuration, o->proxy, want->enabled);
    if (!want->enabled)
        return;
    const struct pf_kwin_mode *mode = want->mode.width ? pf_kwin_output_mode(o, &want->mode, false) : NULL;
    if (mode && mode != o->current)
        kde_output_configuration_v2_mode(configuration, o->proxy, mode->proxy);
    if (want->transform != o->head.transform)
        kde_output_configuration_v2_transform(configuration, o->proxy, want->transform);
    if (want->scale > 0 && want->scale != o->head.scale)
        kde_output_configuration_v2_scale(configuration, o->proxy, wl_fixed_from_double(want->scale));
    if (d->management_version >= REPLICATE_V && strcmp(want->mirrored, o->head.mirrored) != 0)
        kde_output_configuration_v2_set_replication_source(configuration, o->proxy, want->mirrored);
    kde_output_configuration_v2_position(configuration, o->proxy, want->x, want->y);
}

/* KWin 5.27 refuses an order that leaves out an output, even one that is off. */
static void say_order(const struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration,
    const struct pf_kwin_heads *wanted)
{
    struct pf_kwin_heads now;
    pf_kwin_desk_heads(d, &now);
    if (!pf_kwin_order(&now, wanted))
        return;
    for (size_t i = 0; i < now.count; i++)
        say_priority(d, configuration, pf_kwin_output_named(d, now.item[i].name), now.item[i].priority);
}

int pf_kwin_desk_arrange(struct pf_kwin_desk *d, const struct pf_kwin_heads *heads, struct pf_error *err)
{
    struct kde_output_configuration_v2 *configuration = begin(d);
    if (!configuration)
        return pf_error_set(err, -ENOTSUP, "KWin offers this program no kde_output_management_v2");
    struct pf_kwin_heads now;
    pf_kwin_desk_heads(d, &now);
    for (size_t i = 0; i < heads->count; i++) {
        const struct pf_kwin_head *h = pf_kwin_heads_match(&now, &heads->item[i]);
        if (h)
            say(d, configuration, pf_kwin_output_named(d, h->name), &heads->item[i]);
    }
    say_order(d, configuration, heads);
    return apply(d, configuration, err);
}

bool pf_kwin_desk_makes_modes(const struct pf_kwin_desk *d)
{
    return d->management && d->management_version >= MODES_V;
}

int pf_kwin_desk_make_mode(
    struct pf_kwin_desk *d, const char *output, const struct pf_mode *mode, struct pf_error *err)
{
    const struct pf_kwin_output *o = pf_kwin_output_named(d, output);
    struct kde_output_configuration_v2 *configuration = pf_kwin_desk_makes_modes(d) ? begin(d) : NULL;
    if (!configuration)
        return pf_error_set(err, -ENOTSUP, "this KWin makes no modes; 6.6 and later do");
    if (!o) {
        kde_output_configuration_v2_destroy(configuration);
        return pf_error_set(err, -ENODEV, "KWin no longer lists %s", output);
    }
    struct kde_mode_list_v2 *list = kde_output_management_v2_create_mode_list(d->management);
    kde_mode_list_v2_set_resolution(list, mode->width, mode->height);
    kde_mode_list_v2_set_refresh_rate(list, mode->refresh_mhz);
    kde_mode_list_v2_set_reduced_blanking(list, 0);
    kde_mode_list_v2_add_mode(list);
    kde_output_configuration_v2_set_custom_modes(configuration, o->proxy, list);
    int rc = apply(d, configuration, err);
    kde_mode_list_v2_destroy(list);
    return rc;
}
