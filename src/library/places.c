#include "library/places.h"

#include "base/env.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Relative paths in these variables are to be ignored (XDG base directory specification). */
static char *from_variable(const char *name, const char *home, const char *fallback)
{
    const char *value = pf_env_get(name);
    return value && *value == '/' ? strdup(value) : pf_path_join(home, fallback);
}

bool pf_places_init(struct pf_places *p)
{
    const char *home = pf_env_get("HOME");
    *p = (struct pf_places){0};
    if (!home)
        return false;
    p->home = strdup(home);
    p->data_home = from_variable("XDG_DATA_HOME", home, ".local/share");
    p->config_home = from_variable("XDG_CONFIG_HOME", home, ".config");
    p->cache_home = from_variable("XDG_CACHE_HOME", home, ".cache");
    return p->home && p->data_home && p->config_home && p->cache_home;
}

void pf_places_finish(struct pf_places *p)
{
    free(p->home);
    free(p->data_home);
    free(p->config_home);
    free(p->cache_home);
    *p = (struct pf_places){0};
}

bool pf_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *pf_place(const char *a, const char *b)
{
    return pf_path_join(a, b);
}

json_t *pf_title(
    const char *id, const char *store, const char *title, const char *launch_kind, const char *launch_value)
{
    json_t *entry = json_pack("{s:s, s:s, s:s, s:{}}", "id", id, "store", store, "title", title, "art");
    if (entry && launch_kind) {
        json_t *launch = json_pack("{s:s, s:s}", "kind", launch_kind, "value", launch_value);
        if (!launch || json_object_set_new(entry, "launch", launch) < 0) {
            json_decref(entry);
            return NULL;
        }
    }
    return entry;
}
