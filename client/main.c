/* punktfunk-probe: the headless reference client of punktfunk/1. */
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "client/discover.h"
#include "client/options.h"
#include "client/outcome.h"
#include "client/pairing.h"
#include "client/report.h"
#include "client/session.h"
#include "net/identity.h"
#include "net/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct probe_options options;
    struct probe_report report;
    struct pf_identity *identity;
    struct pf_loop *loop;
    struct probe_session *session; /* one of the two */
    struct probe_pairing *pairing;
    uv_signal_t signals[3];
    unsigned signal_count;
};

static void on_signal(uv_signal_t *handle, int number)
{
    struct probe *p = handle->data;
    if (number == SIGUSR1) {
        if (p->session)
            probe_session_go_on(p->session);
        return;
    }
    if (p->session)
        probe_session_interrupt(p->session);
    if (p->pairing)
        probe_pairing_interrupt(p->pairing);
}

static void watch_signals(struct probe *p)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uv_signal_init(pf_loop_uv(p->loop), &p->signals[i]);
        p->signals[i].data = p;
        uv_signal_start(&p->signals[i], on_signal, numbers[i]);
        p->signal_count++;
    }
}

static int load_identity(struct probe *p, struct pf_error *err)
{
    char *config = pf_config_dir(), *dir = pf_path_join(config, "probe");
    int r = pf_identity_load_client(p->options.identity ? p->options.identity : dir, &p->identity, err);
    free(dir);
    free(config);
    if (r == 0)
        pf_hex_encode(pf_identity_fingerprint(p->identity), 32, p->report.client_fingerprint);
    return r;
}

static int start(struct probe *p, struct pf_error *err)
{
    int r = load_identity(p, err);
    if (r < 0)
        return r;
    r = pf_loop_create(&p->loop);
    if (r < 0)
        return pf_error_set(err, r, "the control loop cannot start: %s", strerror(-r));
    watch_signals(p);
    return p->options.pair
               ? probe_pairing_start(p->loop, &p->options, p->identity, &p->report, &p->pairing, err)
               : probe_session_start(p->loop, &p->options, p->identity, &p->report, &p->session, err);
}

static void stop(struct probe *p)
{
    probe_session_destroy(p->session);
    probe_pairing_destroy(p->pairing);
    for (unsigned i = 0; i < p->signal_count; i++)
        uv_close((uv_handle_t *)&p->signals[i], NULL);
    if (p->loop)
        pf_loop_destroy(p->loop);
    pf_identity_destroy(p->identity);
}

static void print_json(const struct probe_report *r)
{
    json_t *j = probe_report_json(r);
    char *text = j ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    puts(text ? text : "{}");
    free(text);
    json_decref(j);
}

int main(int argc, char **argv)
{
    static struct probe p;
    struct pf_error err;
    pf_log_init();
    signal(SIGPIPE, SIG_IGN);
    if (probe_options_parse(argc, argv, &p.options, &err) < 0) {
        fprintf(stderr, "%s: %s\n", PROBE_NAME, err.text);
        return PROBE_USAGE;
    }
    if (p.options.help) {
        probe_options_print_help(stdout);
        return PROBE_OK;
    }
    if (p.options.version) {
        puts(PROBE_NAME " " PF_VERSION);
        return PROBE_OK;
    }
    if (p.options.discover_s)
        return probe_discover(p.options.discover_s, p.options.json);
    int r = start(&p, &err);
    if (r == 0)
        r = pf_loop_run(p.loop);
    else
        probe_outcome_fail(&p.report, PROBE_NO_CONNECTION, "%s", err.text);
    stop(&p);
    if (p.options.json)
        print_json(&p.report);
    else
        probe_report_print(stdout, &p.report);
    if (p.report.problem[0])
        pf_log_error("probe", "%s", p.report.problem);
    return p.report.exit_status;
}
