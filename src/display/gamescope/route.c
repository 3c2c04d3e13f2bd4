#include "display/gamescope/route.h"

enum pf_gamescope_route pf_gamescope_route(const struct pf_gamescope_facts *facts)
{
    if (facts->attach)
        return PF_GAMESCOPE_ATTACH;
    if (facts->launch)
        return PF_GAMESCOPE_SPAWN;
    return facts->foreign ? PF_GAMESCOPE_ATTACH : PF_GAMESCOPE_SPAWN;
}

const char *pf_gamescope_route_name(enum pf_gamescope_route route)
{
    return route == PF_GAMESCOPE_ATTACH ? "attach" : "spawn";
}
