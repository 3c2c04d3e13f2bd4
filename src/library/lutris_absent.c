/* For builds without SQLite. */
#include "library/places.h"

void pf_scan_lutris(const struct pf_places *places, json_t *titles)
{
    (void)places;
    (void)titles;
}
