#include "base/time.h"
#include "input/ei/ei.h"
#include "input/ei/socket.h"

#define SOCKET_NS (2 * PF_NS_PER_S) /* for gamescope to tell its socket; the service tries again */

static int open_gamescope(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    const struct pf_source *source = &target->source;
    const struct pf_ei_server server = {
        .place = {.width = source->mode.width, .height = source->mode.height}};
    int fd = pf_ei_socket_connect(source->input_socket, pf_time_mono_ns() + SOCKET_NS, err);
    return fd < 0 ? fd : pf_ei_open(&server, fd, ret_injector, err);
}

static const char *const spellings[] = {"gamescope-ei", NULL};

const struct pf_input_backend pf_input_gamescope = {
    .name = "gamescope", .others = spellings, .kind = PF_SOURCE_PIPEWIRE, .open = open_gamescope};
