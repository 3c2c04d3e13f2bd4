/* Which titles run for whom, and in what environment. */
#include "session/title_env.h"
#include "session/titles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S 1000000000ull

static const uint8_t anna[32] = {1}, bert[32] = {2};

static uint64_t join(
    struct pf_titles *t, const uint8_t *owner, const char *id, uint64_t now, bool *ret_resumed)
{
    bool resumed;
    return pf_titles_join(t, owner, id, now, ret_resumed ? ret_resumed : &resumed);
}

/* Shown on `display` and started. */
static uint64_t running(struct pf_titles *t, const uint8_t *owner, const char *id, uint64_t display)
{
    uint64_t key = join(t, owner, id, 0, NULL), due = 0;
    assert_int_equal(pf_titles_next(t, &due), PF_TITLE_NOTHING); /* not before there is a picture */
    assert_false(pf_titles_place(t, key, display));
    assert_int_equal(pf_titles_next(t, &due), PF_TITLE_START);
    assert_int_equal(due, key);
    assert_int_equal(pf_titles_next(t, &due), PF_TITLE_NOTHING);
    pf_titles_started(t, key, true);
    return key;
}

static void expect_end(struct pf_titles *t, uint64_t key)
{
    uint64_t due = 0;
    assert_int_equal(pf_titles_next(t, &due), PF_TITLE_END);
    assert_int_equal(due, key);
    assert_int_equal(pf_titles_next(t, &due), PF_TITLE_NOTHING);
    assert_false(pf_titles_exited(t, key));
    assert_null(pf_titles_find(t, key));
}

static void expect_nothing(struct pf_titles *t)
{
    uint64_t due;
    assert_int_equal(pf_titles_next(t, &due), PF_TITLE_NOTHING);
}

static void it_lives_as_long_as_its_display(void **state)
{
    struct pf_titles t = {0};
    uint64_t key = running(&t, anna, "steam:570", 7);
    (void)state;
    pf_titles_displays(&t, NULL, 0); /* a session shows it: whatever happens to displays */
    expect_nothing(&t);
    pf_titles_leave(&t, key, false, (uint64_t[]){5, 7}, 2, S);
    expect_nothing(&t);
    pf_titles_displays(&t, (uint64_t[]){7}, 1);
    expect_nothing(&t);
    pf_titles_displays(&t, (uint64_t[]){5}, 1);
    expect_end(&t, key);
}

static void who_comes_back_finds_it(void **state)
{
    struct pf_titles t = {0};
    bool resumed;
    (void)state;
    uint64_t key = running(&t, anna, "steam:570", 7);
    pf_titles_leave(&t, key, false, (uint64_t[]){7}, 1, S);
    assert_int_equal(join(&t, anna, "steam:570", 2 * S, &resumed), key);
    assert_true(resumed);
    pf_titles_displays(&t, NULL, 0); /* display 7 has a new generation now, which nobody told yet */
    expect_nothing(&t);
    assert_true(pf_titles_place(&t, key, 8));
    assert_false(pf_titles_place(&t, key, 8));
    expect_nothing(&t); /* it is not started again */

    /* Others, and other titles, are something else. */
    assert_int_not_equal(join(&t, bert, "steam:570", 2 * S, &resumed), key);
    assert_false(resumed);
    assert_int_not_equal(join(&t, anna, "steam:571", 2 * S, &resumed), key);
    assert_false(resumed);
    assert_int_not_equal(
        join(&t, NULL, "steam:570", 2 * S, &resumed), join(&t, NULL, "steam:570", 2 * S, &resumed));
    assert_false(resumed);
}

static void quitting_ends_it_at_once(void **state)
{
    struct pf_titles t = {0};
    uint64_t one = running(&t, anna, "a", 1), other = running(&t, bert, "a", 2);
    (void)state;
    pf_titles_leave(&t, one, true, (uint64_t[]){1, 2}, 2, S);
    assert_int_not_equal(join(&t, anna, "a", S, NULL), one); /* the old one is on its way out */
    expect_end(&t, one);
    pf_titles_quit(&t, anna); /* that has not been started yet: the session goes on without */
    expect_nothing(&t);
    pf_titles_leave(&t, other, false, (uint64_t[]){2}, 1, S);
    pf_titles_quit(&t, bert); /* it had dropped before */
    expect_end(&t, other);
}

static void two_sessions_of_one_client_share_it(void **state)
{
    struct pf_titles t = {0};
    uint64_t key = running(&t, anna, "a", 1);
    (void)state;
    assert_int_equal(join(&t, anna, "a", S, NULL), key);
    assert_true(pf_titles_place(&t, key, 2));
    pf_titles_leave(&t, key, true, (uint64_t[]){2}, 1, S);
    expect_nothing(&t);
    pf_titles_leave(&t, key, false, NULL, 0, S); /* its display is gone already */
    expect_end(&t, key);
}

static void one_that_exited_is_remembered_for_a_while(void **state)
{
    struct pf_titles t = {0};
    bool resumed;
    (void)state;
    uint64_t key = running(&t, anna, "a", 1);
    assert_true(pf_titles_exited(&t, key));
    pf_titles_leave(&t, key, false, (uint64_t[]){1}, 1, S);
    assert_int_equal(join(&t, anna, "a", 30 * S, &resumed), key); /* after a drop: not again */
    assert_true(resumed);
    pf_titles_place(&t, key, 2);
    expect_nothing(&t);
    pf_titles_leave(&t, key, false, (uint64_t[]){2}, 1, 31 * S);
    join(&t, anna, "a", 31 * S + PF_TITLE_MEMORY_NS, &resumed); /* a new wish */
    assert_false(resumed);

    key = running(&t, bert, "b", 3);
    pf_titles_exited(&t, key);
    pf_titles_leave(&t, key, true, (uint64_t[]){3}, 1, S);
    assert_null(pf_titles_find(&t, key)); /* quit */
}

static void a_failed_start_is_not_repeated(void **state)
{
    struct pf_titles t = {0};
    uint64_t key = join(&t, anna, "a", 0, NULL), due;
    (void)state;
    pf_titles_place(&t, key, 1);
    assert_int_equal(pf_titles_next(&t, &due), PF_TITLE_START);
    pf_titles_started(&t, key, false);
    pf_titles_place(&t, key, 2);
    expect_nothing(&t);
    pf_titles_leave(&t, key, false, NULL, 0, S);
    assert_null(pf_titles_find(&t, key));
}

static void what_is_told_while_it_starts_counts(void **state)
{
    struct pf_titles t = {0};
    uint64_t key = join(&t, anna, "a", 0, NULL), due;
    (void)state;
    pf_titles_place(&t, key, 1);
    assert_int_equal(pf_titles_next(&t, &due), PF_TITLE_START);
    assert_true(pf_titles_place(&t, key, 2));
    pf_titles_leave(&t, key, true, (uint64_t[]){2}, 1, S);
    expect_nothing(&t);
    pf_titles_started(&t, key, true);
    expect_end(&t, key);
}

/* A session that never had a picture leaves nothing to do. */
static void a_wish_that_was_not_met_is_forgotten(void **state)
{
    struct pf_titles t = {0};
    (void)state;
    for (unsigned i = 0; i < PF_TITLES_MAX; i++)
        assert_int_equal(join(&t, NULL, "a", 0, NULL), i + 1);
    assert_int_equal(join(&t, NULL, "a", 0, NULL), 0); /* full */
    for (unsigned i = 0; i < PF_TITLES_MAX; i++)
        pf_titles_leave(&t, i + 1, false, NULL, 0, S);
    pf_titles_leave(&t, 1, false, NULL, 0, S); /* twice */
    for (unsigned i = 0; i < PF_TITLES_MAX; i++)
        assert_int_equal(t.list[i].state, PF_TITLE_NONE);
}

/* Whatever happens in whatever order: a title that was started is ended or exits exactly once, and once the
 * host has ended everything and all sessions have left, nothing is remembered. */
static void any_order(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct pf_titles t = {0};
        uint64_t held[24], runs[PF_TITLES_MAX], now = 0, due;
        unsigned holds = 0, running_count = 0;
        srand(seed);
        for (unsigned step = 0; step < 400; step++, now += (uint64_t)(rand() % 20) * S) {
            uint64_t displays[] = {(uint64_t)(rand() % 4), (uint64_t)(rand() % 4)};
            unsigned pick = holds ? (unsigned)rand() % holds : 0;
            switch (rand() % 7) {
            case 0:
                if (holds < 24 &&
                    (held[holds] = join(&t, rand() % 2 ? anna : bert, rand() % 2 ? "a" : "b", now, NULL)))
                    holds++;
                break;
            case 1:
                if (holds)
                    pf_titles_place(&t, held[pick], displays[0] + 1);
                break;
            case 2:
                if (holds) {
                    pf_titles_leave(&t, held[pick], rand() % 3 == 0, displays, 2, now);
                    held[pick] = held[--holds];
                }
                break;
            case 3:
                pf_titles_displays(&t, displays, 2);
                break;
            case 4:
                if (rand() % 8 == 0)
                    pf_titles_quit(&t, anna);
                break;
            case 5:
                if (running_count && rand() % 4 == 0)
                    pf_titles_exited(&t, runs[--running_count]);
                break;
            default:
                switch (pf_titles_next(&t, &due)) {
                case PF_TITLE_START:
                    for (unsigned i = 0; i < running_count; i++)
                        assert_int_not_equal(runs[i], due);
                    pf_titles_started(&t, due, true);
                    runs[running_count++] = due;
                    break;
                case PF_TITLE_END:
                    for (unsigned i = 0; i < running_count; i++)
                        if (runs[i] == due) {
                            runs[i] = runs[--running_count];
                            due = 0;
                            break;
                        }
                    assert_int_equal(due, 0); /* it was one that runs */
                    break;
                case PF_TITLE_NOTHING:
                    break;
                }
            }
        }
        while (holds)
            pf_titles_leave(&t, held[--holds], false, NULL, 0, now);
        pf_titles_quit_all(&t);
        while (pf_titles_next(&t, &due) == PF_TITLE_END)
            pf_titles_exited(&t, due);
        for (unsigned i = 0; i < PF_TITLES_MAX; i++)
            assert_true(t.list[i].state == PF_TITLE_NONE || t.list[i].state == PF_TITLE_ENDING);
    }
}

/* ---- environment ---- */

static const char *get(char **env, const char *name)
{
    size_t n = strlen(name);
    for (; *env; env++)
        if (!strncmp(*env, name, n) && (*env)[n] == '=')
            return *env + n + 1;
    return NULL;
}

static void environment(void **state)
{
    const char *const base[] = {"PATH=/bin", "HOME=/home/anna", "PUNKTFUNK_MGMT_TOKEN=secret", "DISPLAY=:9",
        "NOTIFY_SOCKET=/run/x", "WAYLAND_DISPLAY=other", "XAUTHORITY=/old", "LANG=C.UTF-8", NULL};
    struct pf_desktop_env d = {.runtime_dir = "/run/user/1000",
        .dbus_address = "unix:path=/run/user/1000/bus",
        .wayland_socket = "/run/user/1000/wayland-1",
        .sway_socket = "/run/user/1000/sway-ipc.1000.5.sock",
        .desktop = "sway"};
    const struct pf_desktop_x11 x11 = {.display = ":1"};
    (void)state;
    char **env = pf_title_env_make((char *const *)base, &d, NULL);
    assert_non_null(env);
    assert_string_equal(get(env, "PATH"), "/bin");
    assert_string_equal(get(env, "LANG"), "C.UTF-8");
    assert_string_equal(get(env, "WAYLAND_DISPLAY"), "wayland-1");
    assert_string_equal(get(env, "XDG_RUNTIME_DIR"), "/run/user/1000");
    assert_string_equal(get(env, "DBUS_SESSION_BUS_ADDRESS"), "unix:path=/run/user/1000/bus");
    assert_string_equal(get(env, "SWAYSOCK"), d.sway_socket);
    assert_string_equal(get(env, "XDG_CURRENT_DESKTOP"), "sway");
    assert_string_equal(get(env, "XDG_SESSION_TYPE"), "wayland");
    static const char *const gone[] = {"DISPLAY", "XAUTHORITY", "PUNKTFUNK_MGMT_TOKEN", "NOTIFY_SOCKET"};
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        assert_null(get(env, gone[i]));
    pf_title_env_free(env);

    strcpy(d.wayland_socket, "/tmp/elsewhere/wayland-0");
    d.sway_socket[0] = 0;
    env = pf_title_env_make((char *const *)base, &d, &x11);
    assert_string_equal(get(env, "WAYLAND_DISPLAY"), "/tmp/elsewhere/wayland-0");
    assert_string_equal(get(env, "DISPLAY"), ":1");
    assert_null(get(env, "XAUTHORITY"));
    assert_null(get(env, "SWAYSOCK"));
    pf_title_env_free(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lives_as_long_as_its_display),
        cmocka_unit_test(who_comes_back_finds_it),
        cmocka_unit_test(quitting_ends_it_at_once),
        cmocka_unit_test(two_sessions_of_one_client_share_it),
        cmocka_unit_test(one_that_exited_is_remembered_for_a_while),
        cmocka_unit_test(a_failed_start_is_not_repeated),
        cmocka_unit_test(what_is_told_while_it_starts_counts),
        cmocka_unit_test(a_wish_that_was_not_met_is_forgotten),
        cmocka_unit_test(any_order),
        cmocka_unit_test(environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
