/* Reading from sockets with a time limit (SO_RCVTIMEO) in a thread that made an event loop. Where libuv uses
 * io_uring, the kernel's work for the ring interrupts that thread, and a wait with a time limit does not go
 * on by itself then, as it would without one. */
#ifndef PF_TESTS_PATIENT_H
#define PF_TESTS_PATIENT_H

#include <errno.h>
#include <sys/socket.h>

static inline ssize_t patient_recvfrom(
    int fd, void *data, size_t cap, struct sockaddr *ret_from, socklen_t *from_len)
{
    ssize_t n;
    do
        n = recvfrom(fd, data, cap, 0, ret_from, from_len);
    while (n < 0 && errno == EINTR);
    return n;
}

static inline ssize_t patient_recv(int fd, void *data, size_t cap)
{
    return patient_recvfrom(fd, data, cap, NULL, NULL);
}

#endif
