/* Logging to standard error.
 *
 * A line is: time, level, scope, sentence, key=value fields. Where standard error is the journal, which keeps
 * time and level itself, the line is "<priority>scope: sentence". The level is `info` unless RUST_LOG (the
 * variable of the reference host) says otherwise: `debug`, or `info,native=debug,quic=trace`. Secrets never
 * go into a log line; text that came from a peer is cleaned by the caller first.
 */
#ifndef PF_BASE_LOG_H
#define PF_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#define PF_LOG_TEXT_MAX 2048u /* bytes of a line's text; longer ones are cut and end with "…" */

enum pf_log_level { PF_LOG_ERROR, PF_LOG_WARN, PF_LOG_INFO, PF_LOG_DEBUG, PF_LOG_TRACE };

/* Reads RUST_LOG. Call once, before threads exist. */
void pf_log_init(void);

/* True if a line of this level and scope would be written; guards costly arguments. */
bool pf_log_enabled(enum pf_log_level level, const char *scope);

/* Any thread. One line; control characters in the text are replaced by '?'. */
void pf_log(enum pf_log_level level, const char *scope, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define pf_log_error(scope, ...) pf_log(PF_LOG_ERROR, scope, __VA_ARGS__)
#define pf_log_warn(scope, ...)  pf_log(PF_LOG_WARN, scope, __VA_ARGS__)
#define pf_log_info(scope, ...)  pf_log(PF_LOG_INFO, scope, __VA_ARGS__)
#define pf_log_debug(scope, ...) pf_log(PF_LOG_DEBUG, scope, __VA_ARGS__)
#define pf_log_trace(scope, ...) pf_log(PF_LOG_TRACE, scope, __VA_ARGS__)

/* Sees every line at DEBUG and above, whatever RUST_LOG says. `text` is valid during the call only; the sink
 * may be called on any thread, one call at a time, and must not log. NULL removes it. */
typedef void (*pf_log_sink)(
    void *user, enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text);
void pf_log_set_sink(pf_log_sink sink, void *user);

/* Lets `burst` events pass per interval. For lines that a peer can cause at will. Any thread, but the
 * structure must be guarded by its owner. */
struct pf_rate_limit {
    uint64_t interval_ns;
    unsigned burst;
    uint64_t window_start_ns;
    unsigned used, suppressed;
};

/* True if this event may be logged; *ret_suppressed (may be NULL) gets how many were held back before it. */
bool pf_rate_limit_pass(struct pf_rate_limit *r, uint64_t mono_ns, unsigned *ret_suppressed);

#endif
