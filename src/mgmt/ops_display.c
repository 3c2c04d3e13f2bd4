#include "mgmt/route.h"

#include "base/log.h"
#include "display/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static json_t *display_info(const struct pf_mgmt_display *d)
{
    char mode[48];
    snprintf(mode, sizeof(mode), "%" PRIu32 "x%" PRIu32 "@%" PRIu32, d->mode.width, d->mode.height,
        (d->mode.refresh_mhz + 500) / 1000);
    json_t *info = json_pack("{s:I, s:s, s:s, s:s, s:o, s:I, s:o}", "slot", (json_int_t)d->slot, "backend",
        d->backend, "mode", mode, "state", d->state, "expires_in_ms",
        d->expires_in_ms < 0 ? json_null() : json_integer(d->expires_in_ms), "sessions",
        (json_int_t)d->sessions, "client", d->client[0] ? json_string(d->client) : json_null());
    json_t *place = json_pack("{s:I, s:I, s:i, s:i, s:o, s:s, s:o, s:I}", "group", (json_int_t)d->group,
        "display_index", (json_int_t)d->display_index, "x", (int)d->x, "y", (int)d->y, "identity_slot",
        d->identity_slot ? json_integer(d->identity_slot) : json_null(), "topology", d->topology, "output",
        d->output[0] ? json_string(d->output) : json_null(), "age_ms", (json_int_t)d->age_ms);
    json_object_update(info, place);
    json_decref(place);
    return info;
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

static json_t *effective_json(const struct pf_display_policy *stored)
{
    struct pf_display_policy effective = pf_display_policy_effective(stored);
    return pf_display_policy_fields_to_json(&effective);
}

static json_t *presets_json(void)
{
    json_t *list = json_array();
    for (unsigned i = PF_PRESET_CUSTOM + 1; i < PF_PRESETS; i++) {
        struct pf_display_policy preset = pf_display_preset_policy((enum pf_display_preset)i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "id", pf_display_preset_name(preset.preset),
                                        "summary", pf_display_preset_summary(preset.preset), "fields",
                                        pf_display_policy_fields_to_json(&preset)));
    }
    return list;
}

/* The list is the one that the first clients of the API know; what else this host acts on they do not ask. */
static json_t *settings_state(const struct pf_display_policy *stored)
{
    return json_pack("{s:o, s:b, s:o, s:o, s:[s, s]}", "settings", pf_display_policy_to_json(stored),
        "configured", (int)stored->configured, "effective", effective_json(stored), "presets", presets_json(),
        "enforced", "keep_alive", "topology");
}

void pf_mgmt_get_display_settings(struct pf_mgmt_call *call)
{
    struct pf_display_policy stored;
    struct pf_error err;
    if (pf_display_policy_load_stored(call->host->config_dir, &stored, &err) < 0)
        pf_log_warn("mgmt", "%s", err.text);
    pf_mgmt_answer(call, 200, settings_state(&stored));
}

/* Consoles offer no way to keep displays for ever, and clients of the API rely on the refusal; the file may
 * say so all the same. */
static bool stays_forever(const json_t *body)
{
    struct pf_display_policy stored;
    return pf_display_policy_check(body, &stored, NULL) == 0 &&
           pf_display_policy_effective(&stored).linger.kind == PF_LINGER_FOREVER;
}

void pf_mgmt_set_display_settings(struct pf_mgmt_call *call)
{
    struct pf_display_policy stored;
    struct pf_error err;
    if (stays_forever(call->body)) {
        pf_mgmt_answer_error(call, 400,
            "displays cannot be kept \"forever\" through the API; choose a duration, or edit "
            "display-settings.json");
        return;
    }
    int rc = pf_display_policy_save(call->host->config_dir, call->body, &stored, &err);
    if (rc < 0) {
        pf_mgmt_answer_error(call, rc == -EINVAL ? 400 : 500, "%s", err.text);
        return;
    }
    pf_log_info("mgmt", "the display policy was changed");
    pf_mgmt_answer(call, 200, settings_state(&stored));
}
