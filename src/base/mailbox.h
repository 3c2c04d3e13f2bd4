/* Latest-wins hand-over of one object between threads: a new one replaces (and releases) the one that nobody
 * took. Used for captured frames. */
#ifndef PF_BASE_MAILBOX_H
#define PF_BASE_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct pf_mailbox {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *item;
    void (*release)(void *item);
    bool poked;  /* wake the taker once without an item */
    bool closed; /* puts release at once, takes never wait */
};

/* `release` gives up one reference to an item; it may be called on any thread that puts. */
void pf_mailbox_init(struct pf_mailbox *m, void (*release)(void *item));
/* Releases what is left. No other thread may use the mailbox any more. */
void pf_mailbox_finish(struct pf_mailbox *m);

/* Hands the reference over. Returns true if it replaced one that was not taken. */
bool pf_mailbox_put(struct pf_mailbox *m, void *item);

/* Takes the item, waiting until mono_deadline_ns (0: not at all). NULL on time-out, poke or close. */
void *pf_mailbox_take(struct pf_mailbox *m, uint64_t mono_deadline_ns);

/* Makes a waiting (or the next) take return early, e.g. because a key frame is wanted now. */
void pf_mailbox_poke(struct pf_mailbox *m);

void pf_mailbox_close(struct pf_mailbox *m);

#endif
