#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct start {
    void (*run)(void *arg);
    void *arg;
    enum pf_thread_class cls;
    char name[16];
};

/* A new thread inherits the priority of the one that starts it, so an ordinary one has to be put back to that
 * of the process. Without the right to raise it, it stays as it is. */
static void set_priority(enum pf_thread_class cls)
{
    int normal = getpriority(PRIO_PROCESS, (id_t)getpid());
    int wanted = cls == PF_THREAD_CAPTURE ? -10 : cls == PF_THREAD_SEND ? -5 : normal;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), wanted);
}

static void *entry(void *p)
{
    struct start s = *(struct start *)p;
    free(p);
    pthread_setname_np(pthread_self(), s.name);
    set_priority(s.cls);
    s.run(s.arg);
    return NULL;
}

int pf_thread_start(
    pthread_t *ret_thread, const char *name, enum pf_thread_class cls, void (*run)(void *arg), void *arg)
{
    struct start *s = malloc(sizeof(*s));
    if (!s)
        return -ENOMEM;
    *s = (struct start){.run = run, .arg = arg, .cls = cls};
    snprintf(s->name, sizeof(s->name), "pf-%s", name);

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(ret_thread, NULL, entry, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        free(s);
    return -rc;
}
