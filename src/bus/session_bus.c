#include "bus/session_bus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#define CALL_US (10 * 1000 * 1000ull)

int pf_bus_open(const char *address, sd_bus **ret_bus, struct pf_error *err)
{
    sd_bus *bus = NULL;
    int rc = sd_bus_new(&bus);
    if (rc >= 0)
        rc = sd_bus_set_address(bus, address);
    if (rc >= 0)
        rc = sd_bus_set_bus_client(bus, true);
    if (rc >= 0)
        rc = sd_bus_negotiate_fds(bus, true);
    if (rc >= 0)
        rc = sd_bus_set_method_call_timeout(bus, CALL_US);
    if (rc >= 0)
        rc = sd_bus_start(bus);
    if (rc >= 0) {
        *ret_bus = bus;
        return 0;
    }
    sd_bus_unref(bus);
    return pf_error_set(err, rc, "the session bus does not answer at %.160s (%s); is this user logged in?",
        address, strerror(-rc));
}

int pf_bus_take_fd(sd_bus_message *reply)
{
    int fd = -1, rc = sd_bus_message_read(reply, "h", &fd);
    if (rc < 0)
        return rc;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? -errno : fd;
}
