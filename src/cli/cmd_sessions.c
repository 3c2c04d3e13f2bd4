#include "cli/command.h"
#include "cli/running_host.h"
#include "cli/table.h"

#include <stdio.h>
#include <time.h>

struct wish {
    struct pf_show show;
    bool stop;
};

static double thousands(const json_t *s, const char *name)
{
    return (double)json_integer_value(json_object_get(s, name)) / 1000;
}

static void cells(const json_t *s, char out[][96])
{
    char width[96], height[96], fps[96];
    pf_table_text(s, "id", out[0]);
    pf_table_text(s, "name", out[1]);
    pf_table_text(s, "client", out[2]);
    pf_table_text(s, "kind", out[3]);
    pf_table_text(s, "state", out[4]);
    pf_table_text(s, "width", width);
    pf_table_text(s, "height", height);
    pf_table_text(s, "fps", fps);
    snprintf(out[5], sizeof(out[5]), "%.12sx%.12s@%.12s", width, height, fps);
    pf_table_text(s, "codec", out[6]);
    snprintf(out[7], sizeof(out[7]), "%.1f of %.1f", thousands(s, "sent_kbps"), thousands(s, "bitrate_kbps"));
    pf_table_text(s, "sent_fps", out[8]);
    snprintf(out[9], sizeof(out[9]), "%.1f", thousands(s, "latency_us"));
    long long ago = time(NULL) - (long long)json_integer_value(json_object_get(s, "started_unix_ms")) / 1000;
    ago = ago > 0 ? ago : 0;
    snprintf(out[10], sizeof(out[10]), "%lld:%02lld:%02lld", ago / 3600, ago / 60 % 60, ago % 60);
}

static void print(const json_t *list)
{
    const struct pf_table table = {
        {"ID", "NAME", "CLIENT", "PROTOCOL", "STATE", "MODE", "CODEC", "MBIT/S", "FPS", "MS", "TIME"},
        "no client is connected"};
    pf_table_print(&table, list, cells);
}

static int run(struct pf_running_host *host, void *user, struct pf_error *err)
{
    const struct wish *w = user;
    return w->stop ? pf_running_host_call(host, "DELETE", "/api/v1/session", NULL, NULL, err)
                   : pf_show_get(host, &w->show, "/api/v1/sessions", print, err);
}

int pf_command_sessions(int argc, char **argv)
{
    struct wish w = {.stop = false};
    const struct pf_arg options[] = {
        {"--stop", 0, PF_ARG_FLAG, &w.stop, NULL, "end every session instead"}, PF_SHOW_OPTIONS(w.show)};
    const struct pf_usage usage = {"Lists the clients that are connected to the host of this machine.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    return pf_command_parse(&usage, argc, argv, &status) ? pf_show_run(&w.show, run, &w) : status;
}
