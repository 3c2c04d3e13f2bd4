#include "cli/command.h"

#include "base/env.h"
#include "base/log.h"
#include "cli/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 24

bool pf_command_parse(const struct pf_usage *usage, int argc, char **argv, int *ret_status)
{
    struct pf_arg all[OPTIONS_MAX + 1];
    bool help = false;
    size_t words = 0;
    struct pf_error err;
    if (usage->count)
        memcpy(all, usage->options, usage->count * sizeof(*all));
    all[usage->count] = (struct pf_arg){
        .name = "--help", .short_name = 'h', .kind = PF_ARG_FLAG, .target = &help, .help = "show this text"};

    int rc = pf_args_parse(all, usage->count + 1, argc, argv, NULL, 0, &words, &err);
    if (help) {
        fprintf(stderr, "usage: punktfunk-host %s [OPTIONS]\n\n%s\n", argv[0], usage->about);
        pf_args_print_help(stderr, all, usage->count + 1);
        *ret_status = 0;
        return false;
    }
    if (rc < 0) {
        fprintf(stderr, "error: %s\ntry: punktfunk-host %s --help\n", err.text, argv[0]);
        *ret_status = 1;
        return false;
    }
    return true;
}

void pf_command_log_version(void)
{
    pf_log_info("cli", "punktfunk-host %s, core ABI %d", PF_VERSION, PF_ABI_VERSION);
}

int pf_parse_port(const char *text, void *target, struct pf_error *err)
{
    long port;
    if (!pf_parse_long(text, 0, UINT16_MAX, &port))
        return pf_error_set(err, -EINVAL, "\"%s\" is no port; it must be a number from 0 to 65535", text);
    *(uint16_t *)target = (uint16_t)port;
    return 0;
}

int pf_option_from_env(const char *variable,
    int (*parse)(const char *text, void *target, struct pf_error *err), void *target, struct pf_error *err)
{
    const char *text = pf_env_get(variable);
    int rc = text ? parse(text, target, err) : 0;
    return rc < 0 ? pf_error_prefix(err, rc, "%s", variable) : rc;
}
