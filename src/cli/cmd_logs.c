#include "cli/command.h"
#include "cli/running_host.h"

#include "base/log_ring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 500000000L

struct wish {
    struct pf_show show;
    bool follow;
    enum pf_log_level level;
};

static int parse_level(const char *text, void *target, struct pf_error *err)
{
    for (enum pf_log_level level = PF_LOG_ERROR; level <= PF_LOG_DEBUG; level++)
        if (strcasecmp(text, pf_log_level_name(level)) == 0) {
            *(enum pf_log_level *)target = level;
            return 0;
        }
    return pf_error_set(err, -EINVAL, "\"%s\" is no level; there are error, warn, info and debug", text);
}

static bool is_shown(const json_t *line, enum pf_log_level least)
{
    const char *level = json_string_value(json_object_get(line, "level"));
    for (enum pf_log_level l = PF_LOG_ERROR; level && l <= least; l++)
        if (strcmp(level, pf_log_level_name(l)) == 0)
            return true;
    return false;
}

static void print_line(const json_t *line)
{
    long long ms = (long long)json_integer_value(json_object_get(line, "ts_ms"));
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char at[32];
    localtime_r(&seconds, &tm);
    strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S", &tm);
    printf("%s.%03lld %-5s %s: %s\n", at, ms % 1000, json_string_value(json_object_get(line, "level")),
        json_string_value(json_object_get(line, "target")), json_string_value(json_object_get(line, "msg")));
}

static void print_page(const struct wish *w, const json_t *page)
{
    size_t i;
    json_t *line;
    if (json_is_true(json_object_get(page, "dropped")))
        fputs("(lines are missing here: the host kept newer ones only)\n", stderr);
    json_array_foreach(json_object_get(page, "entries"), i, line)
    {
        if (!is_shown(line, w->level))
            continue;
        if (w->show.json) {
            json_dumpf(line, stdout, JSON_COMPACT); /* one line each */
            putchar('\n');
        } else {
            print_line(line);
        }
    }
    fflush(stdout);
}

/* Reads what there is, then, if wanted, waits for more until the reader or the host is gone. */
static int run(struct pf_running_host *host, void *user, struct pf_error *err)
{
    const struct wish *w = user;
    long long next = 0;
    for (;;) {
        char path[64];
        json_t *page = NULL;
        snprintf(path, sizeof(path), "/api/v1/logs?after=%lld", next);
        int rc = pf_running_host_call(host, "GET", path, NULL, &page, err);
        if (rc < 0)
            return rc;
        print_page(w, page);
        size_t n = json_array_size(json_object_get(page, "entries"));
        next = (long long)json_integer_value(json_object_get(page, "next"));
        json_decref(page);
        if (ferror(stdout) || (n == 0 && !w->follow))
            return 0;
        const struct timespec pause = {.tv_nsec = POLL_NS};
        if (n == 0)
            nanosleep(&pause, NULL);
    }
}

int pf_command_logs(int argc, char **argv)
{
    struct wish w = {.level = PF_LOG_DEBUG};
    const struct pf_arg options[] = {
        {"--follow", 'f', PF_ARG_FLAG, &w.follow, NULL, "go on with new lines until Ctrl-C"},
        {"--level", 0, PF_ARG_PARSED, &w.level, "LEVEL",
            "only lines of this weight or more: error, warn, info", .parse = parse_level},
        PF_SHOW_OPTIONS(w.show)};
    const struct pf_usage usage = {"Shows the newest lines of the log of the host that runs on this machine; "
                                   "--json prints one object a line.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    return pf_command_parse(&usage, argc, argv, &status) ? pf_show_run(&w.show, run, &w) : status;
}
