/* The host's side of a guard. */
#include "base/guard.h"

#include "base/guard_words.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

static void close_both(int fds[2])
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
    int rc = posix_spawn(ret_pid, self ? self : "/proc/self/exe", &actions, &attr, words, envp);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

struct command_line {
    const char **words;
    char *relay, *farewell;
};

/* True if there is nothing to say, or memory to say it. */
static bool say_file(const char *option, const char *path, char **ret_word)
{
    *ret_word = NULL;
    return !path || asprintf(ret_word, "%s%s", option, path) >= 0;
}

static void finish_words(struct command_line *l)
{
    free(l->relay);
    free(l->farewell);
    free(l->words);
}

static int make_words(struct command_line *l, const struct pf_guard_task *task)
{
    size_t count = 0, n = 0;
    while (task->argv[count])
        count++;
    l->words = calloc(count + 8, sizeof(*l->words));
    bool ok = say_file(PF_GUARD_RELAY, task->relay, &l->relay) && l->words;
    ok = say_file(PF_GUARD_FAREWELL, task->farewell, &l->farewell) && ok;
    if (!ok) {
        finish_words(l);
        return -ENOMEM;
    }
    const char *const head[] = {"punktfunk-host", PF_GUARD_COMMAND, task->alone ? PF_GUARD_ALONE : NULL,
        task->log_fd ? PF_GUARD_LOG : NULL, l->relay, l->farewell, PF_GUARD_END};
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        if (head[i])
            l->words[n++] = head[i];
    memcpy(l->words + n, task->argv, count * sizeof(*l->words));
    return 0;
}

static int start_process(const struct pf_guard_task *task, int in, int out, pid_t *ret_pid)
{
    struct command_line line;
    int rc = make_words(&line, task);
    if (rc < 0)
        return rc;
    rc = spawn(task->self, (char *const *)line.words, task->envp, in, out, ret_pid);
    finish_words(&line);
    return rc;
}

/* What is the host's of the two pairs stays open. */
static int start_guard(const struct pf_guard_task *task, struct pf_guard *g)
{
    int control[2] = {-1, -1}, output[2] = {-1, -1};
    int rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0 ? -errno : 0;
    if (rc == 0 && !task->log_fd && pipe2(output, O_CLOEXEC) < 0)
        rc = -errno;
    if (rc == 0)
        rc = start_process(task, control[1], task->log_fd ? task->log_fd : output[1], &g->pid);
    if (rc < 0) {
        close_both(control);
        close_both(output);
        return rc;
    }
    close(control[1]);
    g->control = control[0];
    g->output = output[0];
    if (task->log_fd)
        return 0;
    close(output[1]);
    fcntl(g->output, F_SETFL, O_NONBLOCK);
    return 0;
}

int pf_guard_start(const struct pf_guard_task *task, struct pf_guard *ret_guard, struct pf_error *err)
{
    struct pf_guard g;
    int rc = start_guard(task, &g);
    if (rc < 0)
        return pf_error_set(err, rc, "%s cannot be started: %s", task->argv[0], strerror(-rc));
    g.exited = pidfd_open(g.pid, 0);
    if (g.exited < 0) {
        rc = -errno;
        pf_guard_finish(&g);
        return pf_error_set(err, rc, "%s cannot be watched over: %s", task->argv[0], strerror(-rc));
    }
    *ret_guard = g;
    return 0;
}

bool pf_guard_is_alive(const struct pf_guard *g)
{
    struct pollfd p = {.fd = g->exited, .events = POLLIN};
    return poll(&p, 1, 0) <= 0;
}

bool pf_guard_has_ended(const struct pf_guard *g, int wait_ms, struct pf_guard_word *ret_word)
{
    struct pf_guard_word word;
    struct pollfd p = {.fd = g->control, .events = POLLIN};
    poll(&p, 1, wait_ms);
    if (recv(g->control, &word, sizeof(word), MSG_PEEK | MSG_DONTWAIT) != (ssize_t)sizeof(word))
        return false;
    *ret_word = word;
    return true;
}

void pf_guard_end(struct pf_guard *g)
{
    if (g->control >= 0)
        close(g->control);
    g->control = -1;
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
    if (g->output >= 0)
        close(g->output);
    *g = (struct pf_guard){.control = -1, .exited = -1, .output = -1};
    return got < 0 ? 127 : pf_guard_status(status);
}
