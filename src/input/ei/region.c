#include "input/ei/region.h"

#define SCREEN_MAX 65536u

/* Never 1: that is the neighbour's first column. */
static double fraction(int32_t v, uint32_t extent)
{
    const double last = 1.0 - 1.0 / 65536;
    double f = v <= 0 || !extent ? 0 : (double)v / extent;
    return f > last ? last : f;
}

static struct pf_ei_region choose(
    const struct pf_ei_region *regions, size_t count, uint32_t width, uint32_t height)
{
    struct pf_ei_region chosen = {.width = width, .height = height};
    for (size_t i = 0; i < count; i++)
        if (regions[i].width == width && regions[i].height == height)
            return regions[i];
    if (count)
        chosen = regions[0];
    if (chosen.width > SCREEN_MAX || chosen.height > SCREEN_MAX) {
        chosen.width = width;
        chosen.height = height;
    }
    return chosen;
}

void pf_ei_region_place(const struct pf_ei_region *regions, size_t count, uint32_t width, uint32_t height,
    const struct pf_input *event, double *ret_x, double *ret_y)
{
    struct pf_ei_region r = choose(regions, count, width, height);
    *ret_x = r.x + fraction(event->x, event->width) * r.width;
    *ret_y = r.y + fraction(event->y, event->height) * r.height;
}
