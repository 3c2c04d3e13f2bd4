/* The console's pages, which scripts/embed-console put into the program. */
#ifndef PF_CONSOLE_ASSETS_H
#define PF_CONSOLE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_asset {
    const char *path;  /* "/assets/index-1f2e3d.js" */
    const char *media; /* its Content-Type */
    const char *etag;  /* with its quotes */
    const uint8_t *plain, *gzip;
    size_t plain_len, gzip_len;
};

extern const struct pf_asset pf_assets[];
extern const size_t pf_asset_count;

/* NULL: there is no such file. Only paths of the table can be had, so nothing else of the disk. */
const struct pf_asset *pf_asset_find(const char *path);

/* The page that every route of the console starts with; NULL if the build has no pages. */
const struct pf_asset *pf_asset_shell(void);

/* True for what a browser without a login may have: the pictures, styles and programs, the page to log in. */
bool pf_asset_is_public(const char *path);

/* True for the addresses of pages, which the browser takes apart itself. */
bool pf_asset_is_page(const char *path);

#endif
