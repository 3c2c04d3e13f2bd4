#include "display/gamescope/output.h"

#include "base/log.h"
#include "base/process.h"
#include "base/time.h"
#include "display/gamescope/nodes.h"
#include "display/gamescope/scan.h"
#include "display/gamescope/takeover.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define SCOPE   "gamescope"
#define POLL_NS (250 * PF_NS_PER_MS)

struct managed_output {
    struct pf_output base;
    struct pf_session_env env;
    struct pf_journal *journal;
    pid_t pid;
    uint64_t started;
};

static atomic_bool in_use; /* the machine has one session */

static bool alive(struct pf_output *base)
{
    const struct managed_output *o = (const struct managed_output *)base;
    return o->started && pf_process_start_time(o->pid) == o->started;
}

static void destroy(struct pf_output *base)
{
    struct managed_output *o = (struct managed_output *)base;
    if (pf_gamescope_give_back(&o->env, o->journal))
        pf_log_info(SCOPE, "the machine's own session is given back");
    atomic_store(&in_use, false);
    free(o);
}

static const struct pf_output_ops output_ops = {.alive = alive, .destroy = destroy};

static int await_picture(
    uint64_t limit_ns, struct pf_gamescope_process *process, uint32_t *ret_node, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + limit_ns;
    for (;;) {
        *process = (struct pf_gamescope_process){0};
        if (pf_gamescope_find("/proc", getuid(), getpid(), process) &&
            pf_gamescope_node_find(process->pid, ret_node, NULL) == 0)
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return pf_error_set(err, -ENODEV, /* trying again would only start and stop it again */
                "the gamescope session of this machine offered no picture within %llu"
                " s; journalctl --user says why",
                limit_ns / PF_NS_PER_S);
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

static int furnish(struct managed_output *o, const struct pf_display_request *request, struct pf_error *err)
{
    struct pf_gamescope_process process;
    uint64_t limit_ns;
    uint32_t node = 0;
    int rc = pf_gamescope_takeover(&o->env, &request->mode, o->journal, &limit_ns, err);
    if (rc < 0)
        return rc;
    rc = await_picture(limit_ns, &process, &node, err);
    if (rc < 0) {
        pf_gamescope_give_back(&o->env, o->journal);
        return rc;
    }
    o->pid = process.pid;
    o->started = pf_process_start_time(process.pid);
    pf_gamescope_describe(&o->env, &process, node, &request->mode, &o->base.source);
    return 0;
}

int pf_gamescope_manage(const struct pf_session_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    if (atomic_exchange(&in_use, true))
        return pf_error_set(err, -EBUSY,
            "the gamescope session of this machine is another client's now, or waits for it to come back");
    struct managed_output *o = calloc(1, sizeof(*o));
    int rc = -ENOMEM;
    if (o) {
        *o = (struct managed_output){
            .base = {.ops = &output_ops, .keepable = true}, .env = *env, .journal = request->journal};
        rc = furnish(o, request, err);
    } else {
        pf_error_set(err, rc, "out of memory");
    }
    if (rc < 0) {
        free(o);
        atomic_store(&in_use, false);
        return rc;
    }
    pf_log_info(SCOPE, "the machine's own session runs for the client node=%u pid=%d mode=%ux%u input=%s",
        o->base.source.node_id, (int)o->pid, o->base.source.mode.width, o->base.source.mode.height,
        o->base.source.input_socket);
    *ret_output = &o->base;
    return 0;
}

void pf_gamescope_undo_unused(
    const struct pf_session_env *env, struct pf_journal *own, struct pf_journal_list *dead)
{
    if (!atomic_load(&in_use))
        pf_gamescope_undo(env, own, dead);
}
