#include "mgmt/route.h"

#include "base/env.h"
#include "base/log.h"
#include "encode/gpu.h"

#include <string.h>
#include <strings.h>

static json_t *card_info(const struct pf_gpu *g)
{
    return json_pack("{s:s, s:s, s:s, s:I}", "id", g->id, "name", g->name, "vendor", g->vendor, "vram_mb",
        (json_int_t)g->vram_mb);
}

static json_t *selected_info(const struct pf_gpu_preference *p, const struct pf_gpu *gpus, size_t n)
{
    const char *source;
    int i = pf_gpu_select(p, gpus, n, &source);
    if (i < 0)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s}", "id", gpus[i].id, "name", gpus[i].name, "vendor", gpus[i].vendor,
        "source", source);
}

/* What encodes now. A software encoder has no card, and cards encode for the next session only. */
static json_t *active_info(
    const struct pf_mgmt_host *h, const struct pf_gpu_preference *p, const struct pf_gpu *gpus, size_t n)
{
    struct pf_mgmt_encoding e = {0};
    const char *source;
    if (h->encoding)
        h->encoding(h->user, &e);
    if (!e.sessions)
        return json_null();
    int i = strcmp(e.backend, "software") == 0 ? -1 : pf_gpu_select(p, gpus, n, &source);
    return json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", i < 0 ? "" : gpus[i].id, "name",
        i < 0 ? e.name : gpus[i].name, "vendor", i < 0 ? "other" : gpus[i].vendor, "backend", e.backend,
        "sessions", (json_int_t)e.sessions);
}

static json_t *preferred_id(const struct pf_gpu_preference *p)
{
    return p->has_card ? json_sprintf("%04x-%04x-%u", p->vendor_id, p->device_id, p->occurrence)
                       : json_null();
}

static json_t *gpu_state(const struct pf_mgmt_host *h)
{
    struct pf_gpu gpus[PF_GPUS_MAX];
    struct pf_gpu_preference p;
    size_t n = pf_gpu_list(NULL, NULL, gpus);
    pf_gpu_preference_load(h->config_dir, &p);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, card_info(&gpus[i]));
    return json_pack("{s:o, s:s, s:o, s:o, s:b, s:s?, s:o, s:o}", "gpus", list, "mode",
        p.manual ? "manual" : "auto", "preferred_id", preferred_id(&p), "preferred_name",
        p.has_card ? json_string(p.name) : json_null(), "preferred_available",
        pf_gpu_preferred(&p, gpus, n) >= 0, "env_override", pf_env_get("PUNKTFUNK_RENDER_ADAPTER"),
        "selected", selected_info(&p, gpus, n), "active", active_info(h, &p, gpus, n));
}

void pf_mgmt_list_gpus(struct pf_mgmt_call *call)
{
    pf_mgmt_answer(call, 200, gpu_state(call->host));
}

/* Puts the card with this id into the preference; false if there is none. */
static bool choose(struct pf_gpu_preference *p, const char *id)
{
    struct pf_gpu gpus[PF_GPUS_MAX];
    size_t n = pf_gpu_list(NULL, NULL, gpus);
    id += strspn(id, " \t\r\n");
    size_t len = strcspn(id, " \t\r\n");
    for (size_t i = 0; i < n; i++) {
        if (strlen(gpus[i].id) != len || strncmp(gpus[i].id, id, len) != 0)
            continue;
        p->has_card = true;
        p->vendor_id = gpus[i].vendor_id;
        p->device_id = gpus[i].device_id;
        p->occurrence = gpus[i].occurrence;
        strcpy(p->name, gpus[i].name);
        return true;
    }
    return false;
}

void pf_mgmt_set_gpu_preference(struct pf_mgmt_call *call)
{
    const char *mode = json_string_value(json_object_get(call->body, "mode"));
    const char *id = json_string_value(json_object_get(call->body, "gpu_id"));
    struct pf_gpu_preference p;
    struct pf_error err;
    pf_gpu_preference_load(call->host->config_dir, &p);
    p.manual = strcasecmp(mode, "manual") == 0;
    if (!p.manual && strcasecmp(mode, "auto") != 0) {
        pf_mgmt_answer_error(call, 400, "\"mode\" must be auto or manual");
    } else if (p.manual && !id) {
        pf_mgmt_answer_error(call, 400, "\"gpu_id\" must name the card");
    } else if (p.manual && !choose(&p, id)) {
        pf_mgmt_answer_error(call, 400, "this machine has no graphics card with that id");
    } else if (pf_gpu_preference_save(call->host->config_dir, &p, &err) < 0) {
        pf_mgmt_answer_error(call, 500, "%s", err.text);
    } else {
        pf_log_info("mgmt", "the graphics card is chosen %s", p.manual ? p.name : "automatically");
        pf_mgmt_answer(call, 200, gpu_state(call->host));
    }
}
