#include "input/injector.h"

#include "base/env.h"
#include "base/log.h"

#ifdef HAVE_INPUT_EI
#include "input/ei/ei.h"
#endif
#ifdef HAVE_INPUT_KWIN
#include "input/kwin/kwin.h"
#endif
#ifdef HAVE_INPUT_MUTTER
#include "input/mutter/mutter.h"
#endif
#include "input/uinput/uinput.h"
#ifdef HAVE_INPUT_WLR
#include "input/wlr/wlr.h"
#endif

#include <errno.h>
#include <string.h>

const struct pf_input_backend *const pf_input_backends[] = {
#ifdef HAVE_INPUT_WLR
    &pf_input_wlr,
#endif
#ifdef HAVE_INPUT_MUTTER
    &pf_input_mutter,
#endif
#ifdef HAVE_INPUT_KWIN
    &pf_input_kwin,
#endif
#ifdef HAVE_INPUT_EI
    &pf_input_gamescope,
#endif
    &pf_input_uinput,
    NULL,
};

static bool is_called(const struct pf_input_backend *backend, const char *name)
{
    if (!strcmp(backend->name, name))
        return true;
    for (const char *const *other = backend->others; other && *other; other++)
        if (!strcmp(*other, name))
            return true;
    return false;
}

static const struct pf_input_backend *called(const struct pf_input_backend *const *backends, const char *name)
{
    for (size_t i = 0; backends[i]; i++)
        if (is_called(backends[i], name))
            return backends[i];
    return NULL;
}

static const struct pf_input_backend *last_resort(const struct pf_input_backend *const *backends)
{
    while (*backends && !(*backends)->last_resort)
        backends++;
    return *backends;
}

/* It never reads the machine's devices. */
static bool is_gamescope(const struct pf_source *source)
{
    return source->input && !strcmp(source->input, "gamescope");
}

const struct pf_input_backend *pf_input_find(const char *name)
{
    return called(pf_input_backends, name);
}

const struct pf_input_backend *pf_input_choose(
    const struct pf_input_backend *const *backends, const char *name, const struct pf_source *source)
{
    const struct pf_input_backend *wanted = name ? called(backends, name) : NULL;
    if (wanted)
        return wanted;
    if (name)
        pf_log_warn(
            "input", "PUNKTFUNK_INPUT_BACKEND names no input back end of this build name=\"%s\"", name);
    for (size_t i = 0; backends[i]; i++)
        if (source->input              ? is_called(backends[i], source->input)
            : backends[i]->last_resort ? false
                                       : backends[i]->kind == source->kind)
            return backends[i];
    bool is_desktop = source->kind == PF_SOURCE_WAYLAND || source->kind == PF_SOURCE_PIPEWIRE;
    return is_desktop && !is_gamescope(source) ? last_resort(backends) : NULL;
}

/* A desktop that takes no input from programs may read the machine's devices. One that does not answer gets
 * nothing: who knows which desktop has the seat then. */
static const struct pf_input_backend *instead(
    const struct pf_input_backend *backend, const char *name, int rc)
{
    return rc == -ENOTSUP && !(name && is_called(backend, name)) && !backend->last_resort
               ? last_resort(pf_input_backends)
               : NULL;
}

int pf_injector_open_named(const char *name, const struct pf_input_target *target,
    struct pf_injector **ret_injector, struct pf_error *err)
{
    const struct pf_input_backend *backend = pf_input_choose(pf_input_backends, name, &target->source), *next;
    struct pf_error why = {""};
    if (!backend && is_gamescope(&target->source))
        return pf_error_set(
            err, -ENOTSUP, "this build cannot deliver input to gamescope: it was made without libei");
    if (!backend)
        return pf_error_set(err, -ENOTSUP, "this build cannot deliver input to this kind of display");
    int rc = backend->open(target, ret_injector, err);
    if (!is_gamescope(&target->source) && (next = instead(backend, name, rc))) {
        if (err)
            why = *err;
        backend = next;
        rc = backend->open(target, ret_injector, err);
    }
    if (rc == 0)
        pf_log_info("input", "input is delivered by=%s output=%s%s%s", backend->name,
            target->source.output_name, why.text[0] ? ", because " : "", why.text);
    return rc;
}

int pf_injector_open(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    return pf_injector_open_named(pf_env_get("PUNKTFUNK_INPUT_BACKEND"), target, ret_injector, err);
}
