#include "input/injector.h"

#include "base/env.h"
#include "base/log.h"

#ifdef HAVE_INPUT_KWIN
#include "input/kwin/kwin.h"
#endif
#ifdef HAVE_INPUT_MUTTER
#include "input/mutter/mutter.h"
#endif
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

const struct pf_input_backend *pf_input_choose(
    const struct pf_input_backend *const *backends, const char *name, const struct pf_source *source)
{
    for (size_t i = 0; name && backends[i]; i++)
        if (is_called(backends[i], name))
            return backends[i];
    if (name)
        pf_log_warn(
            "input", "PUNKTFUNK_INPUT_BACKEND names no input back end of this build name=\"%s\"", name);
    for (size_t i = 0; backends[i]; i++)
        if (source->input ? is_called(backends[i], source->input) : backends[i]->kind == source->kind)
            return backends[i];
    return NULL;
}

int pf_injector_open(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    const struct pf_input_backend *backend =
        pf_input_choose(pf_input_backends, pf_env_get("PUNKTFUNK_INPUT_BACKEND"), &target->source);
    if (!backend)
        return pf_error_set(err, -ENOTSUP, "this build cannot deliver input to this kind of display");
    int rc = backend->open(target, ret_injector, err);
    if (rc == 0)
        pf_log_info("input", "input is delivered by=%s output=%s", backend->name, target->source.output_name);
    return rc;
}
