#include "cli/command.h"

#include "base/file.h"
#include "library/launch.h"
#include "library/library.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int print_titles(struct pf_library *library, struct pf_error *err)
{
    json_t *titles = pf_library_titles(library);
    bool ok = titles && json_dumpf(titles, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF &&
              fflush(stdout) == 0;
    json_decref(titles);
    return ok ? 0 : pf_error_set(err, -EIO, "the list could not be written");
}

/* Becomes the title. */
static int launch(struct pf_library *library, const char *id, struct pf_error *err)
{
    struct pf_launch_command command;
    int rc = pf_library_recipe(library, id, &command, err);
    if (rc < 0)
        return rc;
    signal(SIGPIPE, SIG_DFL);
    execvp(command.argv[0], (char *const *)command.argv);
    return pf_error_set(err, -errno, "%s cannot be started: %s", command.argv[0], strerror(errno));
}

int pf_command_library(int argc, char **argv)
{
    const char *id = NULL;
    const struct pf_arg options[] = {
        {"--launch", 0, PF_ARG_TEXT, &id, "ID", "start this title in this desktop instead"}};
    const struct pf_usage usage = {
        "Prints the games of this machine as JSON: what launchers have installed, and titles of your own.\n",
        options, sizeof(options) / sizeof(options[0])};
    struct pf_library *library;
    struct pf_error err = {"out of memory"};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    char *dir = pf_config_dir();
    int rc = pf_library_create(dir, &library);
    free(dir);
    if (rc == 0) {
        rc = id ? launch(library, id, &err) : print_titles(library, &err);
        pf_library_destroy(library);
    }
    if (rc < 0)
        fprintf(stderr, "error: %s\n", err.text);
    return rc < 0 ? 1 : 0;
}
