#include "display/wlroots/topology.h"

#include "base/log.h"
#include "base/time.h"
#include "display/wlroots/sway_ipc.h"
#include "display/wlroots/sway_outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE     "sway"
#define SETTLE_NS (3 * PF_NS_PER_S)
#define POLL_NS   (50 * PF_NS_PER_MS)

struct heads {
    char socket[108];
    char name[PF_SWAY_OUTPUTS_MAX][64];
    size_t count;
};

/* True once every head is listed as active or not, as wanted. */
static bool settled(const struct heads *heads, const struct pf_sway_outputs *outputs, bool active)
{
    for (size_t i = 0; i < heads->count; i++) {
        const struct pf_sway_output *o = pf_sway_outputs_find(outputs, heads->name[i]);
        if (o && o->active != active)
            return false; /* one that was unplugged meanwhile counts as settled */
    }
    return true;
}

/* Sends the command to every head and reads the result back. */
static int switch_heads(int fd, const struct heads *heads, bool on, struct pf_error *err)
{
    for (size_t i = 0; i < heads->count; i++) {
        int rc = pf_sway_command(fd, err, "output %s %s", heads->name[i], on ? "enable" : "disable");
        if (rc && rc != -EREMOTEIO)
            return rc;
    }
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS;
    for (;;) {
        struct pf_sway_outputs now;
        int rc = pf_sway_outputs_get(fd, &now, err);
        if (rc || settled(heads, &now, on))
            return rc;
        if (pf_time_mono_ns() >= deadline) {
            pf_log_warn(SCOPE, "some heads did not switch %s; sway's log says why", on ? "on" : "off");
            return 0;
        }
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

static void restore(void *data, bool undo)
{
    struct heads *heads = data;
    struct pf_error err;
    int fd = undo ? pf_sway_connect(heads->socket, NULL) : -1;
    if (fd >= 0 && switch_heads(fd, heads, true, &err))
        pf_log_warn(SCOPE, "the other heads could not be switched on again: %s", err.text);
    if (fd >= 0)
        close(fd);
    free(heads);
}

int pf_sway_isolate(int fd, const char *socket, struct pf_restore *ret_restore, struct pf_error *err)
{
    struct pf_sway_outputs outputs;
    int rc = pf_sway_outputs_get(fd, &outputs, err);
    if (rc)
        return rc;
    struct heads *heads = calloc(1, sizeof(*heads));
    if (!heads)
        return pf_error_set(err, -ENOMEM, "out of memory");
    strncpy(heads->socket, socket, sizeof(heads->socket) - 1);
    for (size_t i = 0; i < outputs.count; i++)
        if (outputs.item[i].active && !pf_sway_headless_number(outputs.item[i].name))
            strcpy(heads->name[heads->count++], outputs.item[i].name);
    if (!heads->count) {
        free(heads);
        return 0;
    }
    rc = switch_heads(fd, heads, false, err);
    if (rc)
        restore(heads, true);
    else
        *ret_restore = (struct pf_restore){.finish = restore, .data = heads};
    return rc;
}
