#include "input/kwin/place.h"

#define EDGE (1 - 1.0 / 65536) /* of the way to the far edge */

static struct pf_kwin_area area_of(const struct pf_kwin_head *head)
{
    struct pf_kwin_area area = {.x = head->x, .y = head->y};
    pf_kwin_head_extent(head, &area.width, &area.height);
    return area;
}

bool pf_kwin_area_find(const struct pf_kwin_heads *heads, const char *name, uint32_t width, uint32_t height,
    struct pf_kwin_area *ret_area)
{
    const struct pf_kwin_head *only = NULL, *same = NULL;
    size_t lit = 0;
    for (size_t i = 0; i < heads->count; i++) {
        const struct pf_kwin_head *h = &heads->item[i];
        if (!h->enabled || !h->mode.width)
            continue;
        lit++;
        only = h;
        if (!same && h->mode.width == width && h->mode.height == height)
            same = h;
    }
    const struct pf_kwin_head *found = name[0]    ? pf_kwin_heads_find(heads, name)
                                       : same     ? same
                                       : lit == 1 ? only
                                                  : NULL;
    if (name[0] && (!found || !found->enabled || !found->mode.width))
        return false;
    *ret_area = found ? area_of(found) : (struct pf_kwin_area){.width = width, .height = height};
    return true;
}

static double share(int32_t v, uint32_t extent)
{
    double part = (double)v / extent;
    return part < 0 ? 0 : part > EDGE ? EDGE : part;
}

void pf_kwin_area_point(const struct pf_kwin_area *area, int32_t x, int32_t y, uint32_t width,
    uint32_t height, double *ret_x, double *ret_y)
{
    *ret_x = area->x + share(x, width) * area->width;
    *ret_y = area->y + share(y, height) * area->height;
}

/* One coordinate. */
static bool moved(double from, double extent, double *v, double by)
{
    double to = *v + by, last = from + EDGE * extent;
    *v = to < from ? from : to > last ? last : to;
    return *v != to;
}

bool pf_kwin_area_move(const struct pf_kwin_area *area, double *x, double *y, double dx, double dy)
{
    bool left = moved(area->x, area->width, x, dx);
    return moved(area->y, area->height, y, dy) || left;
}
