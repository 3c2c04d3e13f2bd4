/* The environment that tells which desktop runs. Input: lines NAME=VALUE. */
#include "fuzz.h"

#include "display/desktop_env.h"

#include <string.h>

struct variables {
    char *text; /* lines that became strings */
    size_t size;
};

static const char *get(const char *name, void *user)
{
    const struct variables *v = user;
    size_t n = strlen(name);
    for (const char *at = v->text; at < v->text + v->size; at += strlen(at) + 1)
        if (strncmp(at, name, n) == 0 && at[n] == '=' && at[n + 1])
            return at + n + 1;
    return NULL;
}

static void check(const struct pf_desktop_env *env)
{
    FUZZ_ASSERT(env->pid == 0); /* no process is looked at */
    FUZZ_ASSERT(memchr(env->runtime_dir, 0, sizeof(env->runtime_dir)));
    FUZZ_ASSERT(memchr(env->dbus_address, 0, sizeof(env->dbus_address)));
    FUZZ_ASSERT(memchr(env->wayland_socket, 0, sizeof(env->wayland_socket)));
    FUZZ_ASSERT(memchr(env->sway_socket, 0, sizeof(env->sway_socket)));
    FUZZ_ASSERT(memchr(env->desktop, 0, sizeof(env->desktop)));
    FUZZ_ASSERT(!env->wayland_socket[0] || env->wayland_socket[0] == '/');
    FUZZ_ASSERT(!pf_desktop_env_is_live(env) || pf_desktop_env_is_same(env, env));
    FUZZ_ASSERT(pf_desktop_kind_name(env->kind)[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct variables v = {.text = malloc(size + 1), .size = size};
    memcpy(v.text, data, size);
    v.text[size] = 0;
    for (size_t i = 0; i < size; i++)
        if (v.text[i] == '\n')
            v.text[i] = 0;
    const struct pf_desktop_probe probe = {.proc_root = "/nonexistent", .get = get, .user = &v, .uid = 65534};
    struct pf_desktop_env env;
    struct pf_error err;
    if (pf_desktop_env_detect(&probe, &env, &err) == 0)
        check(&env);
    free(v.text);
    return 0;
}
