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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const env[] = {"PATH=/usr/bin:/bin", "ONLY=this", NULL};

static struct pf_guard start(const char *script)
{
    struct pf_guard g;
    struct pf_error err;
    const char *const argv[] = {"sh", "-c", script, NULL};
    assert_int_equal(pf_guard_start(NULL, argv, (char *const *)env, &g, &err), 0);
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
    assert_int_equal(pf_guard_start(NULL, missing, (char *const *)env, &g, NULL), 0);
    assert_non_null(strstr(read_until(&g, "executed"), "/no/such/program cannot be executed"));
    assert_int_equal(poll(&(struct pollfd){.fd = g.exited, .events = POLLIN}, 1, -1), 1);
    assert_int_equal(pf_guard_finish(&g), 127);
    assert_int_equal(pf_guard_start("/no/such/guard", missing, (char *const *)env, &g, NULL), -2);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
