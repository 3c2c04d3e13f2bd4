/* Errors.
 *
 * Functions return 0 or a positive value on success and a negative errno-style code on failure. Where a
 * person will read about the failure they also take a `struct pf_error *`, which receives one sentence that
 * says what failed, why, and what to do. It may be NULL. Outputs named ret_* stay untouched on failure.
 */
#ifndef PF_BASE_ERROR_H
#define PF_BASE_ERROR_H

struct pf_error {
    char text[320]; /* one sentence, NUL-terminated, no newline */
};

/* Sets err->text (if err is not NULL) and returns `code`, so that `return pf_error_set(err, -EIO, …)` works.
 */
int pf_error_set(struct pf_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "<prefix>: " in front of the text already there; returns `code`. */
int pf_error_prefix(struct pf_error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
