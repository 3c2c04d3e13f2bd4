/* What every private connection to a Wayland compositor needs: connecting, and waiting with a limit.
 *
 * A connection belongs to one thread at a time.
 */
#ifndef PF_WAYLAND_CLIENT_H
#define PF_WAYLAND_CLIENT_H

#include <stdint.h>
#include <wayland-client.h>

/* Connects to the socket at this absolute path. Errors: -ENOENT for a path that cannot be one, what connect()
 * says, -ENOMEM. Close it with wl_display_disconnect. */
int pf_wayland_connect(const char *path, struct wl_display **ret_display);

/* Sends what is queued, without waiting: what the compositor does not take now stays queued. 0, or
 * -ECONNRESET once the compositor is gone. */
int pf_wayland_flush(struct wl_display *display);

/* Sends what is queued, waits up to timeout_ms (−1: for ever) for events or for wake_fd (−1: none) to become
 * readable, and runs the listeners. Returns 0, or -ECONNRESET once the compositor is gone. */
int pf_wayland_dispatch(struct wl_display *display, int wake_fd, int timeout_ms);

/* Waits until the compositor has handled everything sent so far; its answers have been dispatched then. 0,
 * -ECONNRESET, -ETIMEDOUT or -ENOMEM. */
int pf_wayland_roundtrip(struct wl_display *display, uint64_t mono_deadline_ns);

#endif
