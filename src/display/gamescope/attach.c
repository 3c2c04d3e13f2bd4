#include "display/gamescope/output.h"

#include "base/log.h"
#include "base/process.h"
#include "base/time.h"
#include "display/gamescope/nodes.h"
#include "display/gamescope/scan.h"
#include "display/sockets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define SCOPE   "gamescope"
#define NODE_NS (5 * PF_NS_PER_S) /* for one that has just been started */
#define POLL_NS (250 * PF_NS_PER_MS)

struct attached_output {
    struct pf_output base;
    pid_t pid;        /* 0: the node was named, and no gamescope is seen */
    uint64_t started; /* when it was, so that another one is not taken for it */
};

static bool alive(struct pf_output *base)
{
    const struct attached_output *o = (const struct attached_output *)base;
    return !o->pid || pf_process_start_time(o->pid) == o->started;
}

static void destroy(struct pf_output *base)
{
    free(base); /* the gamescope is not ours */
}

static const struct pf_output_ops output_ops = {.alive = alive, .destroy = destroy};

static int parse_node(const char *text, uint32_t *ret_node, struct pf_error *err)
{
    char *end;
    errno = 0;
    unsigned long node = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || errno || node >= UINT32_MAX)
        return pf_error_set(err, -EINVAL,
            "PUNKTFUNK_GAMESCOPE_NODE is \"%.40s\", which is neither a node's number nor auto", text);
    *ret_node = (uint32_t)node;
    return 0;
}

static int await_node(pid_t pid, const struct pf_cancel *cancel, uint32_t *ret_node, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + NODE_NS;
    int rc;
    while ((rc = pf_gamescope_node_find(pid, ret_node, err)) == -ENOENT && pf_time_mono_ns() < deadline)
        if (pf_cancel_sleep_until(cancel, pf_time_mono_ns() + POLL_NS))
            return pf_display_check_wanted(cancel, err);
    /* PipeWire does not know the process behind a container's door. */
    return rc == -ENOENT ? pf_gamescope_node_find(0, ret_node, err) : rc;
}

static int find_node(
    const char *node, pid_t pid, const struct pf_cancel *cancel, uint32_t *ret_node, struct pf_error *err)
{
    if (node && strcasecmp(node, "auto") != 0)
        return parse_node(node, ret_node, err);
    if (!pid)
        return pf_error_set(err, -ENOENT, "no gamescope of this user runs to attach to; start one");
    return await_node(pid, cancel, ret_node, err);
}

/* What it was started with; what it does not say is as the client wishes. */
static struct pf_mode mode_of(const struct pf_gamescope_process *process, const struct pf_mode *wanted)
{
    struct pf_mode mode = *wanted;
    if (process->mode.width && process->mode.height) {
        mode.width = process->mode.width;
        mode.height = process->mode.height;
    }
    if (process->mode.refresh_mhz)
        mode.refresh_mhz = process->mode.refresh_mhz;
    return mode;
}

void pf_gamescope_describe(const struct pf_desktop_env *env, const struct pf_gamescope_process *process,
    uint32_t node, const struct pf_mode *wanted, struct pf_source *source)
{
    *source = (struct pf_source){.kind = PF_SOURCE_PIPEWIRE,
        .mode = mode_of(process, wanted),
        .node_id = node,
        .remote_fd = -1,
        .input = "gamescope"};
    snprintf(source->output_name, sizeof(source->output_name), "gamescope");
    if (!pf_socket_find(env->runtime_dir, getuid(), process->pid, "gamescope-", "-ei", source->input_socket,
            sizeof(source->input_socket)))
        pf_log_warn(SCOPE, "the gamescope that runs takes no input: there is no socket gamescope-*-ei");
}

int pf_gamescope_attach(const struct pf_desktop_env *env, const struct pf_display_request *request,
    const char *node, struct pf_output **ret_output, struct pf_error *err)
{
    struct pf_gamescope_process process = {0};
    uint32_t id;
    pf_gamescope_find("/proc", getuid(), getpid(), &process);
    int rc = find_node(node, process.pid, request->cancel, &id, err);
    if (rc < 0)
        return rc;
    struct attached_output *o = calloc(1, sizeof(*o));
    if (!o)
        return pf_error_set(err, -ENOMEM, "out of memory");
    *o = (struct attached_output){.base = {.ops = &output_ops},
        .pid = process.pid,
        .started = process.pid ? pf_process_start_time(process.pid) : 0};
    struct pf_source *source = &o->base.source;
    pf_gamescope_describe(env, &process, id, &request->mode, source);
    pf_log_info(SCOPE, "attached to a gamescope node=%u pid=%d mode=%ux%u input=%s", id, (int)process.pid,
        source->mode.width, source->mode.height, source->input_socket);
    *ret_output = &o->base;
    return 0;
}
