/* kwin_tool SOCKET: talks to a KWin as our back ends do, for tests of what needs no virtual output.
 *
 * Says "ready", then obeys commands on standard input, one a line, each answered with one line or "error
 * WHY".
 *
 *   list                       heads COUNT, followed by as many lines:
 *                              NAME on|off WxH@MILLIHERTZ X,Y SCALE PRIORITY
 *   place NAME X Y SCALE       placed
 *   take NAME primary|exclusive  taken: what a display of ours does to the others, with this one as ours
 *   restore                    restored
 *   input OUTPUT WxH           input: from now on events go to this output
 *   play EVENT ARGUMENTS       played: a line of the probe's input scripts, without the time
 *   end                        ended: lets go of what is held, as a session's end does
 */
#include "base/file.h"
#include "base/log.h"
#include "client/input_script.h"
#include "display/kwin/topology.h"
#include "input/held.h"
#include "input/injector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *socket_path;
static struct pf_kwin_desk desk;
static struct pf_journal *journal;
static struct pf_restore restore;
static struct pf_injector *injector;
static struct pf_held held;

static void do_list(char *args)
{
    struct pf_kwin_heads now;
    pf_kwin_desk_refresh(&desk);
    pf_kwin_desk_heads(&desk, &now);
    printf("heads %zu\n", now.count);
    for (size_t i = 0; i < now.count; i++) {
        const struct pf_kwin_head *h = &now.item[i];
        printf("%s %s %ux%u@%u %d,%d %.2f %u\n", h->name, h->enabled ? "on" : "off", h->mode.width,
            h->mode.height, h->mode.refresh_mhz, h->x, h->y, h->scale, h->priority);
    }
}

static void do_place(char *args)
{
    struct pf_error err;
    struct pf_kwin_heads now, wanted = {.count = 1};
    char name[64];
    int x, y;
    double scale;
    pf_kwin_desk_heads(&desk, &now);
    const struct pf_kwin_head *h =
        sscanf(args, "%63s %d %d %lf", name, &x, &y, &scale) == 4 ? pf_kwin_heads_find(&now, name) : NULL;
    if (!h) {
        puts("error no such output");
        return;
    }
    wanted.item[0] = *h;
    wanted.item[0].x = x;
    wanted.item[0].y = y;
    wanted.item[0].scale = scale;
    if (pf_kwin_desk_arrange(&desk, &wanted, &err) < 0)
        printf("error %s\n", err.text);
    else
        puts(pf_kwin_await(&desk, &wanted.item[0]) ? "placed" : "error it is not shown");
}

static void do_take(char *args)
{
    struct pf_error err = {"out of memory"};
    char name[64], how[16], session[PF_JOURNAL_SESSION_SIZE];
    if (sscanf(args, "%63s %15s", name, how) != 2) {
        puts("error take what?");
        return;
    }
    pf_kwin_desk_instance(&desk, socket_path, session, sizeof(session));
    if (pf_kwin_restore_of(socket_path, session, journal, &restore) < 0 ||
        pf_kwin_take_over(&desk, session, journal, name, !strcmp(how, "exclusive"), &err) < 0)
        printf("error %s\n", err.text);
    else
        puts("taken");
}

static void do_restore(char *args)
{
    if (restore.finish)
        restore.finish(restore.data, true);
    restore = (struct pf_restore){0};
    puts("restored");
}

static void do_input(char *args)
{
    struct pf_error err;
    struct pf_input_target target = {
        .source = {.kind = PF_SOURCE_PIPEWIRE, .remote_fd = -1, .input = "kwin"}};
    struct pf_source *s = &target.source;
    char how[16] = "kwin";
    if (sscanf(args, "%63s %ux%u %15s", s->output_name, &s->mode.width, &s->mode.height, how) < 3) {
        puts("error input where?");
        return;
    }
    if (!pf_input_find(how)) {
        puts("error this build has no such way");
        return;
    }
    snprintf(s->dbus_address, sizeof(s->dbus_address), "%s", getenv("DBUS_SESSION_BUS_ADDRESS"));
    snprintf(s->wayland_socket, sizeof(s->wayland_socket), "%s", socket_path);
    pf_injector_destroy(injector);
    injector = NULL;
    if (pf_injector_open_named(how, &target, &injector, &err) < 0)
        printf("error %s\n", err.text);
    else
        puts("input");
}

static void do_play(char *args)
{
    struct pf_error err;
    struct probe_input_script script = {0};
    struct pf_input event;
    char line[256];
    snprintf(line, sizeof(line), "0 %s\n", args);
    if (!injector || probe_input_script_parse(line, &script, &err) < 0) {
        puts("error no input, or no such event");
        return;
    }
    bool plays = pf_input_of_wire(&script.steps[0].message.input, &event) && pf_held_note(&held, &event);
    if (plays && injector->ops->inject(injector, &event, 1) < 0)
        puts("error KWin took no input");
    else
        puts("played");
    probe_input_script_finish(&script);
}

static void do_end(char *args)
{
    struct pf_input up;
    while (injector && pf_held_release(&held, &up))
        injector->ops->inject(injector, &up, 1);
    pf_injector_destroy(injector);
    injector = NULL;
    puts("ended");
}

static const struct {
    const char *name;
    void (*run)(char *args);
} commands[] = {
    {"list", do_list},
    {"place", do_place},
    {"take", do_take},
    {"restore", do_restore},
    {"input", do_input},
    {"play", do_play},
    {"end", do_end},
};

static void obey(char *line)
{
    line[strcspn(line, "\n")] = 0;
    size_t len = strcspn(line, " ");
    char *args = line + len + (line[len] == ' ');
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strlen(commands[i].name) != len || strncmp(commands[i].name, line, len) != 0)
            continue;
        commands[i].run(args);
        return;
    }
    puts("error unknown command");
}

int main(int argc, char **argv)
{
    struct pf_error err;
    char line[256], *dir = pf_config_dir();
    pf_log_init();
    setvbuf(stdout, NULL, _IOLBF, 0);
    socket_path = argc > 1 ? argv[1] : "";
    if (pf_kwin_desk_open(&desk, socket_path, &err) < 0) {
        printf("error %s\n", err.text);
        return 1;
    }
    if (pf_journal_open(dir, &journal) < 0)
        return 1;
    free(dir);
    puts("ready");
    while (fgets(line, sizeof(line), stdin))
        obey(line);
    do_restore(NULL);
    do_end(NULL);
    pf_journal_close(journal);
    pf_kwin_desk_close(&desk);
    return 0;
}
