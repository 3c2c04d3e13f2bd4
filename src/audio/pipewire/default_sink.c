#include "audio/pipewire/default_sink.h"

#include <jansson.h>
#include <pipewire/extensions/metadata.h>
#include <stdio.h>
#include <string.h>

#define CONFIGURED "default.configured.audio.sink"
#define NOTE       "punktfunk.previous.audio.sink"
#define TYPE       "Spa:String:JSON"

void pf_pw_sink_name_of(const char *value, char ret_name[PF_PW_NAME_MAX])
{
    json_t *json = value ? json_loads(value, 0, NULL) : NULL;
    const char *name = json_string_value(json_object_get(json, "name"));
    snprintf(ret_name, PF_PW_NAME_MAX, "%s", name ? name : "");
    json_decref(json);
}

/* ---- what there is --------------------------------------------------------------------------------------
 */

static int on_property(void *user, uint32_t subject, const char *key, const char *type, const char *value)
{
    struct pf_pw_default_sink *d = user;
    if (subject != 0 || !key)
        return 0;
    if (strcmp(key, CONFIGURED) == 0) {
        char before[PF_PW_NAME_MAX];
        memcpy(before, d->configured, sizeof(before));
        pf_pw_sink_name_of(value, d->configured);
        if (d->changed && strcmp(before, d->configured) != 0)
            d->changed(d->user);
    }
    if (strcmp(key, NOTE) == 0) {
        d->has_note = value;
        pf_pw_sink_name_of(value, d->noted);
    }
    return 0;
}

static const struct pw_metadata_events metadata_events = {
    PW_VERSION_METADATA_EVENTS, .property = on_property};

static void take_metadata(struct pf_pw_default_sink *d, uint32_t id, const char *name)
{
    if (d->metadata || !name || strcmp(name, "default") != 0)
        return;
    d->metadata = pw_registry_bind(d->registry, id, PW_TYPE_INTERFACE_Metadata, PW_VERSION_METADATA, 0);
    if (d->metadata)
        pw_metadata_add_listener((struct pw_metadata *)d->metadata, &d->metadata_hook, &metadata_events, d);
}

static void take_node(struct pf_pw_default_sink *d, const char *name)
{
    if (name && strncmp(name, PF_PW_SINK_PREFIX, strlen(PF_PW_SINK_PREFIX)) == 0 &&
        d->speaker_count < PF_PW_SPEAKERS_MAX)
        snprintf(d->speakers[d->speaker_count++], PF_PW_NAME_MAX, "%s", name);
}

static void on_global(void *user, uint32_t id, uint32_t permissions, const char *type, uint32_t version,
    const struct spa_dict *props)
{
    struct pf_pw_default_sink *d = user;
    if (!props)
        return;
    if (strcmp(type, PW_TYPE_INTERFACE_Metadata) == 0)
        take_metadata(d, id, spa_dict_lookup(props, PW_KEY_METADATA_NAME));
    else if (strcmp(type, PW_TYPE_INTERFACE_Node) == 0)
        take_node(d, spa_dict_lookup(props, PW_KEY_NODE_NAME));
}

static const struct pw_registry_events registry_events = {PW_VERSION_REGISTRY_EVENTS, .global = on_global};

int pf_pw_default_sink_init(struct pf_pw_default_sink *d, struct pf_pw_connection *connection)
{
    *d = (struct pf_pw_default_sink){.connection = connection};
    d->registry = pw_core_get_registry(connection->core, PW_VERSION_REGISTRY, 0);
    if (!d->registry)
        return -ENOMEM;
    pw_registry_add_listener(d->registry, &d->registry_hook, &registry_events, d);
    int rc = pf_pw_roundtrip(connection);             /* the objects */
    return rc < 0 ? rc : pf_pw_roundtrip(connection); /* the properties of those that were bound */
}

void pf_pw_default_sink_finish(struct pf_pw_default_sink *d)
{
    if (d->metadata) {
        spa_hook_remove(&d->metadata_hook);
        pw_proxy_destroy(d->metadata);
    }
    if (d->registry) {
        spa_hook_remove(&d->registry_hook);
        pw_proxy_destroy((struct pw_proxy *)d->registry);
    }
    d->metadata = NULL;
    d->registry = NULL;
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

/* A name of "" takes the key away. */
static void set(struct pf_pw_default_sink *d, const char *key, const char *name)
{
    json_t *json = name[0] ? json_pack("{s:s}", "name", name) : NULL;
    char *value = json ? json_dumps(json, JSON_COMPACT) : NULL;
    pw_metadata_set_property((struct pw_metadata *)d->metadata, 0, key, value ? TYPE : NULL, value);
    free(value);
    json_decref(json);
}

static bool is_ours(const char *name)
{
    return strncmp(name, PF_PW_SINK_PREFIX, strlen(PF_PW_SINK_PREFIX)) == 0;
}

static bool is_alive(const struct pf_pw_default_sink *d, const char *name)
{
    for (unsigned i = 0; i < d->speaker_count; i++)
        if (strcmp(d->speakers[i], name) == 0)
            return true;
    return false;
}

static void take_note_away(struct pf_pw_default_sink *d)
{
    pw_metadata_set_property((struct pw_metadata *)d->metadata, 0, NOTE, NULL, NULL);
    d->has_note = false;
    d->noted[0] = '\0';
}

bool pf_pw_default_sink_prepare(struct pf_pw_default_sink *d, const char *before)
{
    if (!d->metadata)
        return false;
    if (!is_ours(d->configured))
        before = d->configured;
    else if (d->has_note)
        before = d->noted;
    memmove(d->noted, before, strlen(before) + 1);
    d->has_note = true;
    return true;
}

void pf_pw_default_sink_claim(struct pf_pw_default_sink *d, const char *name)
{
    set(d, NOTE, d->noted);
    set(d, CONFIGURED, name);
}

void pf_pw_default_sink_release(struct pf_pw_default_sink *d, const char *name)
{
    if (!d->metadata)
        return;
    if (strcmp(d->configured, name) == 0)
        set(d, CONFIGURED, d->noted);
    take_note_away(d);
}

void pf_pw_default_sink_recover(struct pf_pw_default_sink *d, const char *before)
{
    bool stale = is_ours(d->configured) && !is_alive(d, d->configured);
    /* A session manager that has just started may not have read its files yet. */
    bool unknown = !d->configured[0] && before[0];
    if (d->metadata && (stale || unknown)) {
        set(d, CONFIGURED, d->has_note ? d->noted : before);
        take_note_away(d);
    }
}
