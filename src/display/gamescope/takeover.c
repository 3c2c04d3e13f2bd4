#include "display/gamescope/takeover.h"

#include "base/env.h"
#include "base/file.h"
#include "base/log.h"
#include "base/time.h"
#include "display/gamescope/command.h"
#include "display/gamescope/session_files.h"
#include "display/gamescope/units.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCOPE        "gamescope"
#define PLUS_SCRIPT  "gamescope-session-plus/gamescope-session-plus"
#define PLUS_PREFIX  "gamescope-session-plus@"
#define PLUS_PATTERN PLUS_PREFIX "*.service"
#define STEAMOS      "/usr/lib/steamos/gamescope-session"
#define TARGET       "gamescope-session.target"
#define OUR_UNIT     "punktfunk-gamescope.service"
#define PLUS_NS      (45 * PF_NS_PER_S)
#define STEAMOS_NS   (30 * PF_NS_PER_S)
#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

/* Kinds of notes, undone in the order in which they were made. */
#define OURS    "our-unit"
#define STOPPED "unit"
#define DROP_IN "drop-in"

/* ---- which one there is ---------------------------------------------------------------------------------
 */

static bool find_plus(char *ret_script, size_t cap)
{
    const char *dirs = pf_env_get("XDG_DATA_DIRS");
    for (const char *p = dirs ? dirs : "/usr/local/share:/usr/share"; *p; p += strspn(p, ":")) {
        size_t len = strcspn(p, ":");
        int n = snprintf(ret_script, cap, "%.*s/" PLUS_SCRIPT, (int)len, p);
        if (n > 0 && (size_t)n < cap && access(ret_script, X_OK) == 0)
            return true;
        p += len;
    }
    return false;
}

enum pf_gamescope_session_kind pf_gamescope_session_find(char *ret_script, size_t cap)
{
    const char *steamos = pf_env_get("PUNKTFUNK_STEAMOS_SESSION");
    if (find_plus(ret_script, cap))
        return PF_GAMESCOPE_SESSION_PLUS;
    return access(steamos ? steamos : STEAMOS, X_OK) == 0 ? PF_GAMESCOPE_STEAMOS : PF_GAMESCOPE_NO_SESSION;
}

int pf_gamescope_takeover_probe(struct pf_error *err)
{
    char script[PATH_MAX];
    if (pf_gamescope_session_find(script, sizeof(script)) == PF_GAMESCOPE_NO_SESSION)
        return pf_error_set(err, -ENOENT,
            "this machine has no gamescope session to take over, neither gamescope-session-plus nor that of "
            "SteamOS; unset PUNKTFUNK_GAMESCOPE_MANAGED and PUNKTFUNK_GAMESCOPE_SESSION");
    int rc = pf_units_probe(err);
    return rc < 0 ? pf_error_prefix(err, rc, "the gamescope session of this machine cannot be taken over")
                  : 0;
}

/* ---- giving it back -------------------------------------------------------------------------------------
 */

static const char *only_processes(const char *name, void *user)
{
    (void)user;
    return strcmp(name, "PUNKTFUNK_COMPOSITOR") && strcmp(name, "XDG_CURRENT_DESKTOP") ? pf_env_get(name)
                                                                                       : NULL;
}

/* Whatever is pinned: only what runs. */
static bool desktop_runs(void)
{
    static const struct pf_session_probe probe = {.get = only_processes};
    struct pf_session_env env;
    return pf_session_env_detect(&probe, &env, NULL) == 0 && env.kind != PF_SESSION_NONE &&
           env.kind != PF_SESSION_GAMESCOPE;
}

static int tell(const char *verb, const char *option, const char *unit, struct pf_error *err)
{
    const char *const words[] = {verb, option ? option : unit, option ? unit : NULL, NULL};
    return pf_units_tell(words, err);
}

static int give_unit_back(const char *unit, struct pf_error *err)
{
    if (strncmp(unit, PLUS_PREFIX, strlen(PLUS_PREFIX)) != 0)
        return 0; /* no note of ours */
    int rc = tell("unmask", "--runtime", unit, err);
    if (rc == 0 && !desktop_runs())
        rc = tell("start", NULL, unit, err);
    return rc;
}

static int remove_drop_in(const char *path, struct pf_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || strcmp(slash + 1, PF_GAMESCOPE_DROP_IN) != 0)
        return 0; /* no note of ours */
    pf_gamescope_drop_in_remove(path);
    int rc = tell("daemon-reload", NULL, NULL, err);
    if (rc == 0)
        rc = desktop_runs() ? tell("stop", NULL, TARGET, err) : tell("restart", NULL, TARGET, err);
    return rc;
}

/* A unit that was never started, or has ended, is not there, which is as good. */
static int end_ours(struct pf_error *err)
{
    struct pf_unit_list list;
    int rc = pf_units_running(OUR_UNIT, &list, err);
    return rc == 0 && list.count ? tell("stop", NULL, OUR_UNIT, err) : rc;
}

static int undo_one(const struct pf_journal_entry *e, struct pf_error *err)
{
    if (!strcmp(e->kind, OURS))
        return end_ours(err);
    if (!strcmp(e->kind, STOPPED))
        return give_unit_back(e->name, err);
    return !strcmp(e->kind, DROP_IN) ? remove_drop_in(e->name, err) : 0;
}

/* Takes out what it could undo. What comes after a step that failed has to wait: nothing starts while ours
 * runs. */
static void undo_all(struct pf_journal_list *list)
{
    struct pf_error err = {"unknown reason"};
    for (size_t i = 0; i < list->count;) {
        const struct pf_journal_entry *e = &list->item[i];
        int rc = strcmp(e->owner, PF_GAMESCOPE_OWNER) ? 1 : undo_one(e, &err);
        if (rc < 0) {
            pf_log_warn(SCOPE, "the machine's own gamescope session is not given back yet: %s", err.text);
            return;
        }
        if (rc == 0)
            pf_journal_list_remove(list, i);
        i += rc != 0;
    }
}

static void script_paths(
    const struct pf_session_env *env, char wrapper[160], char folder[160], char shim[176])
{
    snprintf(wrapper, 160, "%s/punktfunk-gamescope-bin", env->runtime_dir);
    snprintf(folder, 160, "%s/punktfunk-gsbin", env->runtime_dir);
    snprintf(shim, 176, "%s/gamescope", folder);
}

static void remove_scripts(const struct pf_session_env *env)
{
    char wrapper[160], folder[160], shim[176];
    script_paths(env, wrapper, folder, shim);
    unlink(wrapper);
    unlink(shim);
    rmdir(folder);
}

void pf_gamescope_undo(const struct pf_session_env *env, struct pf_journal *own, struct pf_journal_list *dead)
{
    size_t before = dead->count;
    (void)own;
    undo_all(dead);
    if (dead->count != before && env->runtime_dir[0])
        remove_scripts(env);
}

bool pf_gamescope_give_back(const struct pf_session_env *env, struct pf_journal *journal)
{
    struct pf_journal_list all, open;
    bool left = true;
    if (pf_journal_entries(journal, PF_GAMESCOPE_OWNER, NULL, NULL, &all) < 0)
        return false;
    if (pf_journal_entries(journal, PF_GAMESCOPE_OWNER, NULL, NULL, &open) == 0) {
        undo_all(&open);
        left = open.count > 0;
        for (size_t i = 0, k = 0; i < all.count; i++) { /* `open` is what is left of `all`, in its order */
            const struct pf_journal_entry *e = &all.item[i];
            if (k < open.count && !strcmp(open.item[k].kind, e->kind) && !strcmp(open.item[k].name, e->name))
                k++;
            else
                pf_journal_forget(journal, e->owner, e->kind, e->session, e->name);
        }
        pf_journal_list_finish(&open);
    }
    pf_journal_list_finish(&all);
    remove_scripts(env);
    return !left;
}

/* ---- taking it over -------------------------------------------------------------------------------------
 */

/* What cannot be noted is not done. */
static int note(struct pf_journal *journal, const char *kind, const char *name, struct pf_error *err)
{
    struct pf_journal_entry e = {.owner = PF_GAMESCOPE_OWNER, .lasting = !strcmp(kind, DROP_IN)};
    snprintf(e.kind, sizeof(e.kind), "%s", kind);
    snprintf(e.name, sizeof(e.name), "%s", name);
    return journal ? pf_journal_note(journal, &e, err) : pf_error_set(err, -EINVAL, "there is no journal");
}

/* Masked, because whoever logs in by itself would start it again. */
static int stop_units(struct pf_journal *journal, struct pf_error *err)
{
    struct pf_unit_list list;
    int rc = pf_units_running(PLUS_PATTERN, &list, err);
    for (size_t i = 0; rc == 0 && i < list.count; i++) {
        const char *unit = list.name[i];
        rc = note(journal, STOPPED, unit, err);
        if (rc == 0)
            rc = tell("mask", "--runtime", unit, err);
        if (rc == 0)
            rc = tell("stop", NULL, unit, err);
        pf_log_info(SCOPE, "the machine's own session is stopped unit=%s rc=%d", unit, rc);
    }
    return rc;
}

static int run_plus(const char *script, const char *wrapper, const struct pf_mode *mode, struct pf_error *err)
{
    const char *client = pf_env_get("PUNKTFUNK_GAMESCOPE_SESSION");
    char width[40], height[40], hz[24], rates[48], binary[200];
    snprintf(width, sizeof(width), "--setenv=SCREEN_WIDTH=%u", mode->width);
    snprintf(height, sizeof(height), "--setenv=SCREEN_HEIGHT=%u", mode->height);
    snprintf(hz, sizeof(hz), "--setenv=PF_HZ=%u", pf_gamescope_rate(mode));
    snprintf(rates, sizeof(rates), "--setenv=CUSTOM_REFRESH_RATES=%u", pf_gamescope_rate(mode));
    snprintf(binary, sizeof(binary), "--setenv=GAMESCOPE_BIN=%s", wrapper);
    const char *const words[] = {"--collect", "--unit=punktfunk-gamescope",
        "--property=UnsetEnvironment=DISPLAY WAYLAND_DISPLAY", "--setenv=BACKEND=headless", width, height, hz,
        binary, "--setenv=DRM_MODE=cvt", rates, "--", script, client ? client : "steam", NULL};
    return pf_units_run(words, err);
}

static int take_plus(const struct pf_session_env *env, const char *script, const struct pf_mode *mode,
    struct pf_journal *journal, struct pf_error *err)
{
    char wrapper[160], folder[160], shim[176];
    script_paths(env, wrapper, folder, shim);
    int rc = note(journal, OURS, OUR_UNIT, err);
    if (rc == 0)
        rc = stop_units(journal, err);
    if (rc == 0)
        rc = pf_gamescope_script_write(wrapper, pf_gamescope_wrapper, err);
    return rc == 0 ? run_plus(script, wrapper, mode, err) : rc;
}

static int write_steamos_files(
    const struct pf_session_env *env, const char *drop_in, const struct pf_mode *mode, struct pf_error *err)
{
    char wrapper[160], folder[160], shim[176];
    const char *path = pf_env_get("PATH");
    script_paths(env, wrapper, folder, shim);
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return pf_error_set(err, -errno, "%s cannot be made: %s", folder, strerror(errno));
    int rc = pf_gamescope_script_write(shim, pf_gamescope_shim, err);
    if (rc < 0)
        return rc;
    char *text = pf_gamescope_drop_in(folder, path ? path : PATH_DEFAULT, mode);
    rc = text ? pf_gamescope_drop_in_write(drop_in, text, err) : pf_error_set(err, -ENOMEM, "out of memory");
    free(text);
    return rc;
}

static int take_steamos(const struct pf_session_env *env, const struct pf_mode *mode,
    struct pf_journal *journal, struct pf_error *err)
{
    char drop_in[sizeof(((struct pf_journal_entry *)0)->name)];
    int rc = pf_gamescope_drop_in_path(drop_in, sizeof(drop_in));
    if (rc < 0)
        return pf_error_set(err, rc, "there is no place for the session's settings: %s", strerror(-rc));
    rc = note(journal, DROP_IN, drop_in, err);
    if (rc == 0)
        rc = write_steamos_files(env, drop_in, mode, err);
    if (rc == 0)
        rc = tell("daemon-reload", NULL, NULL, err);
    return rc == 0 ? tell("restart", NULL, TARGET, err) : rc;
}

int pf_gamescope_takeover(const struct pf_session_env *env, const struct pf_mode *mode,
    struct pf_journal *journal, uint64_t *ret_picture_ns, struct pf_error *err)
{
    char script[PATH_MAX];
    int rc = pf_gamescope_takeover_probe(err);
    if (rc < 0)
        return rc;
    bool plus = pf_gamescope_session_find(script, sizeof(script)) == PF_GAMESCOPE_SESSION_PLUS;
    rc = plus ? take_plus(env, script, mode, journal, err) : take_steamos(env, mode, journal, err);
    if (rc < 0) {
        pf_gamescope_give_back(env, journal);
        return pf_error_prefix(err, rc, "the gamescope session of this machine could not be taken over");
    }
    *ret_picture_ns = plus ? PLUS_NS : STEAMOS_NS;
    return 0;
}
