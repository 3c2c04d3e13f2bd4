/* Injectors: what plays a client's input into a desktop.
 *
 * A back end is one table in pf_input_backends. An injector belongs to one thread, the one that opened it;
 * others lend it while that one rests.
 * Behaviour: docs/spec/input-audio-encode.md 1.
 */
#ifndef PF_INPUT_INJECTOR_H
#define PF_INPUT_INJECTOR_H

#include "base/error.h"
#include "input/event.h"
#include "media/source.h"

#include <stdbool.h>
#include <stddef.h>

/* Where input goes: to the display that the client sees. Copied by whoever keeps it. */
struct pf_input_target {
    struct pf_source source; /* WAYLAND without output_name: the desktop as a whole */
    /* Gives the source's output the keyboard focus, for desktops whose sessions share one keyboard. Blocks
     * for some milliseconds. NULL: not possible. */
    int (*focus)(const struct pf_source *source, struct pf_error *err);
};

struct pf_injector;

struct pf_injector_ops {
    /* Plays one batch, at once. What the back end cannot do (a second finger on wlr) is dropped. Only real
     * changes come here, and repeats of held keys: struct pf_held has filtered. Errors end the injector. */
    int (*inject)(struct pf_injector *injector, const struct pf_input *events, size_t count);
    /* The same for one event that needs no waiting for the desktop. Any thread, while the injector's own one
     * rests; never blocks. Negative: inject shall have it. NULL: there is no such event. */
    int (*inject_now)(struct pf_injector *injector, const struct pf_input *event);
    /* `fd` is readable, or a second has passed: takes what the desktop says, without blocking. Errors end the
     * injector; -ENODEV: its output is gone. */
    int (*dispatch)(struct pf_injector *injector);
    /* Frees everything. Whatever is held was let go before, unless the injector failed. */
    void (*destroy)(struct pf_injector *injector);
};

/* Base structure; the back end embeds it as its first member. */
struct pf_injector {
    const struct pf_injector_ops *ops;
    int fd; /* to poll for reading */
};

struct pf_input_backend {
    const char *name;          /* "wlr" */
    const char *const *others; /* further spellings in PUNKTFUNK_INPUT_BACKEND, NULL-terminated */
    enum pf_source_kind kind;  /* of the displays that it serves */
    bool last_resort; /* serves every display, but not it alone: whatever reads the machine's devices */
    /* Blocks for at most some seconds. */
    int (*open)(
        const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err);
};

/* All back ends of this build, NULL-terminated. The order counts only among those of one kind: see
 * pf_input_line_up. */
extern const struct pf_input_backend *const pf_input_backends[];

#define PF_INPUT_LINE 8u

/* The back ends to try for the source, one after the other; returns how many. The one that `name` (a
 * spelling; NULL: none) asks for is the only one. Else those for the display that the source names, in the
 * order of input-audio-encode.md 1.1, or the first that serves its kind; at last the last resort. Pure but
 * for a warning. */
size_t pf_input_line_up(const struct pf_input_backend *const *backends, const char *name,
    const struct pf_source *source, const struct pf_input_backend *ret_line[PF_INPUT_LINE]);

/* Opens the back end that PUNKTFUNK_INPUT_BACKEND names, or the first one in line that is not refused; the
 * last resort only if the target's desktop takes no input from programs at all. -ENOTSUP if there is none. */
int pf_injector_open(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err);
/* The same, but `name` says it instead of the environment; NULL: nothing does. */
int pf_injector_open_named(const char *name, const struct pf_input_target *target,
    struct pf_injector **ret_injector, struct pf_error *err);
/* NULL if no back end of this build is called so. */
const struct pf_input_backend *pf_input_find(const char *name);

/* NULL is allowed. */
static inline void pf_injector_destroy(struct pf_injector *injector)
{
    if (injector)
        injector->ops->destroy(injector);
}

#endif
