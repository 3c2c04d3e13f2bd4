/* punktfunk-host doctor: what is missing on this machine, and the command that mends it. */
#include "cli/checkup.h"
#include "cli/command.h"

#include <stdio.h>

static const char *word_for(const struct pf_finding *f)
{
    return f->good ? "ok" : f->needed ? "MISSING" : "note";
}

int pf_command_doctor(int argc, char **argv)
{
    const struct pf_usage usage = {
        "Looks at what a host needs of this machine: a compositor, the right to make gamepads, PipeWire,\n"
        "D-Bus, a GPU. Says what is missing and the command that mends it. Exits with 1 if something\n"
        "that is needed is missing.\n",
        NULL, 0};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    pf_command_log_version();
    struct pf_finding findings[PF_FINDINGS_MAX];
    size_t n = pf_checkup(findings), missing = 0;
    for (size_t i = 0; i < n; i++) {
        const struct pf_finding *f = &findings[i];
        printf("%-8s %-12s %s\n", word_for(f), f->what, f->state.text);
        if (!f->good && f->command[0])
            printf("%21s do: %s\n", "", f->command);
        missing += !f->good && f->needed;
    }
    if (missing)
        printf("%zu of %zu missing\n", missing, n);
    return missing > 0;
}
