#include "display/gamescope/output.h"

#include "base/log.h"
#include "base/process.h"
#include "base/time.h"
#include "display/gamescope/claim.h"
#include "display/gamescope/give_back.h"
#include "display/gamescope/nodes.h"
#include "display/gamescope/scan.h"
#include "display/gamescope/takeover.h"
#include "display/gamescope/units.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define SCOPE   "gamescope"
#define POLL_NS (250 * PF_NS_PER_MS)

struct managed_output {
    struct pf_output base;
    struct pf_desktop_env env;
    struct pf_journal *journal;
    struct pf_mode mode; /* asked for */
    pid_t pid;
    uint64_t started; /* when the process was; 0: none shows a picture */
};

/* ---- the picture ----------------------------------------------------------------------------------------
 */

/* The unit's own gamescope, whatever else of the kind runs. -EAGAIN: it has no picture yet; -ENODEV: none
 * will come. */
static int find_picture(
    const struct pf_gamescope_taken *taken, struct pf_gamescope_process *process, uint32_t *ret_node)
{
    struct pf_unit_state state;
    if (pf_unit_state_get(taken->unit, &state, NULL) < 0)
        return -EAGAIN;
    if (!state.runs)
        return taken->restarts ? -EAGAIN : -ENODEV;
    bool found = pf_gamescope_find_of("/proc", getuid(), state.main_pid, state.cgroup, process) &&
                 pf_gamescope_node_find(process->pid, ret_node, NULL) == 0;
    return found ? 0 : -EAGAIN;
}

/* -ENODEV: trying again would only start and stop it again. */
static int await_picture(const struct pf_gamescope_taken *taken, const struct pf_cancel *cancel,
    struct pf_gamescope_process *process, uint32_t *ret_node, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + taken->picture_ns;
    int rc;
    while ((rc = find_picture(taken, process, ret_node)) == -EAGAIN) {
        if (pf_time_mono_ns() >= deadline)
            return pf_error_set(err, -ENODEV,
                "the gamescope session of this machine offered no picture within %llu"
                " s; journalctl --user says why",
                taken->picture_ns / PF_NS_PER_S);
        if (pf_cancel_sleep_until(cancel, pf_time_mono_ns() + POLL_NS))
            return pf_display_check_wanted(cancel, err);
    }
    if (rc < 0)
        pf_error_set(err, rc,
            "the gamescope session of this machine ended before it had a picture; journalctl --user says "
            "why");
    return rc;
}

/* Has the session run in this mode, and says how to capture it. */
static int show(struct managed_output *o, const struct pf_mode *mode, const struct pf_cancel *cancel,
    struct pf_error *err)
{
    struct pf_gamescope_process process = {0};
    struct pf_gamescope_taken taken;
    uint32_t node = 0;
    o->started = 0;
    int rc = pf_gamescope_takeover(&o->env, mode, o->journal, cancel, &taken, err);
    if (rc == 0)
        rc = await_picture(&taken, cancel, &process, &node, err);
    if (rc < 0)
        return rc;
    o->mode = *mode;
    o->pid = process.pid;
    o->started = pf_process_start_time(process.pid);
    pf_gamescope_describe(&o->env, &process, node, mode, &o->base.source);
    pf_log_info(SCOPE, "the machine's own session runs for the client node=%u pid=%d mode=%ux%u input=%s",
        node, (int)o->pid, o->base.source.mode.width, o->base.source.mode.height,
        o->base.source.input_socket);
    return 0;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

/* The picture may be gone while its process is still about to end. */
static bool alive(struct pf_output *base)
{
    const struct managed_output *o = (const struct managed_output *)base;
    uint32_t node;
    return o->started && pf_process_start_time(o->pid) == o->started &&
           pf_gamescope_node_find(o->pid, &node, NULL) == 0 && node == base->source.node_id;
}

static int remode(
    struct pf_output *base, const struct pf_mode *mode, const struct pf_cancel *cancel, struct pf_error *err)
{
    struct managed_output *o = (struct managed_output *)base;
    if (!pf_display_mode_is_possible(mode))
        return pf_error_set(err, -EINVAL, "%ux%u at %u mHz is no possible mode", mode->width, mode->height,
            mode->refresh_mhz);
    return pf_mode_equal(&o->mode, mode) && alive(base) ? 0 : show(o, mode, cancel, err);
}

static void destroy(struct pf_output *base)
{
    struct managed_output *o = (struct managed_output *)base;
    pf_gamescope_claim_set_returning();
    pf_gamescope_give_back(&o->env, o->journal);
    pf_gamescope_claim_end();
    free(o);
}

static const struct pf_output_ops output_ops = {.alive = alive, .remode = remode, .destroy = destroy};

int pf_gamescope_manage(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    struct managed_output *o = calloc(1, sizeof(*o));
    if (!o)
        return pf_error_set(err, -ENOMEM, "out of memory");
    *o = (struct managed_output){.base = {.ops = &output_ops, .keepable = true, .only_one = true},
        .env = *env,
        .journal = request->journal};
    int rc = pf_gamescope_claim(env, request->cancel, err);
    if (rc < 0) {
        free(o);
        return rc;
    }
    rc = show(o, &request->mode, request->cancel, err);
    if (rc < 0) {
        destroy(&o->base);
        return rc;
    }
    *ret_output = &o->base;
    return 0;
}
