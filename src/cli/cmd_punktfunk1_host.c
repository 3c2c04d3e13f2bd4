#include "cli/command.h"

#include "base/env.h"
#include "cli/host.h"
#include "encode/encoder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int parse_source(const char *text, void *target, struct pf_error *err)
{
    enum pf_session_source *source = target;
    if (strcmp(text, "synthetic") == 0)
        *source = PF_SESSION_SOURCE_SYNTHETIC;
    else if (strcmp(text, "virtual") == 0)
        *source = PF_SESSION_SOURCE_VIRTUAL;
    else
        return pf_error_set(
            err, -EINVAL, "\"%s\" is no source; it must be \"synthetic\" or \"virtual\"", text);
    return 0;
}

static int parse_pin(const char *text, void *target, struct pf_error *err)
{
    if (!*text || strlen(text) > 16 || text[strspn(text, "0123456789")])
        return pf_error_set(err, -EINVAL, "the PIN must have 1 to 16 digits");
    *(const char **)target = text;
    return 0;
}

int pf_command_punktfunk1_host(int argc, char **argv)
{
    bool open = false, no_mdns = false, ignored = false;
    long seconds = 30, frames = 300, max_sessions = 0, max_concurrent = 4, idle_ms = 0;
    struct pf_host_config c = {
        .arm_at_start = true,
        .encoder = pf_encoder_name_from_env(),
        .compositor_required = true,
        .native = {.port = PF_HOST_NATIVE_PORT, .source = PF_SESSION_SOURCE_SYNTHETIC},
    };
    struct pf_native_config *n = &c.native;
    const struct pf_arg options[] = {
        {"--port", 0, PF_ARG_PARSED, &n->port, "PORT", "UDP port for clients; 9777", .parse = pf_parse_port},
        {"--data-port", 0, PF_ARG_PARSED, &n->data_port, "PORT", "fixed UDP port of the video; any free one",
            .parse = pf_parse_port},
        {"--source", 0, PF_ARG_PARSED, &n->source, "synthetic|virtual",
            "test frames, or a real display; synthetic", .parse = parse_source},
        {"--seconds", 0, PF_ARG_NUMBER, &seconds, "N", "length of a session from a real display; 30",
            .min = 0, .max = INT_MAX},
        {"--frames", 0, PF_ARG_NUMBER, &frames, "N", "length of a session of test frames; 300", .min = 0,
            .max = INT_MAX},
        {"--max-sessions", 0, PF_ARG_NUMBER, &max_sessions, "N", "exit after N connections; 0: never",
            .min = 0, .max = INT_MAX},
        {"--max-concurrent", 0, PF_ARG_NUMBER, &max_concurrent, "N", "sessions at once; 4, 0: no limit",
            .min = 0, .max = INT_MAX},
        {"--allow-tofu", 0, PF_ARG_FLAG, &open, NULL, "let devices in that are not paired"},
        {"--pairing-pin", 0, PF_ARG_PARSED, &c.pairing_pin, "PIN", "use this PIN instead of a new one",
            .parse = parse_pin},
        {"--idle-timeout-ms", 0, PF_ARG_NUMBER, &idle_ms, "N", "silence after which a client is gone; 8000",
            .min = 1000, .max = 3600000},
        {"--no-mdns", 0, PF_ARG_FLAG, &no_mdns, NULL, "do not announce the host on the local network"},
        {"--allow-pairing", 0, PF_ARG_FLAG, &ignored}, /* older start scripts have them */
        {"--require-pairing", 0, PF_ARG_FLAG, &ignored},
    };
    const struct pf_usage usage = {"Runs the punktfunk/1 protocol alone, for tests: no management API. One "
                                   "device may pair with the PIN that is\n"
                                   "logged at the start.\n",
        options, sizeof(options) / sizeof(options[0])};
    struct pf_error err;
    if (pf_host_idle_timeout_from_env(&n->idle_timeout_ms, &err) < 0) {
        fprintf(stderr, "error: %s\n", err.text);
        return 1;
    }
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    n->require_pairing = !open;
    c.mdns = !no_mdns && pf_env_bool("PUNKTFUNK_MDNS", true);
    n->frames = (uint32_t)frames;
    n->seconds = n->source == PF_SESSION_SOURCE_VIRTUAL ? (unsigned)seconds : 0;
    n->max_sessions = (unsigned)max_sessions;
    n->max_concurrent = (unsigned)max_concurrent;
    if (idle_ms)
        n->idle_timeout_ms = (unsigned)idle_ms;
    pf_command_log_version();
    return pf_host_run(&c);
}
