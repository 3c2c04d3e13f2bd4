#include "cli/compositors.h"

#include <errno.h>

static const struct {
    enum pf_desktop_kind kind;
    const char *remedy; /* if it is not running */
} known[PF_COMPOSITOR_REPORTS] = {
    {PF_DESKTOP_KWIN, "log in to Plasma 6.5.6 or later on Wayland"},
    {PF_DESKTOP_GAMESCOPE, NULL}, /* the host starts one */
    {PF_DESKTOP_MUTTER, "log in to GNOME 43 or later on Wayland as this user"},
    {PF_DESKTOP_WLROOTS, "start sway as this user"},
};

static const struct pf_display_backend *backend_of(enum pf_desktop_kind kind)
{
    for (size_t i = 0; pf_display_backends[i]; i++)
        if (pf_display_backends[i]->kind == kind)
            return pf_display_backends[i];
    return NULL;
}

/* Detection finds one session: the others do not run, or another one was chosen by name. */
static int probe(size_t i, const struct pf_desktop_env *env, struct pf_error *err)
{
    const struct pf_display_backend *backend = backend_of(known[i].kind);
    if (!backend)
        return pf_error_set(err, -ENOTSUP, "this build has no support for it; use one of the others");
    if (backend->group_per_output)
        return backend->probe(env, err); /* it starts one where none runs */
    if (env->kind != known[i].kind && env->pinned)
        return pf_error_set(err, -ENODEV, "PUNKTFUNK_COMPOSITOR asks for %s; unset it, or set it to %s",
            pf_desktop_kind_name(env->kind), pf_desktop_kind_name(known[i].kind));
    if (env->kind != known[i].kind)
        return pf_error_set(err, -ENODEV, "it is not running; %s", known[i].remedy);
    return backend->probe(env, err);
}

void pf_compositors_probe(struct pf_compositor_report ret_reports[PF_COMPOSITOR_REPORTS])
{
    struct pf_desktop_env env = {.kind = PF_DESKTOP_NONE};
    struct pf_error detect_err;
    int detected = pf_desktop_env_detect(NULL, &env, &detect_err);
    for (size_t i = 0; i < PF_COMPOSITOR_REPORTS; i++) {
        struct pf_compositor_report *r = &ret_reports[i];
        enum pf_compositor c = pf_desktop_kind_compositor(known[i].kind);
        *r = (struct pf_compositor_report){
            .entry = {.id = pf_compositor_name(c), .label = pf_compositor_label(c)}};
        if (detected < 0)
            r->why_not = detect_err;
        else
            r->entry.available = probe(i, &env, &r->why_not) >= 0;
        r->entry.is_default = r->entry.available && env.kind == known[i].kind;
    }
}
