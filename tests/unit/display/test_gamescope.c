#include "display/gamescope/claim.h"
#include "display/gamescope/command.h"
#include "display/gamescope/give_back.h"
#include "display/gamescope/route.h"
#include "display/gamescope/scan.h"
#include "display/gamescope/seat.h"
#include "display/gamescope/session_files.h"
#include "display/gamescope/units.h"
#include "display/gamescope/words.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- words ---- */

static bool feed(struct pf_gamescope_log *log, const char *text)
{
    return pf_gamescope_log_feed(log, text, strlen(text));
}

static void node_is_read_from_the_log(void **state)
{
    struct pf_gamescope_log log = {0};
    assert_false(feed(&log, "[gamescope] [Info]  vulkan: 42\nstream available on node ID: none\n"));
    assert_false(feed(&log, "\033[1;34m[gamescope]\033[0m pipewire: stream available on node ID: \033[1m5"));
    assert_true(feed(&log, "7\033[0m\nmore\n"));
    assert_int_equal(log.node, 57);
    assert_true(feed(&log, "pipewire: stream available on node ID: 58\n")); /* the last one counts */
    assert_int_equal(log.node, 58);
    feed(&log, "pipewire: stream available on node ID: 99999999999\n");
    assert_int_equal(log.node, 58);
}

static void cut_and_long_lines_are_read(void **state)
{
    static const char line[] = "x: stream available on node ID: 1234\n";
    struct pf_gamescope_log log = {0};
    for (size_t i = 0; i < strlen(line); i++)
        assert_int_equal(pf_gamescope_log_feed(&log, line + i, 1), i + 1 == strlen(line));
    assert_int_equal(log.node, 1234);
    log = (struct pf_gamescope_log){0};
    for (unsigned i = 0; i < 2 * PF_GAMESCOPE_LINE; i++)
        assert_false(feed(&log, "y"));
    assert_false(feed(&log, line)); /* beyond what is looked at */
    assert_true(feed(&log, line));
}

static bool parse(const char *text, struct pf_gamescope_version *v)
{
    return pf_gamescope_version_parse(text, strlen(text), v);
}

static void version_is_the_first_of_three_numbers(void **state)
{
    struct pf_gamescope_version v;
    assert_true(parse("[gamescope] console: gamescope version 3.16.22-1+plus (gcc 14.2.1)", &v));
    assert_int_equal(v.major * 10000 + v.minor * 100 + v.patch, 31622);
    assert_true(parse("libfoo 1.2 x\n3.11.49", &v));
    assert_int_equal(v.minor, 11);
    assert_false(parse("1.2, 3.4 and 5", &v));
    assert_false(parse("", &v));
    assert_false(parse("1234567.1.1", &v));
    assert_false(parse("3..1 4.5.", &v));
}

static void versions_before_3_16_22_are_warned_of(void **state)
{
    static const struct {
        struct pf_gamescope_version v;
        bool sound;
    } rows[] = {{{3, 16, 22}, true}, {{3, 16, 21}, false}, {{3, 15, 99}, false}, {{3, 17, 0}, true},
        {{2, 99, 99}, false}, {{4, 0, 0}, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(pf_gamescope_version_is_sound(&rows[i].v), rows[i].sound);
}

/* ---- route ---- */

static void route_follows_the_table(void **state)
{
    static const struct {
        struct pf_gamescope_facts facts;
        enum pf_gamescope_route route;
    } rows[] = {
        {{.attach = false, .launch = false, .foreign = false}, PF_GAMESCOPE_SPAWN},
        {{.attach = false, .launch = false, .foreign = true}, PF_GAMESCOPE_ATTACH},
        {{.attach = false, .launch = true, .foreign = false}, PF_GAMESCOPE_SPAWN},
        {{.attach = false, .launch = true, .foreign = true}, PF_GAMESCOPE_SPAWN},
        {{.attach = true, .launch = false, .foreign = false}, PF_GAMESCOPE_ATTACH},
        {{.attach = true, .launch = false, .foreign = true}, PF_GAMESCOPE_ATTACH},
        {{.attach = true, .launch = true, .foreign = false}, PF_GAMESCOPE_ATTACH},
        {{.attach = true, .launch = true, .foreign = true}, PF_GAMESCOPE_ATTACH},
        {{.session = true}, PF_GAMESCOPE_MANAGE},
        {{.session = true, .foreign = true}, PF_GAMESCOPE_MANAGE},
        {{.session = true, .launch = true}, PF_GAMESCOPE_SPAWN},
        {{.session = true, .attach = true}, PF_GAMESCOPE_ATTACH},
        {{.manage = true}, PF_GAMESCOPE_MANAGE},
        {{.manage = true, .attach = true, .launch = true, .foreign = true}, PF_GAMESCOPE_MANAGE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(pf_gamescope_route(&rows[i].facts), rows[i].route);
    assert_string_equal(pf_gamescope_route_name(PF_GAMESCOPE_SPAWN), "spawn");
    assert_string_equal(pf_gamescope_route_name(PF_GAMESCOPE_MANAGE), "manage");
}

/* ---- the machine's own session ---- */

static void units_are_read(void **state)
{
    struct pf_unit_list list;
    pf_units_parse("", &list);
    assert_int_equal(list.count, 0);
    pf_units_parse(
        "gamescope-session-plus@steam.service loaded active running A session\n"
        "  gamescope-session-plus@a-b.service loaded activating start B\n.service x\nother.target x\n\nz",
        &list);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.name[0], "gamescope-session-plus@steam.service");
    assert_string_equal(list.name[1], "gamescope-session-plus@a-b.service");
    char many[PF_UNITS_MAX * 12 + 40] = "", unit[16];
    for (unsigned i = 0; i < PF_UNITS_MAX + 2; i++) {
        snprintf(unit, sizeof(unit), "u%u.service\n", i);
        strcat(many, unit);
    }
    pf_units_parse(many, &list);
    assert_int_equal(list.count, PF_UNITS_MAX);
}

static void state_of_a_unit_is_read(void **state)
{
    struct pf_unit_state s;
    pf_unit_state_parse(
        "MainPID=4711\nControlGroup=/user.slice/a@1.service/app.slice/b.service\nActiveState=active\n", &s);
    assert_true(s.runs);
    assert_int_equal(s.main_pid, 4711);
    assert_string_equal(s.cgroup, "/user.slice/a@1.service/app.slice/b.service");
    pf_unit_state_parse("ActiveState=activating", &s);
    assert_true(s.runs);
    assert_int_equal(s.main_pid, 0);
    assert_string_equal(s.cgroup, "");
    pf_unit_state_parse("ActiveState=reloading\n", &s);
    assert_true(s.runs);
    pf_unit_state_parse("ActiveState=deactivating\n", &s); /* its picture is no good any more */
    assert_false(s.runs);
    pf_unit_state_parse("MainPID=0\nControlGroup=\nActiveState=inactive\n", &s);
    assert_false(s.runs);
    pf_unit_state_parse("ActiveState=activex\n", &s);
    assert_false(s.runs);
    pf_unit_state_parse("", &s);
    assert_false(s.runs);
}

#define LOGIN(seat, class, type, desktop, state)                                                             \
    "Seat=" seat "\nClass=" class "\nType=" type "\nDesktop=" desktop "\nState=" state "\n"

static void desktops_are_told_from_gamescopes(void **state)
{
    static const struct {
        const char *text;
        enum pf_seat_use use;
    } rows[] = {
        {"", PF_SEAT_WITHOUT_DESKTOP},
        {"nonsense", PF_SEAT_WITHOUT_DESKTOP},
        {LOGIN("seat0", "user", "wayland", "KDE", "active"), PF_SEAT_WITH_DESKTOP},
        {LOGIN("seat0", "user", "wayland", "KDE", "online"), PF_SEAT_WITH_DESKTOP}, /* behind a console */
        {LOGIN("seat0", "user", "wayland", "KDE", "closing"), PF_SEAT_WITHOUT_DESKTOP},
        {LOGIN("seat0", "user", "x11", "plasmax11", "active"), PF_SEAT_WITH_DESKTOP},
        {LOGIN("seat0", "user", "wayland", "gamescope", "active"), PF_SEAT_WITHOUT_DESKTOP},
        {LOGIN("seat0", "user", "x11", "Gamescope-Wayland", "active"), PF_SEAT_WITHOUT_DESKTOP},
        {LOGIN("seat0", "user", "wayland", "", "active"), PF_SEAT_UNKNOWN},
        {LOGIN("seat0", "user", "tty", "", "active"), PF_SEAT_UNKNOWN},
        {LOGIN("seat0", "greeter", "wayland", "KDE", "active"), PF_SEAT_WITHOUT_DESKTOP},
        {LOGIN("", "user", "tty", "", "active"), PF_SEAT_WITHOUT_DESKTOP}, /* from afar */
        {LOGIN("", "manager", "unspecified", "", "active"), PF_SEAT_WITHOUT_DESKTOP},
        {LOGIN("seat0", "user", "wayland", "gamescope", "active") "\n" LOGIN(
             "seat0", "user", "wayland", "sway", "online"),
            PF_SEAT_WITH_DESKTOP},
        {LOGIN("seat0", "user", "tty", "", "active") "\n" LOGIN(
             "seat0", "user", "wayland", "gamescope", "online"),
            PF_SEAT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(pf_seat_parse(rows[i].text), rows[i].use);
}

static void one_at_a_time_has_the_session(void **state)
{
    struct pf_desktop_env env = {.runtime_dir = "/tmp/pf-claim-XXXXXX"}, nowhere = {0};
    struct pf_cancel cancel;
    struct pf_error err;
    assert_non_null(mkdtemp(env.runtime_dir));
    assert_int_equal(pf_gamescope_claim(&nowhere, NULL, &err), -ENOENT);
    assert_non_null(strstr(err.text, "XDG_RUNTIME_DIR is not known"));
    assert_int_equal(pf_gamescope_claim(&env, NULL, &err), 0);
    assert_int_equal(pf_gamescope_claim(&env, NULL, &err), -EBUSY);
    assert_non_null(strstr(err.text, "another client's now"));
    assert_int_equal(pf_gamescope_claim_to_return(&env), -EBUSY);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) { /* another process has not claimed it, but finds it locked */
        char path[160];
        snprintf(path, sizeof(path), "%s/punktfunk-gamescope.lock", env.runtime_dir);
        int fd = open(path, O_RDWR);
        _exit(fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);

    pf_gamescope_claim_set_returning(); /* the next one waits now */
    assert_int_equal(pf_cancel_init(&cancel), 0);
    pf_cancel_set(&cancel);
    assert_int_equal(pf_gamescope_claim(&env, &cancel, &err), -ECANCELED);
    assert_int_equal(pf_gamescope_claim_to_return(&env), -EAGAIN);
    assert_false(pf_gamescope_claim_is_free(&env));
    pf_gamescope_claim_end();
    assert_true(pf_gamescope_claim_is_free(&env));
    assert_int_equal(pf_gamescope_claim_to_return(&env), 0);
    pf_gamescope_claim_end();

    char path[160];
    snprintf(path, sizeof(path), "%s/punktfunk-gamescope.lock", env.runtime_dir);
    int fd = open(path, O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* as another host would */
    assert_int_equal(pf_gamescope_claim(&env, NULL, &err), -EBUSY);
    assert_non_null(strstr(err.text, "another host"));
    assert_int_equal(pf_gamescope_claim_to_return(&env), -EUSERS);
    assert_false(pf_gamescope_claim_is_free(&env));
    close(fd);
    pf_cancel_finish(&cancel);
    unlink(path);
    rmdir(env.runtime_dir);
}

static void session_is_owed_until_it_is_given_back(void **state)
{
    static const struct pf_journal_entry stopped = {
        .owner = "gamescope", .kind = "unit", .name = "gamescope-session-plus@steam.service"};
    struct pf_desktop_env env = {.runtime_dir = "/tmp/pf-owed-XXXXXX"}, nowhere = {0};
    struct pf_journal *journal;
    struct pf_error err;
    char path[160];
    assert_non_null(mkdtemp(env.runtime_dir));
    snprintf(path, sizeof(path), "%s/punktfunk-gamescope.lock", env.runtime_dir);
    assert_int_equal(pf_journal_open(NULL, &journal), 0);
    assert_true(pf_gamescope_settle(&env, NULL));
    assert_true(pf_gamescope_settle(&nowhere, journal)); /* nothing is noted */
    assert_int_equal(access(path, F_OK), -1);

    assert_int_equal(pf_journal_note(journal, &stopped, &err), 0);
    assert_false(pf_gamescope_settle(&nowhere, journal));
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* as another host would */
    assert_false(pf_gamescope_settle(&env, journal));
    close(fd);
    assert_int_equal(pf_gamescope_claim(&env, NULL, &err), 0);
    assert_true(pf_gamescope_settle(&env, journal)); /* the output's end will do it */
    pf_gamescope_claim_set_returning();
    assert_false(pf_gamescope_settle(&env, journal)); /* what a dead host left, for instance */
    pf_gamescope_claim_end();
    pf_journal_close(journal);
    unlink(path);
    rmdir(env.runtime_dir);
}

static void drop_in_is_quoted(void **state)
{
    static const struct pf_mode mode = {1280, 800, 59940};
    char *text = pf_gamescope_drop_in("/run/a \"b\"", "/bin:/o%h\\", &mode);
    assert_string_equal(text,
        "# made by punktfunk-host, which removes it\n[Service]\nUnsetEnvironment=DISPLAY WAYLAND_DISPLAY\n"
        "Environment=\"PATH=/run/a \\\"b\\\":/bin:/o%%h\\\\\" PF_W=1280 PF_H=800 PF_HZ=60\n");
    free(text);
}

/* ---- command ---- */

static void application_is(const char *const *program, const char *app, const char *expected)
{
    static const struct pf_mode mode = {2560, 1440, 59940};
    struct pf_gamescope_command c;
    char words[256] = "";
    assert_int_equal(pf_gamescope_command_init(&c, &mode, program, app), 0);
    size_t n = 16;
    for (; c.argv[n]; n++) {
        strcat(words, c.argv[n]);
        strcat(words, "|");
    }
    assert_string_equal(words, expected);
    pf_gamescope_command_finish(&c);
}

static void application_is_the_first_that_is_not_blank(void **state)
{
    static const char *const program[] = {"sh", "-c", "game  'a b' &", NULL};
    application_is(program, "app", "sh|-c|game  'a b' &|");
    application_is(NULL, "  app\tone\n", "app|one|");
    application_is(NULL, " \t", "sleep|infinity|");
    application_is(NULL, "", "sleep|infinity|");
    application_is(NULL, NULL, "sleep|infinity|");
}

static void command_line_has_the_mode(void **state)
{
    static const char *const expected[] = {"gamescope", "--backend", "headless", "-W", "2560", "-H", "1440",
        "-r", "60", "--xwayland-count", "1", "--", "sh", "-c"};
    static const struct pf_mode mode = {2560, 1440, 59940}, slow = {1, 1, 400};
    struct pf_gamescope_command c;
    assert_int_equal(pf_gamescope_command_init(&c, &mode, NULL, "x"), 0);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_string_equal(c.argv[i], expected[i]);
    assert_non_null(strstr(c.argv[14], "\"$@\"; status=$?"));
    assert_string_equal(c.argv[15], "sh");
    pf_gamescope_command_finish(&c);
    assert_int_equal(pf_gamescope_rate(&slow), 1);
}

static void endless_applications_are_refused(void **state)
{
    static const struct pf_mode mode = {640, 480, 60000};
    char text[2 * PF_GAMESCOPE_WORDS + 3] = "";
    struct pf_gamescope_command c;
    for (unsigned i = 0; i < PF_GAMESCOPE_WORDS; i++)
        strcat(text, "a ");
    assert_int_equal(pf_gamescope_command_init(&c, &mode, NULL, text), 0);
    pf_gamescope_command_finish(&c);
    strcat(text, "b");
    assert_int_equal(pf_gamescope_command_init(&c, &mode, NULL, text), -E2BIG);
    const char *program[PF_GAMESCOPE_WORDS + 2] = {NULL};
    for (unsigned i = 0; i < PF_GAMESCOPE_WORDS; i++)
        program[i] = "a";
    assert_int_equal(pf_gamescope_command_init(&c, &mode, program, NULL), 0);
    pf_gamescope_command_finish(&c);
    program[PF_GAMESCOPE_WORDS] = "b";
    assert_int_equal(pf_gamescope_command_init(&c, &mode, program, NULL), -E2BIG);
}

static bool has(char **list, const char *entry)
{
    while (*list && strcmp(*list, entry) != 0)
        list++;
    return *list != NULL;
}

static void environment_is_that_of_the_session(void **state)
{
    static const char *const before[] = {"HOME=/h", "DISPLAY=:0", "DISPLAYX=1", "WAYLAND_DISPLAY=wayland-1",
        "XDG_RUNTIME_DIR=/old", "LIBEI_SOCKET=x", "__GLX_VENDOR_LIBRARY_NAME=mesa", NULL};
    static const struct pf_desktop_env env = {.runtime_dir = "/run/u", .dbus_address = "unix:path=/b"};
    for (int nvidia = 0; nvidia < 2; nvidia++) {
        char **list = pf_gamescope_environment(before, &env, "/run/u/relay", nvidia);
        size_t n = 0;
        while (list[n])
            n++;
        assert_int_equal(n, 6);
        assert_true(has(list, "HOME=/h") && has(list, "DISPLAYX=1"));
        assert_true(
            has(list, "XDG_RUNTIME_DIR=/run/u") && has(list, "DBUS_SESSION_BUS_ADDRESS=unix:path=/b"));
        assert_true(has(list, "PUNKTFUNK_GAMESCOPE_EI=/run/u/relay"));
        assert_true(
            has(list, nvidia ? "__GLX_VENDOR_LIBRARY_NAME=nvidia" : "__GLX_VENDOR_LIBRARY_NAME=mesa"));
        pf_gamescope_environment_free(list);
    }
}

/* ---- processes, below a root of our own ---- */

static char root[] = "/tmp/pf-gamescope-XXXXXX";

static void write_file(const char *folder, const char *name, const char *text, size_t len)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
}

#define ADD(pid, parent, arguments) add(pid, parent, arguments, sizeof(arguments))
static void add(int pid, int parent, const char *arguments, size_t len)
{
    char folder[64], stat[64];
    snprintf(folder, sizeof(folder), "%s/%d", root, pid);
    snprintf(stat, sizeof(stat), "%d (a) b) S %d 0 0", pid, parent);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_file(folder, "cmdline", arguments, len);
    write_file(folder, "stat", stat, strlen(stat));
}

static void begin_root(void)
{
    strcpy(root, "/tmp/pf-gamescope-XXXXXX");
    assert_non_null(mkdtemp(root));
}

static void end_root(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

static void put_in_cgroup(int pid, const char *text)
{
    char folder[64];
    snprintf(folder, sizeof(folder), "%s/%d", root, pid);
    write_file(folder, "cgroup", text, strlen(text));
}

static void gamescope_of_a_unit_is_found(void **state)
{
    static const char unit[] = "/user.slice/app.slice/punktfunk-gamescope.service";
    struct pf_gamescope_process p;
    begin_root();
    ADD(20, 1, "gamescope\0-W\000640\0-H\000480"); /* somebody else's, and the first */
    put_in_cgroup(20, "0::/user.slice/app.slice/punktfunk-gamescope.service2\n");
    ADD(30, 1, "/bin/sh\0session");
    assert_false(pf_gamescope_find_of(root, getuid(), 30, unit, &p));
    assert_false(pf_gamescope_find_of(root, getuid(), 0, "", &p));
    ADD(50, 30, "gamescope\0-W\0001280\0-H\000720");
    assert_true(pf_gamescope_find_of(root, getuid(), 30, "", &p));
    assert_int_equal(p.pid, 50);
    ADD(51, 50, "/usr/bin/steam");
    ADD(40, 51, "gamescope\0-W\000800\0-H\000600"); /* a title's own; numbers of processes are used again */
    assert_true(pf_gamescope_find_of(root, getuid(), 30, "", &p));
    assert_int_equal(p.pid, 50);
    assert_true(pf_gamescope_find_of(root, getuid(), 51, "", &p));
    assert_int_equal(p.pid, 40);

    ADD(70, 1, "gamescope\0-W\0001920\0-H\0001080"); /* its parent has ended */
    put_in_cgroup(70, "12:cpu:/x\n0::/user.slice/app.slice/punktfunk-gamescope.service/inner\n");
    assert_true(pf_gamescope_find_of(root, getuid(), 0, unit, &p));
    assert_int_equal(p.pid, 70);

    ADD(80, 40, "kwin_wayland"); /* a desktop inside, and one beside */
    ADD(81, 1, "kwin_wayland");
    assert_true(pf_gamescope_is_above(root, 80));
    assert_false(pf_gamescope_is_above(root, 81) || pf_gamescope_is_above(root, 50));
    end_root();
}

static void foreign_gamescope_is_found(void **state)
{
    struct pf_gamescope_process p;
    begin_root();
    ADD(10, 1, "punktfunk-host\0serve");
    ADD(11, 10, "pf-gamescope");
    ADD(12, 11, "gamescope\0-W\0640\0-H\0480");
    ADD(13, 1, "/usr/bin/gamescope-session\0-W\0001");
    assert_false(pf_gamescope_find(root, getuid(), 10, &p));
    ADD(40, 1, "/usr/bin/gamescope\0-e\0-W\0001280\0-H\000800\0-r\00090\0--\0x\0-W\0001");
    ADD(39, 1, "/opt/gamescope\0-W\00099999\0-H");
    assert_false(pf_gamescope_find(root, getuid() + 1, 10, &p));
    assert_true(pf_gamescope_find(root, getuid(), 10, &p));
    assert_int_equal(p.pid, 39);
    assert_int_equal(p.mode.width + p.mode.height + p.mode.refresh_mhz, 0);
    assert_true(pf_gamescope_find(root, getuid(), 39, &p));
    assert_int_equal(p.pid, 12); /* not 39's */
    assert_true(pf_gamescope_descends(root, 12, 10) && pf_gamescope_descends(root, 40, 40));
    assert_false(pf_gamescope_descends(root, 40, 10) || pf_gamescope_descends(root, 4000, 10));
    end_root();
}

static void mode_is_read_from_arguments(void **state)
{
    static const char text[] =
        "gamescope\0--output-width\0001920\0-H\0001080\0--nested-refresh\000120\0--\0-r\0001";
    struct pf_mode m = pf_gamescope_mode_of(text, sizeof(text));
    assert_int_equal(m.width, 1920);
    assert_int_equal(m.height, 1080);
    assert_int_equal(m.refresh_mhz, 120000);
    m = pf_gamescope_mode_of(text, 28); /* cut in the number */
    assert_int_equal(m.width, 0);
    m = pf_gamescope_mode_of("-W\0007x", 6);
    assert_int_equal(m.width, 0);
    assert_false(pf_gamescope_is_command("gamescope", 9)); /* not ended */
    assert_false(pf_gamescope_is_command("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(node_is_read_from_the_log),
        cmocka_unit_test(cut_and_long_lines_are_read),
        cmocka_unit_test(version_is_the_first_of_three_numbers),
        cmocka_unit_test(versions_before_3_16_22_are_warned_of),
        cmocka_unit_test(route_follows_the_table),
        cmocka_unit_test(units_are_read),
        cmocka_unit_test(state_of_a_unit_is_read),
        cmocka_unit_test(desktops_are_told_from_gamescopes),
        cmocka_unit_test(one_at_a_time_has_the_session),
        cmocka_unit_test(session_is_owed_until_it_is_given_back),
        cmocka_unit_test(drop_in_is_quoted),
        cmocka_unit_test(application_is_the_first_that_is_not_blank),
        cmocka_unit_test(command_line_has_the_mode),
        cmocka_unit_test(endless_applications_are_refused),
        cmocka_unit_test(environment_is_that_of_the_session),
        cmocka_unit_test(foreign_gamescope_is_found),
        cmocka_unit_test(gamescope_of_a_unit_is_found),
        cmocka_unit_test(mode_is_read_from_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
