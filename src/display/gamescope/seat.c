#include "display/gamescope/seat.h"

#include "base/env.h"
#include "base/log.h"
#include "base/process.h"
#include "base/time.h"
#include "display/desktop_env.h"
#include "display/gamescope/scan.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SCOPE        "gamescope"
#define ASK_NS       (5 * PF_NS_PER_S)
#define TEXT         8192u
#define SESSIONS_MAX 16u

/* ---- what logind says ----------------------------------------------------------------------------------
 */

struct login {
    char seat[32], class[32], type[32], desktop[64], state[32];
};

/* Takes the value of a line if it has this key. */
static void take(const char *line, size_t len, const char *key, char *out, size_t cap)
{
    size_t n = strlen(key);
    if (len > n && !strncmp(line, key, n) && line[n] == '=')
        snprintf(out, cap, "%.*s", (int)(len - n - 1), line + n + 1);
}

static bool is_graphical(const struct login *l)
{
    return !strcmp(l->type, "wayland") || !strcmp(l->type, "x11") || !strcmp(l->type, "mir");
}

static enum pf_seat_use judge(const struct login *l)
{
    if (!l->seat[0] || strncmp(l->class, "user", 4) != 0 || !strcmp(l->state, "closing"))
        return PF_SEAT_WITHOUT_DESKTOP;
    /* From a text console anything may have been started, which does not tell logind. */
    if (!is_graphical(l))
        return strcmp(l->type, "tty") ? PF_SEAT_WITHOUT_DESKTOP : PF_SEAT_UNKNOWN;
    if (!l->desktop[0])
        return PF_SEAT_UNKNOWN;
    return strcasestr(l->desktop, "gamescope") ? PF_SEAT_WITHOUT_DESKTOP : PF_SEAT_WITH_DESKTOP;
}

enum pf_seat_use pf_seat_parse(const char *text)
{
    enum pf_seat_use use = PF_SEAT_WITHOUT_DESKTOP, one;
    struct login l = {0};
    for (const char *end; *text; text = end + (*end == '\n')) {
        end = text + strcspn(text, "\n");
        size_t len = (size_t)(end - text);
        take(text, len, "Seat", l.seat, sizeof(l.seat));
        take(text, len, "Class", l.class, sizeof(l.class));
        take(text, len, "Type", l.type, sizeof(l.type));
        take(text, len, "Desktop", l.desktop, sizeof(l.desktop));
        take(text, len, "State", l.state, sizeof(l.state));
        if (len && end[0] && end[1])
            continue;
        one = judge(&l); /* an empty line, or the last one */
        if (one == PF_SEAT_WITH_DESKTOP)
            return one;
        use = one == PF_SEAT_UNKNOWN ? one : use;
        l = (struct login){0};
    }
    return use;
}

static bool ask(const char *const argv[], char text[TEXT])
{
    text[0] = 0;
    int status = pf_process_output(argv, ASK_NS, text, TEXT);
    if (status)
        pf_log_debug(SCOPE, "%s %s: %d, %.200s", argv[0], argv[1], status, text);
    return status == 0;
}

static enum pf_seat_use ask_logind(void)
{
    char uid[16], ids[TEXT], text[TEXT], *save;
    snprintf(uid, sizeof(uid), "%u", (unsigned)getuid());
    const char *const list[] = {"loginctl", "show-user", uid, "--property=Sessions", "--value", NULL};
    if (!ask(list, ids))
        return PF_SEAT_UNKNOWN;
    const char *show[9 + SESSIONS_MAX] = {"loginctl", "show-session", "--property=Seat", "--property=Class",
        "--property=Type", "--property=Desktop", "--property=State"};
    size_t n = 0;
    for (char *id = strtok_r(ids, " \n", &save); id && n < SESSIONS_MAX; id = strtok_r(NULL, " \n", &save))
        show[7 + n++] = id;
    if (!n)
        return PF_SEAT_WITHOUT_DESKTOP;
    return ask(show, text) ? pf_seat_parse(text) : PF_SEAT_UNKNOWN;
}

/* ---- what runs -----------------------------------------------------------------------------------------
 */

static const char *only_processes(const char *name, void *user)
{
    (void)user;
    return strcmp(name, "PUNKTFUNK_COMPOSITOR") && strcmp(name, "XDG_CURRENT_DESKTOP") ? pf_env_get(name)
                                                                                       : NULL;
}

/* Whatever is pinned: only what runs, and not inside a gamescope. */
static bool desktop_runs(void)
{
    static const struct pf_desktop_probe probe = {.get = only_processes};
    struct pf_desktop_env env;
    return pf_desktop_env_detect(&probe, &env, NULL) == 0 && env.kind != PF_DESKTOP_NONE &&
           env.kind != PF_DESKTOP_GAMESCOPE && !pf_gamescope_is_above("/proc", env.pid);
}

bool pf_seat_has_desktop(void)
{
    enum pf_seat_use use = ask_logind();
    return use == PF_SEAT_UNKNOWN ? desktop_runs() : use == PF_SEAT_WITH_DESKTOP;
}
