#include "cli/command.h"

#include "base/env.h"
#include "base/log.h"
#include "cli/host.h"
#include "console/server.h"
#include "encode/encoder.h"
#include "mgmt/server.h"
#include "net/address.h"

#include <errno.h>
#include <stdio.h>

#define WEEK_S (7u * 24 * 3600)

static int take_text(const char *text, void *target, struct pf_error *err)
{
    (void)err;
    *(const char **)target = text;
    return 0;
}

static int parse_ip(const char *text, void *target, struct pf_error *err)
{
    struct sockaddr_storage address;
    int rc = pf_address_parse(text, 0, &address, err);
    if (rc == 0 && pf_address_port((struct sockaddr *)&address))
        rc = pf_error_set(err, -EINVAL, "\"%s\" has a port; the GameStream ports are fixed", text);
    if (rc == 0)
        *(const char **)target = text;
    return rc;
}

/* The variables that stand for options; an option on the command line wins because it is parsed later. */
static int read_environment(struct pf_host_config *c, struct pf_error *err)
{
    int rc = pf_option_from_env("PUNKTFUNK_MGMT_BIND", take_text, &c->mgmt_bind, err);
    if (rc == 0)
        rc = pf_option_from_env("PUNKTFUNK_CONSOLE_BIND", take_text, &c->console_bind, err);
    if (rc == 0)
        rc = pf_option_from_env("PUNKTFUNK_NATIVE_PORT", pf_parse_port, &c->native.port, err);
    if (rc == 0)
        rc = pf_option_from_env("PUNKTFUNK_DATA_PORT", pf_parse_port, &c->native.data_port, err);
    if (rc == 0)
        rc = pf_option_from_env("PUNKTFUNK_GAMESTREAM_BIND", parse_ip, &c->gamestream_bind, err);
    if (rc == 0)
        rc = pf_host_idle_timeout_from_env(&c->native.idle_timeout_ms, err);
    return rc;
}

int pf_command_serve(int argc, char **argv)
{
    bool native = false, open = false, no_mdns = false, no_console = false;
    struct pf_host_config c = {
        .gamestream = pf_env_bool("PUNKTFUNK_GAMESTREAM", false),
        .gamestream_public = pf_env_bool("PUNKTFUNK_GAMESTREAM_PUBLIC", false),
        .mgmt = true,
        .mgmt_bind = PF_MGMT_DEFAULT_BIND,
        .mgmt_port = PF_MGMT_DEFAULT_PORT,
        .console_bind = PF_CONSOLE_DEFAULT_BIND,
        .encoder = pf_encoder_name_from_env(),
        .native = {.port = PF_HOST_NATIVE_PORT,
            .source = PF_SESSION_SOURCE_VIRTUAL,
            .seconds = WEEK_S,
            .max_concurrent = 4},
    };
    const struct pf_arg options[] = {
        {"--native-port", 0, PF_ARG_PARSED, &c.native.port, "PORT", "UDP port for clients; 9777",
            .parse = pf_parse_port},
        {"--data-port", 0, PF_ARG_PARSED, &c.native.data_port, "PORT",
            "fixed UDP port of the video; any free one", .parse = pf_parse_port},
        {"--open", 0, PF_ARG_FLAG, &open, NULL, "let every device in, without pairing"},
        {"--mgmt-bind", 0, PF_ARG_TEXT, &c.mgmt_bind, "IP:PORT",
            "address of the management API; [::]:47990, which is IPv4 too"},
        {"--mgmt-token", 0, PF_ARG_TEXT, &c.mgmt_token, "TOKEN",
            "its token for this run; default: the file mgmt-token"},
        {"--console-bind", 0, PF_ARG_TEXT, &c.console_bind, "IP:PORT",
            "address of the web console; [::]:47992, which is IPv4 too"},
        {"--no-console", 0, PF_ARG_FLAG, &no_console, NULL, "serve no web console"},
        {"--no-mdns", 0, PF_ARG_FLAG, &no_mdns, NULL, "do not announce the host on the local network"},
        {"--gamestream", 0, PF_ARG_FLAG, &c.gamestream, NULL, "serve stock Moonlight clients too"},
        {"--gamestream-bind", 0, PF_ARG_PARSED, &c.gamestream_bind, "IP",
            "address of the GameStream ports; 0.0.0.0", .parse = parse_ip},
        {"--gamestream-public", 0, PF_ARG_FLAG, &c.gamestream_public, NULL,
            "run GameStream even where the internet reaches it"},
        {"--moonlight", 0, PF_ARG_FLAG, &c.gamestream}, /* the same as --gamestream */
        {"--native", 0, PF_ARG_FLAG, &native},          /* older start scripts have it */
    };
    const struct pf_usage usage = {
        "Runs the host until it is told to stop (Ctrl-C, SIGTERM). Each device that connects gets a virtual "
        "display of\n"
        "its own size and rate. Devices pair first: see \"punktfunk-host pair\".\n",
        options, sizeof(options) / sizeof(options[0])};
    struct pf_error err;
    if (read_environment(&c, &err) < 0) {
        fprintf(stderr, "error: %s\n", err.text);
        return 1;
    }
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    if (no_console)
        c.console_bind = NULL;
    c.native.require_pairing = !open;
    c.mdns = !no_mdns && pf_env_bool("PUNKTFUNK_MDNS", true);
    return pf_host_run(&c);
}
