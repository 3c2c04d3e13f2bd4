#include "library/launch.h"

#include "base/env.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEROIC_FLATPAK "com.heroicgameslauncher.hgl"

static bool is_number(const char *value)
{
    size_t n = strlen(value);
    return n > 0 && n <= 20 && strspn(value, "0123456789") == n;
}

static bool is_app_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strlen(name);
    return n > 0 && n <= 200 && strspn(name, allowed) == n;
}

static int by_number(const char *program, const char *form, const char *value, struct pf_launch_command *ret,
    struct pf_error *err)
{
    if (!is_number(value))
        return pf_error_set(err, -EINVAL, "\"%.40s\" is no number of a title", value);
    int n = snprintf(ret->text, sizeof(ret->text), "%s%s", form, value);
    ret->argv[0] = program;
    ret->argv[1] = ret->text;
    ret->argv[2] = NULL;
    return n < (int)sizeof(ret->text) ? 0 : -EINVAL;
}

/* "<runner>:<app>" */
static int heroic(const char *value, const struct pf_launch_facts *facts, struct pf_launch_command *ret,
    struct pf_error *err)
{
    static const char *const runners[] = {"legendary", "gog", "nile"};
    const char *colon = strchr(value, ':'), *runner = NULL;
    for (size_t i = 0; colon && i < 3; i++)
        if (strlen(runners[i]) == (size_t)(colon - value) &&
            strncmp(runners[i], value, strlen(runners[i])) == 0)
            runner = runners[i];
    if (!runner || !is_app_name(colon + 1))
        return pf_error_set(err, -EINVAL, "\"%.80s\" is no title of Heroic", value);
    if (!facts->heroic && !facts->heroic_flatpak)
        return pf_error_set(err, -ENOTSUP, "Heroic is not installed");
    snprintf(ret->text, sizeof(ret->text), "heroic://launch?appName=%s&runner=%s", colon + 1, runner);
    size_t n = 0;
    if (facts->heroic) {
        ret->argv[n++] = "heroic";
    } else {
        ret->argv[n++] = "flatpak";
        ret->argv[n++] = "run";
        ret->argv[n++] = HEROIC_FLATPAK;
    }
    ret->argv[n++] = "--no-gui";
    ret->argv[n++] = ret->text;
    ret->argv[n] = NULL;
    return 0;
}

static int own_command(const char *value, struct pf_launch_command *ret, struct pf_error *err)
{
    if (!value[strspn(value, " \t\r\n")])
        return pf_error_set(err, -EINVAL, "the command is empty");
    if (strlen(value) >= sizeof(ret->text))
        return pf_error_set(err, -EINVAL, "the command is longer than %zu bytes", sizeof(ret->text) - 1);
    strcpy(ret->text, value);
    ret->argv[0] = "/bin/sh";
    ret->argv[1] = "-c";
    ret->argv[2] = ret->text;
    ret->argv[3] = NULL;
    return 0;
}

int pf_launch_command_make(const char *kind, const char *value, const struct pf_launch_facts *facts,
    struct pf_launch_command *ret, struct pf_error *err)
{
    if (strcmp(kind, "steam_appid") == 0)
        return by_number("steam", "steam://rungameid/", value, ret, err);
    if (strcmp(kind, "lutris_id") == 0)
        return by_number("lutris", "lutris:rungameid/", value, ret, err);
    if (strcmp(kind, "heroic") == 0)
        return heroic(value, facts, ret, err);
    if (strcmp(kind, "command") == 0)
        return own_command(value, ret, err);
    return pf_error_set(
        err, -ENOTSUP, "titles of the kind \"%.40s\" cannot be started on this machine", kind);
}

static bool is_on_path(const char *program)
{
    const char *at = pf_env_get("PATH");
    bool found = false;
    while (at && *at && !found) {
        char path[512];
        size_t n = strcspn(at, ":");
        int len = snprintf(path, sizeof(path), "%.*s/%s", (int)n, at, program);
        found = n && len < (int)sizeof(path) && access(path, X_OK) == 0;
        at += n + (at[n] == ':');
    }
    return found;
}

struct pf_launch_facts pf_launch_facts_now(void)
{
    const char *home = pf_env_get("HOME");
    char *flatpak = home ? pf_path_join(home, ".var/app/" HEROIC_FLATPAK) : NULL;
    struct pf_launch_facts facts = {
        .heroic = is_on_path("heroic"), .heroic_flatpak = flatpak && access(flatpak, F_OK) == 0};
    free(flatpak);
    return facts;
}
