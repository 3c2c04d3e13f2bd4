#include "capture/capture.h"

#include "base/log.h"
#include "capture/synthetic/synthetic.h"

#ifdef HAVE_EXT_IMAGE_COPY_CAPTURE
#include "capture/wlr/ext_copy.h"
#endif
#ifdef HAVE_WAYLAND
#include "capture/wlr/screencopy.h"
#endif
#ifdef HAVE_PIPEWIRE
#include "capture/pipewire/pipewire.h"
#endif

#include <errno.h>
#include <stddef.h>

#define SCOPE "capture"

const struct pf_capture_backend *const pf_capture_backends[] = {
#ifdef HAVE_EXT_IMAGE_COPY_CAPTURE
    &pf_capture_ext_copy,
#endif
#ifdef HAVE_WAYLAND
    &pf_capture_wlr_screencopy,
#endif
#ifdef HAVE_PIPEWIRE
    &pf_capture_pipewire,
#endif
    &pf_capture_backend_synthetic,
    NULL,
};

int pf_capture_open(const struct pf_source *source, const struct pf_capture_params *params,
    struct pf_capture **ret_capture, struct pf_error *err)
{
    int rc =
        pf_error_set(err, -ENOTSUP, "cannot capture: this build has no way to get at this kind of display");
    for (size_t i = 0; pf_capture_backends[i]; i++) {
        const struct pf_capture_backend *backend = pf_capture_backends[i];
        if (backend->kind != source->kind)
            continue;
        rc = backend->open(source, params, ret_capture, err);
        if (!rc)
            pf_log_info(SCOPE, "capturing by=%s output=%s", backend->name, source->output_name);
        if (rc != -ENOTSUP)
            return rc;
    }
    return rc;
}
