#include "wayland/client.h"

#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Sends what is queued; *ret_blocked if the socket is full. */
static int flush(struct wl_display *display, bool *ret_blocked)
{
    *ret_blocked = false;
    if (wl_display_flush(display) >= 0)
        return 0;
    *ret_blocked = errno == EAGAIN;
    /* After EPIPE there may still be an error message to read. */
    return errno == EAGAIN || errno == EPIPE ? 0 : -ECONNRESET;
}

int pf_wayland_flush(struct wl_display *display)
{
    bool blocked;
    return flush(display, &blocked);
}

int pf_wayland_dispatch(struct wl_display *display, int wake_fd, int timeout_ms)
{
    while (wl_display_prepare_read(display) != 0)
        if (wl_display_dispatch_pending(display) < 0)
            return -ECONNRESET;
    bool blocked;
    if (flush(display, &blocked) < 0) {
        wl_display_cancel_read(display);
        return -ECONNRESET;
    }
    struct pollfd fds[2] = {
        {.fd = wl_display_get_fd(display), .events = (short)(POLLIN | (blocked ? POLLOUT : 0))},
        {.fd = wake_fd, .events = POLLIN},
    };
    poll(fds, 2, timeout_ms);
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        if (wl_display_read_events(display) < 0)
            return -ECONNRESET;
    } else {
        wl_display_cancel_read(display);
    }
    return wl_display_dispatch_pending(display) < 0 ? -ECONNRESET : 0;
}

static void sync_done(void *data, struct wl_callback *callback, uint32_t serial)
{
    *(bool *)data = true;
}

static const struct wl_callback_listener sync_listener = {.done = sync_done};

int pf_wayland_roundtrip(struct wl_display *display, uint64_t mono_deadline_ns)
{
    bool done = false;
    int rc = 0;
    struct wl_callback *callback = wl_display_sync(display);
    if (!callback)
        return -ENOMEM;
    wl_callback_add_listener(callback, &sync_listener, &done);
    while (!done && !rc) {
        uint64_t now = pf_time_mono_ns();
        if (now >= mono_deadline_ns)
            rc = -ETIMEDOUT;
        else
            rc = pf_wayland_dispatch(display, -1, (int)((mono_deadline_ns - now) / PF_NS_PER_MS + 1));
    }
    wl_callback_destroy(callback);
    return done ? 0 : rc;
}

static int connect_socket(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (!path[0] || strlen(path) >= sizeof(addr.sun_path))
        return -ENOENT;
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    int rc = -errno;
    close(fd);
    return rc;
}

int pf_wayland_connect(const char *path, struct wl_display **ret_display)
{
    int fd = connect_socket(path);
    if (fd < 0)
        return fd;
    struct wl_display *display = wl_display_connect_to_fd(fd); /* owns fd, also when it fails */
    if (!display)
        return -ENOMEM;
    *ret_display = display;
    return 0;
}
