#include "mgmt/events.h"
#include "mgmt/query.h"
#include "mgmt/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEDIA "text/event-stream"

/* Browsers name the last event that they saw in a header when they connect again. */
static void read_wish(const struct pf_mgmt_call *call, struct pf_mgmt_stream_wish *ret)
{
    const char *header = call->request.last_event_id;
    *ret = (struct pf_mgmt_stream_wish){.resume = call->query[0].present, .after = call->query[0].number};
    if (header && pf_mgmt_parse_number(header, INT64_MAX, &ret->after))
        ret->resume = true;
    snprintf(ret->kinds, sizeof(ret->kinds), "%s", call->query[1].text);
}

void pf_mgmt_stream_events(struct pf_mgmt_call *call)
{
    struct pf_mgmt_stream_wish wish;
    read_wish(call, &wish);
    if (strcmp(call->request.method, "HEAD") == 0) {
        pf_mgmt_answer_data(call, 200, MEDIA, strdup(""), 0);
        return;
    }
    struct pf_mgmt_stream *stream =
        call->host->events ? pf_mgmt_stream_open(call->host->events, &wish) : NULL;
    if (!stream) {
        pf_mgmt_answer_error(call, 503, "too many clients listen already; ask again later, or poll");
        return;
    }
    call->response.stream = stream;
    call->response.media = MEDIA;
    pf_mgmt_answer(call, 200, NULL);
}
