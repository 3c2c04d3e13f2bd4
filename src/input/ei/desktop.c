/* Which way into a desktop's EIS server there is. */
#include "input/ei/ei.h"

#include <string.h>

static bool is_recorded_by_mutter(const struct pf_source *source)
{
    return source->conversation != 0;
}

static bool is_of_kwin(const struct pf_source *source)
{
    return source->input && !strcmp(source->input, "kwin");
}

static bool is_any(const struct pf_source *source)
{
    return true;
}

static const struct {
    bool (*fits)(const struct pf_source *source);
    int (*open)(
        const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err);
} ways[] = {
#ifdef HAVE_INPUT_MUTTER
    {is_recorded_by_mutter, pf_ei_open_mutter},
#endif
    {is_of_kwin, pf_ei_open_kwin},
    {is_any, pf_ei_open_portal},
};

static int open_ei(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    size_t i = 0;
    while (!ways[i].fits(&target->source))
        i++;
    return ways[i].open(target, ret_injector, err);
}

static const char *const spellings[] = {"ei", NULL};

const struct pf_input_backend pf_input_ei = {
    .name = "libei", .others = spellings, .kind = PF_SOURCE_NONE, .open = open_ei};
const struct pf_input_backend pf_input_portal = {
    .name = "portal", .kind = PF_SOURCE_NONE, .open = pf_ei_open_portal};
