#include "mgmt/route.h"

void pf_mgmt_stop_session(struct pf_mgmt_call *call)
{
    call->host->stop_sessions(call->host->user);
    pf_mgmt_answer(call, 204, NULL);
}

void pf_mgmt_request_idr(struct pf_mgmt_call *call)
{
    if (call->host->request_idr(call->host->user))
        pf_mgmt_answer(call, 202, NULL);
    else
        pf_mgmt_answer_error(call, 409, "nothing streams, so there is no key frame to ask for");
}

static json_t *session_info(const struct pf_mgmt_session *s)
{
    json_t *json = json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s?, s:I, s:I, s:I, s:o, s:I, s:I}",
        "id", (json_int_t)s->id, "kind", s->kind, "name", s->name, "client", s->client, "state", s->state,
        "width", (json_int_t)s->mode.width, "height", (json_int_t)s->mode.height, "fps",
        (json_int_t)(s->mode.refresh_mhz + 500) / 1000, "codec", s->codec, "bitrate_kbps",
        (json_int_t)s->bitrate_kbps, "sent_fps", (json_int_t)s->sent_fps, "sent_kbps",
        (json_int_t)s->sent_kbps, "latency_us", s->latency_us ? json_integer(s->latency_us) : json_null(),
        "fec_percent", (json_int_t)s->fec_percent, "started_unix_ms", (json_int_t)s->started_unix_ms);
    return json;
}

void pf_mgmt_list_sessions(struct pf_mgmt_call *call)
{
    struct pf_mgmt_session sessions[PF_MGMT_SESSIONS_MAX];
    size_t n =
        call->host->sessions ? call->host->sessions(call->host->user, sessions, PF_MGMT_SESSIONS_MAX) : 0;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, session_info(&sessions[i]));
    pf_mgmt_answer(call, 200, list);
}
