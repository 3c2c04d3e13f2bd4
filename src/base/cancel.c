#include "base/cancel.h"

#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int pf_cancel_init(struct pf_cancel *c)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    c->fd = fd;
    atomic_init(&c->set, false);
    return 0;
}

void pf_cancel_finish(struct pf_cancel *c)
{
    close(c->fd);
    c->fd = -1;
}

void pf_cancel_set(struct pf_cancel *c)
{
    if (atomic_exchange(&c->set, true))
        return;
    ssize_t n = write(c->fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)n; /* cannot fail: it is the only write */
}

bool pf_cancel_sleep_until(const struct pf_cancel *c, uint64_t mono_ns)
{
    for (;;) {
        uint64_t now = pf_time_mono_ns();
        if (pf_cancel_is_set(c) || now >= mono_ns)
            return pf_cancel_is_set(c);
        struct pollfd p = {.fd = pf_cancel_fd(c), .events = POLLIN};
        struct timespec left = {.tv_sec = (time_t)((mono_ns - now) / PF_NS_PER_S),
            .tv_nsec = (long)((mono_ns - now) % PF_NS_PER_S)};
        ppoll(&p, 1, &left, NULL);
    }
}
