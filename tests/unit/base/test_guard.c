/* The guard: what it starts, and that nothing of that stays. This program is its own guard. */
#include "base/guard.h"
#include "base/process.h"
#include "base/time.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const env[] = {"PATH=/usr/bin:/bin", "ONLY=this", NULL};

static struct pf_guard start(const char *script)
{
    struct pf_guard g;
    struct pf_error err;
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct pf_guard_task task = {.argv = argv, .envp = (char *const *)env};
    assert_int_equal(pf_guard_start(&task, &g, &err), 0);
    return g;
}

/* What it writes until `words` is among it, or its end. */
static char *read_until(const struct pf_guard *g, const char *words)
{
    static char text[8192];
    size_t n = 0;
    text[0] = 0;
    while (!strstr(text, words) && n < sizeof(text) - 1) {
        struct pollfd p = {.fd = g->output, .events = POLLIN};
        poll(&p, 1, -1);
        ssize_t got = read(g->output, text + n, sizeof(text) - 1 - n);
        if (got <= 0)
            break;
        text[n += (size_t)got] = 0;
    }
    return text;
}

static bool exists(pid_t pid)
{
    return kill(pid, 0) == 0;
}

static unsigned open_files(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void status_and_output(void **state)
{
    unsigned before = open_files();
    (void)state;
    struct pf_guard g = start("echo out; echo err >&2; env; cat; exit 7"); /* nothing to read: cat ends */
    char *text = read_until(&g, "no such words");
    assert_non_null(strstr(text, "out\nerr\n"));
    assert_non_null(strstr(text, "ONLY=this"));
    assert_int_equal(pf_guard_finish(&g), 7);
    g = start("kill -9 $$");
    assert_int_equal(poll(&(struct pollfd){.fd = g.exited, .events = POLLIN}, 1, -1), 1);
    assert_int_equal(pf_guard_finish(&g), 128 + SIGKILL);
    const char *const missing[] = {"/no/such/program", NULL};
    struct pf_guard_task task = {.argv = missing, .envp = (char *const *)env};
    assert_int_equal(pf_guard_start(&task, &g, NULL), 0);
    assert_non_null(strstr(read_until(&g, "executed"), "/no/such/program cannot be executed"));
    assert_int_equal(poll(&(struct pollfd){.fd = g.exited, .events = POLLIN}, 1, -1), 1);
    assert_int_equal(pf_guard_finish(&g), 127);
    task.self = "/no/such/guard";
    assert_int_equal(pf_guard_start(&task, &g, NULL), -2);
    assert_int_equal(open_files(), before);
}

/* Only the three standard streams: nothing of the host's files. */
static void no_file_is_inherited(void **state)
{
    int secret = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)state;
    struct pf_guard g = start("ls /proc/self/fd | wc -l; echo done");
    assert_int_equal(atoi(read_until(&g, "done")), 4); /* ls has one for the folder itself */
    pf_guard_finish(&g);
    close(secret);
}

static void what_detached_itself_ends_too(void **state)
{
    (void)state;
    struct pf_guard g = start("(setsid sh -c 'echo $$; exec sleep 1000' &) ; exit 3");
    pid_t detached = (pid_t)atoi(read_until(&g, "\n"));
    assert_true(detached > 0 && exists(detached));
    struct pollfd p = {.fd = g.exited, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 200), 0); /* it is still the program */
    pid_t tree[16];
    bool found = false;
    while (!found) { /* it may be missed while it gets another parent; the test's own time limit ends this */
        size_t n = pf_process_tree(g.pid, tree, 16);
        for (size_t i = 0; i < n; i++)
            found |= tree[i] == detached;
    }
    assert_int_equal(pf_guard_finish(&g), 3);
    assert_false(exists(detached));
}

static void who_does_not_listen_is_killed(void **state)
{
    (void)state;
    struct pf_guard g = start("trap '' TERM; echo $$; while :; do sleep 1000; done");
    pid_t deaf = (pid_t)atoi(read_until(&g, "\n"));
    pf_guard_end(&g);
    pf_guard_end(&g);
    pf_guard_finish(&g);
    assert_false(exists(deaf));
}

/* A host that is killed: here a child of ours that started a guard. */
static void it_outlives_its_host_by_little(void **state)
{
    int pipe_[2];
    (void)state;
    assert_int_equal(pipe(pipe_), 0);
    pid_t host = fork();
    if (host == 0) {
        struct pf_guard g = start("sleep 1000");
        if (write(pipe_[1], &g.pid, sizeof(g.pid)) != (ssize_t)sizeof(g.pid))
            abort();
        pause();
    }
    pid_t guard;
    assert_int_equal(read(pipe_[0], &guard, sizeof(guard)), sizeof(guard));
    kill(host, SIGKILL);
    waitpid(host, NULL, 0);
    pid_t tree[16];
    while (exists(guard) && pf_process_start_time(guard) && pf_process_tree(guard, tree, 16))
        usleep(10000); /* the test's own time limit ends this */
    close(pipe_[0]);
    close(pipe_[1]);
}

/* ---- alone: as a gamescope is ---- */

static char folder[] = "/tmp/pf-guard-XXXXXX";
static char relay[64], farewell[64], log_path[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder + sizeof(folder) - 7, "XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(relay, sizeof(relay), "%s/relay", folder);
    snprintf(farewell, sizeof(farewell), "%s/farewell", folder);
    snprintf(log_path, sizeof(log_path), "%s/log", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(log_path);
    return rmdir(folder); /* relay and farewell are gone already */
}

/* "$0" is the farewell, "$1" the relay. */
static struct pf_guard start_alone(const char *script)
{
    struct pf_guard g;
    struct pf_error err;
    const char *const argv[] = {"sh", "-c", script, farewell, relay, NULL};
    int log = open(log_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(log > 0);
    const struct pf_guard_task task = {.argv = argv,
        .envp = (char *const *)env,
        .log_fd = log,
        .alone = true,
        .relay = relay,
        .farewell = farewell};
    assert_int_equal(pf_guard_start(&task, &g, &err), 0);
    assert_int_equal(g.output, -1);
    close(log);
    return g;
}

/* The number that the script has written, once it is there; the test's own time limit ends this. */
static pid_t read_pid(void)
{
    char text[64] = "";
    int log = open(log_path, O_RDONLY | O_CLOEXEC);
    while (!strchr(text, '\n')) {
        ssize_t n = pread(log, text, sizeof(text) - 1, 0);
        text[n > 0 ? n : 0] = 0;
        usleep(10000);
    }
    close(log);
    return (pid_t)atoi(text);
}

static void its_farewell_is_told(void **state)
{
    struct pf_guard_word word;
    (void)state;
    struct pf_guard g = start_alone("echo said; : >\"$1\"; : >\"$0\"; exit 3");
    assert_true(pf_guard_has_ended(&g, -1, &word));
    assert_true(word.farewell && word.status == 3);
    assert_true(pf_guard_has_ended(&g, 0, &word)); /* it stays known */
    assert_int_equal(poll(&(struct pollfd){.fd = g.exited, .events = POLLIN}, 1, -1), 1);
    assert_false(pf_guard_is_alive(&g));
    assert_int_equal(access(relay, F_OK), -1);
    assert_int_equal(access(farewell, F_OK), -1);
    assert_int_equal(pf_guard_finish(&g), 3);
}

static void what_crashes_says_no_farewell(void **state)
{
    struct pf_guard_word word;
    (void)state;
    /* What is left of it says one when it is too late. */
    struct pf_guard g = start_alone("(trap ': >\"$0\"; exit' TERM; echo $$; while :; do sleep 0.1; done) & "
                                    "while ! [ -s /proc/self/fd/1 ]; do :; done; kill -9 $$");
    assert_true(pf_guard_has_ended(&g, -1, &word));
    assert_true(!word.farewell && word.status == 128 + SIGKILL);
    assert_int_equal(pf_guard_finish(&g), 128 + SIGKILL);
}

static void what_it_leaves_running_ends_with_it(void **state)
{
    struct pf_guard_word word;
    (void)state;
    struct pf_guard g = start_alone("(setsid sh -c 'echo $$; exec sleep 1000' &); sleep 1000");
    pid_t detached = read_pid();
    assert_true(detached > 1 && exists(detached) && pf_guard_is_alive(&g));
    assert_false(pf_guard_has_ended(&g, 0, &word));
    pf_guard_finish(&g);
    assert_false(exists(detached));
}

static void a_long_log_begins_anew(void **state)
{
    struct stat st = {.st_size = 0};
    (void)state;
    struct pf_guard g = start_alone("dd if=/dev/zero bs=1M count=5 status=none; sleep 1000");
    while (st.st_size <= PF_GUARD_LOG_MAX) /* the test's own time limit ends this, and the next */
        assert_int_equal(stat(log_path, &st), 0);
    while (st.st_size)
        assert_int_equal(stat(log_path, &st), 0);
    pf_guard_finish(&g);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], PF_GUARD_COMMAND) == 0)
        return pf_guard_main(argv + 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_and_output),
        cmocka_unit_test(no_file_is_inherited),
        cmocka_unit_test(what_detached_itself_ends_too),
        cmocka_unit_test(who_does_not_listen_is_killed),
        cmocka_unit_test(it_outlives_its_host_by_little),
        cmocka_unit_test_setup_teardown(its_farewell_is_told, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_crashes_says_no_farewell, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_it_leaves_running_ends_with_it, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_long_log_begins_anew, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
