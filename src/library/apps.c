#include "library/apps.h"

#include "base/file.h"
#include "base/log.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE     "library"
#define FILE_NAME "apps.json"
#define FILE_MAX  (1u << 20)

void pf_app_library_id(uint32_t number, char id[16])
{
    snprintf(id, 16, PF_APP_ID_PREFIX "%" PRIu32, number);
}

static bool take_compositor(const json_t *value, enum pf_compositor *ret)
{
    const char *name = json_string_value(value);
    return !value || json_is_null(value) || (name && pf_compositor_parse(name, ret));
}

/* Whole characters that fit. */
static void copy_title(char *out, const char *title)
{
    size_t len = strlen(title);
    if (len > PF_APP_TITLE_MAX)
        for (len = PF_APP_TITLE_MAX; len && ((uint8_t)title[len] & 0xC0) == 0x80;)
            len--;
    memcpy(out, title, len);
    out[len] = 0;
}

static bool is_listed(const struct pf_app *apps, size_t n, json_int_t id)
{
    for (size_t i = 0; i < n; i++)
        if (apps[i].id == id)
            return true;
    return false;
}

static bool take_entry(struct pf_app *apps, size_t n, const json_t *entry)
{
    struct pf_app app = {0};
    const char *title = json_string_value(json_object_get(entry, "title"));
    const json_t *command = json_object_get(entry, "cmd");
    json_int_t id = json_integer_value(json_object_get(entry, "id"));
    if (!title || !*title || id < 1 || id > INT32_MAX || is_listed(apps, n, id) ||
        !take_compositor(json_object_get(entry, "compositor"), &app.compositor))
        return false;
    if (json_is_string(command)) {
        if (json_string_length(command) > PF_APP_COMMAND_MAX)
            return false;
        strcpy(app.command, json_string_value(command));
    }
    app.id = (uint32_t)id;
    copy_title(app.title, title);
    apps[n] = app;
    return true;
}

/* The list is read again and again; what is wrong with it is said once, until it is right again. */
static void complain(const char *path, const json_t *root, const char *why, size_t left_out)
{
    static atomic_bool complained;
    bool bad = left_out || !json_is_array(root);
    if (atomic_exchange(&complained, bad) || !bad)
        return;
    if (!json_is_array(root))
        pf_log_warn(SCOPE, "%s is damaged and was ignored: %s", path, why);
    else
        pf_log_warn(SCOPE,
            "%zu of the entries in %s are not offered: each needs an \"id\" of its own, a \"title\", a "
            "\"compositor\" that is known, if any, and a \"cmd\" of at most %u bytes",
            left_out, path, PF_APP_COMMAND_MAX);
}

size_t pf_apps_load(const char *dir, struct pf_app *ret_apps, size_t max)
{
    char *path = pf_path_join(dir, FILE_NAME), *text;
    size_t len, i, n = 0, left_out = 0;
    if (pf_file_read(path, FILE_MAX, &text, &len) == 0) {
        json_error_t err = {.text = "it is no array"};
        json_t *root = json_loadb(text, len, 0, &err), *entry;
        free(text);
        json_array_foreach(root, i, entry)
        {
            bool good = n < max && take_entry(ret_apps, n, entry);
            n += good;
            left_out += !good;
        }
        complain(path, root, err.text, left_out);
        json_decref(root);
    }
    free(path);
    return n;
}
