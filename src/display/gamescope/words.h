/* What gamescope writes: the line with its PipeWire node, and its version. Pure. */
#ifndef PF_DISPLAY_GAMESCOPE_WORDS_H
#define PF_DISPLAY_GAMESCOPE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GAMESCOPE_LINE 512u /* bytes of a line that are looked at */

/* Reads a log piece by piece, however it is cut. All zero: nothing was read yet. */
struct pf_gamescope_log {
    char line[PF_GAMESCOPE_LINE];
    size_t len; /* of the unfinished line; may be beyond its end */
    bool has_node;
    uint32_t node; /* the last one that was told */
};

/* True once a line has told a node. An unfinished last line does not count. */
bool pf_gamescope_log_feed(struct pf_gamescope_log *log, const char *text, size_t len);

struct pf_gamescope_version {
    unsigned major, minor, patch;
};

/* The first "X.Y.Z" of the text. False if there is none. */
bool pf_gamescope_version_parse(const char *text, size_t len, struct pf_gamescope_version *ret_version);

/* False for versions that can deadlock with PipeWire 1.6. */
bool pf_gamescope_version_is_sound(const struct pf_gamescope_version *version);
#define PF_GAMESCOPE_SOUND "3.16.22"

#endif
