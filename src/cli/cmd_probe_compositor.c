#include "cli/command.h"

#include "base/log.h"
#include "cli/compositors.h"

#include <ctype.h>
#include <stdio.h>

static void show_all(void)
{
    struct pf_compositor_report reports[PF_COMPOSITOR_REPORTS];
    pf_compositors_probe(reports);
    for (size_t i = 0; i < PF_COMPOSITOR_REPORTS; i++)
        printf("%-10s %s%s\n", reports[i].entry.id, reports[i].entry.available ? "ready" : "not available: ",
            reports[i].entry.available ? "" : reports[i].why_not.text);
}

int pf_command_probe_compositor(int argc, char **argv)
{
    bool all = false;
    const struct pf_arg options[] = {
        {"--all", 0, PF_ARG_FLAG, &all, NULL, "say of every known compositor whether it can be used"},
    };
    const struct pf_usage usage = {"Finds the desktop session that clients would get and checks that a "
                                   "virtual display can be made in it.\n"
                                   "Prints its name and \"ready\", or exits with 1 and says why not.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    pf_command_log_version();
    if (all)
        show_all();

    struct pf_desktop_env env;
    struct pf_error err;
    const struct pf_display_backend *backend;
    if (pf_desktop_env_detect(NULL, &env, &err) < 0 || pf_display_choose(&env, NULL, &backend, &err) < 0) {
        pf_log_error("cli", "%s", err.text);
        return 1;
    }
    if (!all) /* scripts compare this line with that of the host before ours (management-and-operations.md 1)
               */
        printf("%c%s ready\n", toupper((unsigned char)backend->name[0]), backend->name + 1);
    return 0;
}
