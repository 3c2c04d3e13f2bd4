/* For builds without SQLite. */
#include "library/library.h"
#include "library/places.h"

const char pf_library_lutris[] = "";

void pf_scan_lutris(const struct pf_places *places, json_t *titles)
{
    (void)places;
    (void)titles;
}
