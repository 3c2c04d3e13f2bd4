#include "media/compositor.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *name, *label;
    const char *others[3]; /* further spellings */
} known[PF_COMPOSITORS] = {
    [PF_COMPOSITOR_ANY] = {"any", "any"},
    [PF_COMPOSITOR_KWIN] = {"kwin", "KDE Plasma (KWin)", {"kde", "plasma"}},
    [PF_COMPOSITOR_WLROOTS] = {"wlroots", "Sway and other wlroots compositors", {"sway", "wlr", "river"}},
    [PF_COMPOSITOR_MUTTER] = {"mutter", "GNOME (Mutter)", {"gnome"}},
    [PF_COMPOSITOR_GAMESCOPE] = {"gamescope", "gamescope"},
};

const char *pf_compositor_name(enum pf_compositor compositor)
{
    return known[compositor].name;
}

const char *pf_compositor_label(enum pf_compositor compositor)
{
    return known[compositor].label;
}

static bool is_called(size_t i, const char *name)
{
    bool is = !strcasecmp(name, known[i].name);
    for (size_t k = 0; !is && k < 3 && known[i].others[k]; k++)
        is = !strcasecmp(name, known[i].others[k]);
    return is;
}

bool pf_compositor_parse(const char *name, enum pf_compositor *ret_compositor)
{
    for (size_t i = PF_COMPOSITOR_KWIN; i < PF_COMPOSITORS; i++) {
        if (!is_called(i, name))
            continue;
        *ret_compositor = (enum pf_compositor)i;
        return true;
    }
    return false;
}
