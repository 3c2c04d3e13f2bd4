#include "cli/command.h"
#include "cli/running_host.h"
#include "cli/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct wish {
    struct pf_show show;
    const char *unpair;
    long approve, deny; /* −1: none */
};

static void cells(const json_t *d, char out[][96])
{
    pf_table_text(d, "name", out[0]);
    pf_table_text(d, "protocol", out[1]);
    pf_table_text(d, "state", out[2]);
    pf_table_text(d, "id", out[3]);
    pf_table_text(d, "fingerprint", out[4]);
}

/* Adds the answer's devices to the list. */
static int collect(struct pf_running_host *host, const char *path, const char *protocol, const char *state,
    json_t *list, struct pf_error *err)
{
    json_t *answer = NULL, *device;
    size_t i;
    int rc = pf_running_host_call(host, "GET", path, NULL, &answer, err);
    json_array_foreach(answer, i, device)
    {
        json_object_set_new(device, "protocol", json_string(protocol));
        json_object_set_new(device, "state", json_string(state));
        if (!json_object_get(device, "name"))
            json_object_set(device, "name", json_object_get(device, "subject"));
        json_array_append(list, device);
    }
    json_decref(answer);
    return rc == -ENOENT ? 0 : rc; /* a host without that protocol */
}

static int show_devices(struct pf_running_host *host, const struct wish *w, struct pf_error *err)
{
    const struct pf_table table = {{"NAME", "PROTOCOL", "STATE", "ID", "FINGERPRINT"}, "no device is paired"};
    json_t *list = json_array();
    int rc = collect(host, "/api/v1/native/pending", "punktfunk", "waiting", list, err);
    if (rc == 0)
        rc = collect(host, "/api/v1/native/clients", "punktfunk", "paired", list, err);
    if (rc == 0)
        rc = collect(host, "/api/v1/clients", "moonlight", "paired", list, err);
    if (rc == 0 && w->show.json) {
        json_dumpf(list, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (rc == 0) {
        pf_table_print(&table, list, cells);
    }
    json_decref(list);
    return rc;
}

static int decide(struct pf_running_host *host, long id, const char *verdict, struct pf_error *err)
{
    char path[64];
    json_t *body = strcmp(verdict, "approve") == 0 ? json_object() : NULL;
    snprintf(path, sizeof(path), "/api/v1/native/pending/%ld/%s", id, verdict);
    int rc = pf_running_host_call(host, "POST", path, body, NULL, err);
    json_decref(body);
    return rc;
}

/* Whichever protocol it speaks. */
static int unpair(struct pf_running_host *host, const char *fingerprint, struct pf_error *err)
{
    static const char *const places[] = {"/api/v1/native/clients", "/api/v1/clients"};
    char path[128];
    int rc = -ENOENT;
    if (strlen(fingerprint) != 64 || strspn(fingerprint, "0123456789abcdefABCDEF") != 64)
        return pf_error_set(err, -EINVAL, "a fingerprint has 64 hexadecimal digits");
    for (size_t i = 0; rc == -ENOENT && i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", places[i], fingerprint);
        rc = pf_running_host_call(host, "DELETE", path, NULL, NULL, err);
    }
    return rc;
}

static int run(struct pf_running_host *host, void *user, struct pf_error *err)
{
    const struct wish *w = user;
    if (w->unpair)
        return unpair(host, w->unpair, err);
    if (w->approve >= 0)
        return decide(host, w->approve, "approve", err);
    if (w->deny >= 0)
        return decide(host, w->deny, "deny", err);
    return show_devices(host, w, err);
}

int pf_command_devices(int argc, char **argv)
{
    struct wish w = {.approve = -1, .deny = -1};
    const struct pf_arg options[] = {{"--approve", 0, PF_ARG_NUMBER, &w.approve, "ID",
                                         "let this waiting device in instead", .min = 0, .max = UINT32_MAX},
        {"--deny", 0, PF_ARG_NUMBER, &w.deny, "ID", "send this waiting device away instead", .min = 0,
            .max = UINT32_MAX},
        {"--unpair", 0, PF_ARG_TEXT, &w.unpair, "FINGERPRINT",
            "remove this device and end its sessions instead"},
        PF_SHOW_OPTIONS(w.show)};
    const struct pf_usage usage = {"Lists the devices that are paired with the host of this machine, and "
                                   "those that wait for approval.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    return pf_command_parse(&usage, argc, argv, &status) ? pf_show_run(&w.show, run, &w) : status;
}
