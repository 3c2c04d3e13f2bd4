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

static void raise_priority(enum pf_thread_class cls)
{
    int nice_value = cls == PF_THREAD_CAPTURE ? -10 : cls == PF_THREAD_SEND ? -5 : 0;
    if (nice_value)
        setpriority(
            PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice_value); /* without the right: stays normal */
}

static void *entry(void *p)
{
    struct start s = *(struct start *)p;
    free(p);
    pthread_setname_np(pthread_self(), s.name);
    raise_priority(s.cls);
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
    snprintf(s->name, sizeof(s->name), "%s", name);

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(ret_thread, NULL, entry, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        free(s);
    return -rc;
}
