#include "cli/command.h"

#include "base/file.h"
#include "library/library.h"

#include <stdio.h>
#include <stdlib.h>

int pf_command_library(int argc, char **argv)
{
    const struct pf_usage usage = {
        "Prints the games of this machine as JSON: what launchers have installed, and titles of your own.\n",
        NULL, 0};
    struct pf_library *library;
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    char *dir = pf_config_dir();
    json_t *titles = NULL;
    if (pf_library_create(dir, &library) == 0) {
        titles = pf_library_titles(library);
        pf_library_destroy(library);
    }
    free(dir);
    bool ok = titles && json_dumpf(titles, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF &&
              fflush(stdout) == 0;
    json_decref(titles);
    if (!ok)
        fputs("error: the list could not be written\n", stderr);
    return ok ? 0 : 1;
}
