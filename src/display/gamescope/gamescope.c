#include "display/gamescope/gamescope.h"

#include "base/env.h"
#include "base/log.h"
#include "base/process.h"
#include "base/time.h"
#include "display/gamescope/output.h"
#include "display/gamescope/route.h"
#include "display/gamescope/scan.h"
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

static int probe(const struct pf_session_env *env, struct pf_error *err)
{
    struct pf_pw_connection pipewire;
    (void)env; /* it needs no desktop */
    int rc = check_program(err);
    if (rc == 0 && (rc = pf_pw_connect(&pipewire, "pf-probe", err)) == 0)
        pf_pw_disconnect(&pipewire);
    return rc;
}

/* ---- outputs --------------------------------------------------------------------------------------------
 */

static int create(const struct pf_session_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    const char *node = pf_env_get("PUNKTFUNK_GAMESCOPE_NODE");
    bool asked = pf_env_get("PUNKTFUNK_GAMESCOPE_ATTACH") && pf_env_bool("PUNKTFUNK_GAMESCOPE_ATTACH", true);
    struct pf_gamescope_process process;
    const struct pf_gamescope_facts facts = {.attach = asked || node,
        .launch = request->program != NULL,
        .foreign = pf_gamescope_find("/proc", getuid(), getpid(), &process)};
    if (!pf_display_mode_is_possible(&request->mode))
        return pf_error_set(err, -EINVAL, "no display could be made: %ux%u at %u mHz is no possible mode",
            request->mode.width, request->mode.height, request->mode.refresh_mhz);
    enum pf_gamescope_route route = pf_gamescope_route(&facts);
    pf_log_info(SCOPE, "route=%s asked=%d launch=%d running=%d", pf_gamescope_route_name(route), facts.attach,
        facts.launch, facts.foreign ? (int)process.pid : 0);
    int rc = route == PF_GAMESCOPE_ATTACH ? pf_gamescope_attach(env, request, node, ret_output, err)
                                          : pf_gamescope_spawn(env, request, ret_output, err);
    return rc < 0 ? pf_error_prefix(err, rc, "no display could be made") : 0;
}

const struct pf_display_backend pf_display_gamescope = {.name = "gamescope",
    .kind = PF_SESSION_GAMESCOPE,
    .group_per_output = true,
    .starts_program = true,
    .probe = probe,
    .create = create};
