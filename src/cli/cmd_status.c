#include "cli/command.h"
#include "cli/running_host.h"
#include "cli/undo.h"

#include <stdio.h>

static long long number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static void print_streams(const json_t *s)
{
    const json_t *session = json_object_get(s, "session"), *stream = json_object_get(s, "stream");
    if (!json_is_object(session)) {
        puts("stream     none");
        return;
    }
    printf("stream     %lldx%lld@%lld", number(session, "width"), number(session, "height"),
        number(session, "fps"));
    if (json_is_object(stream))
        printf(", %s, %.1f Mbit/s", json_string_value(json_object_get(stream, "codec")),
            (double)number(stream, "bitrate_kbps") / 1000);
    printf("%s\n", json_is_true(json_object_get(s, "video_streaming")) ? "" : " (starting)");
}

static void print(const json_t *s)
{
    printf("version    %s\n", json_string_value(json_object_get(s, "version")));
    print_streams(s);
    printf("audio      %s\n", json_is_true(json_object_get(s, "audio_streaming")) ? "streaming" : "idle");
    printf("devices    %lld punktfunk, %lld Moonlight\n", number(s, "native_paired_clients"),
        number(s, "paired_clients"));
    printf("waiting    %lld for approval%s\n", number(s, "pending_approvals"),
        json_is_true(json_object_get(s, "pin_pending")) ? ", one for its PIN" : "");
}

/* Of this machine, on which the host runs too. */
static void print_debts(void)
{
    struct pf_error owed;
    bool by_host;
    if (pf_undo_is_owed(&owed, &by_host))
        printf("left over  %s; %s\n", owed.text,
            by_host ? "the host tries again, at least once a minute" : "do: punktfunk-host recover");
}

/* Counts and the stream come from two operations; one object for scripts and people. */
static int run(struct pf_running_host *host, void *user, struct pf_error *err)
{
    const struct pf_show *show = user;
    json_t *status = NULL, *summary = NULL;
    int rc = pf_running_host_call(host, "GET", "/api/v1/status", NULL, &status, err);
    if (rc == 0)
        rc = pf_running_host_call(host, "GET", "/api/v1/local/summary", NULL, &summary, err);
    if (rc == 0)
        json_object_update_missing(status, summary);
    if (rc == 0 && show->json) {
        json_dumpf(status, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (rc == 0) {
        print(status);
        print_debts();
    }
    json_decref(status);
    json_decref(summary);
    return rc;
}

int pf_command_status(int argc, char **argv)
{
    struct pf_show show = {0};
    const struct pf_arg options[] = {PF_SHOW_OPTIONS(show)};
    const struct pf_usage usage = {"Says what the host that runs on this machine does now.\n", options,
        sizeof(options) / sizeof(options[0])};
    int status;
    return pf_command_parse(&usage, argc, argv, &status) ? pf_show_run(&show, run, &show) : status;
}
