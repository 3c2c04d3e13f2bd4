#include "mgmt/route.h"

#include "base/log.h"
#include "mgmt/display_settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* ---- policy ---- */

/* The list is the one that the first clients of the API know; what else this host acts on they do not ask. */
static json_t *settings_state(const json_t *policy, bool configured)
{
    return json_pack("{s:O, s:b, s:o, s:o, s:[s, s]}", "settings", policy, "configured", configured,
        "effective", pf_display_settings_effective(policy), "presets", pf_display_settings_presets(),
        "enforced", "keep_alive", "topology");
}

void pf_mgmt_get_display_settings(struct pf_mgmt_call *call)
{
    bool configured;
    json_t *policy = pf_display_settings_load(call->host->config_dir, &configured);
    pf_mgmt_answer(call, 200, settings_state(policy, configured));
    json_decref(policy);
}

/* Consoles offer no way to keep displays for ever, and clients of the API rely on the refusal; the file may
 * say so all the same. */
static bool stays_forever(const json_t *policy)
{
    json_t *effective = pf_display_settings_effective(policy);
    const char *mode = json_string_value(json_object_get(json_object_get(effective, "keep_alive"), "mode"));
    bool forever = strcmp(mode, "forever") == 0;
    json_decref(effective);
    return forever;
}

void pf_mgmt_set_display_settings(struct pf_mgmt_call *call)
{
    struct pf_error err;
    json_t *policy = pf_display_settings_complete(call->body);
    if (stays_forever(policy)) {
        pf_mgmt_answer_error(call, 400,
            "displays cannot be kept \"forever\" through the API; choose a duration, or edit "
            "display-settings.json");
    } else if (pf_display_settings_save(call->host->config_dir, policy, &err) < 0) {
        pf_mgmt_answer_error(call, 500, "%s", err.text);
    } else {
        pf_log_info("mgmt", "the display policy was changed");
        pf_mgmt_answer(call, 200, settings_state(policy, true));
    }
    json_decref(policy);
}
