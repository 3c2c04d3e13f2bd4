#include "mgmt/route.h"

#include "base/log_ring.h"
#include "base/time.h"

#include <stdlib.h>

#define LINES_MAX 1000u

/* Lines come from all over, also from libraries; what is no UTF-8 must not spoil the page. */
static json_t *text_json(const char *text)
{
    json_t *json = json_string(text);
    return json ? json : json_string("(a line that is no text)");
}

static json_t *line_json(const struct pf_log_line *line)
{
    return json_pack("{s:I, s:I, s:s, s:o, s:o}", "seq", (json_int_t)line->seq, "ts_ms",
        (json_int_t)(line->real_ns / PF_NS_PER_MS), "level", pf_log_level_name(line->level), "target",
        text_json(line->scope), "msg", text_json(line->text));
}

void pf_mgmt_logs_get(struct pf_mgmt_call *call)
{
    uint64_t after = call->query[0].present ? call->query[0].number : 0;
    uint64_t limit = call->query[1].present ? call->query[1].number : LINES_MAX;
    limit = limit < 1 ? 1 : limit > LINES_MAX ? LINES_MAX : limit;
    struct pf_log_line *lines = calloc(limit, sizeof(*lines));
    bool dropped = false;
    size_t n = 0;
    if (lines && call->host->logs)
        n = pf_log_ring_read(call->host->logs, after, lines, limit, &dropped);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, line_json(&lines[i]));
        free(lines[i].text);
    }
    json_int_t next = (json_int_t)(n ? lines[n - 1].seq : after);
    free(lines);
    pf_mgmt_answer(
        call, 200, json_pack("{s:o, s:I, s:b}", "entries", list, "next", next, "dropped", dropped));
}
