#include "trust/gamestream_store.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/log.h"
#include "net/identity.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE           "trust"
#define FILE_NAME       "paired.json"
#define FILE_MAX        (16u << 20)
#define CLIENTS_MAX     1024u
#define CERTIFICATE_MAX 4096u /* bytes of DER */

struct pf_gamestream_store {
    char *path;
    struct pf_gamestream_client *clients;
    size_t count;
    void (*removed)(void *user, const uint8_t fingerprint[32]);
    void *removed_user;
};

/* ---- one certificate ------------------------------------------------------------------------------------
 */

static int make_client(const uint8_t *der, size_t len, struct pf_gamestream_client *ret)
{
    uint8_t *copy = malloc(len);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, der, len);
    ret->der = copy;
    ret->der_len = len;
    pf_fingerprint_of(der, len, ret->fingerprint);
    return 0;
}

static bool parse_bytes(const json_t *array, uint8_t out[CERTIFICATE_MAX], size_t *ret_len)
{
    size_t len = json_array_size(array);
    if (!len || len > CERTIFICATE_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        const json_t *number = json_array_get(array, i);
        json_int_t value = json_integer_value(number);
        if (!json_is_integer(number) || value < 0 || value > 255)
            return false;
        out[i] = (uint8_t)value;
    }
    *ret_len = len;
    return true;
}

static json_t *to_json(const struct pf_gamestream_client *c)
{
    json_t *array = json_array();
    for (size_t i = 0; i < c->der_len; i++)
        if (json_array_append_new(array, json_integer(c->der[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

/* ---- the file -------------------------------------------------------------------------------------------
 */

static struct pf_gamestream_client *find(const struct pf_gamestream_store *s, const uint8_t fingerprint[32])
{
    struct pf_gamestream_client *found = NULL;
    for (size_t i = 0; i < s->count; i++) /* to the end: which entry matched does not show in the time */
        if (pf_bytes_equal_ct(s->clients[i].fingerprint, fingerprint, 32))
            found = &s->clients[i];
    return found;
}

/* All clients but `without` (may be NULL). */
static int write_file(
    const struct pf_gamestream_store *s, const struct pf_gamestream_client *without, struct pf_error *err)
{
    json_t *root = json_array();
    bool complete = root;
    for (size_t i = 0; complete && i < s->count; i++)
        if (&s->clients[i] != without)
            complete = json_array_append_new(root, to_json(&s->clients[i])) == 0;
    char *text = complete ? json_dumps(root, JSON_COMPACT) : NULL;
    int rc = text ? pf_file_write(s->path, text, strlen(text), 0600, err)
                  : pf_error_set(err, -ENOMEM, "cannot write %s: out of memory", s->path);
    free(text);
    json_decref(root);
    return rc;
}

/* Returns the number of entries that make no sense, or -errno. */
static int take_clients(struct pf_gamestream_store *s, const json_t *root)
{
    size_t n = json_array_size(root), len;
    uint8_t der[CERTIFICATE_MAX], fingerprint[32];
    int bad = 0;
    s->clients = calloc(n ? n : 1, sizeof(*s->clients));
    if (!s->clients)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        bool good = s->count < CLIENTS_MAX && parse_bytes(json_array_get(root, i), der, &len);
        if (good)
            pf_fingerprint_of(der, len, fingerprint);
        if (good && find(s, fingerprint)) /* the baseline writes a client that pairs again twice */
            continue;
        if (!good)
            bad++;
        else if (make_client(der, len, &s->clients[s->count++]) < 0)
            return -ENOMEM;
    }
    return bad;
}

static void report_damage(const struct pf_gamestream_store *s, const char *why)
{
    struct pf_error err;
    if (pf_file_set_aside(s->path, &err) < 0) {
        pf_log_warn(SCOPE, "the list of paired Moonlight clients is damaged (%s): %s", why, err.text);
        return;
    }
    pf_log_warn(SCOPE,
        "the list of paired Moonlight clients was damaged (%s) and is kept as %s.bad; clients that are lost "
        "must pair again",
        why, s->path);
    if (s->count && write_file(s, NULL, &err) < 0)
        pf_log_warn(SCOPE, "the readable entries could not be written back: %s", err.text);
}

static int load(struct pf_gamestream_store *s, struct pf_error *err)
{
    char *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(s->path, FILE_MAX, &text, &len);
    if (rc == -ENOENT)
        return 0;
    if (rc < 0)
        return pf_error_set(
            err, rc, "cannot read the paired Moonlight clients in %s: %s", s->path, strerror(-rc));
    json_error_t parse;
    json_t *root = json_loadb(text, len, 0, &parse);
    free(text);
    int bad = json_is_array(root) ? take_clients(s, root) : 0;
    if (!json_is_array(root))
        report_damage(s, root ? "it is no array" : parse.text);
    else if (bad > 0)
        report_damage(s, "some entries are unreadable");
    json_decref(root);
    return bad < 0 ? pf_error_set(err, bad, "cannot read %s: out of memory", s->path) : 0;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int pf_gamestream_store_open(const char *dir, struct pf_gamestream_store **ret_store, struct pf_error *err)
{
    struct pf_gamestream_store *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "cannot read the paired Moonlight clients: out of memory");
    s->path = pf_path_join(dir, FILE_NAME);
    int rc = load(s, err);
    if (rc < 0) {
        pf_gamestream_store_destroy(s);
        return rc;
    }
    *ret_store = s;
    return 0;
}

void pf_gamestream_store_destroy(struct pf_gamestream_store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        free((void *)s->clients[i].der);
    free(s->clients);
    free(s->path);
    free(s);
}

void pf_gamestream_store_on_removal(
    struct pf_gamestream_store *s, void (*removed)(void *user, const uint8_t fingerprint[32]), void *user)
{
    s->removed = removed;
    s->removed_user = user;
}

/* ---- changes --------------------------------------------------------------------------------------------
 */

int pf_gamestream_store_add(
    struct pf_gamestream_store *s, const uint8_t *der, size_t len, struct pf_error *err)
{
    uint8_t fingerprint[32];
    pf_fingerprint_of(der, len, fingerprint);
    if (find(s, fingerprint))
        return 0;
    if (!len || len > CERTIFICATE_MAX)
        return pf_error_set(err, -EINVAL, "the client's certificate is too long");
    if (s->count == CLIENTS_MAX)
        return pf_error_set(
            err, -ENOSPC, "%u Moonlight clients are paired; remove one before another can pair", CLIENTS_MAX);
    struct pf_gamestream_client *more = realloc(s->clients, (s->count + 1) * sizeof(*more));
    if (more)
        s->clients = more;
    if (!more || make_client(der, len, &s->clients[s->count]) < 0)
        return pf_error_set(err, -ENOMEM, "cannot store the paired Moonlight client: out of memory");
    s->count++;
    int rc = write_file(s, NULL, err);
    if (rc < 0)
        free((void *)s->clients[--s->count].der);
    return rc;
}

int pf_gamestream_store_remove(
    struct pf_gamestream_store *s, const uint8_t fingerprint[32], struct pf_error *err)
{
    struct pf_gamestream_client *c = find(s, fingerprint);
    if (!c)
        return pf_error_set(err, -ENOENT, "no such Moonlight client is paired");
    int rc = write_file(s, c, err);
    if (rc < 0)
        return rc;
    uint8_t gone[32];
    memcpy(gone, c->fingerprint, sizeof(gone));
    free((void *)c->der);
    size_t at = (size_t)(c - s->clients);
    memmove(c, c + 1, (--s->count - at) * sizeof(*c));
    if (s->removed)
        s->removed(s->removed_user, gone);
    return 0;
}

bool pf_gamestream_store_knows(const struct pf_gamestream_store *s, const uint8_t fingerprint[32])
{
    return find(s, fingerprint);
}

size_t pf_gamestream_store_count(const struct pf_gamestream_store *s)
{
    return s->count;
}

const struct pf_gamestream_client *pf_gamestream_store_at(const struct pf_gamestream_store *s, size_t index)
{
    return index < s->count ? &s->clients[index] : NULL;
}
