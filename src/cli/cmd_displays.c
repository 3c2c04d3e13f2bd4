#include "cli/command.h"
#include "cli/running_host.h"
#include "cli/table.h"

#include <stdio.h>

struct wish {
    struct pf_show show;
    long slot; /* to release; 0: none */
    bool all;
};

/* "45 s", "12 min" or "3 h 20 min". */
static void age_text(const json_t *ms, char out[96])
{
    long long s = json_integer_value(ms) / 1000;
    if (s < 60)
        snprintf(out, 96, "%lld s", s);
    else if (s < 3600)
        snprintf(out, 96, "%lld min", s / 60);
    else
        snprintf(out, 96, "%lld h %lld min", s / 3600, s / 60 % 60);
}

static void cells(const json_t *d, char out[][96])
{
    const json_t *left = json_object_get(d, "expires_in_ms");
    pf_table_text(d, "slot", out[0]);
    pf_table_text(d, "mode", out[1]);
    pf_table_text(d, "state", out[2]);
    pf_table_text(d, "backend", out[3]);
    pf_table_text(d, "output", out[4]);
    pf_table_text(d, "client", out[5]);
    pf_table_text(d, "sessions", out[6]);
    age_text(json_object_get(d, "age_ms"), out[7]);
    if (json_is_integer(left))
        snprintf(out[8], sizeof(out[8]), "%lld s", ((long long)json_integer_value(left) + 999) / 1000);
}

static void print(const json_t *answer)
{
    const struct pf_table table = {
        {"SLOT", "MODE", "STATE", "BACKEND", "OUTPUT", "CLIENT", "SESSIONS", "AGE", "STAYS"},
        "there is no virtual display"};
    pf_table_print(&table, json_object_get(answer, "displays"), cells);
}

static int release(struct pf_running_host *host, const struct wish *w, struct pf_error *err)
{
    json_t *body = json_pack("{s:o}", "slot", w->all ? json_null() : json_integer(w->slot)), *answer = NULL;
    int rc = pf_running_host_call(host, "POST", "/api/v1/display/release", body, &answer, err);
    if (rc == 0)
        printf("released %lld\n", (long long)json_integer_value(json_object_get(answer, "released")));
    json_decref(body);
    json_decref(answer);
    return rc;
}

static int run(struct pf_running_host *host, void *user, struct pf_error *err)
{
    const struct wish *w = user;
    return w->slot || w->all ? release(host, w, err)
                             : pf_show_get(host, &w->show, "/api/v1/display/state", print, err);
}

int pf_command_displays(int argc, char **argv)
{
    struct wish w = {.slot = 0};
    const struct pf_arg options[] = {
        {"--release", 0, PF_ARG_NUMBER, &w.slot, "SLOT", "remove this display, which nobody uses, instead",
            .min = 1, .max = INT32_MAX},
        {"--release-all", 0, PF_ARG_FLAG, &w.all, NULL, "remove every display that nobody uses instead"},
        PF_SHOW_OPTIONS(w.show)};
    const struct pf_usage usage = {"Lists the virtual displays of the host of this machine.\n", options,
        sizeof(options) / sizeof(options[0])};
    int status;
    return pf_command_parse(&usage, argc, argv, &status) ? pf_show_run(&w.show, run, &w) : status;
}
