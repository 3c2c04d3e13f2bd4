/* A connection to PipeWire with a thread of its own. Everything of PipeWire is called between lock and
 * unlock.
 */
#ifndef PF_PIPEWIRE_CONNECTION_H
#define PF_PIPEWIRE_CONNECTION_H

#include "base/error.h"

#include <pipewire/pipewire.h>
#include <stdatomic.h>
#include <stdbool.h>

struct pf_pw_connection {
    struct pw_thread_loop *loop;
    struct pw_context *context;
    struct pw_core *core;
    struct spa_hook core_hook;
    int sync_seq; /* of the last round trip that came back */
    atomic_bool dead;
    /* Called once on PipeWire's thread when the server is gone; may be NULL. */
    void (*died)(void *user);
    void *user;
};

/* `name`: of the thread, for the log. Set died and user after it, under the lock. Errors with a sentence. */
int pf_pw_connect(struct pf_pw_connection *c, const char *name, struct pf_error *err);
/* The same over a connection that a portal has opened; `fd` is borrowed, it is copied. −1: as above. */
int pf_pw_connect_fd(struct pf_pw_connection *c, const char *name, int fd, struct pf_error *err);
/* Destroys what was made on it first; not locked. */
void pf_pw_disconnect(struct pf_pw_connection *c);

void pf_pw_lock(struct pf_pw_connection *c);
void pf_pw_unlock(struct pf_pw_connection *c);

/* Locked: waits until the server has worked off all that was sent. -ETIMEDOUT, -EPIPE. */
int pf_pw_roundtrip(struct pf_pw_connection *c);

#endif
