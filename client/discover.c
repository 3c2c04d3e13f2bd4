#include "client/discover.h"

#include "base/log.h"
#include "client/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
    return *text ? json_string(text) : json_null();
}

static json_t *host_json(const struct pf_found_host *h)
{
    const struct pf_advert *a = &h->advert;
    char ip[PF_ADDRESS_TEXT];
    json_t *macs = json_array();
    for (size_t i = 0; i < PF_ADVERT_MACS && a->macs[i][0]; i++)
        json_array_append_new(macs, json_string(a->macs[i]));
    pf_address_format_ip((const struct sockaddr *)&h->address, ip);
    return json_pack("{s:s, s:s, s:s, s:i, s:o, s:s, s:o, s:o, s:o, s:o}", "name", a->name, "target", a->host,
        "address", ip, "port", a->port, "fingerprint", text_or_null(a->fingerprint), "pair",
        a->pairing_required ? "required" : "optional", "mgmt",
        a->mgmt_port ? json_integer(a->mgmt_port) : json_null(), "id", text_or_null(a->id), "mac", macs, "os",
        text_or_null(a->os));
}

static void print_json(FILE *out, const struct pf_found_host *hosts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, host_json(&hosts[i]));
    json_t *all = json_pack("{s:o}", "hosts", list);
    char *text = all ? json_dumps(all, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    fprintf(out, "%s\n", text ? text : "{}");
    free(text);
    json_decref(all);
}

static void print_row(FILE *out, const struct pf_found_host *h)
{
    const struct pf_advert *a = &h->advert;
    char address[PF_ADDRESS_TEXT], mgmt[8] = "-";
    if (a->mgmt_port)
        snprintf(mgmt, sizeof(mgmt), "%u", a->mgmt_port);
    fprintf(out, "%-24s  %-21s  %-8s  %-5s  %-64s  %-32s  ", a->name,
        pf_address_format((const struct sockaddr *)&h->address, address),
        a->pairing_required ? "required" : "optional", mgmt, a->fingerprint[0] ? a->fingerprint : "-",
        a->id[0] ? a->id : "-");
    for (size_t i = 0; i < PF_ADVERT_MACS && a->macs[i][0]; i++)
        fprintf(out, "%s%s", i ? "," : "", a->macs[i]);
    fputs(a->macs[0][0] ? "\n" : "-\n", out);
}

void probe_discover_print(FILE *out, const struct pf_found_host *hosts, size_t count, bool json)
{
    if (json) {
        print_json(out, hosts, count);
        return;
    }
    if (count == 0) {
        fputs("no host was found on the local network\n", out);
        return;
    }
    fprintf(out, "%-24s  %-21s  %-8s  %-5s  %-64s  %-32s  %s\n", "NAME", "ADDRESS", "PAIRING", "MGMT",
        "FINGERPRINT", "ID", "MAC");
    for (size_t i = 0; i < count; i++)
        print_row(out, &hosts[i]);
}

int probe_discover(long seconds, bool json)
{
    static struct pf_found_host hosts[PF_BROWSER_MAX];
    struct pf_error err;
    size_t count;
    if (pf_browse((unsigned)seconds * 1000, hosts, &count, &err) < 0) {
        pf_log_error("probe", "%s", err.text);
        return PROBE_NO_CONNECTION;
    }
    probe_discover_print(stdout, hosts, count, json);
    return PROBE_OK;
}
