#include "display/gamescope/takeover.h"

#include "base/env.h"
#include "base/log.h"
#include "base/time.h"
#include "display/display.h"
#include "display/gamescope/command.h"
#include "display/gamescope/give_back.h"
#include "display/gamescope/notes.h"
#include "display/gamescope/session_files.h"
#include "display/gamescope/units.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE        "gamescope"
#define PLUS_SCRIPT  "gamescope-session-plus/gamescope-session-plus"
#define PLUS_PATTERN PF_GAMESCOPE_PLUS_PREFIX "*.service"
#define STEAMOS_RUN  "/usr/lib/steamos/gamescope-session"
#define PLUS_NS      (45 * PF_NS_PER_S)
#define STEAMOS_NS   (30 * PF_NS_PER_S)
#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

/* ---- which one there is ---------------------------------------------------------------------------------
 */

struct own_session {
    enum { NONE, PLUS, STEAMOS } kind; /* PLUS: gamescope-session-plus, of Bazzite, ChimeraOS and others */
    char script[PATH_MAX];             /* of PLUS */
};

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

static int find(struct own_session *s, struct pf_error *err)
{
    const char *steamos = pf_env_get("PUNKTFUNK_STEAMOS_SESSION");
    s->kind = find_plus(s->script, sizeof(s->script)) ? PLUS
              : access(steamos ? steamos : STEAMOS_RUN, X_OK) == 0 ? STEAMOS
                                                                   : NONE;
    if (s->kind == NONE)
        return pf_error_set(err, -ENOENT,
            "this machine has no gamescope session to take over, neither gamescope-session-plus nor that of "
            "SteamOS; unset PUNKTFUNK_GAMESCOPE_MANAGED and PUNKTFUNK_GAMESCOPE_SESSION");
    int rc = pf_units_probe(err);
    return rc < 0 ? pf_error_prefix(err, rc, "the gamescope session of this machine cannot be taken over")
                  : 0;
}

int pf_gamescope_takeover_probe(struct pf_error *err)
{
    struct own_session session;
    return find(&session, err);
}

/* ---- gamescope-session-plus: a unit of ours instead of the machine's -----------------------------------
 */

/* What cannot be noted is not done. */
static int note(struct pf_journal *journal, const char *kind, const char *name, struct pf_error *err)
{
    struct pf_journal_entry e = {
        .owner = PF_GAMESCOPE_OWNER, .lasting = !strcmp(kind, PF_GAMESCOPE_NOTE_DROP_IN)};
    snprintf(e.kind, sizeof(e.kind), "%s", kind);
    snprintf(e.name, sizeof(e.name), "%s", name);
    return journal ? pf_journal_note(journal, &e, err) : pf_error_set(err, -EINVAL, "there is no journal");
}

/* Masked, because whoever logs in by itself would start it again. */
static int stop_units(struct pf_journal *journal, struct pf_error *err)
{
    struct pf_unit_list list;
    int rc = pf_units_not_ended(PLUS_PATTERN, &list, err);
    for (size_t i = 0; rc == 0 && i < list.count; i++) {
        const char *unit = list.name[i];
        rc = note(journal, PF_GAMESCOPE_NOTE_STOPPED, unit, err);
        if (rc == 0)
            rc = pf_units_tell("mask", "--runtime", unit, err);
        if (rc == 0)
            rc = pf_units_tell("stop", NULL, unit, err);
        pf_log_info(SCOPE, "the machine's own session is stopped unit=%s rc=%d", unit, rc);
    }
    return rc;
}

static int run_ours(const char *script, const char *wrapper, const struct pf_mode *mode, struct pf_error *err)
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

static int take_plus(const struct pf_desktop_env *env, const char *script, const struct pf_mode *mode,
    struct pf_journal *journal, const struct pf_cancel *cancel, struct pf_error *err)
{
    char wrapper[PF_GAMESCOPE_SCRIPT_SIZE];
    int rc = note(journal, PF_GAMESCOPE_NOTE_OURS, PF_GAMESCOPE_OUR_UNIT, err);
    if (rc == 0)
        rc = pf_gamescope_end_ours(err); /* in another mode */
    if (rc == 0)
        rc = stop_units(journal, err);
    if (rc == 0)
        rc = pf_display_check_wanted(cancel, err);
    if (rc == 0)
        rc = pf_gamescope_wrapper_write(env->runtime_dir, wrapper, err);
    return rc == 0 ? run_ours(script, wrapper, mode, err) : rc;
}

/* ---- SteamOS: the machine's own units, with settings of ours --------------------------------------------
 */

static int write_drop_in(
    const struct pf_desktop_env *env, const char *drop_in, const struct pf_mode *mode, struct pf_error *err)
{
    char folder[PF_GAMESCOPE_SCRIPT_SIZE];
    const char *path = pf_env_get("PATH");
    int rc = pf_gamescope_shim_write(env->runtime_dir, folder, err);
    if (rc < 0)
        return rc;
    char *text = pf_gamescope_drop_in(folder, path ? path : PATH_DEFAULT, mode);
    rc = text ? pf_gamescope_drop_in_write(drop_in, text, err) : pf_error_set(err, -ENOMEM, "out of memory");
    free(text);
    return rc;
}

static int take_steamos(const struct pf_desktop_env *env, const struct pf_mode *mode,
    struct pf_journal *journal, const struct pf_cancel *cancel, struct pf_error *err)
{
    char drop_in[sizeof(((struct pf_journal_entry *)0)->name)];
    int rc = pf_gamescope_drop_in_path(drop_in, sizeof(drop_in));
    if (rc < 0)
        return pf_error_set(err, rc, "there is no place for the session's settings: %s", strerror(-rc));
    rc = note(journal, PF_GAMESCOPE_NOTE_DROP_IN, drop_in, err);
    if (rc == 0)
        rc = write_drop_in(env, drop_in, mode, err);
    if (rc == 0)
        rc = pf_units_tell("daemon-reload", NULL, NULL, err);
    if (rc == 0)
        rc = pf_display_check_wanted(cancel, err);
    return rc == 0 ? pf_units_tell("restart", NULL, PF_GAMESCOPE_STEAMOS_TARGET, err) : rc;
}

int pf_gamescope_takeover(const struct pf_desktop_env *env, const struct pf_mode *mode,
    struct pf_journal *journal, const struct pf_cancel *cancel, struct pf_gamescope_taken *ret_taken,
    struct pf_error *err)
{
    static const struct pf_gamescope_taken plus = {.unit = PF_GAMESCOPE_OUR_UNIT, .picture_ns = PLUS_NS},
                                           steamos = {.unit = PF_GAMESCOPE_STEAMOS_SERVICE,
                                               .restarts = true,
                                               .picture_ns = STEAMOS_NS};
    struct own_session session;
    int rc = find(&session, err);
    if (rc < 0)
        return rc;
    rc = session.kind == PLUS ? take_plus(env, session.script, mode, journal, cancel, err)
                              : take_steamos(env, mode, journal, cancel, err);
    if (rc < 0)
        return pf_error_prefix(err, rc, "the gamescope session of this machine could not be taken over");
    *ret_taken = session.kind == PLUS ? plus : steamos;
    return 0;
}
