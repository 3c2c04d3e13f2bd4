#include "audio/pipewire/sink.h"

#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SCOPE "audio"

const char *pf_pw_positions(unsigned channels)
{
    switch (channels) {
    case 8:
        return "FL,FR,FC,LFE,RL,RR,SL,SR";
    case 6:
        return "FL,FR,FC,LFE,RL,RR";
    default:
        return "FL,FR";
    }
}

/* A name that no run before and no other sink of this one had. */
static void make_name(char out[PF_PW_NAME_MAX])
{
    static atomic_uint count;
    snprintf(out, PF_PW_NAME_MAX, PF_PW_SINK_PREFIX "%ld-%u", (long)getpid(), atomic_fetch_add(&count, 1));
}

static struct pw_proxy *make_node(struct pf_pw_sink *s, unsigned channels)
{
    char count[8];
    snprintf(count, sizeof(count), "%u", channels);
    struct pw_properties *props = pw_properties_new("factory.name", "support.null-audio-sink",
        PW_KEY_NODE_NAME, s->name, PW_KEY_NODE_DESCRIPTION, "punktfunk", PW_KEY_MEDIA_CLASS, "Audio/Sink",
        PW_KEY_NODE_VIRTUAL, "true", "audio.channels", count, "audio.position", pf_pw_positions(channels),
        "audio.rate", "48000", "priority.session", "50", "session.suspend-timeout-seconds", "0",
        /* The nearest power of two to 5 ms: PipeWire 0.3 rounds anything else down, to 128. */
        "node.force-quantum", "256", "monitor.channel-volumes", "true", "monitor.passthrough", "true",
        "object.linger", "false", NULL);
    if (!props)
        return NULL;
    struct pw_proxy *node = pw_core_create_object(
        s->connection.core, "adapter", PW_TYPE_INTERFACE_Node, PW_VERSION_NODE, &props->dict, 0);
    pw_properties_free(props);
    return node;
}

/* Locked. */
static int build(struct pf_pw_sink *s, const struct pf_pw_sink_config *config)
{
    int rc = pf_pw_default_sink_init(&s->chosen, &s->connection);
    if (rc < 0)
        return rc;
    s->node = make_node(s, config->channels);
    rc = s->node ? pf_pw_roundtrip(&s->connection) : -errno;
    if (rc < 0 || !config->claim)
        return rc;
    if (!pf_pw_default_sink_prepare(&s->chosen, config->before)) {
        pf_log_warn(SCOPE,
            "no session manager (WirePlumber) runs: programs must be pointed at the sink %s by hand",
            s->name);
    } else {
        if (s->notes.displaced)
            s->notes.displaced(s->notes.user, s->chosen.noted);
        pf_pw_default_sink_claim(&s->chosen, s->name);
    }
    s->claimed = true;
    rc = pf_pw_roundtrip(&s->connection);
    s->chosen.user = config->user;
    s->chosen.changed = config->chosen; /* from now on: the claim itself is no news */
    return rc;
}

bool pf_pw_sink_is_heard(struct pf_pw_sink *s)
{
    pf_pw_lock(&s->connection);
    bool heard = !s->claimed || !s->chosen.metadata || strcmp(s->chosen.configured, s->name) == 0;
    pf_pw_unlock(&s->connection);
    return heard;
}

int pf_pw_sink_open(struct pf_pw_sink *s, const struct pf_pw_sink_config *config, struct pf_error *err)
{
    *s = (struct pf_pw_sink){0};
    if (config->notes)
        s->notes = *config->notes;
    make_name(s->name);
    int rc = pf_pw_connect(&s->connection, "pf-sink", err);
    if (rc < 0)
        return rc;
    pf_pw_lock(&s->connection);
    rc = build(s, config);
    pf_pw_unlock(&s->connection);
    if (rc < 0) {
        pf_pw_sink_close(s);
        return pf_error_set(err, rc, "PipeWire could not make a sink: %s", strerror(-rc));
    }
    pf_log_info(SCOPE, "programs play to the clients now sink=%s channels=%u", s->name, config->channels);
    return 0;
}

void pf_pw_sink_close(struct pf_pw_sink *s)
{
    pf_pw_lock(&s->connection);
    s->chosen.changed = NULL;
    if (!atomic_load(&s->connection.dead))
        pf_pw_default_sink_release(&s->chosen, s->name);
    if (s->node)
        pw_proxy_destroy(s->node);
    bool reached = !atomic_load(&s->connection.dead) && pf_pw_roundtrip(&s->connection) >= 0;
    if (reached && s->claimed && s->notes.given_back) /* a server that died keeps our claim in its files */
        s->notes.given_back(s->notes.user);
    pf_pw_default_sink_finish(&s->chosen);
    pf_pw_unlock(&s->connection);
    pf_pw_disconnect(&s->connection);
}

int pf_pw_sink_recover(const char *before)
{
    struct pf_pw_connection c;
    struct pf_pw_default_sink d;
    int rc = pf_pw_connect(&c, "pf-recover", NULL);
    if (rc < 0)
        return rc;
    pf_pw_lock(&c);
    rc = pf_pw_default_sink_init(&d, &c);
    if (rc >= 0 && !d.metadata)
        rc = -EAGAIN;
    if (rc >= 0) {
        pf_pw_default_sink_recover(&d, before);
        rc = pf_pw_roundtrip(&c);
    }
    pf_pw_default_sink_finish(&d);
    pf_pw_unlock(&c);
    pf_pw_disconnect(&c);
    return rc < 0 ? rc : 0;
}
