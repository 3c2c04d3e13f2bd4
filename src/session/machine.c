#include "session/machine.h"

#include "base/env.h"
#include "base/log.h"
#include "session/launcher.h"

#include <stddef.h>

/* NULL: whichever is there. */
static const char *backend_name(enum pf_compositor wish)
{
    return wish == PF_COMPOSITOR_ANY ? NULL : pf_compositor_name(wish);
}

static const char *encoder_name(const struct pf_real_machine *real)
{
    return real->encoder ? real->encoder : pf_encoder_name_from_env();
}

/* ---- what a stream asks for ---- */

/* Which monitor the client is known as. Slots that have a display now are not given away. */
static unsigned identity_slot(struct pf_real_machine *real, const struct pf_session_plan *plan,
    const struct pf_mode *mode, enum pf_identity_rule rule)
{
    struct pf_display_row rows[64];
    unsigned taken = 0;
    if (!real->identities || !plan->has_fingerprint)
        return 0;
    size_t n = pf_registry_snapshot(real->registry, rows, 64);
    for (size_t i = 0; i < n && i < 64; i++)
        taken |= rows[i].identity_slot ? 1u << rows[i].identity_slot : 0;
    return pf_display_identities_slot(real->identities, rule, plan->fingerprint, mode, taken);
}

/* False: the session wants no title, or it cannot be started; the stream goes on without. */
static bool find_program(
    const struct pf_real_machine *real, const struct pf_session_plan *plan, struct pf_launch_command *ret)
{
    struct pf_error err;
    if (!plan->launch[0] || !real->launcher)
        return false;
    if (pf_launcher_program(real->launcher, plan, ret, &err) == 0)
        return true;
    pf_log_warn("title", "title=\"%s\" is not started, the stream goes on client=\"%s\": %s", plan->launch,
        plan->label, err.text);
    return false;
}

static int acquire(void *user, const struct pf_session_plan *plan, const struct pf_mode *mode,
    const struct pf_lease *supersedes, const struct pf_cancel *cancel, struct pf_lease *ret_lease,
    struct pf_error *err)
{
    struct pf_real_machine *real = user;
    struct pf_desktop_env env;
    const struct pf_display_backend *backend;
    int rc = pf_desktop_env_detect(NULL, &env, err);
    if (rc < 0)
        return rc;
    rc = pf_display_choose(&env, backend_name(plan->compositor), &backend, err);
    if (rc < 0)
        return rc;
    struct pf_launch_command program;
    bool has_program = backend->starts_program && find_program(real, plan, &program);
    struct pf_display_policy policy;
    pf_display_policy_load(real->config_dir, &policy, NULL); /* a damaged one was reported at admission */
    const struct pf_display_request request = {
        .mode = *mode,
        .topology = pf_display_policy_topology(&policy, env.pinned),
        .identity_slot = identity_slot(real, plan, mode, policy.identity),
        .client = plan->label[0] ? plan->label : NULL,
        .launch = plan->launch[0] ? plan->launch : NULL,
        .program = has_program ? program.argv : NULL,
        .hdr = plan->hdr,
        .cancel = cancel,
    };
    return pf_registry_acquire(real->registry, &env, backend, &request, supersedes, ret_lease, err);
}

static int remode(void *user, struct pf_lease *lease, const struct pf_mode *mode,
    const struct pf_cancel *cancel, struct pf_error *err)
{
    (void)user;
    return pf_lease_remode(lease, mode, cancel, err);
}

static void release(void *user, struct pf_lease *lease, bool quit)
{
    (void)user;
    pf_lease_release(lease, quit);
}

static void retire(void *user, struct pf_lease *lease)
{
    (void)user;
    pf_lease_retire(lease);
}

static void mark_failed(void *user, struct pf_lease *lease)
{
    (void)user;
    pf_lease_mark_failed(lease);
}

static bool has_ended(void *user, const struct pf_lease *lease)
{
    (void)user;
    return pf_lease_has_ended(lease);
}

static int open_capture(
    void *user, const struct pf_source *source, struct pf_capture **ret_capture, struct pf_error *err)
{
    (void)user;
    /* The encoders of this build run on the CPU, which reads the memory of many GPUs slowly: only on demand.
     */
    const struct pf_capture_params params = {
        .dmabuf = pf_env_bool("PUNKTFUNK_ZEROCOPY", false) && !pf_env_bool("PUNKTFUNK_FORCE_SHM", false)};
    return pf_capture_open(source, &params, ret_capture, err);
}

static int open_encoder(
    void *user, const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err)
{
    return pf_encoder_open(encoder_name(user), params, ret_encoder, err);
}

struct pf_machine pf_machine_of(struct pf_real_machine *real)
{
    static const struct pf_machine_ops ops = {
        .acquire = acquire,
        .remode = remode,
        .release = release,
        .retire = retire,
        .mark_failed = mark_failed,
        .has_ended = has_ended,
        .open_capture = open_capture,
        .open_encoder = open_encoder,
    };
    return (struct pf_machine){.ops = &ops, .user = real, .launcher = real->launcher};
}

/* ---- what the plan needs to know ---- */

struct pf_host_facts pf_machine_facts(const struct pf_real_machine *real)
{
    struct pf_host_facts facts = {0};
    struct pf_desktop_env env;
    const struct pf_display_backend *backend;
    if (!real)
        return facts;
    facts.codecs = pf_encoder_codecs(encoder_name(real));
    facts.invalidation = pf_encoder_invalidates(encoder_name(real));
    if (pf_desktop_env_detect(NULL, &env, NULL) < 0)
        return facts;
    for (size_t i = 0; pf_display_backends[i]; i++)
        if (pf_display_backends[i]->probe(&env, NULL) == 0)
            facts.compositors |= 1u << pf_desktop_kind_compositor(pf_display_backends[i]->kind);
    if (pf_display_choose(&env, NULL, &backend, NULL) == 0)
        facts.compositor = pf_desktop_kind_compositor(backend->kind);
    return facts;
}
