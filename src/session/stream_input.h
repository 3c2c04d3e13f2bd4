/* Where the input of a session goes: into the display that its stream shows. */
#ifndef PF_SESSION_STREAM_INPUT_H
#define PF_SESSION_STREAM_INPUT_H

#include "input/injector.h"
#include "session/stream.h"

/* False while the stream has no display. Any thread. For struct pf_input_service_config. */
bool pf_stream_input_target(struct pf_stream *stream, struct pf_input_target *ret_target);

#endif
