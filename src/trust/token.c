#include "trust/token.h"

#include "base/env.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define VARIABLE  "PUNKTFUNK_MGMT_TOKEN"
#define FILE_NAME "mgmt-token"
#define BLANKS    " \t\r\n"

/* Blanks at both ends do not count. NULL if nothing remains or memory is exhausted. */
static char *trimmed(const char *text, size_t len)
{
    while (len && strchr(BLANKS, text[len - 1]))
        len--;
    while (len && strchr(BLANKS, *text))
        text++, len--;
    return len ? strndup(text, len) : NULL;
}

/* A token travels in a header: printable ASCII without blanks. */
static int check(char *token, const char *source, char **ret_token, struct pf_error *err)
{
    for (const char *c = token; c && *c; c++)
        if (*c <= ' ' || *c > '~') {
            free(token);
            return pf_error_set(err, -EINVAL,
                "the management token of %s has a blank or a character that is not ASCII; use letters and "
                "digits",
                source);
        }
    if (!token)
        return pf_error_set(err, -EINVAL, "the management token of %s is blank", source);
    *ret_token = token;
    return 0;
}

/* The host's own token; the owner may choose a short one (2.4 refuses blank ones only), but shall know. */
static int accept(char *token, const char *source, char **ret_token, struct pf_error *err)
{
    int rc = check(token, source, ret_token, err);
    if (rc == 0 && strlen(*ret_token) < PF_TOKEN_SHORT)
        pf_log_warn("trust",
            "the management token of %s has only %zu characters: every program of this machine that guesses "
            "it "
            "controls the host; use at least %u random ones",
            source, strlen(*ret_token), PF_TOKEN_SHORT);
    return rc;
}

/* The first line that is not blank, with or without the variable's name in front. */
static char *token_in(const char *text)
{
    static const char prefix[] = VARIABLE "=";
    for (const char *line = text; *line; line += strspn(line, "\n")) {
        size_t len = strcspn(line, "\n");
        char *t = trimmed(line, len);
        if (!t) {
            line += len;
            continue;
        }
        if (strncmp(t, prefix, sizeof(prefix) - 1) == 0) {
            char *value = trimmed(t + sizeof(prefix) - 1, strlen(t) - (sizeof(prefix) - 1));
            free(t);
            return value;
        }
        return t;
    }
    return NULL;
}

/* -ENOENT if there is no file or it holds no token. */
static int read_token_file(const char *path, char **ret_token, struct pf_error *err)
{
    char *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(path, 4096, &text, &len);
    if (rc < 0)
        return pf_error_set(err, rc, "cannot read the management token in %s: %s", path, strerror(-rc));
    char *token = token_in(text);
    explicit_bzero(text, len);
    free(text);
    if (!token)
        return pf_error_set(err, -ENOENT, "the file %s holds no management token", path);
    return check(token, path, ret_token, err);
}

static int make_token_file(const char *path, char **ret_token, struct pf_error *err)
{
    uint8_t random[32];
    char hex[65], line[sizeof(VARIABLE) + sizeof(hex) + 2];
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return pf_error_set(err, -EIO, "cannot make a management token: the kernel gives no random numbers");
    pf_hex_encode(random, sizeof(random), hex);
    int len = snprintf(line, sizeof(line), VARIABLE "=%s\n", hex);
    int rc = pf_file_write(path, line, (size_t)len, 0600, err);
    if (rc == 0)
        *ret_token = strdup(hex);
    explicit_bzero(random, sizeof(random));
    explicit_bzero(hex, sizeof(hex));
    explicit_bzero(line, sizeof(line));
    return rc == 0 && !*ret_token ? -ENOMEM : rc;
}

int pf_token_obtain(const char *dir, const char *flag, char **ret_token, struct pf_error *err)
{
    const char *variable = pf_env_get(VARIABLE);
    char *from_variable = variable ? trimmed(variable, strlen(variable)) : NULL;
    unsetenv(VARIABLE);
    if (flag) {
        free(from_variable);
        return accept(trimmed(flag, strlen(flag)), "--mgmt-token", ret_token, err);
    }
    if (from_variable)
        return accept(from_variable, VARIABLE, ret_token, err);

    char *path = pf_path_join(dir, FILE_NAME);
    int rc = read_token_file(path, ret_token, err);
    if (rc == -ENOENT)
        rc = make_token_file(path, ret_token, err);
    else if (rc == 0) {
        chmod(path, 0600);
        rc = accept(*ret_token, path, ret_token, err);
    }
    free(path);
    return rc;
}

int pf_token_find(const char *dir, char **ret_token, struct pf_error *err)
{
    const char *variable = pf_env_get(VARIABLE);
    if (variable)
        return check(trimmed(variable, strlen(variable)), VARIABLE, ret_token, err);
    char *path = pf_path_join(dir, FILE_NAME);
    int rc = read_token_file(path, ret_token, err);
    free(path);
    return rc;
}
