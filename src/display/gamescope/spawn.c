#include "display/gamescope/output.h"

#include "base/env.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/time.h"
#include "display/gamescope/command.h"
#include "display/gamescope/nodes.h"
#include "display/gamescope/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SCOPE     "gamescope"
#define NODE_NS   (15 * PF_NS_PER_S) /* for gamescope to tell its node */
#define POLL_NS   (20 * PF_NS_PER_MS)
#define SILENT_NS (3 * PF_NS_PER_S) /* before anybody else is asked */
#define ASK_NS    PF_NS_PER_S
#define SLOT_MAX  64u  /* gamescopes of ours at a time */
#define ENDED_MS  1500 /* for its end to be known, when its picture has gone */

struct spawned_output {
    struct pf_output base;
    struct pf_guard guard;
    char log[sizeof(((struct pf_desktop_env *)0)->runtime_dir) + 32];
    char farewell[sizeof(((struct pf_source *)0)->input_socket) + sizeof(PF_GAMESCOPE_FAREWELL)];
};

/* ---- files ----------------------------------------------------------------------------------------------
 */

/* The first log that no living gamescope writes to; its lock is held as long as one does. Returns the file
 * and the number in its name. */
static int open_log(const struct pf_desktop_env *env, struct spawned_output *o, unsigned *ret_slot)
{
    for (unsigned n = 1; n <= SLOT_MAX; n++) {
        snprintf(o->log, sizeof(o->log), "%s/punktfunk-gamescope-%u.log", env->runtime_dir, n);
        int fd = open(o->log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0) {
            *ret_slot = n;
            return fd;
        }
        close(fd);
    }
    return -EBUSY;
}

/* ---- the node -------------------------------------------------------------------------------------------
 */

static bool read_news(int fd, off_t *at, struct pf_gamescope_log *log)
{
    char text[4096];
    ssize_t n;
    while ((n = pread(fd, text, sizeof(text), *at)) > 0) {
        *at += n;
        pf_gamescope_log_feed(log, text, (size_t)n);
    }
    return log->has_node;
}

static int fail_to_start(const struct spawned_output *o, struct pf_error *err)
{
    struct pf_guard_word word;
    if (pf_guard_has_ended(&o->guard, 0, &word) && word.farewell)
        return pf_error_set(err, -ECHILD,
            "what was started in gamescope ended before there was a picture; what it said is in %s", o->log);
    return pf_error_set(err, -EIO, "gamescope ended before it had a picture; what it said is in %s", o->log);
}

static bool runs(const struct spawned_output *o)
{
    struct pf_guard_word word;
    return pf_guard_is_alive(&o->guard) && !pf_guard_has_ended(&o->guard, 0, &word);
}

/* What the log tells; if it is silent because its words have changed, what PipeWire says of the processes. */
static int await_node(const struct spawned_output *o, int log_fd, const struct pf_cancel *cancel,
    uint32_t *ret_node, struct pf_error *err)
{
    struct pf_gamescope_log log = {0};
    uint64_t start = pf_time_mono_ns(), ask = start + SILENT_NS;
    off_t at = 0;
    while (!read_news(log_fd, &at, &log)) {
        uint64_t now = pf_time_mono_ns();
        if (!runs(o))
            return fail_to_start(o, err);
        if (now >= ask && pf_gamescope_node_find(o->guard.pid, ret_node, NULL) == 0)
            return 0;
        if (now >= start + NODE_NS)
            return pf_error_set(
                err, -ETIMEDOUT, "gamescope offered no picture within 15 s; what it said is in %s", o->log);
        ask = now >= ask ? now + ASK_NS : ask;
        if (pf_cancel_sleep_until(cancel, now + POLL_NS))
            return pf_display_check_wanted(cancel, err);
    }
    *ret_node = log.node;
    return 0;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static bool alive(struct pf_output *base)
{
    return runs((struct spawned_output *)base);
}

/* Its command goes first when a title ends, its picture when gamescope crashes. */
static bool has_ended(struct pf_output *base)
{
    const struct spawned_output *o = (const struct spawned_output *)base;
    struct pf_guard_word word;
    if (!pf_guard_has_ended(&o->guard, ENDED_MS, &word))
        return false;
    if (word.farewell)
        pf_log_info(SCOPE, "what ran in gamescope has ended by itself output=%s status=%d",
            base->source.output_name, word.status);
    else
        pf_log_warn(SCOPE, "gamescope has crashed output=%s status=%d; what it said is in %s",
            base->source.output_name, word.status, o->log);
    return word.farewell;
}

static void destroy(struct pf_output *base)
{
    struct spawned_output *o = (struct spawned_output *)base;
    pf_guard_finish(&o->guard);
    pf_log_info(SCOPE, "gamescope has ended output=%s", base->source.output_name);
    free(o);
}

static const struct pf_output_ops output_ops = {.alive = alive, .has_ended = has_ended, .destroy = destroy};

static int start(struct spawned_output *o, const struct pf_desktop_env *env,
    const struct pf_display_request *request, int log_fd, struct pf_error *err)
{
    const char *relay = o->base.source.input_socket;
    struct pf_gamescope_command command;
    bool nvidia = access("/proc/driver/nvidia/version", F_OK) == 0;
    int rc = pf_gamescope_command_init(
        &command, &request->mode, request->program, pf_env_get("PUNKTFUNK_GAMESCOPE_APP"));
    if (rc == -E2BIG)
        return pf_error_set(err, rc, "the command for gamescope has more than %u words", PF_GAMESCOPE_WORDS);
    if (rc < 0)
        return pf_error_set(err, rc, "out of memory");
    char **environment = pf_gamescope_environment((const char *const *)environ, env, relay, nvidia);
    unlink(relay);
    unlink(o->farewell);
    const struct pf_guard_task task = {.argv = command.argv,
        .envp = environment,
        .log_fd = log_fd,
        .alone = true,
        .relay = relay,
        .farewell = o->farewell};
    rc = environment ? pf_guard_start(&task, &o->guard, err) : pf_error_set(err, -ENOMEM, "out of memory");
    pf_gamescope_environment_free(environment);
    pf_gamescope_command_finish(&command);
    return rc;
}

static int furnish(struct spawned_output *o, const struct pf_desktop_env *env,
    const struct pf_display_request *request, struct pf_error *err)
{
    struct pf_source *source = &o->base.source;
    unsigned slot = 0;
    int log_fd = open_log(env, o, &slot);
    if (log_fd < 0)
        return pf_error_set(
            err, log_fd, "%s cannot be written (%s); does the folder exist?", o->log, strerror(-log_fd));
    snprintf(source->output_name, sizeof(source->output_name), "gamescope-%u", slot);
    snprintf(source->input_socket, sizeof(source->input_socket), "%s/punktfunk-gamescope-%u-ei",
        env->runtime_dir, slot);
    snprintf(o->farewell, sizeof(o->farewell), "%s" PF_GAMESCOPE_FAREWELL, source->input_socket);
    int rc = start(o, env, request, log_fd, err);
    if (rc == 0 && (rc = await_node(o, log_fd, request->cancel, &source->node_id, err)) < 0)
        pf_guard_finish(&o->guard);
    close(log_fd);
    return rc;
}

int pf_gamescope_spawn(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    struct spawned_output *o = calloc(1, sizeof(*o));
    if (!o)
        return pf_error_set(err, -ENOMEM, "out of memory");
    o->base = (struct pf_output){
        .ops = &output_ops,
        .source = {.kind = PF_SOURCE_PIPEWIRE, .mode = request->mode, .remote_fd = -1, .input = "gamescope"},
        .keepable = true,
    };
    o->base.source.has_program = request->program != NULL;
    o->base.source.mode.refresh_mhz = pf_gamescope_rate(&request->mode) * 1000;
    int rc = furnish(o, env, request, err);
    if (rc < 0) {
        free(o);
        return rc;
    }
    pf_log_info(SCOPE, "gamescope runs output=%s node=%u pid=%d log=%s", o->base.source.output_name,
        o->base.source.node_id, (int)o->guard.pid, o->log);
    *ret_output = &o->base;
    return 0;
}
