#include "input/ei/portal_token.h"

#include "base/file.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE    "input"
#define NAME     "input-portal-token"
#define FILE_MAX 4096u

bool pf_portal_token_is_good(const char *text)
{
    size_t len = 0;
    while (text[len] > ' ' && text[len] < 0x7f)
        len++;
    return len && !text[len] && len < PF_PORTAL_TOKEN_SIZE;
}

static char *path_of(const char *dir)
{
    return pf_path_join(dir, NAME);
}

void pf_portal_token_load(char ret_token[PF_PORTAL_TOKEN_SIZE])
{
    char *dir = pf_config_dir(), *path = path_of(dir), *text;
    size_t len;
    ret_token[0] = 0;
    if (pf_file_read(path, FILE_MAX, &text, &len) == 0) {
        if (len && text[len - 1] == '\n')
            text[--len] = 0;
        if (strlen(text) == len && pf_portal_token_is_good(text))
            snprintf(ret_token, PF_PORTAL_TOKEN_SIZE, "%s", text);
        else if (pf_file_set_aside(path, NULL) == 0)
            pf_log_warn(SCOPE, "%s is damaged and was set aside; the portal will ask the user again", path);
        free(text);
    }
    free(path);
    free(dir);
}

void pf_portal_token_save(const char *token)
{
    char *dir = pf_config_dir(), *path = path_of(dir), line[PF_PORTAL_TOKEN_SIZE + 1];
    struct pf_error err = {""};
    int n = snprintf(line, sizeof(line), "%s\n", token);
    if (!pf_portal_token_is_good(token))
        pf_log_warn(SCOPE, "the portal gave a token that cannot be kept; it will ask the user again");
    else if (pf_dir_make_private(dir, &err) < 0 || pf_file_write(path, line, (size_t)n, 0600, &err) < 0)
        pf_log_warn(SCOPE, "the portal will ask the user again: %s", err.text);
    free(path);
    free(dir);
}
