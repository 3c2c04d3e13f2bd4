/* A virtual output of KWin: it lives as long as the stream that was asked for with it
 * (displays-and-capture.md 7.1, 7.3).
 *
 * A thread of its own hears what KWin says on the connection.
 */
#ifndef PF_DISPLAY_KWIN_STREAM_H
#define PF_DISPLAY_KWIN_STREAM_H

#include "base/cancel.h"
#include "base/error.h"
#include "media/mode.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_kwin_stream;

/* Makes an output "Virtual-NAME" of this size at 60 Hz and its PipeWire node; blocks up to 15 s, or until
 * `cancel` (may be NULL) is set: -ECANCELED. `cursor_apart`: the cursor comes beside the picture. Errors:
 * -ECONNREFUSED, -ECONNRESET, -EACCES (KWin keeps the interface from this program), -ENOTSUP (this KWin makes
 * no virtual outputs), -ETIMEDOUT, -ENOMEM.
 */
int pf_kwin_stream_open(const char *socket, const char *name, const struct pf_mode *size, bool cursor_apart,
    const struct pf_cancel *cancel, struct pf_kwin_stream **ret_stream, struct pf_error *err);
/* The output goes. NULL is allowed. */
void pf_kwin_stream_close(struct pf_kwin_stream *stream);

/* PipeWire's id of the node. */
uint32_t pf_kwin_stream_node(const struct pf_kwin_stream *stream);
/* False once KWin has closed it or ended. Any thread. */
bool pf_kwin_stream_is_open(struct pf_kwin_stream *stream);

#endif
