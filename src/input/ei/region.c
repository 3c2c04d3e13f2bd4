#include "input/ei/region.h"

#include <string.h>

#define SCREEN_MAX 65536u

unsigned pf_ei_region_fit(const struct pf_ei_region *r, const struct pf_ei_place *place)
{
    if (r->mapping && place->mapping[0] && !strcmp(r->mapping, place->mapping))
        return 3;
    if (place->is_located && r->x == place->x && r->y == place->y)
        return 2;
    return r->width == place->width && r->height == place->height;
}

struct pf_area pf_ei_region_choose(
    const struct pf_ei_region *regions, size_t count, const struct pf_ei_place *place)
{
    struct pf_ei_region chosen = {.width = place->width, .height = place->height};
    unsigned best = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned fit = pf_ei_region_fit(&regions[i], place);
        if (i && fit <= best)
            continue;
        chosen = regions[i];
        best = fit;
    }
    if (chosen.width > SCREEN_MAX || chosen.height > SCREEN_MAX) {
        chosen.width = place->width;
        chosen.height = place->height;
    }
    return (struct pf_area){chosen.x, chosen.y, chosen.width, chosen.height};
}
