#include "display/gamescope/route.h"

enum pf_gamescope_route pf_gamescope_route(const struct pf_gamescope_facts *facts)
{
    if (facts->manage)
        return PF_GAMESCOPE_MANAGE;
    if (facts->attach)
        return PF_GAMESCOPE_ATTACH;
    if (facts->launch)
        return PF_GAMESCOPE_SPAWN;
    if (facts->session)
        return PF_GAMESCOPE_MANAGE;
    return facts->foreign ? PF_GAMESCOPE_ATTACH : PF_GAMESCOPE_SPAWN;
}

const char *pf_gamescope_route_name(enum pf_gamescope_route route)
{
    static const char *const names[] = {
        [PF_GAMESCOPE_SPAWN] = "spawn", [PF_GAMESCOPE_ATTACH] = "attach", [PF_GAMESCOPE_MANAGE] = "manage"};
    return names[route];
}
