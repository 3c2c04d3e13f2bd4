#include "base/file.h"
#include "base/process.h"
#include "display/journal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[40], own_path[100];
static struct pf_journal *journal;

static int set_up(void **state)
{
    strcpy(folder, "/tmp/pf-journal-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(own_path, sizeof(own_path), "%s/desktop-journal-%d.json", folder, (int)getpid());
    return pf_journal_open(folder, &journal);
}

static int tear_down(void **state)
{
    char command[80];
    pf_journal_close(journal);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static struct pf_journal_entry entry(const char *kind, const char *session, const char *name)
{
    struct pf_journal_entry e = {.owner = "test"};
    strcpy(e.kind, kind);
    strcpy(e.session, session);
    strcpy(e.name, name);
    return e;
}

static void note(const char *kind, const char *session, const char *name, bool lasting, json_t *before)
{
    struct pf_error err = {""};
    struct pf_journal_entry e = entry(kind, session, name);
    e.lasting = lasting;
    e.before = before;
    if (pf_journal_note(journal, &e, &err))
        fail_msg("%s", err.text);
    json_decref(before);
}

static struct pf_journal_list read_file(const char *path)
{
    struct pf_journal_list list;
    pid_t live;
    bool same_boot;
    assert_int_equal(pf_journal_read(path, &list, &live, &same_boot), 0);
    return list;
}

/* -- One's own ----------------------------------------------------------------------------------------- */

static void a_note_is_on_disk_before_the_change(void **state)
{
    struct stat st;
    assert_int_equal(stat(own_path, &st), -1);
    note("head", "sway 1", "DP-1", false, json_pack("{s:i}", "x", 7));
    assert_int_equal(stat(own_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    struct pf_journal_list list;
    pid_t live;
    bool same_boot;
    assert_int_equal(pf_journal_read(own_path, &list, &live, &same_boot), 0);
    assert_int_equal(live, getpid());
    assert_true(same_boot);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].owner, "test");
    assert_string_equal(list.item[0].kind, "head");
    assert_string_equal(list.item[0].session, "sway 1");
    assert_string_equal(list.item[0].name, "DP-1");
    assert_false(list.item[0].lasting);
    assert_int_equal(json_integer_value(json_object_get(list.item[0].before, "x")), 7);
    pf_journal_list_finish(&list);
}

static void the_first_note_of_a_thing_counts(void **state)
{
    note("head", "s", "DP-1", false, json_integer(1));
    note("head", "s", "DP-1", false, json_integer(2));
    struct pf_journal_list list = read_file(own_path);
    assert_int_equal(list.count, 1);
    assert_int_equal(json_integer_value(list.item[0].before), 1);
    pf_journal_list_finish(&list);
    struct pf_journal_entry e = entry("head", "s", "DP-1");
    e.before = json_integer(3);
    assert_int_equal(pf_journal_set(journal, &e, NULL), 0);
    json_decref(e.before);
    list = read_file(own_path);
    assert_int_equal(list.count, 1);
    assert_int_equal(json_integer_value(list.item[0].before), 3);
    pf_journal_list_finish(&list);
}

static void what_is_undone_leaves_no_file(void **state)
{
    note("head", "s", "DP-1", false, NULL);
    note("head", "s", "DP-2", false, NULL);
    note("head", "t", "DP-1", false, NULL);
    note("focus", "s", "DP-1", false, NULL);
    pf_journal_forget(journal, "other", NULL, NULL, NULL);
    pf_journal_forget(journal, "test", "head", "s", "DP-1");
    struct pf_journal_list list;
    assert_int_equal(pf_journal_entries(journal, "test", NULL, NULL, &list), 0);
    assert_int_equal(list.count, 3);
    pf_journal_list_finish(&list);
    assert_int_equal(pf_journal_entries(journal, "test", "head", "s", &list), 0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].name, "DP-2");
    pf_journal_list_finish(&list);
    pf_journal_forget(journal, "test", NULL, "s", NULL);
    pf_journal_forget(journal, "test", NULL, "t", NULL);
    assert_int_equal(access(own_path, F_OK), -1);
}

static void a_full_journal_refuses(void **state)
{
    struct pf_error err = {""};
    char name[16];
    for (int i = 0; i < PF_JOURNAL_MAX; i++) {
        snprintf(name, sizeof(name), "%d", i);
        note("output", "s", name, false, NULL);
    }
    struct pf_journal_entry e = entry("output", "s", "one more");
    assert_int_equal(pf_journal_note(journal, &e, &err), -ENOSPC);
    assert_true(err.text[0]);
    note("output", "s", "5", false, NULL); /* is there already */
}

static void a_note_that_cannot_be_written_is_reported(void **state)
{
    struct pf_error err = {""};
    pf_journal_close(journal);
    assert_int_equal(pf_journal_open("/proc/no-such-folder", &journal), 0);
    struct pf_journal_entry e = entry("head", "s", "DP-1");
    assert_true(pf_journal_note(journal, &e, &err) < 0);
    assert_true(err.text[0]);
    struct pf_journal_entry odd = entry("head", "s", "\xff\xfe");
    assert_true(pf_journal_note(journal, &odd, &err) < 0);
}

/* -- Those of the dead --------------------------------------------------------------------------------- */

static int undone;
static const char *stuck; /* name that cannot be undone */
static char seen[200];

static void undo(void *user, struct pf_journal *own, struct pf_journal_list *dead)
{
    assert_ptr_equal(own, journal);
    for (size_t i = dead->count; i-- > 0;) {
        strcat(seen, dead->item[i].name);
        strcat(seen, " ");
        if (stuck && !strcmp(dead->item[i].name, stuck))
            continue;
        pf_journal_list_remove(dead, i);
        undone++;
    }
}

static struct pf_journal_report recover(void)
{
    struct pf_journal_report report;
    undone = 0;
    seen[0] = 0;
    pf_journal_recover(journal, undo, NULL, &report);
    return report;
}

/* Writes a journal as process `pid` of boot `boot` (NULL: this one) would have left it. */
static void leave(int pid, uint64_t start, const char *boot, const char *changes)
{
    char path[100], text[1000], id[PF_BOOT_ID_SIZE];
    pf_boot_id(id);
    snprintf(path, sizeof(path), "%s/desktop-journal-%d.json", folder, pid);
    snprintf(text, sizeof(text),
        "{\"version\":1,\"boot\":\"%s\",\"host_pid\":%d,\"host_start\":%llu,\"changes\":[%s]}",
        boot ? boot : id, pid, (unsigned long long)start, changes);
    assert_int_equal(pf_file_write(path, text, strlen(text), 0600, NULL), 0);
}

#define CHANGE(name, lasting)                                                                                \
    "{\"owner\":\"test\",\"kind\":\"head\",\"session\":\"s\",\"name\":\"" name "\",\"lasting\":" lasting "}"

static bool is_there(int pid)
{
    char path[100];
    snprintf(path, sizeof(path), "%s/desktop-journal-%d.json", folder, pid);
    return access(path, F_OK) == 0;
}

#define DEAD 4194303 /* no process has this id, or none that started then */

static void a_dead_host_is_undone(void **state)
{
    leave(DEAD, 5, NULL, CHANGE("a", "false") "," CHANGE("b", "true"));
    struct pf_journal_report r = recover();
    assert_int_equal(r.dead, 1);
    assert_int_equal(r.undone, 2);
    assert_int_equal(r.left, 0);
    assert_int_equal(undone, 2);
    assert_false(is_there(DEAD));
    r = recover();
    assert_int_equal(r.dead, 0);
}

static void an_id_that_another_process_has_now_is_dead(void **state)
{
    leave((int)getppid(), pf_process_start_time(getppid()) + 1, NULL, CHANGE("a", "false"));
    assert_int_equal(recover().undone, 1);
}

static void a_live_host_keeps_its_changes(void **state)
{
    leave((int)getppid(), pf_process_start_time(getppid()), NULL, CHANGE("a", "false"));
    struct pf_journal_report r = recover();
    assert_int_equal(r.live, getppid());
    assert_int_equal(r.dead + r.undone, 0);
    assert_true(is_there((int)getppid()));
}

static void ones_own_journal_is_no_dead_one(void **state)
{
    note("head", "s", "mine", false, NULL);
    assert_int_equal(recover().undone, 0);
    assert_true(is_there((int)getpid()));
}

static void another_boot_has_forgotten_what_does_not_last(void **state)
{
    leave((int)getppid(), pf_process_start_time(getppid()), "11111111-0000-0000-0000-000000000000",
        CHANGE("volatile", "false") "," CHANGE("lasting", "true"));
    struct pf_journal_report r = recover();
    assert_int_equal(r.live, 0);
    assert_int_equal(r.undone, 2);
    assert_int_equal(undone, 1);
    assert_string_equal(seen, "lasting ");
    assert_false(is_there((int)getppid()));
}

static void what_cannot_be_undone_stays_on_file(void **state)
{
    leave(DEAD, 5, NULL, CHANGE("a", "false") "," CHANGE("b", "false") "," CHANGE("c", "true"));
    stuck = "b";
    struct pf_journal_report r = recover();
    stuck = NULL;
    assert_int_equal(r.undone, 2);
    assert_int_equal(r.left, 1);
    assert_true(is_there(DEAD));
    r = recover();
    assert_string_equal(seen, "b ");
    assert_int_equal(r.undone, 1);
    assert_false(is_there(DEAD));
}

static void damaged_files_are_set_aside(void **state)
{
    static const char *const bad[] = {"", "[]", "{}", "{\"version\":2}", "nonsense",
        "{\"version\":1,\"boot\":\"x\",\"host_pid\":-1,\"changes\":[]}",
        "{\"version\":1,\"boot\":7,\"host_pid\":1,\"changes\":[]}",
        "{\"version\":1,\"boot\":\"x\",\"host_pid\":1,\"changes\":{}}",
        "{\"version\":1,\"boot\":\"x\",\"host_pid\":1,\"changes\":[1]}",
        "{\"version\":1,\"boot\":\"x\",\"host_pid\":1,\"changes\":[{\"owner\":\"much too long a name\"}]}"};
    char path[100], aside[110];
    snprintf(path, sizeof(path), "%s/desktop-journal-77.json", folder);
    snprintf(aside, sizeof(aside), "%s.bad", path);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(pf_file_write(path, bad[i], strlen(bad[i]), 0600, NULL), 0);
        struct pf_journal_report r = recover();
        assert_int_equal(r.damaged, 1);
        assert_int_equal(r.undone, 0);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(access(aside, F_OK), 0);
        assert_int_equal(recover().damaged, 0); /* reported once */
    }
}

static void half_written_files_go_with_their_writer(void **state)
{
    char dead[110], live[110];
    snprintf(dead, sizeof(dead), "%s/desktop-journal-%d.json.tmp.abcdef", folder, DEAD);
    snprintf(live, sizeof(live), "%s/desktop-journal-%d.json.tmp.abcdef", folder, (int)getppid());
    assert_int_equal(pf_file_write(dead, "{", 1, 0600, NULL), 0);
    assert_int_equal(pf_file_write(live, "{", 1, 0600, NULL), 0);
    struct pf_journal_report r = recover();
    assert_int_equal(r.damaged, 0);
    assert_int_equal(access(dead, F_OK), -1);
    assert_int_equal(access(live, F_OK), 0);
}

static void a_new_run_of_the_desktop_undoes_what_lasts(void **state)
{
    note("head", "old", "volatile", false, NULL);
    note("head", "old", "lasting", true, NULL);
    note("head", "old", "stuck", true, NULL);
    seen[0] = 0;
    stuck = "stuck";
    pf_journal_settle_lasting(journal, undo, NULL);
    stuck = NULL;
    assert_string_equal(seen, "stuck lasting ");
    struct pf_journal_list list = read_file(own_path);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[0].name, "volatile");
    assert_string_equal(list.item[1].name, "stuck");
    pf_journal_list_finish(&list);
}

static void all_hosts_are_surveyed(void **state)
{
    struct pf_journal_list list;
    note("head", "s", "mine", false, NULL);
    leave(DEAD, 5, NULL, CHANGE("a", "false") "," CHANGE("b", "true"));
    assert_int_equal(pf_journal_survey(folder, true, &list), 0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].name, "mine");
    pf_journal_list_finish(&list);
    assert_int_equal(pf_journal_survey(folder, false, &list), 0);
    assert_int_equal(list.count, 2);
    pf_journal_list_finish(&list);
    assert_true(is_there(DEAD)); /* it only looks */

    leave(DEAD, 5, "another boot", CHANGE("a", "false") "," CHANGE("b", "true"));
    assert_int_equal(pf_journal_survey(folder, false, &list), 0);
    assert_int_equal(list.count, 1); /* what lasts */
    assert_string_equal(list.item[0].name, "b");
    pf_journal_list_finish(&list);
    assert_int_equal(pf_journal_survey("/nowhere", false, &list), 0);
    assert_int_equal(list.count, 0);
    pf_journal_list_finish(&list);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_note_is_on_disk_before_the_change),
        T(the_first_note_of_a_thing_counts),
        T(what_is_undone_leaves_no_file),
        T(a_full_journal_refuses),
        T(a_note_that_cannot_be_written_is_reported),
        T(a_dead_host_is_undone),
        T(an_id_that_another_process_has_now_is_dead),
        T(a_live_host_keeps_its_changes),
        T(ones_own_journal_is_no_dead_one),
        T(another_boot_has_forgotten_what_does_not_last),
        T(what_cannot_be_undone_stays_on_file),
        T(damaged_files_are_set_aside),
        T(half_written_files_go_with_their_writer),
        T(a_new_run_of_the_desktop_undoes_what_lasts),
        T(all_hosts_are_surveyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
