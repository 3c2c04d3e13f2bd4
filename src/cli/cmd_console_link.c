#include "cli/command.h"

#include "base/file.h"
#include "base/log.h"
#include "cli/facts.h"
#include "console/password.h"
#include "console/server.h"
#include "console/setup_link.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int make(const char *dir, char token[PF_SETUP_TOKEN_SIZE], struct pf_error *err)
{
    struct pf_password *password;
    int rc = pf_password_load(dir, &password, err);
    if (rc < 0)
        return rc;
    bool is_set = pf_password_is_set(password);
    pf_password_destroy(password);
    if (is_set)
        return pf_error_set(err, -EEXIST,
            "the console has a password; to choose another one stop the host, remove console-password (or "
            "web-password) from %s and start it again",
            dir);
    return pf_setup_link_make(dir, time(NULL), token, err);
}

int pf_command_console_link(int argc, char **argv)
{
    uint16_t port = PF_CONSOLE_DEFAULT_PORT;
    const struct pf_arg options[] = {{"--port", 0, PF_ARG_PARSED, &port, "PORT",
        "of the running host's console; 47992", .parse = pf_parse_port}};
    const struct pf_usage usage = {"Prints the link at which the password of the web console is chosen. It "
                                   "is good once, for an hour; a\n"
                                   "former link is void then.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    char token[PF_SETUP_TOKEN_SIZE], ip[INET6_ADDRSTRLEN];
    struct pf_error err;
    char *dir = pf_config_dir();
    int rc = dir ? make(dir, token, &err) : pf_error_set(&err, -ENOMEM, "out of memory");
    free(dir);
    if (rc < 0) {
        pf_log_error("cli", "there is no link: %s", err.text);
        return 1;
    }
    pf_fact_local_ip(ip, sizeof(ip));
    printf("https://%s:%u/setup#%s\n", ip, port, token);
    return 0;
}
