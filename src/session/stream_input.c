#include "session/stream_input.h"

#include "display/display.h"

bool pf_stream_input_target(struct pf_stream *stream, struct pf_input_target *ret_target)
{
    struct pf_input_target target = {.focus = pf_display_focus};
    if (!pf_stream_source(stream, &target.source))
        return false;
    *ret_target = target;
    return true;
}
