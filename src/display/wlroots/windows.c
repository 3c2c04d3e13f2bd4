#include "display/wlroots/windows.h"

#include "display/wlroots/sway_ipc.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX   64
#define WINDOWS_MAX 256

struct walk {
    struct pf_sway_window *out;
    size_t n, max;
};

static void visit(struct walk *w, const json_t *node, const char *output, int depth)
{
    static const char *const lists[] = {"nodes", "floating_nodes"};
    const char *type = json_string_value(json_object_get(node, "type"));
    const char *name = json_string_value(json_object_get(node, "name"));
    const json_t *pid = json_object_get(node, "pid"), *child;
    size_t i;
    if (type && name && !strcmp(type, "output"))
        output = name;
    if (json_is_integer(pid) && json_integer_value(pid) > 0 && json_integer_value(pid) <= INT_MAX &&
        w->n < w->max) {
        struct pf_sway_window *window = &w->out[w->n++];
        *window = (struct pf_sway_window){
            .id = json_integer_value(json_object_get(node, "id")), .pid = (pid_t)json_integer_value(pid)};
        snprintf(window->output, sizeof(window->output), "%s", output);
    }
    for (int list = 0; list < 2 && depth < DEPTH_MAX; list++)
        json_array_foreach(json_object_get(node, lists[list]), i, child) visit(w, child, output, depth + 1);
}

size_t pf_sway_windows(const json_t *tree, struct pf_sway_window *ret_windows, size_t max)
{
    struct walk w = {.out = ret_windows, .max = max};
    visit(&w, tree, "", 0);
    return w.n;
}

static bool is_among(pid_t pid, const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

/* True: it was there before. */
static bool note(struct pf_display_windows *done, int64_t id)
{
    for (size_t i = 0; i < done->count && i < PF_DISPLAY_WINDOWS; i++)
        if (done->ids[i] == id)
            return true;
    done->ids[done->count++ % PF_DISPLAY_WINDOWS] = id;
    return false;
}

static int gather(const struct pf_source *source, const pid_t *pids, size_t count,
    struct pf_display_windows *done, struct pf_error *err)
{
    static _Thread_local struct pf_sway_window windows[WINDOWS_MAX];
    json_t *tree;
    int fd = pf_sway_connect(source->control_socket, err), moved = 0;
    if (fd < 0)
        return fd;
    int rc = pf_sway_request(fd, PF_SWAY_GET_TREE, "", &tree, err);
    size_t n = rc < 0 ? 0 : pf_sway_windows(tree, windows, WINDOWS_MAX);
    if (rc == 0)
        json_decref(tree);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const struct pf_sway_window *w = &windows[i];
        /* "__i3" holds what is hidden on purpose. */
        if (!is_among(w->pid, pids, count) || !strncmp(w->output, "__", 2) || note(done, w->id) ||
            !strcmp(w->output, source->output_name))
            continue;
        rc = pf_sway_command(
            fd, err, "[con_id=%" PRId64 "] move container to output %s", w->id, source->output_name);
        moved += rc == 0;
    }
    close(fd);
    return rc < 0 ? rc : moved;
}

static int watch(const struct pf_source *source, struct pf_error *err)
{
    json_t *reply;
    int fd = pf_sway_connect(source->control_socket, err);
    if (fd < 0)
        return fd;
    int rc = pf_sway_request(fd, PF_SWAY_SUBSCRIBE, "[\"window\"]", &reply, err);
    if (rc == 0) {
        if (!json_is_true(json_object_get(reply, "success")))
            rc = pf_error_set(err, -EREMOTEIO, "sway does not tell about its windows");
        json_decref(reply);
    }
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

static int focus(const struct pf_source *source, struct pf_error *err)
{
    int fd = pf_sway_connect(source->control_socket, err);
    if (fd < 0)
        return fd;
    int rc = pf_sway_command(fd, err, "focus output %s", source->output_name);
    close(fd);
    return rc;
}

/* Sway's own socket leads to all that it can be told. */
static bool knows(const struct pf_source *source)
{
    return source->kind == PF_SOURCE_WAYLAND && source->control_socket[0];
}

const struct pf_display_window_ops pf_sway_window_ops = {
    .knows = knows, .focus = focus, .gather = gather, .watch = watch};
