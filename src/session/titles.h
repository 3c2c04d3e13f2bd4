/* Which titles of the library run for whom, and when each begins and ends (management-and-operations.md 5.6).
 * A pure state machine; the launcher does what it says. Times are nanoseconds of one monotonic clock.
 *
 *   WANTED ─ its display shows a picture → STARTING → RUNNING ─ it exits → OVER
 *                                                        └ its client quits, or its display goes → ENDING
 *
 * A title belongs to a client. While no session of his holds it, it lives as long as the display that it was
 * last on: whoever comes back within the linger time finds it as it was. One that has exited by itself is not
 * started again for who drops and comes back; who asks for it later gets it.
 */
#ifndef PF_SESSION_TITLES_H
#define PF_SESSION_TITLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_TITLES_MAX      32u
#define PF_TITLE_ID_SIZE   129u
#define PF_TITLE_MEMORY_NS 60000000000u /* how long one that has exited is remembered without a session */

enum pf_title_state {
    PF_TITLE_NONE,
    PF_TITLE_WANTED,
    PF_TITLE_STARTING,
    PF_TITLE_RUNNING,
    PF_TITLE_ENDING,
    PF_TITLE_OVER, /* it has exited, or could not be started */
};

struct pf_title {
    enum pf_title_state state;
    uint64_t key; /* never 0, never used again */
    bool has_owner;
    uint8_t owner[32];
    char id[PF_TITLE_ID_SIZE];
    unsigned holds;   /* sessions that show it */
    uint64_t display; /* it was last on; 0: none yet */
    uint64_t left_ns; /* when the last session went */
    bool doomed;      /* it is to end */
};

/* All zero: nothing runs. Guarded by its owner. */
struct pf_titles {
    struct pf_title list[PF_TITLES_MAX];
    uint64_t keys;
};

/* A session of this client (NULL: of somebody unknown) wants the title. Returns its key, 0 if there are too
 * many. *ret_resumed: it is there already, or has just exited, and is not started. */
uint64_t pf_titles_join(
    struct pf_titles *t, const uint8_t owner[32], const char *id, uint64_t now_ns, bool *ret_resumed);

/* The picture of the session comes from this display now. True: the title runs, or is being started, on
 * another one. */
bool pf_titles_place(struct pf_titles *t, uint64_t key, uint64_t display);

/* The session is over, and its display given up. `quit`: the client left on purpose. `displays`: those that
 * there still are. */
void pf_titles_leave(
    struct pf_titles *t, uint64_t key, bool quit, const uint64_t *displays, size_t count, uint64_t now_ns);

/* The displays that there still are: ends what nobody shows and whose display is gone. */
void pf_titles_displays(struct pf_titles *t, const uint64_t *displays, size_t count);

/* The client ends all that is his. */
void pf_titles_quit(struct pf_titles *t, const uint8_t owner[32]);
/* Everything ends, and nothing begins. */
void pf_titles_quit_all(struct pf_titles *t);

enum pf_title_action {
    PF_TITLE_NOTHING,
    PF_TITLE_START, /* pf_titles_started is due */
    PF_TITLE_END,   /* it runs: pf_titles_exited follows */
};
/* What is to be done next; once each. */
enum pf_title_action pf_titles_next(struct pf_titles *t, uint64_t *ret_key);

/* False: it could not be started; not tried again for this session. */
void pf_titles_started(struct pf_titles *t, uint64_t key, bool ok);
/* All of it has ended. True: by itself. */
bool pf_titles_exited(struct pf_titles *t, uint64_t key);

/* NULL: it is forgotten. */
const struct pf_title *pf_titles_find(const struct pf_titles *t, uint64_t key);

#endif
