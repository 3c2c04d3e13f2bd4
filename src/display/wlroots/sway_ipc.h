/* A connection to sway's control socket (the i3 IPC protocol).
 *
 * Every request has a budget of five seconds. A connection is used by one thread at a time.
 */
#ifndef PF_DISPLAY_WLROOTS_SWAY_IPC_H
#define PF_DISPLAY_WLROOTS_SWAY_IPC_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

enum pf_sway_request {
    PF_SWAY_RUN_COMMAND = 0,
    PF_SWAY_SUBSCRIBE = 2,
    PF_SWAY_GET_OUTPUTS = 3,
    PF_SWAY_GET_TREE = 4,
    PF_SWAY_GET_VERSION = 7,
};

/* Connects. Returns a descriptor to close(), or -errno: -ENOENT if path is empty or does not exist,
 * -ECONNREFUSED if sway has ended. */
int pf_sway_connect(const char *path, struct pf_error *err);

/* Names the sway at the other end so that no later one can be taken for it: "SOCKET PID.START", the start
 * time of its process in clock ticks after boot. */
void pf_sway_instance(int fd, const char *path, char *out, size_t size);

/* Sends a request and waits for the reply; json_decref it. The next message has to be the reply: where events
 * are subscribed, that is the last request. After an error the connection is useless. Errors: -ETIMEDOUT,
 * -EPIPE, -EPROTO. */
int pf_sway_request(
    int fd, enum pf_sway_request type, const char *payload, json_t **ret_reply, struct pf_error *err);

/* Runs one command. -ENOTSUP if this sway does not know the command, -EREMOTEIO if it refused; the sentence
 * has sway's own words. Success only means that sway understood: read the outcome back. */
int pf_sway_command(int fd, struct pf_error *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
