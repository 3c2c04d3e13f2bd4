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
#include <stdio.h>
#include <string.h>

const struct pf_input_backend *const pf_input_backends[] = {
#ifdef HAVE_INPUT_WLR
    &pf_input_wlr,
#endif
#ifdef HAVE_INPUT_EI_DESKTOP
    &pf_input_ei,
#endif
#ifdef HAVE_INPUT_MUTTER
    &pf_input_mutter,
#endif
#ifdef HAVE_INPUT_KWIN
    &pf_input_kwin,
#endif
#ifdef HAVE_INPUT_EI_DESKTOP
    &pf_input_portal,
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

/* What to try on displays that more than one back end may serve (input-audio-encode.md 1.1). */
static const struct {
    const char *display;
    const char *order[4];
} routes[] = {
    {"mutter", {"mutter", "libei"}}, /* of its EIS, Mutter 48 loses parts of notches */
    {"kwin", {"kwin", "libei", "portal"}},
};

static size_t add(const struct pf_input_backend **line, size_t n, const struct pf_input_backend *backend)
{
    if (backend && n < PF_INPUT_LINE)
        line[n++] = backend;
    return n;
}

static size_t line_up_display(
    const struct pf_input_backend *const *backends, const char *display, const struct pf_input_backend **line)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        for (size_t j = 0; !strcmp(routes[i].display, display) && routes[i].order[j]; j++)
            n = add(line, n, called(backends, routes[i].order[j]));
    return n ? n : add(line, 0, called(backends, display));
}

static size_t line_up_kind(const struct pf_input_backend *const *backends, enum pf_source_kind kind,
    const struct pf_input_backend **line)
{
    while (*backends && ((*backends)->last_resort || (*backends)->kind != kind))
        backends++;
    return add(line, 0, *backends);
}

size_t pf_input_line_up(const struct pf_input_backend *const *backends, const char *name,
    const struct pf_source *source, const struct pf_input_backend *ret_line[PF_INPUT_LINE])
{
    const struct pf_input_backend *wanted = name ? called(backends, name) : NULL;
    if (wanted)
        return add(ret_line, 0, wanted);
    if (name)
        pf_log_warn(
            "input", "PUNKTFUNK_INPUT_BACKEND names no input back end of this build name=\"%s\"", name);
    size_t n = source->input ? line_up_display(backends, source->input, ret_line)
                             : line_up_kind(backends, source->kind, ret_line);
    bool is_desktop = source->kind == PF_SOURCE_WAYLAND || source->kind == PF_SOURCE_PIPEWIRE;
    return is_desktop && !is_gamescope(source) ? add(ret_line, n, last_resort(backends)) : n;
}

/* A desktop that takes no input from programs may read the machine's devices. One that does not answer gets
 * nothing: who knows which desktop has the seat then. */
static bool may_be_next(const struct pf_input_backend *next, int rc, bool all_unsupported)
{
    return next->last_resort ? all_unsupported : rc != -ENODEV && rc != -ENOMEM;
}

/* Opens the first that is not refused. `why` becomes what the refused ones said. */
static int open_first(const struct pf_input_backend *const *line, size_t count,
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *why,
    const struct pf_input_backend **ret_backend)
{
    struct pf_error err = {""};
    bool all_unsupported = true;
    size_t len = 0;
    int rc = line[0]->open(target, ret_injector, &err), first = rc;
    *ret_backend = line[0];
    for (size_t i = 1; rc < 0; i++) {
        if (len < sizeof(why->text))
            len +=
                (size_t)snprintf(why->text + len, sizeof(why->text) - len, "%s%s", len ? "; " : "", err.text);
        all_unsupported = all_unsupported && rc == -ENOTSUP;
        if (i == count || !may_be_next(line[i], rc, all_unsupported))
            return first;
        *ret_backend = line[i];
        rc = line[i]->open(target, ret_injector, &err);
    }
    return rc;
}

int pf_injector_open_named(const char *name, const struct pf_input_target *target,
    struct pf_injector **ret_injector, struct pf_error *err)
{
    const struct pf_input_backend *line[PF_INPUT_LINE], *backend;
    size_t count = pf_input_line_up(pf_input_backends, name, &target->source, line);
    struct pf_error why = {""};
    if (!count && is_gamescope(&target->source))
        return pf_error_set(
            err, -ENOTSUP, "this build cannot deliver input to gamescope: it was made without libei");
    if (!count)
        return pf_error_set(err, -ENOTSUP, "this build cannot deliver input to this kind of display");
    int rc = open_first(line, count, target, ret_injector, &why, &backend);
    if (rc < 0)
        return pf_error_set(err, rc, "%s", why.text);
    pf_log_info("input", "input is delivered by=%s output=%s%s%s", backend->name, target->source.output_name,
        why.text[0] ? ", because " : "", why.text);
    return 0;
}

int pf_injector_open(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    return pf_injector_open_named(pf_env_get("PUNKTFUNK_INPUT_BACKEND"), target, ret_injector, err);
}
