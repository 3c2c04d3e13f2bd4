/* The newest lines of the log, kept in memory for people who look later (management-and-operations.md 3.9).
 *
 * Memory: at most PF_LOG_RING_LINES lines of at most PF_LOG_TEXT_MAX bytes. Any thread.
 */
#ifndef PF_BASE_LOG_RING_H
#define PF_BASE_LOG_RING_H

#include "base/log.h"

#include <stddef.h>

#define PF_LOG_RING_LINES 4096u

struct pf_log_ring;

struct pf_log_line {
    uint64_t seq; /* from 1 */
    uint64_t real_ns;
    enum pf_log_level level;
    char scope[24];
    char *text; /* owned */
};

/* NULL if memory is exhausted. It hears of nothing before pf_log_set_sink(pf_log_ring_take, ring). */
struct pf_log_ring *pf_log_ring_create(void);
void pf_log_ring_destroy(struct pf_log_ring *ring); /* NULL is allowed; it must not be the sink any more */

/* A pf_log_sink. */
void pf_log_ring_take(
    void *ring, enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text);

/* Copies at most `max` lines whose number is greater than `after`, oldest first; returns how many. The
 * caller frees each text. *ret_dropped: lines between `after` (if it is not 0) and the oldest kept are gone.
 */
size_t pf_log_ring_read(
    struct pf_log_ring *ring, uint64_t after, struct pf_log_line *ret_lines, size_t max, bool *ret_dropped);

/* "ERROR", "WARN", … */
const char *pf_log_level_name(enum pf_log_level level);

#endif
