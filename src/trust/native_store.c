#include "trust/native_store.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE       "trust"
#define FILE_NAME   "punktfunk1-paired.json"
#define FILE_MAX    (4u << 20)
#define CLIENTS_MAX 4096u

struct record {
    struct pf_native_client client;
    json_t *json; /* the record as it stands in the file, with members we do not know */
};

struct pf_native_store {
    char *path;
    json_t *root; /* the file's object; its "clients" is rebuilt on each write */
    struct record *records;
    size_t count;
    pf_native_store_changed changed;
    void *changed_user;
};

static int64_t member_integer(const json_t *object, const char *name, int64_t fallback)
{
    const json_t *v = json_object_get(object, name);
    return json_is_integer(v) ? json_integer_value(v) : fallback;
}

static bool parse_record(const json_t *json, struct pf_native_client *ret)
{
    const json_t *name = json_object_get(json, "name");
    const char *fingerprint = json_string_value(json_object_get(json, "fingerprint"));
    if (!json_is_string(name) || !fingerprint || !pf_hex_decode(fingerprint, ret->fingerprint, 32))
        return false;
    pf_name_sanitise(json_string_value(name), json_string_length(name), ret->fingerprint, ret->name);
    ret->grants = (uint32_t)member_integer(json, "grants", PF_GRANT_ALL) & PF_GRANT_ALL;
    ret->granted_unix = member_integer(json, "granted_unix", 0);
    ret->expires_unix = member_integer(json, "expires_unix", 0);
    return true;
}

static struct record *find(const struct pf_native_store *s, const uint8_t fingerprint[32])
{
    struct record *found = NULL;
    for (size_t i = 0; i < s->count; i++) /* to the end: which entry matched does not show in the time */
        if (pf_bytes_equal_ct(s->records[i].client.fingerprint, fingerprint, 32))
            found = &s->records[i];
    return found;
}

static void free_records(struct record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(records[i].json);
    free(records);
}

/* Takes the records out of the parsed file. Returns the number of entries that make no sense, or -errno. */
static int take_records(struct pf_native_store *s, const json_t *clients)
{
    size_t n = json_array_size(clients);
    int bad = 0;
    s->records = calloc(n ? n : 1, sizeof(*s->records));
    if (!s->records)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        struct record r = {.json = json_array_get(clients, i)};
        if (s->count == CLIENTS_MAX || !parse_record(r.json, &r.client) || find(s, r.client.fingerprint)) {
            bad++;
            continue;
        }
        json_incref(r.json);
        s->records[s->count++] = r;
    }
    return bad;
}

/* The file, or some of its entries, cannot be understood: keeps it for the user. True if that worked. */
static bool report_damage(const struct pf_native_store *s, const char *why)
{
    struct pf_error err;
    if (pf_file_set_aside(s->path, &err) < 0) {
        pf_log_warn(SCOPE, "the list of paired devices is damaged (%s): %s", why, err.text);
        return false;
    }
    pf_log_warn(SCOPE,
        "the list of paired devices was damaged (%s) and is kept as %s.bad; devices that are lost must pair "
        "again",
        why, s->path);
    return true;
}

static json_t *build_file(const struct pf_native_store *s, const struct record *records, size_t count)
{
    json_t *clients = json_array();
    for (size_t i = 0; i < count; i++)
        if (json_array_append(clients, records[i].json) < 0)
            goto fail;
    json_t *root = s->root ? json_copy(s->root) : json_object();
    if (json_object_set_new(root, "clients", clients) == 0)
        return root;
    json_decref(root);
    return NULL;
fail:
    json_decref(clients);
    return NULL;
}

static int write_file(
    const struct pf_native_store *s, const struct record *records, size_t count, struct pf_error *err)
{
    json_t *root = build_file(s, records, count);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    int rc = text ? pf_file_write(s->path, text, strlen(text), 0600, err)
                  : pf_error_set(err, -ENOMEM, "cannot write %s: out of memory", s->path);
    free(text);
    json_decref(root);
    return rc;
}

static int load(struct pf_native_store *s, struct pf_error *err)
{
    char *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(s->path, FILE_MAX, &text, &len);
    if (rc == -ENOENT)
        return 0;
    if (rc < 0)
        return pf_error_set(err, rc, "cannot read the paired devices in %s: %s", s->path, strerror(-rc));

    json_error_t parse;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &parse);
    free(text);
    const json_t *clients = json_object_get(root, "clients");
    if (!json_is_array(clients)) {
        report_damage(s, root ? "it has no array \"clients\"" : parse.text);
        json_decref(root);
        return 0;
    }
    s->root = root;
    int bad = take_records(s, clients);
    if (bad < 0)
        return pf_error_set(err, bad, "cannot read the paired devices in %s: out of memory", s->path);
    if (bad == 0)
        return 0;
    struct pf_error write_err;
    bool kept = report_damage(s, "some entries are unreadable or double");
    if (kept && write_file(s, s->records, s->count, &write_err) < 0)
        pf_log_warn(SCOPE, "the readable entries could not be written back: %s", write_err.text);
    return 0;
}

int pf_native_store_open(const char *dir, struct pf_native_store **ret_store, struct pf_error *err)
{
    struct pf_native_store *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "cannot read the paired devices: out of memory");
    s->path = pf_path_join(dir, FILE_NAME);
    int rc = load(s, err);
    if (rc < 0) {
        pf_native_store_destroy(s);
        return rc;
    }
    *ret_store = s;
    return 0;
}

void pf_native_store_destroy(struct pf_native_store *s)
{
    if (!s)
        return;
    free_records(s->records, s->count);
    json_decref(s->root);
    free(s->path);
    free(s);
}

void pf_native_store_on_change(struct pf_native_store *s, pf_native_store_changed changed, void *user)
{
    s->changed = changed;
    s->changed_user = user;
}

/* The list without `fingerprint`, with room for one more. Each entry holds a reference to its JSON. */
static struct record *copy_without(
    const struct pf_native_store *s, const uint8_t fingerprint[32], size_t *ret_count)
{
    struct record *copy = calloc(s->count + 1, sizeof(*copy));
    size_t n = 0;
    if (!copy)
        return NULL;
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->records[i].client.fingerprint, fingerprint, 32) != 0) {
            copy[n] = s->records[i];
            json_incref(copy[n++].json);
        }
    *ret_count = n;
    return copy;
}

/* Makes `records` the store's content, on disk first. Takes ownership of them either way. */
static int commit(struct pf_native_store *s, struct record *records, size_t count, struct pf_error *err)
{
    int rc = write_file(s, records, count, err);
    if (rc < 0) {
        free_records(records, count);
        return rc;
    }
    free_records(s->records, s->count);
    s->records = records;
    s->count = count;
    return 0;
}

static void notify(
    struct pf_native_store *s, enum pf_native_store_event event, const struct pf_native_client *client)
{
    if (s->changed)
        s->changed(s->changed_user, event, client);
}

static int make_record(const uint8_t fingerprint[32], const char *name, struct record *ret)
{
    struct record r = {.client = {.grants = PF_GRANT_ALL}};
    char hex[65];
    memcpy(r.client.fingerprint, fingerprint, 32);
    size_t n = strnlen(name, PF_NAME_MAX);
    memcpy(r.client.name, name, n);
    r.json =
        json_pack("{s:s, s:s}", "name", r.client.name, "fingerprint", pf_hex_encode(fingerprint, 32, hex));
    if (!r.json)
        return -ENOMEM;
    *ret = r;
    return 0;
}

int pf_native_store_add(
    struct pf_native_store *s, const uint8_t fingerprint[32], const char *name, struct pf_error *err)
{
    size_t count = 0;
    if (s->count >= CLIENTS_MAX && !find(s, fingerprint))
        return pf_error_set(
            err, -ENOSPC, "%u devices are paired; remove one before another can pair", CLIENTS_MAX);
    struct record *records = copy_without(s, fingerprint, &count);
    if (!records || make_record(fingerprint, name, &records[count]) < 0) {
        free_records(records, count);
        return pf_error_set(err, -ENOMEM, "cannot store the paired device: out of memory");
    }
    struct pf_native_client added = records[count].client;
    int rc = commit(s, records, count + 1, err);
    if (rc == 0)
        notify(s, PF_NATIVE_STORE_ADDED, &added);
    return rc;
}

int pf_native_store_remove(struct pf_native_store *s, const uint8_t fingerprint[32], struct pf_error *err)
{
    const struct record *r = find(s, fingerprint);
    if (!r)
        return pf_error_set(err, -ENOENT, "no such device is paired");
    struct pf_native_client removed = r->client;
    size_t count = 0;
    struct record *records = copy_without(s, fingerprint, &count);
    if (!records)
        return pf_error_set(err, -ENOMEM, "cannot remove the paired device: out of memory");
    int rc = commit(s, records, count, err);
    if (rc == 0)
        notify(s, PF_NATIVE_STORE_REMOVED, &removed);
    return rc;
}

const struct pf_native_client *pf_native_store_find(
    const struct pf_native_store *s, const uint8_t fingerprint[32])
{
    const struct record *r = find(s, fingerprint);
    return r ? &r->client : NULL;
}

bool pf_native_store_admits(const struct pf_native_store *s, const uint8_t fingerprint[32], int64_t now_unix)
{
    const struct record *r = find(s, fingerprint);
    return r && (r->client.expires_unix == 0 || now_unix < r->client.expires_unix);
}

size_t pf_native_store_count(const struct pf_native_store *s)
{
    return s->count;
}

const struct pf_native_client *pf_native_store_at(const struct pf_native_store *s, size_t index)
{
    return index < s->count ? &s->records[index].client : NULL;
}
