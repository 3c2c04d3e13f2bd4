#include "encode/gpu.h"

#include "base/env.h"
#include "base/file.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME    "gpu-settings.json"
#define FILE_MAX     (64u << 10)
#define DEFAULT_NODE "/dev/dri/renderD128"

static const struct {
    uint32_t id;
    const char *vendor, *label;
} vendors[] = {
    {0x10de, "nvidia", "NVIDIA"},
    {0x1002, "amd", "AMD"},
    {0x8086, "intel", "Intel"},
};

/* ---- the list ---- */

/* A small file of one line; 0 if there is none. */
static unsigned long long read_number(const char *sys, const char *node, const char *name, int base)
{
    char path[300], *text = NULL;
    size_t len = 0;
    unsigned long long n = 0;
    snprintf(path, sizeof(path), "%s/%s/device/%s", sys, node, name);
    if (pf_file_read(path, 64, &text, &len) == 0)
        n = strtoull(text, NULL, base);
    free(text);
    return n;
}

static void describe(struct pf_gpu *g, const char *sys)
{
    const char *label = NULL;
    g->vendor_id = (uint32_t)read_number(sys, g->node, "vendor", 16);
    g->device_id = (uint32_t)read_number(sys, g->node, "device", 16);
    g->vram_mb = read_number(sys, g->node, "mem_info_vram_total", 10) >> 20;
    g->vendor = "other";
    for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
        if (vendors[i].id == g->vendor_id) {
            g->vendor = vendors[i].vendor;
            label = vendors[i].label;
        }
    if (label)
        snprintf(g->name, sizeof(g->name), "%s GPU (%s)", label, g->node);
    else
        snprintf(g->name, sizeof(g->name), "GPU 0x%04x GPU (%s)", g->vendor_id, g->node);
}

static int by_node(const void *a, const void *b)
{
    return strverscmp(((const struct pf_gpu *)a)->node, ((const struct pf_gpu *)b)->node);
}

static void number_twins(struct pf_gpu *gpus, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            gpus[i].occurrence +=
                gpus[k].vendor_id == gpus[i].vendor_id && gpus[k].device_id == gpus[i].device_id;
        snprintf(gpus[i].id, sizeof(gpus[i].id), "%04x-%04x-%u", gpus[i].vendor_id, gpus[i].device_id,
            gpus[i].occurrence);
    }
}

size_t pf_gpu_list(const char *dev, const char *sys, struct pf_gpu ret_gpus[PF_GPUS_MAX])
{
    size_t n = 0;
    DIR *dir = opendir(dev ? dev : "/dev/dri");
    for (struct dirent *e; dir && n < PF_GPUS_MAX && (e = readdir(dir));) {
        if (strncmp(e->d_name, "renderD", 7) != 0 || strlen(e->d_name) >= sizeof(ret_gpus[n].node))
            continue;
        ret_gpus[n] = (struct pf_gpu){.vendor = "other"};
        strcpy(ret_gpus[n++].node, e->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(ret_gpus, n, sizeof(ret_gpus[0]), by_node);
    for (size_t i = 0; i < n; i++)
        describe(&ret_gpus[i], sys ? sys : "/sys/class/drm");
    number_twins(ret_gpus, n);
    return n;
}

/* ---- the preference ---- */

static bool take_u32(const json_t *value, uint32_t *ret)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0 || n > UINT32_MAX)
        return false;
    *ret = (uint32_t)n;
    return true;
}

static bool take_card(const json_t *card, struct pf_gpu_preference *ret)
{
    const char *name = json_string_value(json_object_get(card, "name"));
    uint32_t occurrence = 0;
    if (!take_u32(json_object_get(card, "vendor_id"), &ret->vendor_id) ||
        !take_u32(json_object_get(card, "device_id"), &ret->device_id))
        return false;
    take_u32(json_object_get(card, "occurrence"), &occurrence);
    ret->occurrence = occurrence;
    snprintf(ret->name, sizeof(ret->name), "%s", name ? name : "");
    ret->has_card = true;
    return true;
}

static bool take_file(const json_t *root, struct pf_gpu_preference *ret)
{
    const json_t *mode = json_object_get(root, "mode"), *card = json_object_get(root, "gpu");
    if (!json_is_object(root) || (mode && !json_is_string(mode)))
        return false;
    ret->manual = mode && strcmp(json_string_value(mode), "manual") == 0;
    if (mode && !ret->manual && strcmp(json_string_value(mode), "auto") != 0)
        return false;
    return !card || json_is_null(card) || take_card(card, ret);
}

void pf_gpu_preference_load(const char *dir, struct pf_gpu_preference *ret)
{
    char *path = pf_path_join(dir, FILE_NAME), *text = NULL;
    size_t len = 0;
    struct pf_gpu_preference read = {0};
    *ret = read;
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    json_t *root = rc == 0 ? json_loadb(text, len, 0, NULL) : NULL;
    if (root && take_file(root, &read))
        *ret = read;
    else if (rc != -ENOENT)
        pf_log_warn("encode", "%s cannot be understood: the graphics card is chosen automatically", path);
    json_decref(root);
    free(text);
    free(path);
}

int pf_gpu_preference_save(const char *dir, const struct pf_gpu_preference *p, struct pf_error *err)
{
    json_t *card =
        p->has_card ? json_pack("{s:I, s:I, s:I, s:s}", "vendor_id", (json_int_t)p->vendor_id, "device_id",
                          (json_int_t)p->device_id, "occurrence", (json_int_t)p->occurrence, "name", p->name)
                    : json_null();
    json_t *root = json_pack("{s:s, s:o}", "mode", p->manual ? "manual" : "auto", "gpu", card);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text)
        return pf_error_set(err, -ENOMEM, "out of memory");
    char *path = pf_path_join(dir, FILE_NAME);
    int rc = pf_file_write(path, text, strlen(text), 0600, err);
    free(path);
    free(text);
    return rc;
}

/* ---- the choice ---- */

int pf_gpu_preferred(const struct pf_gpu_preference *p, const struct pf_gpu *gpus, size_t count)
{
    int kind = -1, name = -1;
    for (size_t i = 0; p->has_card && i < count; i++) {
        bool same = gpus[i].vendor_id == p->vendor_id && gpus[i].device_id == p->device_id;
        if (same && gpus[i].occurrence == p->occurrence)
            return (int)i;
        if (same && kind < 0)
            kind = (int)i;
        if (p->name[0] && strcmp(gpus[i].name, p->name) == 0 && name < 0)
            name = (int)i;
    }
    return kind >= 0 ? kind : name;
}

static int automatic(const struct pf_gpu *gpus, size_t count)
{
    const char *node = pf_env_get("PUNKTFUNK_RENDER_NODE");
    node = node ? node : DEFAULT_NODE;
    const char *base = strrchr(node, '/');
    base = base ? base + 1 : node;
    bool nvidia = access("/dev/nvidiactl", F_OK) == 0 || access("/dev/nvidia0", F_OK) == 0;
    for (size_t i = 0; nvidia && i < count; i++)
        if (strcmp(gpus[i].vendor, "nvidia") == 0)
            return (int)i;
    for (size_t i = 0; i < count; i++)
        if (strcmp(gpus[i].node, base) == 0)
            return (int)i;
    return count ? 0 : -1;
}

int pf_gpu_select(
    const struct pf_gpu_preference *p, const struct pf_gpu *gpus, size_t count, const char **ret_source)
{
    int preferred = p->manual ? pf_gpu_preferred(p, gpus, count) : -1;
    *ret_source = preferred >= 0 ? "preference" : p->manual ? "preference_missing" : "auto";
    return preferred >= 0 ? preferred : automatic(gpus, count);
}
