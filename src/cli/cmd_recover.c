#include "cli/command.h"

#include "base/file.h"
#include "base/log.h"
#include "cli/undo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int say(const struct pf_journal_report *report)
{
    if (report->undone)
        printf("%u %s undone\n", report->undone, report->undone == 1 ? "change is" : "changes are");
    if (report->damaged)
        printf("%u damaged %s set aside with the ending .bad\n", report->damaged,
            report->damaged == 1 ? "journal was" : "journals were");
    if (report->left)
        printf("%u %s not undone: the desktop or its audio server does not answer%s; try again later\n",
            report->left, report->left == 1 ? "change is" : "changes are",
            report->live ? ", or a host that runs uses it" : "");
    if (report->live)
        printf("a host runs (process %d): what it changed is in use and stays until it ends\n",
            (int)report->live);
    if (!report->undone && !report->damaged && !report->left && !report->live)
        puts("nothing to undo");
    return report->left || report->damaged ? 1 : 0;
}

int pf_command_recover(int argc, char **argv)
{
    const struct pf_usage usage = {
        "Puts the desktop back in order after a host was killed: switches screens on again as they were, "
        "removes\n"
        "virtual displays, gives the focus and the default sink back. A host that starts does the same.\n"
        "Exits with 1 if something could not be undone.\n",
        NULL, 0};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    struct pf_desktop_env env;
    struct pf_journal *journal;
    struct pf_journal_report report;
    struct pf_error err;
    if (pf_desktop_env_detect(NULL, &env, &err) < 0) {
        pf_log_warn("cli", "%s", err.text);
        pf_desktop_env_detect_any(NULL, &env);
    }
    char *dir = pf_config_dir();
    int rc = dir ? pf_journal_open(dir, &journal) : -ENOMEM;
    free(dir);
    if (rc < 0) {
        pf_log_error("cli", "cannot look for changes: %s", strerror(-rc));
        return 1;
    }
    pf_undo_run(journal, &env, &report);
    pf_journal_close(journal);
    return say(&report);
}
