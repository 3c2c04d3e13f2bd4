#include "base/guard.h"

#include "base/process.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASK_NS (5 * PF_NS_PER_S) /* from SIGTERM to SIGKILL */
#define KILL_NS                                                                                              \
    (2 * PF_NS_PER_S) /* what SIGKILL does not end by then belongs to somebody else, or hangs in the kernel  \
                       */
#define STEP_MS  50
#define TREE_MAX 1024u

/* ---- the host's side ------------------------------------------------------------------------------------
 */

static int make_pipe(int fds[2])
{
    return pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;
}

static void close_pipe(int fds[2])
{
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int spawn(const char *self, char *const *words, char *const *envp, int in, int out, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&actions))
        return -ENOMEM;
    if (posix_spawnattr_init(&attr)) {
        posix_spawn_file_actions_destroy(&actions);
        return -ENOMEM;
    }
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    int rc = posix_spawn(ret_pid, self, &actions, &attr, words, envp);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

/* The guard's own command line: "<name> guard-program <argv…>". */
static const char **guard_words(const char *const *argv)
{
    size_t n = 0;
    while (argv[n])
        n++;
    const char **words = calloc(n + 3, sizeof(*words));
    if (!words)
        return NULL;
    words[0] = "punktfunk-host";
    words[1] = PF_GUARD_COMMAND;
    memcpy(words + 2, argv, n * sizeof(*words));
    return words;
}

int pf_guard_start(const char *self, const char *const *argv, char *const *envp, struct pf_guard *ret_guard,
    struct pf_error *err)
{
    int control[2] = {-1, -1}, output[2] = {-1, -1};
    pid_t pid;
    const char **words = guard_words(argv);
    int rc = words ? make_pipe(control) : -ENOMEM;
    if (rc == 0)
        rc = make_pipe(output);
    if (rc == 0)
        rc = spawn(self ? self : "/proc/self/exe", (char *const *)words, envp, control[0], output[1], &pid);
    free(words);
    if (rc < 0) {
        close_pipe(control);
        close_pipe(output);
        return pf_error_set(err, rc, "%s cannot be started: %s", argv[0], strerror(-rc));
    }
    close(control[0]);
    close(output[1]);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    struct pf_guard g = {
        .pid = pid, .control = control[1], .exited = pidfd_open(pid, 0), .output = output[0]};
    if (g.exited < 0) {
        rc = -errno;
        pf_guard_finish(&g);
        return pf_error_set(err, rc, "%s cannot be watched over: %s", argv[0], strerror(-rc));
    }
    *ret_guard = g;
    return 0;
}

void pf_guard_end(struct pf_guard *g)
{
    if (g->control >= 0)
        close(g->control);
    g->control = -1;
}

static int status_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int pf_guard_finish(struct pf_guard *g)
{
    int status = 0;
    pid_t got;
    pf_guard_end(g);
    do
        got = waitpid(g->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    if (g->exited >= 0)
        close(g->exited);
    close(g->output);
    *g = (struct pf_guard){.control = -1, .exited = -1, .output = -1};
    return got < 0 ? 127 : status_of(status);
}

/* ---- the guard ------------------------------------------------------------------------------------------
 */

struct watch {
    int control, signals;
    pid_t child;
    int status; /* of the child */
};

static void become(char *const *argv)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* should somebody kill the guard itself */
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(argv[0], argv);
    fprintf(stderr, "%s cannot be executed: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static int begin(struct watch *w, char *const *argv)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    w->control = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (w->signals < 0 || w->control < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return -errno;
    close(null);
    w->child = fork();
    if (w->child == 0)
        become(argv);
    return w->child < 0 ? -errno : 0;
}

/* Takes up all that have ended. False: nobody is left. */
static bool reap(struct watch *w)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;
    while (read(w->signals, &info, sizeof(info)) > 0)
        ;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == w->child)
            w->status = status_of(status);
    return pid == 0 || errno != ECHILD;
}

/* Until the program and all that it started have ended (false), or all of it is to end (true). */
static bool watch(struct watch *w)
{
    struct pollfd fds[] = {{.fd = w->control, .events = POLLIN}, {.fd = w->signals, .events = POLLIN}};
    struct signalfd_siginfo info;
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[0].revents)
            return true; /* nothing is ever written: the host has closed it, or is gone */
        while (read(w->signals, &info, sizeof(info)) > 0)
            if (info.ssi_signo != SIGCHLD)
                return true;
        if (!reap(w))
            return false;
    }
}

static void signal_all(int number)
{
    static pid_t tree[TREE_MAX];
    size_t n = pf_process_tree(getpid(), tree, TREE_MAX);
    for (size_t i = 0; i < n; i++)
        kill(tree[i], number);
}

/* Waits until nobody is left; with `number` signals again and again who still is. */
static bool await_end(struct watch *w, uint64_t limit_ns, int number)
{
    uint64_t until = pf_time_mono_ns() + limit_ns;
    struct pollfd p = {.fd = w->signals, .events = POLLIN};
    while (reap(w)) {
        if (pf_time_mono_ns() >= until)
            return false;
        if (number)
            signal_all(number);
        poll(&p, 1, STEP_MS);
    }
    return true;
}

int pf_guard_main(char *const *argv)
{
    struct watch w = {0};
    close_range(3, UINT_MAX, 0); /* what somebody let the host inherit */
    if (!argv[0] || begin(&w, argv) < 0) {
        fprintf(stderr, "the program cannot be watched over: %s\n", strerror(errno));
        return 126;
    }
    if (watch(&w)) {
        signal_all(SIGTERM);
        if (!await_end(&w, ASK_NS, 0))
            await_end(&w, KILL_NS, SIGKILL);
    }
    return w.status;
}
