#include "input/ei/locate.h"

#ifdef HAVE_OUTPUT_LAYOUT
#include "wayland/output_layout.h"
#endif

#include <errno.h>
#include <string.h>

struct pf_ei_place pf_ei_place_of(const struct pf_source *source)
{
    return (struct pf_ei_place){.width = source->mode.width ? source->mode.width : 1,
        .height = source->mode.height ? source->mode.height : 1};
}

#ifdef HAVE_OUTPUT_LAYOUT
int pf_ei_locator_open(struct pf_ei_locator *l, const struct pf_source *source, struct pf_error *err)
{
    strcpy(l->output, source->output_name);
    int rc = source->wayland_socket[0] && l->output[0]
                 ? pf_output_layout_open(source->wayland_socket, l->output, &l->layout)
                 : 0;
    return rc < 0 ? pf_error_set(err, rc, "the desktop has no output %s to deliver input to", l->output) : 0;
}

int pf_ei_locator_look(struct pf_ei_locator *l, struct pf_ei_place *place)
{
    struct pf_output_area a;
    int rc = l->layout ? pf_output_layout_dispatch(l->layout) : 0;
    if (rc < 0 || !l->layout || pf_output_layout_is_unknown(l->layout))
        return rc;
    if (!pf_output_layout_find(l->layout, l->output, &a))
        return -ENODEV;
    place->is_located = true;
    place->x = a.x;
    place->y = a.y;
    return 0;
}

void pf_ei_locator_close(struct pf_ei_locator *l)
{
    pf_output_layout_close(l->layout);
    l->layout = NULL;
}
#else
int pf_ei_locator_open(struct pf_ei_locator *l, const struct pf_source *source, struct pf_error *err)
{
    return 0;
}

int pf_ei_locator_look(struct pf_ei_locator *l, struct pf_ei_place *place)
{
    return 0;
}

void pf_ei_locator_close(struct pf_ei_locator *l)
{
}
#endif
