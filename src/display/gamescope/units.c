#include "display/gamescope/units.h"

#include "base/process.h"
#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_NS  (5 * PF_NS_PER_S)
#define TELL_NS (30 * PF_NS_PER_S)
#define RUN_NS  (10 * PF_NS_PER_S)
#define TEXT    4096u

/* States of a unit that has processes, or is about to. One that is slow to end still has them, too. */
static const char *const live_states[] = {"active", "activating", "reloading"};
#define NOT_ENDED_STATES "active,activating,reloading,deactivating"

/* ---- calls ----------------------------------------------------------------------------------------------
 */

/* "systemctl stop", but "systemd-run": its first word is an option. */
static void name_call(const char *const argv[], char name[48])
{
    bool has_verb = argv[2] && argv[2][0] != '-';
    snprintf(name, 48, "%s%s%s", argv[0], has_verb ? " " : "", has_verb ? argv[2] : "");
}

/* What the program said counts to the end of its first line. */
static int judge(const char *const argv[], int status, const char *text, struct pf_error *err)
{
    char name[48];
    if (status == 0)
        return 0;
    name_call(argv, name);
    if (status == -ENOENT ||
        status == -EACCES) /* the latter for a folder of PATH that is closed to this user */
        return pf_error_set(err, -ENODEV, "%s is not installed", argv[0]);
    if (status < 0)
        return pf_error_set(err, status, "%s: %s", name, strerror(-status));
    return pf_error_set(err, -EIO, "%s failed (%d): %.*s", name, status, (int)strcspn(text, "\n"), text);
}

static int call(const char *const argv[], uint64_t limit_ns, char text[TEXT], struct pf_error *err)
{
    text[0] = 0;
    return judge(argv, pf_process_output(argv, limit_ns, text, TEXT), text, err);
}

int pf_units_probe(struct pf_error *err)
{
    static const char *const argv[] = {"systemctl", "--user", "show-environment", NULL};
    char text[TEXT];
    struct pf_error why = {""};
    if (call(argv, ASK_NS, text, &why) == 0)
        return 0;
    return pf_error_set(err, -ENODEV, "the user's systemd does not answer (%s)", why.text);
}

int pf_units_not_ended(const char *pattern, struct pf_unit_list *ret_list, struct pf_error *err)
{
    const char *const argv[] = {"systemctl", "--user", "list-units", "--plain", "--no-legend",
        "--state=" NOT_ENDED_STATES, pattern, NULL};
    char text[TEXT];
    int rc = call(argv, ASK_NS, text, err);
    if (rc == 0)
        pf_units_parse(text, ret_list);
    return rc;
}

int pf_unit_state_get(const char *unit, struct pf_unit_state *ret_state, struct pf_error *err)
{
    const char *const argv[] = {"systemctl", "--user", "show", "--property=ActiveState", "--property=MainPID",
        "--property=ControlGroup", unit, NULL};
    char text[TEXT];
    int rc = call(argv, ASK_NS, text, err);
    if (rc == 0)
        pf_unit_state_parse(text, ret_state);
    return rc;
}

int pf_units_tell(const char *verb, const char *option, const char *unit, struct pf_error *err)
{
    const char *const argv[] = {
        "systemctl", "--user", verb, option ? option : unit, option ? unit : NULL, NULL};
    char text[TEXT];
    return call(argv, TELL_NS, text, err);
}

int pf_units_run(const char *const words[], struct pf_error *err)
{
    const char *argv[32] = {"systemd-run", "--user"};
    char text[TEXT];
    size_t n = 0;
    for (; words[n]; n++) {
        if (n == sizeof(argv) / sizeof(argv[0]) - 3)
            return pf_error_set(err, -E2BIG, "systemd-run gets too many words");
        argv[2 + n] = words[n];
    }
    return call(argv, RUN_NS, text, err);
}

/* ---- words ----------------------------------------------------------------------------------------------
 */

void pf_units_parse(const char *text, struct pf_unit_list *ret_list)
{
    struct pf_unit_list list = {0};
    while (*text && list.count < PF_UNITS_MAX) {
        text += strspn(text, " ");
        size_t len = strcspn(text, " \n");
        if (len > 8 && len < PF_UNIT_NAME_SIZE && !strncmp(text + len - 8, ".service", 8))
            snprintf(list.name[list.count++], PF_UNIT_NAME_SIZE, "%.*s", (int)len, text);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    *ret_list = list;
}

static bool is_live(const char *state)
{
    for (size_t i = 0; i < sizeof(live_states) / sizeof(live_states[0]); i++)
        if (!strncmp(state, live_states[i], strlen(live_states[i])) &&
            strcspn(state, "\n") == strlen(live_states[i]))
            return true;
    return false;
}

void pf_unit_state_parse(const char *text, struct pf_unit_state *ret_state)
{
    struct pf_unit_state s = {0};
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        if (!strncmp(text, "ActiveState=", 12))
            s.runs = is_live(text + 12);
        else if (!strncmp(text, "MainPID=", 8))
            s.main_pid = (pid_t)strtol(text + 8, NULL, 10);
        else if (!strncmp(text, "ControlGroup=", 13) && strcspn(text + 13, "\n") < sizeof(s.cgroup))
            snprintf(s.cgroup, sizeof(s.cgroup), "%.*s", (int)strcspn(text + 13, "\n"), text + 13);
    }
    *ret_state = s;
}
