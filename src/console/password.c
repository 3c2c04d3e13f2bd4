#include "console/password.h"

#include "base/bytes.h"
#include "base/env.h"
#include "base/file.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE     "console"
#define VARIABLE  "PUNKTFUNK_UI_PASSWORD"
#define FORMER    "web-password"
#define FILE_NAME "console-password"
#define FILE_MAX  4096u

static_assert(PF_PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "the hash has the library's size");

struct pf_password {
    char *path;                       /* of the hash */
    char *clear;                      /* NULL: there is a hash, or none */
    char hash[PF_PASSWORD_HASH_SIZE]; /* "": none */
};

/* The line without its end and without the variable's name in front. */
static char *value_of(const char *text)
{
    static const char prefix[] = VARIABLE "=";
    if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
        text += sizeof(prefix) - 1;
    size_t len = strcspn(text, "\r\n");
    return len ? strndup(text, len) : NULL;
}

static int read_former(struct pf_password *p, const char *dir, struct pf_error *err)
{
    char *path = pf_path_join(dir, FORMER), *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    if (rc < 0 && rc != -ENOENT)
        pf_error_set(err, rc, "cannot read the console's password in %s: %s", path, strerror(-rc));
    if (rc == 0) {
        p->clear = value_of(text);
        sodium_memzero(text, len);
        free(text);
    }
    free(path);
    return rc == -ENOENT ? 0 : rc;
}

static int read_hash(struct pf_password *p, struct pf_error *err)
{
    static const char kind[] = "$argon2id$";
    char *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(p->path, FILE_MAX, &text, &len);
    if (rc == -ENOENT)
        return 0;
    if (rc == 0)
        len = strcspn(text, "\r\n");
    if (rc == 0 && len < sizeof(p->hash) && strncmp(text, kind, sizeof(kind) - 1) == 0) {
        memcpy(p->hash, text, len);
    } else if (rc == 0 || rc == -EFBIG) {
        struct pf_error aside = {"it is kept"};
        rc = pf_file_set_aside(p->path, &aside);
        pf_log_warn(SCOPE, "%s is damaged: the password has to be set again (%s.bad has the old file)",
            p->path, p->path);
    }
    free(text);
    return rc < 0
               ? pf_error_set(err, rc, "cannot read the console's password in %s: %s", p->path, strerror(-rc))
               : 0;
}

int pf_password_load(const char *dir, struct pf_password **ret_password, struct pf_error *err)
{
    if (sodium_init() < 0)
        return pf_error_set(err, -EIO, "the console has no random numbers");
    struct pf_password *p = calloc(1, sizeof(*p));
    if (!p)
        return pf_error_set(err, -ENOMEM, "the console has no memory");
    const char *variable = pf_env_get(VARIABLE);
    p->path = pf_path_join(dir, FILE_NAME);
    p->clear = variable ? value_of(variable) : NULL;
    unsetenv(VARIABLE);
    int rc = p->clear ? 0 : read_former(p, dir, err);
    if (rc == 0 && !p->clear)
        rc = read_hash(p, err);
    if (rc < 0) {
        pf_password_destroy(p);
        return rc;
    }
    *ret_password = p;
    return 0;
}

void pf_password_destroy(struct pf_password *p)
{
    if (!p)
        return;
    if (p->clear)
        sodium_memzero(p->clear, strlen(p->clear));
    free(p->clear);
    free(p->path);
    free(p);
}

bool pf_password_is_set(const struct pf_password *p)
{
    return p->clear || p->hash[0];
}

/* Digests are compared, so that neither time nor length tells anything. */
static bool is_same(const char *a, const char *b)
{
    uint8_t da[crypto_generichash_BYTES], db[crypto_generichash_BYTES];
    crypto_generichash(da, sizeof(da), (const uint8_t *)a, strlen(a), NULL, 0);
    crypto_generichash(db, sizeof(db), (const uint8_t *)b, strlen(b), NULL, 0);
    return sodium_memcmp(da, db, sizeof(da)) == 0;
}

bool pf_password_matches(const struct pf_password *p, const char *given)
{
    if (p->clear)
        return is_same(p->clear, given);
    return p->hash[0] && crypto_pwhash_str_verify(p->hash, given, strlen(given)) == 0;
}

int pf_password_hash(const char *chosen, char ret_hash[PF_PASSWORD_HASH_SIZE], struct pf_error *err)
{
    size_t len = strlen(chosen);
    if (len < PF_PASSWORD_MIN || len > PF_PASSWORD_MAX)
        return pf_error_set(
            err, -EINVAL, "the password needs %u to %u characters", PF_PASSWORD_MIN, PF_PASSWORD_MAX);
    if (crypto_pwhash_str(ret_hash, chosen, len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
            crypto_pwhash_MEMLIMIT_INTERACTIVE) < 0)
        return pf_error_set(err, -ENOMEM, "there is no memory to hash the password (64 MiB)");
    return 0;
}

int pf_password_keep(struct pf_password *p, const char hash[PF_PASSWORD_HASH_SIZE], struct pf_error *err)
{
    char line[PF_PASSWORD_HASH_SIZE + 1];
    if (pf_password_is_set(p))
        return pf_error_set(err, -EEXIST, "the console has a password already");
    int len = snprintf(line, sizeof(line), "%s\n", hash);
    int rc = pf_file_write(p->path, line, (size_t)len, 0600, err);
    if (rc == 0)
        memcpy(p->hash, hash, sizeof(p->hash));
    return rc;
}
