#include "display/display.h"

#include "base/log.h"
#include "display/wlroots/wlroots.h"

#ifdef HAVE_GAMESCOPE
#include "display/gamescope/gamescope.h"
#endif
#ifdef HAVE_KWIN
#include "display/kwin/kwin.h"
#endif
#ifdef HAVE_MUTTER
#include "display/mutter/mutter.h"
#endif

#include <errno.h>
#include <stddef.h>
#include <strings.h>

#define SCOPE    "display"
#define SIDE_MAX 16384u /* pixels */

const struct pf_display_backend *const pf_display_backends[] = {
    &pf_display_wlroots,
#ifdef HAVE_MUTTER
    &pf_display_mutter,
#endif
#ifdef HAVE_GAMESCOPE
    &pf_display_gamescope,
#endif
#ifdef HAVE_KWIN
    &pf_display_kwin,
#endif
    NULL,
};

bool pf_display_mode_is_possible(const struct pf_mode *m)
{
    return m->width && m->height && m->refresh_mhz && m->width <= SIDE_MAX && m->height <= SIDE_MAX;
}

int pf_display_check_wanted(const struct pf_cancel *cancel, struct pf_error *err)
{
    return pf_cancel_is_set(cancel) ? pf_error_set(err, -ECANCELED, "nobody waits for it any more") : 0;
}

const char *pf_topology_name(enum pf_topology topology)
{
    static const char *const names[] = {"extend", "primary", "exclusive"};
    return names[topology];
}

static const struct pf_display_backend *backend_named(const char *name)
{
    for (size_t i = 0; pf_display_backends[i]; i++)
        if (!strcasecmp(pf_display_backends[i]->name, name))
            return pf_display_backends[i];
    return NULL;
}

static const struct pf_display_backend *backend_for(enum pf_desktop_kind kind)
{
    for (size_t i = 0; pf_display_backends[i]; i++)
        if (pf_display_backends[i]->kind == kind)
            return pf_display_backends[i];
    return NULL;
}

int pf_display_choose(const struct pf_desktop_env *env, const char *preferred,
    const struct pf_display_backend **ret_backend, struct pf_error *err)
{
    bool wish = preferred && strcasecmp(preferred, "auto") != 0;
    const struct pf_display_backend *backend = wish ? backend_named(preferred) : NULL;
    if (backend && backend->probe(env, NULL) == 0) {
        *ret_backend = backend;
        return 0;
    }
    if (wish)
        pf_log_info(
            SCOPE, "the client would like displays of %.32s, which are not available here", preferred);
    if (env->kind == PF_DESKTOP_NONE)
        return pf_error_set(err, -ENODEV,
            "no display could be made: nobody is logged in to a desktop; start sway, or set "
            "PUNKTFUNK_COMPOSITOR");
    backend = backend_for(env->kind);
    if (!backend)
        return pf_error_set(err, -ENODEV, "no display could be made: this build cannot make displays in %s",
            pf_desktop_kind_name(env->kind));
    int rc = backend->probe(env, err);
    if (rc)
        return pf_error_prefix(err, -ENODEV, "no display could be made");
    *ret_backend = backend;
    return 0;
}

/* NULL: nobody can be told. */
static const struct pf_display_window_ops *windows_of(const struct pf_source *source)
{
    for (size_t i = 0; pf_display_backends[i]; i++) {
        const struct pf_display_window_ops *ops = pf_display_backends[i]->windows;
        if (ops && ops->knows(source))
            return ops;
    }
    return NULL;
}

int pf_display_gather(const struct pf_source *source, const pid_t *pids, size_t count,
    struct pf_display_windows *done, struct pf_error *err)
{
    const struct pf_display_window_ops *ops = windows_of(source);
    if (!ops)
        return pf_error_set(err, -ENOTSUP, "this desktop cannot be told where windows belong");
    return ops->gather(source, pids, count, done, err);
}

int pf_display_watch_windows(const struct pf_source *source, struct pf_error *err)
{
    const struct pf_display_window_ops *ops = windows_of(source);
    if (!ops)
        return pf_error_set(err, -ENOTSUP, "this desktop does not tell about its windows");
    return ops->watch(source, err);
}

int pf_display_focus(const struct pf_source *source, struct pf_error *err)
{
    const struct pf_display_window_ops *ops = windows_of(source);
    if (!ops)
        return pf_error_set(err, -ENOTSUP, "this desktop cannot be told which display has the focus");
    return ops->focus(source, err);
}

void pf_display_undo(const struct pf_desktop_env *env, struct pf_journal *own, struct pf_journal_list *dead)
{
    for (size_t i = 0; pf_display_backends[i]; i++)
        if (pf_display_backends[i]->undo)
            pf_display_backends[i]->undo(env, own, dead);
}

bool pf_display_owes(
    const struct pf_desktop_env *env, const struct pf_journal_list *notes, struct pf_error *ret_sentence)
{
    for (size_t i = 0; pf_display_backends[i]; i++)
        if (pf_display_backends[i]->owes && pf_display_backends[i]->owes(env, notes, ret_sentence))
            return true;
    return false;
}
