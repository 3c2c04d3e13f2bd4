#include "display/layout.h"

static int32_t saturate(int64_t v)
{
    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

void pf_layout_arrange(struct pf_layout_item *items, size_t count)
{
    bool any_pinned = false;
    int32_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (!items[i].pinned)
            continue;
        int32_t edge = saturate((int64_t)items[i].x + items[i].width);
        next = !any_pinned || edge > next ? edge : next;
        any_pinned = true;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].pinned)
            continue;
        items[i].x = next;
        items[i].y = 0;
        next = saturate((int64_t)next + items[i].width);
    }
}
