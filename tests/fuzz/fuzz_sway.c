/* What a compositor says on sway's control socket. */
#include "fuzz.h"

#include "display/wlroots/sway_ipc.h"
#include "display/wlroots/sway_outputs.h"
#include "display/wlroots/windows.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 65536u /* fits into the socket's buffer, so that one thread plays both sides */

/* A connection on which this, and no more, was said. */
static int open_talk(const uint8_t *data, size_t size)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
        abort();
    if (size > 0 && send(ends[1], data, size, MSG_NOSIGNAL) != (ssize_t)size)
        abort();
    shutdown(ends[1], SHUT_WR);
    int rest = dup(ends[0]);
    close(ends[0]);
    /* The other end stays open until the request was written, or writing would fail. */
    static int kept = -1;
    if (kept >= 0)
        close(kept);
    kept = ends[1];
    return rest;
}

static void check_outputs(const struct pf_sway_outputs *outputs)
{
    FUZZ_ASSERT(outputs->count <= PF_SWAY_OUTPUTS_MAX);
    for (size_t i = 0; i < outputs->count; i++) {
        const char *name = outputs->item[i].name;
        FUZZ_ASSERT(name[0] && memchr(name, 0, sizeof(outputs->item[i].name)));
        FUZZ_ASSERT(pf_sway_outputs_find(outputs, name) != NULL);
    }
    static const struct pf_sway_outputs none;
    const struct pf_sway_output *fresh = pf_sway_outputs_new(&none, outputs);
    FUZZ_ASSERT(!fresh || pf_sway_headless_number(fresh->name) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pf_sway_outputs outputs;
    struct pf_error err;
    if (size > ANSWER_MAX)
        return 0;
    int fd = open_talk(data, size);
    if (pf_sway_outputs_get(fd, &outputs, &err) == 0)
        check_outputs(&outputs);
    close(fd);
    fd = open_talk(data, size);
    pf_sway_command(fd, &err, "output %s unplug", "HEADLESS-1");
    close(fd);
    json_t *json = json_loadb((const char *)data, size, 0, NULL); /* past the header, at once */
    if (json && pf_sway_outputs_parse(json, &outputs) == 0)
        check_outputs(&outputs);
    static struct pf_sway_window windows[8];
    size_t n = pf_sway_windows(json, windows, 8);
    FUZZ_ASSERT(n <= 8);
    for (size_t i = 0; i < n; i++)
        FUZZ_ASSERT(windows[i].pid != 0 && memchr(windows[i].output, 0, sizeof(windows[i].output)));
    json_decref(json);
    return 0;
}
