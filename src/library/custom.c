#include "library/custom.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "library.json"
#define FILE_MAX  (16u << 20)

void pf_custom_make_id(const char *title, uint64_t unix_ns, char out[13])
{
    char *text = NULL, hex[65];
    uint8_t digest[32] = {0};
    int n = asprintf(&text, "%s:%" PRIu64, title, unix_ns);
    if (n >= 0)
        gnutls_hash_fast(GNUTLS_DIG_SHA256, text, (size_t)n, digest);
    free(text);
    memcpy(out, pf_hex_encode(digest, 32, hex), 12);
    out[12] = 0;
}

static json_t *known_art(const json_t *art)
{
    static const char *const kinds[] = {"portrait", "hero", "logo", "header"};
    json_t *known = json_object();
    for (size_t i = 0; i < 4; i++) {
        json_t *url = json_object_get(art, kinds[i]);
        if (json_is_string(url))
            json_object_set(known, kinds[i], url);
    }
    return known;
}

json_t *pf_custom_make(const char *id, const json_t *input)
{
    json_t *entry = json_pack("{s:s, s:O, s:o}", "id", id, "title", json_object_get(input, "title"), "art",
        known_art(json_object_get(input, "art")));
    const json_t *launch = json_object_get(input, "launch");
    json_t *kind = json_object_get(launch, "kind"), *value = json_object_get(launch, "value");
    if (entry && json_is_string(kind) && json_is_string(value))
        json_object_set_new(entry, "launch", json_pack("{s:O, s:O}", "kind", kind, "value", value));
    return entry;
}

static bool is_id(const char *id)
{
    return id && *id && strlen(id) <= 64 && strspn(id, "0123456789abcdef") == strlen(id);
}

static json_t *good_entries(const json_t *list)
{
    json_t *good = json_array(), *e;
    size_t i;
    json_array_foreach((json_t *)list, i, e)
    {
        const char *id = json_string_value(json_object_get(e, "id"));
        if (is_id(id) && json_is_string(json_object_get(e, "title")))
            json_array_append_new(good, pf_custom_make(id, e));
    }
    return good;
}

json_t *pf_custom_load(const char *dir)
{
    char *path = pf_path_join(dir, FILE_NAME), *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    json_t *root = rc == 0 ? json_loadb(text, len, 0, NULL) : NULL;
    /* Newer hosts write an object around the list. */
    const json_t *list = json_is_object(root) ? json_object_get(root, "entries") : root;
    if (rc == 0 && !json_is_array(list)) {
        pf_log_warn("library", "%s is damaged: it is kept as %s.bad, and there are no titles of your own",
            path, path);
        pf_file_set_aside(path, NULL);
    } else if (rc < 0 && rc != -ENOENT) {
        pf_log_warn("library", "%s cannot be read: %s", path, strerror(-rc));
    }
    json_t *entries = good_entries(json_is_array(list) ? list : NULL);
    json_decref(root);
    free(text);
    free(path);
    return entries;
}

int pf_custom_save(const char *dir, const json_t *entries, struct pf_error *err)
{
    char *text = json_dumps(entries, JSON_INDENT(2));
    if (!text)
        return pf_error_set(err, -ENOMEM, "out of memory");
    char *path = pf_path_join(dir, FILE_NAME);
    int rc = pf_file_write(path, text, strlen(text), 0600, err);
    free(path);
    free(text);
    return rc;
}
