#include "mgmt/route.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *display_info(const struct pf_mgmt_display *d)
{
    char mode[48];
    snprintf(mode, sizeof(mode), "%" PRIu32 "x%" PRIu32 "@%" PRIu32, d->mode.width, d->mode.height,
        (d->mode.refresh_mhz + 500) / 1000);
    return json_pack("{s:I, s:s, s:s, s:s, s:o, s:I, s:o}", "slot", (json_int_t)d->slot, "backend",
        d->backend, "mode", mode, "state", d->state, "expires_in_ms",
        d->expires_in_ms < 0 ? json_null() : json_integer(d->expires_in_ms), "sessions",
        (json_int_t)d->sessions, "client", d->client[0] ? json_string(d->client) : json_null());
}

void pf_mgmt_get_display_state(struct pf_mgmt_call *call)
{
    struct pf_mgmt_display displays[PF_MGMT_DISPLAYS_MAX];
    size_t n = call->host->displays(call->host->user, displays, PF_MGMT_DISPLAYS_MAX);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, display_info(&displays[i]));
    pf_mgmt_answer(call, 200, json_pack("{s:o}", "displays", list));
}

void pf_mgmt_release_display(struct pf_mgmt_call *call)
{
    const json_t *slot = json_object_get(call->body, "slot");
    bool all = !json_is_integer(slot);
    call->host->release_display(call->host->user, all, all ? 0 : (uint64_t)json_integer_value(slot), call);
}

void pf_mgmt_reply_released(struct pf_mgmt_call *call, uint64_t count)
{
    pf_mgmt_answer(call, 200, json_pack("{s:I}", "released", (json_int_t)count));
}
