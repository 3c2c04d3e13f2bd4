/* What browsers send to the console before anybody is logged in, and the files in which it keeps who may. The
 * first byte says which. */
#include "folder.h"

#include "base/hex.h"
#include "console/assets.h"
#include "console/logins.h"
#include "console/password.h"
#include "console/setup_link.h"
#include "console/visit.h"

#include <stdbool.h>
#include <string.h>

#define NOW 1800000000

static struct pf_logins *open_logins(void)
{
    struct pf_logins *logins = NULL;
    FUZZ_ASSERT(pf_logins_open(fuzz_folder, &logins, NULL) == 0);
    return logins;
}

static void try_cookie(const char *text)
{
    static struct pf_logins *logins;
    struct pf_error err;
    char own[PF_LOGIN_COOKIE_SIZE];
    if (!logins)
        logins = open_logins();
    pf_logins_begin(logins, NOW, own);
    FUZZ_ASSERT(!pf_logins_has(logins, text, NOW));
    FUZZ_ASSERT(pf_logins_end(logins, text, NOW, &err) == 0);
    FUZZ_ASSERT(pf_logins_has(logins, own, NOW));
}

static void try_logins_file(const uint8_t *data, size_t size)
{
    char cookie[PF_LOGIN_COOKIE_SIZE];
    struct pf_error err;
    fuzz_put("console-logins.json", data, size);
    struct pf_logins *logins = open_logins();
    pf_logins_begin(logins, NOW, cookie);
    FUZZ_ASSERT(pf_logins_has(logins, cookie, NOW));
    FUZZ_ASSERT(pf_logins_end(logins, cookie, NOW, &err) == 0);
    FUZZ_ASSERT(!pf_logins_has(logins, cookie, NOW));
    pf_logins_close(logins);
    logins = open_logins(); /* it is whole now */
    FUZZ_ASSERT(!pf_logins_has(logins, cookie, NOW));
    pf_logins_close(logins);
    fuzz_folder_clear();
}

static void try_password_file(const char *name, const uint8_t *data, size_t size)
{
    struct pf_password *password;
    struct pf_error err;
    fuzz_put(name, data, size);
    FUZZ_ASSERT(pf_password_load(fuzz_folder, &password, &err) == 0 || size > 4096);
    if (size <= 4096) {
        FUZZ_ASSERT(!pf_password_is_set(password) || size > 0);
        pf_password_destroy(password);
    }
    fuzz_folder_clear();
}

static void try_link(const uint8_t *data, size_t size, const char *token)
{
    fuzz_put("console-setup", data, size);
    FUZZ_ASSERT(!pf_setup_link_opens(fuzz_folder, token, NOW));
    FUZZ_ASSERT(!pf_setup_link_opens(fuzz_folder, "", NOW));
    fuzz_folder_clear();
}

/* What was encoded reads back as the beginning of the path, and is all of it where there was room. */
static void try_path(const char *path)
{
    char out[960];
    size_t n = 0;
    pf_visit_encode(path, out, sizeof(out));
    for (const char *at = out; *at; n++) {
        bool plain = *at != '%';
        FUZZ_ASSERT((plain ? *at : (char)(pf_hex_digit(at[1]) << 4 | pf_hex_digit(at[2]))) == path[n]);
        at += plain ? 1 : 3;
    }
    FUZZ_ASSERT(!path[n] || strlen(out) + 4 > sizeof(out) - 1);
    FUZZ_ASSERT(strpbrk(out, "/\\\r\n \"'<>&;?#") == NULL);
    if (strncmp(path, "/api", 4) == 0)
        FUZZ_ASSERT(!pf_asset_is_public(path) && !pf_asset_is_page(path));
    const struct pf_asset *asset = pf_asset_find(path);
    FUZZ_ASSERT(!asset || !strstr(path, ".."));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 8192)
        return 0;
    fuzz_folder_prepare();
    char *text = fuzz_text(data + 1, size - 1);
    switch (data[0] % 6) {
    case 0:
        try_cookie(text);
        break;
    case 1:
        try_logins_file(data + 1, size - 1);
        break;
    case 2:
        try_password_file("console-password", data + 1, size - 1);
        break;
    case 3:
        try_password_file("web-password", data + 1, size - 1);
        break;
    case 4:
        try_link(data + 1, size - 1, text);
        break;
    default:
        try_path(text);
    }
    free(text);
    return 0;
}
