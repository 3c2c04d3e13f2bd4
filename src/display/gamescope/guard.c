#include "display/gamescope/guard.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS    1000  /* how often the guard looks after orphans and the log */
#define STEP_MS    10    /* between looks while things end */
#define GRACE_MS   3000  /* from SIGTERM to SIGKILL */
#define HARVEST_MS 3000  /* for what was killed to be gone */
#define STOP_MS    10000 /* for the guard itself */
#define NAME       "pf-gamescope"

/* ---- in the guard ---------------------------------------------------------------------------------------
 * A copy of one thread of a program with many: only what is safe in a signal handler may be called.
 */

struct plan {
    const char *const *argv;
    char *const *environment;
    const char *relay;
    int life, status, log; /* of the guard, after arrange_files */
};

static void reset_signals(void)
{
    sigset_t none;
    for (int s = 1; s < 32; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nothing of the host's stays open: neither its sockets nor the ends of other guards' lines. */
static bool arrange_files(struct plan *p)
{
    int life = fcntl(p->life, F_DUPFD, 16), status = fcntl(p->status, F_DUPFD, 16);
    int log = fcntl(p->log, F_DUPFD, 16), none = open("/dev/null", O_RDWR);
    if (life < 0 || status < 0 || log < 0 || none < 0 || dup2(none, 0) < 0 || dup2(log, 1) < 0 ||
        dup2(log, 2) < 0 || dup3(life, 3, O_CLOEXEC) < 0 || dup3(status, 4, O_CLOEXEC) < 0)
        return false;
    p->life = 3;
    p->status = 4;
    p->log = 1;
    return close_range(5, ~0u, 0) == 0;
}

static void report(int status, int error)
{
    ssize_t n = write(status, &error, sizeof(error));
    (void)n; /* the host is gone: it does not matter any more */
}

static void become_program(const struct plan *p)
{
    setpgid(0, 0);
    reset_signals();
    execvpe(p->argv[0], (char *const *)p->argv, p->environment);
    report(p->status, errno);
    _exit(127);
}

/* Takes the dead. True if `program` was among them, or nobody is left. */
static bool harvest(pid_t program)
{
    bool ended = false;
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        ended |= pid == program;
    return ended || (pid < 0 && errno == ECHILD);
}

static void rest(int ms)
{
    poll(NULL, 0, ms);
}

/* Kills the children; theirs become ours. Returns whether there are any. */
static bool kill_children(void)
{
    char text[1024];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    pid_t pid = 0;
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            pid = pid * 10 + (text[i] - '0');
            continue;
        }
        if (pid > 1)
            kill(pid, SIGKILL);
        pid = 0;
    }
    return n > 0;
}

static void end_program(pid_t program, bool running)
{
    kill(-program, SIGTERM);
    for (int ms = 0; running && ms < GRACE_MS; ms += STEP_MS) {
        running = !harvest(program);
        if (running)
            rest(STEP_MS);
    }
    kill(-program, SIGKILL);
    for (int ms = 0; ms < HARVEST_MS; ms += STEP_MS) {
        bool any = kill_children();
        harvest(program);
        if (!any)
            break;
        rest(STEP_MS);
    }
}

/* Until the program ends, or the host lets go. Returns whether the program still runs. */
static bool watch(const struct plan *p, pid_t program)
{
    int program_fd = pidfd_open(program, 0);
    for (;;) {
        struct pollfd fds[2] = {{.fd = p->life, .events = POLLIN}, {.fd = program_fd, .events = POLLIN}};
        struct stat st;
        int n = poll(fds, 2, program_fd < 0 ? 100 : TICK_MS);
        if (harvest(program))
            return false;
        if (n > 0 && fds[0].revents)
            return true;
        if (fstat(p->log, &st) == 0 && st.st_size > PF_GAMESCOPE_LOG_MAX && ftruncate(p->log, 0) < 0)
            return true;
    }
}

static void be_guard(struct plan *p)
{
    static const struct sched_param ordinary = {0};
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NAME, NAME);
    sched_setscheduler(0, SCHED_OTHER, &ordinary); /* the thread of the host may be in a hurry */
    if (getpriority(PRIO_PROCESS, 0) < 0)
        setpriority(PRIO_PROCESS, 0, 0);
    if (!arrange_files(p)) {
        report(p->status, errno);
        _exit(1);
    }
    pid_t program = fork();
    if (program == 0)
        become_program(p);
    if (program < 0)
        report(p->status, errno);
    close(p->status);
    if (program > 0)
        end_program(program, watch(p, program));
    unlink(p->relay);
    _exit(0);
}

/* ---- in the host ----------------------------------------------------------------------------------------
 */

/* What the exec of the program failed with; 0: it did not. */
static int read_status(int fd)
{
    int error = 0;
    ssize_t n;
    do
        n = read(fd, &error, sizeof(error));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(error) ? -error : 0;
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static int fork_guard(struct plan *plan, struct pf_gamescope_guard *g)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the host's handlers are nothing for the guard */
    g->pid = fork();
    if (g->pid == 0)
        be_guard(plan);
    int rc = g->pid < 0 ? -errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0 && (g->pid_fd = pidfd_open(g->pid, 0)) < 0)
        rc = -errno;
    return rc;
}

int pf_gamescope_guard_start(const char *const argv[], char *const environment[], int log_fd,
    const char *relay, struct pf_gamescope_guard *ret_guard)
{
    struct pf_gamescope_guard g = {.pid = -1, .pid_fd = -1};
    int life[2], status[2];
    if (pipe2(life, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(status, O_CLOEXEC) < 0) {
        int error = errno;
        close_both(life);
        return -error;
    }
    struct plan plan = {.argv = argv,
        .environment = environment,
        .relay = relay,
        .life = life[0],
        .status = status[1],
        .log = log_fd};
    g.life_fd = life[1];
    int rc = fork_guard(&plan, &g);
    close(life[0]);
    close(status[1]);
    if (rc == 0)
        rc = read_status(status[0]);
    close(status[0]);
    if (rc == 0) {
        *ret_guard = g;
        return 0;
    }
    if (g.pid > 0)
        pf_gamescope_guard_stop(&g);
    else
        close(g.life_fd);
    return rc;
}

/* True if it has ended within `ms`. */
static bool has_ended(const struct pf_gamescope_guard *g, int ms)
{
    struct pollfd p = {.fd = g->pid_fd, .events = POLLIN};
    return poll(&p, 1, ms) > 0;
}

bool pf_gamescope_guard_alive(const struct pf_gamescope_guard *g)
{
    return !has_ended(g, 0);
}

void pf_gamescope_guard_stop(struct pf_gamescope_guard *g)
{
    close(g->life_fd);
    if (g->pid_fd >= 0 && !has_ended(g, STOP_MS)) {
        pf_log_warn("gamescope", "gamescope does not end; its guard is killed pid=%d", (int)g->pid);
        kill(g->pid, SIGKILL);
    }
    while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (g->pid_fd >= 0)
        close(g->pid_fd);
    *g = (struct pf_gamescope_guard){.pid = -1, .pid_fd = -1, .life_fd = -1};
}
