#include "native/native.h"

#include "base/env.h"
#include "base/log.h"
#include "native/host.h"
#include "session/number.h"
#include "session/virtual_feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void or_default(uint64_t *limit, uint64_t value)
{
    if (!*limit)
        *limit = value;
}

static void fill_limits(struct pf_native_limits *l)
{
    or_default(&l->first_message_ns, 10 * PF_NS_PER_S);
    or_default(&l->setup_ns, 10 * PF_NS_PER_S);
    or_default(&l->punch_ns, 2500 * PF_NS_PER_MS);
    or_default(&l->echo_hold_ns, 3 * PF_NS_PER_S);
    or_default(&l->pair_proof_ns, 60 * PF_NS_PER_S);
    or_default(&l->pair_close_ns, 5 * PF_NS_PER_S);
    or_default(&l->takeover_ns, 1500 * PF_NS_PER_MS);
    or_default(&l->drain_ns, PF_NS_PER_S);
    or_default(&l->frame_ns, 16 * PF_NS_PER_MS);
}

/* ---- hooks ----------------------------------------------------------------------------------------------
 */

static struct pf_host_facts real_facts(void *user)
{
    const struct pf_native *native = user;
    return pf_machine_facts(native->deps.machine);
}

static void real_policy(void *user, struct pf_display_policy *ret_policy)
{
    const struct pf_native *native = user;
    struct pf_error err;
    if (!native->deps.machine)
        *ret_policy = pf_display_policy_default();
    else if (pf_display_policy_load(native->deps.machine->config_dir, ret_policy, &err) < 0)
        pf_log_warn("native", "%s", err.text);
}

static int real_feed(void *user, const struct pf_session_plan *plan, const struct pf_feed_sink *sink,
    struct pf_feed **ret_feed, struct pf_error *err)
{
    const struct pf_native *native = user;
    struct pf_machine machine = pf_machine_of((struct pf_real_machine *)native->deps.machine);
    return pf_virtual_feed_start(plan, &machine, sink, ret_feed, err);
}

void pf_native_set_hooks(struct pf_native *native, const struct pf_native_hooks *hooks)
{
    native->hooks = *hooks;
}

/* ---- shared by the connections --------------------------------------------------------------------------
 */

bool pf_native_may_log(struct pf_native *native)
{
    return pf_rate_limit_pass(&native->noise, pf_time_mono_ns(), NULL);
}

void pf_native_changed(struct pf_native *native)
{
    if (native->callbacks.changed)
        native->callbacks.changed(native->callbacks.user);
}

void pf_native_watch_knocks(struct pf_native *native)
{
    uint64_t at = pf_knocks_deadline(native->deps.knocks), now = pf_time_mono_ns();
    if (native->stopping)
        return;
    if (at == UINT64_MAX)
        pf_timer_disarm(native->knock_timer);
    else
        pf_timer_arm(native->knock_timer, at > now ? at - now : 0);
}

static void expire_knocks(void *user)
{
    struct pf_native *native = user;
    pf_knocks_expire(native->deps.knocks, pf_time_mono_ns());
    pf_native_watch_knocks(native);
}

bool pf_native_add(struct pf_native *native, struct pf_connection *c)
{
    if (native->stopping || !pf_admission_connect(&native->admission, &c->ticket))
        return false;
    c->id = pf_session_number();
    c->prev = native->last;
    *(native->last ? &native->last->next : &native->first) = c;
    native->last = c;
    if (pf_admission_is_full(&native->admission))
        pf_quic_listener_stop_accepting(native->listener);
    return true;
}

void pf_native_remove(struct pf_native *native, struct pf_connection *c)
{
    *(c->prev ? &c->prev->next : &native->first) = c->next;
    *(c->next ? &c->next->prev : &native->last) = c->prev;
    struct pf_ticket *next = pf_admission_leave(&native->admission, &c->ticket);
    if (next)
        pf_gate_permitted(next->user);
}

static void free_native(struct pf_native *native)
{
    struct pf_native_callbacks callbacks = native->callbacks;
    free((char *)native->config.bind_address);
    free(native);
    if (callbacks.stopped)
        callbacks.stopped(callbacks.user);
}

void pf_native_removed(struct pf_native *native)
{
    if (native->stopping) {
        if (!native->first && native->listener_gone)
            free_native(native);
        return;
    }
    if (!pf_admission_is_finished(&native->admission) || native->finished_told)
        return;
    native->finished_told = true;
    pf_log_info(
        "native", "all sessions were served count=%llu", (unsigned long long)native->admission.served);
    if (native->callbacks.finished)
        native->callbacks.finished(native->callbacks.user);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int listen_quic(struct pf_native *native, struct pf_error *err)
{
    const struct pf_quic_config quic = {.idle_timeout_ms = native->config.idle_timeout_ms};
    return pf_quic_listen(native->loop, native->config.bind_address, native->config.port,
        native->deps.identity, &quic, &pf_connection_handlers, native, &native->listener, err);
}

int pf_native_start(struct pf_loop *loop, const struct pf_native_config *config,
    const struct pf_native_deps *deps, const struct pf_native_callbacks *callbacks,
    struct pf_native **ret_native, struct pf_error *err)
{
    struct pf_native *native = calloc(1, sizeof(*native));
    if (!native)
        return pf_error_set(err, -ENOMEM, "there is no memory for the punktfunk/1 server");
    *native = (struct pf_native){.loop = loop,
        .config = *config,
        .deps = *deps,
        .callbacks = *callbacks,
        .hooks = {.user = native, .facts = real_facts, .policy = real_policy, .start_feed = real_feed},
        .policy = pf_session_policy_from_env(),
        .fec_pin = (int)pf_env_long("PUNKTFUNK_FEC_PCT", 0, PF_PARITY_PERCENT_MAX, -1),
        .noise = {.interval_ns = PF_NS_PER_S, .burst = 20}};
    fill_limits(&native->config.limits);
    pf_admission_init(&native->admission, config->max_concurrent, config->max_sessions);
    native->config.bind_address = config->bind_address ? strdup(config->bind_address) : NULL;
    int rc = -ENOMEM;
    if (config->bind_address && !native->config.bind_address)
        goto fail;
    rc = pf_timer_create(loop, expire_knocks, native, &native->knock_timer);
    if (rc < 0)
        goto fail;
    rc = listen_quic(native, err);
    if (rc < 0)
        goto fail;
    *ret_native = native;
    return 0;

fail:
    if (rc == -ENOMEM)
        pf_error_set(err, rc, "there is no memory for the punktfunk/1 server");
    pf_timer_destroy(native->knock_timer);
    free((char *)native->config.bind_address);
    free(native);
    return rc;
}

static void listener_gone(void *user)
{
    struct pf_native *native = user;
    native->listener_gone = true;
    pf_native_removed(native);
}

void pf_native_stop(struct pf_native *native)
{
    if (native->stopping)
        return;
    native->stopping = true;
    pf_timer_destroy(native->knock_timer);
    native->knock_timer = NULL;
    pf_quic_listener_close(native->listener, PF_CLOSE_DONE, "the host stops", listener_gone, native);
}

uint16_t pf_native_port(const struct pf_native *native)
{
    return pf_quic_listener_port(native->listener);
}

/* ---- facts and actions ----------------------------------------------------------------------------------
 */

size_t pf_native_sessions(
    const struct pf_native *native, struct pf_native_session_info *ret_sessions, size_t cap)
{
    size_t n = 0;
    for (const struct pf_connection *c = native->first; c; c = c->next) {
        if (!c->live)
            continue;
        if (n < cap)
            pf_native_session_describe(c, &ret_sessions[n]);
        n++;
    }
    return n;
}

static struct pf_connection *find_live(struct pf_native *native, uint32_t session_id)
{
    struct pf_connection *c = native->first;
    while (c && (c->id != session_id || !c->live || c->state != PF_CONNECTION_LIVE))
        c = c->next;
    return c;
}

int pf_native_request_idr(struct pf_native *native, uint32_t session_id)
{
    struct pf_connection *c = find_live(native, session_id);
    if (!c)
        return -ENOENT;
    pf_live_keyframe(c->live);
    return 0;
}

int pf_native_stop_session(struct pf_native *native, uint32_t session_id)
{
    struct pf_connection *c = find_live(native, session_id);
    if (!c)
        return -ENOENT;
    pf_native_session_end(c);
    return 0;
}

static bool is_past_the_gate(const struct pf_connection *c)
{
    return c->state >= PF_CONNECTION_TAKING_OVER && c->state < PF_CONNECTION_CLOSING;
}

void pf_native_cut(struct pf_native *native, const uint8_t fingerprint[32])
{
    for (struct pf_connection *c = native->first, *next; c; c = next) {
        next = c->next;
        if (is_past_the_gate(c) && c->seat.has_fingerprint &&
            !memcmp(c->seat.fingerprint, fingerprint, sizeof(c->seat.fingerprint)))
            pf_connection_close(c, PF_CLOSE_ACCESS_ENDED, "this device is no longer paired");
    }
}
