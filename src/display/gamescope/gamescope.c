#include "display/gamescope/gamescope.h"

#include "base/env.h"
#include "base/log.h"
#include "base/process.h"
#include "base/time.h"
#include "display/gamescope/give_back.h"
#include "display/gamescope/output.h"
#include "display/gamescope/route.h"
#include "display/gamescope/scan.h"
#include "display/gamescope/takeover.h"
#include "display/gamescope/words.h"
#include "pipewire/connection.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define SCOPE      "gamescope"
#define VERSION_NS (5 * PF_NS_PER_S)

/* ---- the program ----------------------------------------------------------------------------------------
 */

static void judge(const char *text)
{
    static atomic_bool told;
    struct pf_gamescope_version v;
    bool known = pf_gamescope_version_parse(text, strlen(text), &v);
    if ((known && pf_gamescope_version_is_sound(&v)) || atomic_exchange(&told, true))
        return;
    if (known)
        pf_log_warn(SCOPE,
            "gamescope %u.%u.%u may hang with PipeWire 1.6; install " PF_GAMESCOPE_SOUND " or later", v.major,
            v.minor, v.patch);
    else
        pf_log_warn(SCOPE, "gamescope does not tell its version; " PF_GAMESCOPE_SOUND " or later is needed");
}

static int check_program(struct pf_error *err)
{
    static const char *const argv[] = {"gamescope", "--version", NULL};
    char text[2048];
    int rc = pf_process_output(argv, VERSION_NS, text, sizeof(text));
    if (rc == -ENOENT || rc == -EACCES) /* the latter for a folder of PATH that is closed to this user */
        return pf_error_set(
            err, -ENODEV, "gamescope is not installed; install gamescope " PF_GAMESCOPE_SOUND " or later");
    if (rc == -ETIMEDOUT)
        return pf_error_set(
            err, -ENODEV, "gamescope --version did not end within 5 s; is it installed well?");
    if (rc != 0)
        return pf_error_set(
            err, -ENODEV, "gamescope --version failed (%d); is it installed well?", rc < 0 ? -rc : rc);
    judge(text);
    return 0;
}

/* ---- which way ------------------------------------------------------------------------------------------
 */

/* The owner's words; a session of the machine's own counts without them, if it can be had. */
static struct pf_gamescope_facts look(void)
{
    struct pf_gamescope_process process;
    bool managed =
        pf_env_get("PUNKTFUNK_GAMESCOPE_MANAGED") && pf_env_bool("PUNKTFUNK_GAMESCOPE_MANAGED", true);
    bool attach = pf_env_get("PUNKTFUNK_GAMESCOPE_ATTACH") && pf_env_bool("PUNKTFUNK_GAMESCOPE_ATTACH", true);
    struct pf_gamescope_facts facts = {.manage = managed,
        .attach = attach || pf_env_get("PUNKTFUNK_GAMESCOPE_NODE"),
        .foreign = pf_gamescope_find("/proc", getuid(), getpid(), &process)};
    facts.session = pf_env_get("PUNKTFUNK_GAMESCOPE_SESSION") ||
                    (!facts.manage && !facts.attach && pf_gamescope_takeover_probe(NULL) == 0);
    return facts;
}

static int probe(const struct pf_desktop_env *env, struct pf_error *err)
{
    struct pf_pw_connection pipewire;
    (void)env; /* it needs no desktop */
    int rc = check_program(err);
    if (rc == 0 && (rc = pf_pw_connect(&pipewire, "pf-probe", err)) == 0)
        pf_pw_disconnect(&pipewire);
    if (rc < 0)
        return rc;
    const struct pf_gamescope_facts facts = look();
    return pf_gamescope_route(&facts) == PF_GAMESCOPE_MANAGE ? pf_gamescope_takeover_probe(err) : 0;
}

/* ---- outputs --------------------------------------------------------------------------------------------
 */

static int make(enum pf_gamescope_route route, const struct pf_desktop_env *env,
    const struct pf_display_request *request, struct pf_output **ret_output, struct pf_error *err)
{
    switch (route) {
    case PF_GAMESCOPE_MANAGE:
        return pf_gamescope_manage(env, request, ret_output, err);
    case PF_GAMESCOPE_ATTACH:
        return pf_gamescope_attach(env, request, pf_env_get("PUNKTFUNK_GAMESCOPE_NODE"), ret_output, err);
    case PF_GAMESCOPE_SPAWN:
        break;
    }
    return pf_gamescope_spawn(env, request, ret_output, err);
}

static int create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    if (!pf_display_mode_is_possible(&request->mode))
        return pf_error_set(err, -EINVAL, "no display could be made: %ux%u at %u mHz is no possible mode",
            request->mode.width, request->mode.height, request->mode.refresh_mhz);
    struct pf_gamescope_facts facts = look();
    facts.launch = request->program != NULL;
    enum pf_gamescope_route route = pf_gamescope_route(&facts);
    pf_log_info(SCOPE, "route=%s manage=%d attach=%d launch=%d session=%d running=%d",
        pf_gamescope_route_name(route), facts.manage, facts.attach, facts.launch, facts.session,
        facts.foreign);
    int rc = make(route, env, request, ret_output, err);
    return rc < 0 ? pf_error_prefix(err, rc, "no display could be made") : 0;
}

const struct pf_display_backend pf_display_gamescope = {.name = "gamescope",
    .kind = PF_DESKTOP_GAMESCOPE,
    .group_per_output = true,
    .starts_program = true,
    .probe = probe,
    .create = create,
    .settle = pf_gamescope_settle,
    .undo = pf_gamescope_undo,
    .owes = pf_gamescope_owes};
