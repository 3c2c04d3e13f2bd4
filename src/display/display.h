/* Virtual displays: the interface that every compositor back end offers (displays-and-capture.md 5).
 *
 * Only the registry calls back ends; sessions talk to the registry (display/registry.h). All functions here
 * may block for seconds and are called without any lock; of the outputs of one group the registry lets one
 * creation, mode change or teardown run at a time.
 */
#ifndef PF_DISPLAY_DISPLAY_H
#define PF_DISPLAY_DISPLAY_H

#include "base/cancel.h"
#include "base/error.h"
#include "display/desktop_env.h"
#include "display/journal.h"
#include "media/mode.h"
#include "media/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What happens to the other heads when a display appears (3.3). */
enum pf_topology { PF_TOPOLOGY_EXTEND, PF_TOPOLOGY_PRIMARY, PF_TOPOLOGY_EXCLUSIVE };

/* "extend", "primary" or "exclusive". */
const char *pf_topology_name(enum pf_topology topology);

struct pf_display_scales; /* scales.h */

/* What a session wants. Borrowed during the call. */
struct pf_display_request {
    struct pf_mode mode; /* even if impossible: the achieved mode is reported back */
    enum pf_topology topology;
    unsigned identity_slot; /* 1…15; 0: anonymous */
    const char *client;     /* label for the API and the log; NULL: unknown */
    const char *launch; /* id of the title that is started in it; NULL: none. Kept for who wants the same */
    /* The title's words, NULL-terminated, for back ends that start it inside; NULL: none. */
    const char *const *program;
    bool hdr;             /* ten bits, PQ */
    bool hardware_cursor; /* the cursor is not to be painted into the picture */
    bool first_in_group;  /* set by the registry: the only one that may change the topology */
    bool placed;          /* set by the registry: the owner chose that place by hand */
    int32_t x, y;         /* set by the registry: where the layout puts it */
    /* Set by the registry: what the back end changes on the desktop is noted there before it is done. Lives
     * longer than every output. */
    struct pf_journal *journal;
    /* Set once nobody wants the display any more. Whoever waits looks at it wherever he can stop without
     * leaving anything behind, and returns -ECANCELED. NULL: it stays wanted. */
    const struct pf_cancel *cancel;
    /* Set by the registry: where the scales are kept that users chose; NULL: nowhere. Lives likewise. */
    struct pf_display_scales *scales;
};

/* -ECANCELED, with a sentence, if it is set: for whoever waits in a back end. Else 0. */
int pf_display_check_wanted(const struct pf_cancel *cancel, struct pf_error *err);

/* Undoes a topology change. May outlive the output that made the change: it is handed to a sibling. */
struct pf_restore {
    /* Called exactly once: puts the other heads back as they were if `undo`, and frees data. NULL: nothing
     * was changed. */
    void (*finish)(void *data, bool undo);
    void *data;
};

/* False for modes that no compositor could have: nothing, or wider or higher than 16384 pixels. */
bool pf_display_mode_is_possible(const struct pf_mode *mode);

struct pf_output;

struct pf_output_ops {
    /* True if the output still exists in its compositor. */
    bool (*alive)(struct pf_output *output);
    /* Its picture has gone: true if that is because what it was made for has ended by itself, as gamescope
     * ends with its title; false if it broke. Waits for that to be known, at most 1.5 s. NULL: it stays,
     * whatever ends in it. */
    bool (*has_ended)(struct pf_output *output);
    /* Gives the output another mode in place, for desktops that cannot have the new one beside the old one.
     * Capture has ended before; on success `source` says how to capture it now. After a failure (-ECANCELED
     * if `cancel` was set) it may show nothing: the same call with the mode that it had mends that, if
     * anything does; it also brings back an output that has died. NULL: who wants another mode makes another
     * output. */
    int (*remode)(struct pf_output *output, const struct pf_mode *mode, const struct pf_cancel *cancel,
        struct pf_error *err);
    /* Called every few seconds, by one thread, as long as the output is there: it may look what the user did
     * with it. Waits for answers of the compositor. NULL: it need not. */
    void (*look_after)(struct pf_output *output);
    /* It was kept, and is taken by another identity (as in the request) than it had: what the user does with
     * it from now on is remembered for that one, and what that one chose before is what he gets. Before it is
     * captured; at the same time other outputs of its group may be made or removed. Waits for answers of the
     * compositor. NULL: it remembers nothing. */
    void (*change_identity)(struct pf_output *output, unsigned identity_slot);
    /* Removes the output from the compositor and frees everything. Capture has ended before. */
    void (*destroy)(struct pf_output *output);
};

/* Base structure of every output; the back end embeds it as its first member. */
struct pf_output {
    const struct pf_output_ops *ops;
    struct pf_source source;   /* how to capture it, and the mode that was really achieved */
    struct pf_restore restore; /* moved out by the registry */
    bool keepable;             /* may stay without a session (we made it, no portal connection hangs on it) */
    bool only_one; /* there can be no other like it: while it is there, create says -EBUSY for another one */
};

/* Windows that were brought to a display once; where they are afterwards is the user's business. All zero:
 * none yet. */
#define PF_DISPLAY_WINDOWS 64u
struct pf_display_windows {
    int64_t ids[PF_DISPLAY_WINDOWS]; /* the newest */
    size_t count;                    /* ever */
};

/* What a desktop can be told about its windows; each as the function of this name below. */
struct pf_display_window_ops {
    bool (*knows)(const struct pf_source *source); /* it is a display of such a desktop */
    int (*focus)(const struct pf_source *source, struct pf_error *err);
    int (*gather)(const struct pf_source *source, const pid_t *pids, size_t count,
        struct pf_display_windows *done, struct pf_error *err);
    int (*watch)(const struct pf_source *source, struct pf_error *err);
};

struct pf_display_backend {
    const char *name; /* as the API shows it: "wlroots" */
    enum pf_desktop_kind kind;
    /* Every output is a group of its own (gamescope spawns). Such outputs come and go concurrently; what they
     * share the back end guards itself. */
    bool group_per_output;
    bool starts_program; /* the title is started inside the display, by the back end */
    /* 0 if outputs can be made in this session right now; else -errno and the reason. */
    int (*probe)(const struct pf_desktop_env *env, struct pf_error *err);
    /* -ECHILD: what was to be started in it has ended already; it is not to be started again. -EBUSY: the
     * desktop has only one such output, which is there already. */
    int (*create)(const struct pf_desktop_env *env, const struct pf_display_request *request,
        struct pf_output **ret_output, struct pf_error *err);
    /* Tries again what could not be undone when an output went. True: nothing is left to do now. The registry
     * calls it with growing pauses until then. NULL: what cannot be undone at once is not tried again. */
    bool (*settle)(const struct pf_desktop_env *env, struct pf_journal *own);
    /* Undoes what is on the list of a dead host under this back end's name, and takes it out; what cannot be
     * undone now stays in. Entries of a run of the compositor that has ended are settled unless they are
     * lasting. `env` is the session now, of any kind. NULL: it notes nothing. */
    void (*undo)(const struct pf_desktop_env *env, struct pf_journal *own, struct pf_journal_list *dead);
    /* False: of what the notes of hosts say, nothing should have been undone by now, as far as this back
     * end's go. Else a sentence about it, for a person. Blocks for some milliseconds. NULL: it cannot tell.
     */
    bool (*owes)(
        const struct pf_desktop_env *env, const struct pf_journal_list *notes, struct pf_error *ret_sentence);
    const struct pf_display_window_ops *windows; /* NULL: its desktops cannot be told */
};

/* All back ends of this build, NULL-terminated. */
extern const struct pf_display_backend *const pf_display_backends[];

/* The back end for the session: `preferred` (a back end's name, NULL or "auto": none) if it works right now,
 * else the one that fits env->kind. -ENODEV with a sentence if there is none. Blocks. */
int pf_display_choose(const struct pf_desktop_env *env, const char *preferred,
    const struct pf_display_backend **ret_backend, struct pf_error *err);

/* Gives the display the keyboard focus of its desktop, which all displays of a desktop share. Any thread;
 * blocks for some milliseconds, at most 5 s. -ENOTSUP if the desktop has no way to say it. */
int pf_display_focus(const struct pf_source *source, struct pf_error *err);

/* Brings the windows of these processes, as far as they are not in `done`, onto the display; returns how many
 * were elsewhere. Any thread; blocks for some milliseconds, at most 5 s. -ENOTSUP if the desktop cannot be
 * told. */
int pf_display_gather(const struct pf_source *source, const pid_t *pids, size_t count,
    struct pf_display_windows *done, struct pf_error *err);

/* A descriptor that becomes readable whenever windows of the desktop come and change: read it empty (its
 * bytes mean nothing), at its end close it. -ENOTSUP as above. Blocks likewise. */
int pf_display_watch_windows(const struct pf_source *source, struct pf_error *err);

/* Undoes what dead hosts left on the desktop, as far as back ends know it. Blocks. */
void pf_display_undo(const struct pf_desktop_env *env, struct pf_journal *own, struct pf_journal_list *dead);

/* As pf_display_backend.owes, of all back ends. */
bool pf_display_owes(
    const struct pf_desktop_env *env, const struct pf_journal_list *notes, struct pf_error *ret_sentence);

#endif
