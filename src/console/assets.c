#include "console/assets.h"

#include <string.h>

const struct pf_asset *pf_asset_find(const char *path)
{
    for (size_t i = 0; i < pf_asset_count; i++)
        if (strcmp(pf_assets[i].path, path) == 0)
            return &pf_assets[i];
    return NULL;
}

const struct pf_asset *pf_asset_shell(void)
{
    return pf_asset_find("/index.html");
}

static bool is_one_of(const char *path, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(path, *list) == 0)
            return true;
    return false;
}

bool pf_asset_is_public(const char *path)
{
    static const char *const open[] = {
        "/login", "/setup", "/favicon.svg", "/favicon.ico", "/robots.txt", NULL};
    return strncmp(path, "/assets/", 8) == 0 || is_one_of(path, open);
}

bool pf_asset_is_page(const char *path)
{
    static const char *const pages[] = {
        "/", "/login", "/setup", "/host", "/library", "/stats", "/pairing", "/logs", "/settings", NULL};
    return is_one_of(path, pages);
}
