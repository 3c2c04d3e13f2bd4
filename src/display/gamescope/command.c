#include "display/gamescope/command.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n\v\f"

#define RELAY "\"$" PF_GAMESCOPE_RELAY_VARIABLE "\""

/* The socket is told by gamescope to what it starts, and to nobody else. Written beside and renamed: never
 * seen half. At the end it says that the command is over, before gamescope knows it. */
#define SCRIPT                                                                                               \
    "printf %s \"$LIBEI_SOCKET\" >" RELAY ".new && mv " RELAY ".new " RELAY "; "                             \
    "\"$@\"; status=$?; : >" RELAY PF_GAMESCOPE_FAREWELL "; exit $status"

/* ---- the command line -----------------------------------------------------------------------------------
 */

static bool is_blank(const char *text)
{
    return !text || !text[strspn(text, BLANKS)];
}

unsigned pf_gamescope_rate(const struct pf_mode *mode)
{
    unsigned hz = (mode->refresh_mhz + 500) / 1000;
    return hz ? hz : 1;
}

/* Splits the owner's own command. False: it has too many words. */
static bool add_app(struct pf_gamescope_command *c, size_t at)
{
    size_t words = 0;
    char *save, *word = strtok_r(c->words, BLANKS, &save);
    for (; word; word = strtok_r(NULL, BLANKS, &save)) {
        if (words++ == PF_GAMESCOPE_WORDS)
            return false;
        c->argv[at++] = word;
    }
    return true;
}

static bool add_program(struct pf_gamescope_command *c, size_t at, const char *const *program)
{
    for (size_t words = 0; program[words]; words++) {
        if (words == PF_GAMESCOPE_WORDS)
            return false;
        c->argv[at++] = program[words];
    }
    return true;
}

int pf_gamescope_command_init(
    struct pf_gamescope_command *c, const struct pf_mode *mode, const char *const *program, const char *app)
{
    const char *text = !is_blank(app) ? app : "sleep infinity";
    size_t n = 0;
    *c = (struct pf_gamescope_command){.words = strdup(text)};
    if (!c->words)
        return -ENOMEM;
    snprintf(c->width, sizeof(c->width), "%u", mode->width);
    snprintf(c->height, sizeof(c->height), "%u", mode->height);
    snprintf(c->rate, sizeof(c->rate), "%u", pf_gamescope_rate(mode));
    const char *const head[] = {"gamescope", "--backend", "headless", "-W", c->width, "-H", c->height, "-r",
        c->rate, "--xwayland-count", "1", "--", "sh", "-c", SCRIPT, "sh"};
    for (; n < sizeof(head) / sizeof(head[0]); n++)
        c->argv[n] = head[n];
    if (program ? add_program(c, n, program) : add_app(c, n))
        return 0;
    pf_gamescope_command_finish(c);
    return -E2BIG;
}

void pf_gamescope_command_finish(struct pf_gamescope_command *c)
{
    free(c->words);
    *c = (struct pf_gamescope_command){0};
}

/* ---- the environment ------------------------------------------------------------------------------------
 */

/* Of a desktop that the nested one has nothing to do with, or set below. */
static const char *const dropped[] = {"DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "LIBEI_SOCKET",
    "NOTIFY_SOCKET", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", PF_GAMESCOPE_RELAY_VARIABLE};

static bool is_dropped(const char *entry, bool nvidia)
{
    size_t len = strcspn(entry, "=");
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
        if (strlen(dropped[i]) == len && !strncmp(entry, dropped[i], len))
            return true;
    return nvidia && !strncmp(entry, "__GLX_VENDOR_LIBRARY_NAME=", 26);
}

static bool add(char **list, size_t *n, const char *name, const char *value)
{
    if (asprintf(&list[*n], "%s=%s", name, value) < 0) {
        list[*n] = NULL;
        return false;
    }
    (*n)++;
    return true;
}

char **pf_gamescope_environment(
    const char *const before[], const struct pf_desktop_env *env, const char *relay, bool nvidia)
{
    size_t count = 0, n = 0;
    while (before[count])
        count++;
    char **list = calloc(count + 5, sizeof(*list));
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < count; i++)
        if (!is_dropped(before[i], nvidia))
            ok = (list[n++] = strdup(before[i])) != NULL;
    ok = ok && add(list, &n, "XDG_RUNTIME_DIR", env->runtime_dir) &&
         add(list, &n, "DBUS_SESSION_BUS_ADDRESS", env->dbus_address) &&
         add(list, &n, PF_GAMESCOPE_RELAY_VARIABLE, relay) &&
         (!nvidia || add(list, &n, "__GLX_VENDOR_LIBRARY_NAME", "nvidia"));
    if (ok)
        return list;
    pf_gamescope_environment_free(list);
    return NULL;
}

void pf_gamescope_environment_free(char **environment)
{
    for (size_t i = 0; environment && environment[i]; i++)
        free(environment[i]);
    free(environment);
}
