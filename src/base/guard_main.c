/* The guard itself: a process of its own. */
#include "base/guard.h"
#include "base/guard_words.h"
#include "base/process.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK_NS (5 * PF_NS_PER_S) /* from SIGTERM to SIGKILL */
#define KILL_NS                                                                                              \
    (2 * PF_NS_PER_S) /* what SIGKILL does not end by then belongs to somebody else, or hangs in the kernel  \
                       */
#define STEP_MS  50
#define LOG_MS   1000 /* between two looks at the size of a log */
#define TREE_MAX 1024u

struct watch {
    bool alone, has_log;
    const char *relay, *farewell; /* NULL: none */
    int control, signals;
    pid_t child;
    bool child_ended;
    int status; /* of the child */
};

static const char *value_of(const char *word, const char *option)
{
    size_t len = strlen(option);
    return strncmp(word, option, len) == 0 ? word + len : NULL;
}

/* Returns the program; NULL: these are no words of pf_guard_start. */
static char *const *read_words(struct watch *w, char *const *words)
{
    for (; *words && strcmp(*words, PF_GUARD_END) != 0; words++) {
        const char *relay = value_of(*words, PF_GUARD_RELAY), *farewell = value_of(*words, PF_GUARD_FAREWELL);
        w->alone |= strcmp(*words, PF_GUARD_ALONE) == 0;
        w->has_log |= strcmp(*words, PF_GUARD_LOG) == 0;
        w->relay = relay ? relay : w->relay;
        w->farewell = farewell ? farewell : w->farewell;
    }
    return *words && words[1] ? words + 1 : NULL;
}

/* The thread of the host that started it may be in a hurry. */
static void calm_down(void)
{
    static const struct sched_param ordinary = {0};
    sched_setscheduler(0, SCHED_OTHER, &ordinary);
    if (getpriority(PRIO_PROCESS, 0) < 0)
        setpriority(PRIO_PROCESS, 0, 0);
}

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

static int hear_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int begin(struct watch *w, char *const *argv)
{
    w->signals = hear_signals();
    w->control = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (w->signals < 0 || w->control < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return -errno;
    close(null);
    calm_down();
    w->child = fork();
    if (w->child == 0)
        become(argv);
    return w->child < 0 ? -errno : 0;
}

/* At once: what the program left running, or who misses it, may still write a farewell. */
static void note_end(struct watch *w, int status)
{
    w->child_ended = true;
    w->status = pf_guard_status(status);
    const struct pf_guard_word word = {
        .status = w->status, .farewell = w->farewell && access(w->farewell, F_OK) == 0};
    send(w->control, &word, sizeof(word), MSG_NOSIGNAL | MSG_DONTWAIT);
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
            note_end(w, status);
    return pid == 0 || errno != ECHILD;
}

static void keep_log_short(void)
{
    struct stat st;
    if (fstat(STDOUT_FILENO, &st) == 0 && st.st_size > PF_GUARD_LOG_MAX && ftruncate(STDOUT_FILENO, 0) < 0)
        perror("the log cannot be begun anew");
}

/* Until all of it has ended (false), or what is left is to end (true). */
static bool watch(struct watch *w)
{
    struct pollfd fds[] = {{.fd = w->control, .events = POLLIN}, {.fd = w->signals, .events = POLLIN}};
    struct signalfd_siginfo info;
    for (;;) {
        if (poll(fds, 2, w->has_log ? LOG_MS : -1) < 0)
            continue;
        if (fds[0].revents)
            return true; /* nothing is ever written: the host has closed it, or is gone */
        if (w->has_log)
            keep_log_short();
        while (read(w->signals, &info, sizeof(info)) > 0)
            if (info.ssi_signo != SIGCHLD)
                return true;
        if (!reap(w))
            return false;
        if (w->alone && w->child_ended)
            return true;
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

static void end_all(struct watch *w)
{
    signal_all(SIGTERM);
    if (!await_end(w, ASK_NS, 0))
        await_end(w, KILL_NS, SIGKILL);
}

int pf_guard_main(char *const *words)
{
    struct watch w = {0};
    char *const *argv = read_words(&w, words);
    close_range(3, UINT_MAX, 0); /* what somebody let the host inherit */
    if (!argv || begin(&w, argv) < 0) {
        fprintf(stderr, "the program cannot be watched over: %s\n", argv ? strerror(errno) : "there is none");
        return 126;
    }
    if (watch(&w))
        end_all(&w);
    if (w.relay)
        unlink(w.relay);
    if (w.farewell)
        unlink(w.farewell);
    return w.status;
}
