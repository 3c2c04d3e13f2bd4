#include "display/wlroots/sway_ipc.h"

#include "base/bytes.h"
#include "base/process.h"
#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUDGET_NS        (5 * PF_NS_PER_S)
#define CONNECT_PAUSE_NS (5 * PF_NS_PER_MS)
#define HEADER_SIZE      14
#define REPLY_MAX        (4u << 20)

static const char magic[6] = {'i', '3', '-', 'i', 'p', 'c'};

/* Sway lets few connections wait (its backlog is 3), and nothing tells when there is room again. */
static int connect_patiently(int fd, const struct sockaddr_un *addr)
{
    uint64_t deadline = pf_time_mono_ns() + BUDGET_NS;
    for (;;) {
        if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0)
            return 0;
        uint64_t now = pf_time_mono_ns();
        if (errno != EAGAIN || now >= deadline)
            return -errno;
        pf_time_sleep_until(now + CONNECT_PAUSE_NS);
    }
}

int pf_sway_connect(const char *path, struct pf_error *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (!path[0] || strlen(path) >= sizeof(addr.sun_path))
        return pf_error_set(err, -ENOENT, "no sway session was found; start sway, or set SWAYSOCK");
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return pf_error_set(err, -errno, "cannot reach sway: %s", strerror(errno));
    int rc = connect_patiently(fd, &addr);
    if (rc == 0)
        return fd;
    close(fd);
    if (rc == -ECONNREFUSED || rc == -ENOENT)
        return pf_error_set(err, rc, "sway has ended: nobody listens on %s; start it again", path);
    if (rc == -EAGAIN)
        return pf_error_set(err, -ETIMEDOUT, "sway is stuck: it accepts no connection on %s", path);
    return pf_error_set(err, rc, "cannot reach sway at %s: %s", path, strerror(-rc));
}

void pf_sway_instance(int fd, const char *path, char *out, size_t size)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        peer.pid = 0;
    snprintf(out, size, "%s %d.%llu", path, (int)peer.pid,
        (unsigned long long)(peer.pid > 0 ? pf_process_start_time(peer.pid) : 0));
}

static int wait_for(int fd, short events, uint64_t deadline_ns)
{
    uint64_t now = pf_time_mono_ns();
    if (now >= deadline_ns)
        return -ETIMEDOUT;
    struct pollfd p = {.fd = fd, .events = events};
    int rc = poll(&p, 1, (int)((deadline_ns - now + PF_NS_PER_MS - 1) / PF_NS_PER_MS));
    return rc > 0 || (rc < 0 && errno == EINTR) ? 0 : rc == 0 ? -ETIMEDOUT : -errno;
}

static int send_all(int fd, const void *data, size_t len, uint64_t deadline_ns)
{
    const uint8_t *p = data;
    while (len) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (n < 0) {
            int rc = wait_for(fd, POLLOUT, deadline_ns);
            if (rc)
                return rc;
            continue;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int receive_all(int fd, void *data, size_t len, uint64_t deadline_ns)
{
    uint8_t *p = data;
    while (len) {
        ssize_t n = recv(fd, p, len, 0);
        if (n == 0)
            return -EPIPE;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (n < 0) {
            int rc = wait_for(fd, POLLIN, deadline_ns);
            if (rc)
                return rc;
            continue;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int receive_json(int fd, uint32_t type, uint64_t deadline_ns, json_t **ret_reply)
{
    uint8_t header[HEADER_SIZE];
    int rc = receive_all(fd, header, sizeof(header), deadline_ns);
    if (rc)
        return rc;
    /* Native byte order by definition; every platform of ours is little-endian. */
    struct pf_reader r = pf_reader_of(header, sizeof(header));
    const uint8_t *start = pf_read_bytes(&r, sizeof(magic));
    uint32_t len = pf_read_u32le(&r), got_type = pf_read_u32le(&r);
    if (memcmp(start, magic, sizeof(magic)) != 0 || got_type != type || len > REPLY_MAX)
        return -EPROTO;
    char *body = malloc(len + 1);
    if (!body)
        return -ENOMEM;
    rc = receive_all(fd, body, len, deadline_ns);
    json_t *reply = rc ? NULL : json_loadb(body, len, 0, NULL);
    free(body);
    if (!rc && !reply)
        rc = -EPROTO;
    if (!rc)
        *ret_reply = reply;
    return rc;
}

int pf_sway_request(
    int fd, enum pf_sway_request type, const char *payload, json_t **ret_reply, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + BUDGET_NS;
    size_t len = strlen(payload);
    uint8_t header[HEADER_SIZE];
    struct pf_writer w = pf_writer_of(header, sizeof(header));
    pf_write_bytes(&w, magic, sizeof(magic));
    pf_write_u32le(&w, (uint32_t)len);
    pf_write_u32le(&w, type);

    int rc = send_all(fd, header, sizeof(header), deadline);
    if (!rc)
        rc = send_all(fd, payload, len, deadline);
    if (!rc)
        rc = receive_json(fd, type, deadline, ret_reply);
    if (rc == -ETIMEDOUT)
        return pf_error_set(err, rc, "sway did not answer within 5 s; it seems to hang");
    if (rc == -EPROTO)
        return pf_error_set(err, rc, "sway's control socket sent something that is not the i3 protocol");
    if (rc)
        return pf_error_set(
            err, rc, "the connection to sway broke (%s); it has probably ended", strerror(-rc));
    return 0;
}

/* One object for each command that was in the line. */
static int judge(const json_t *reply, const char *command, struct pf_error *err)
{
    size_t i;
    json_t *one;
    json_array_foreach(reply, i, one)
    {
        if (json_is_true(json_object_get(one, "success")))
            continue;
        const char *why = json_string_value(json_object_get(one, "error"));
        bool unknown = json_is_true(json_object_get(one, "parse_error")) ||
                       (why && (strstr(why, "Invalid output subcommand") || strstr(why, "Unknown/invalid")));
        return pf_error_set(err, unknown ? -ENOTSUP : -EREMOTEIO, "sway refused \"%s\": %.120s", command,
            why ? why : "no reason given");
    }
    if (json_array_size(reply) == 0)
        return pf_error_set(err, -EPROTO, "sway gave an empty answer to \"%s\"", command);
    return 0;
}

int pf_sway_command(int fd, struct pf_error *err, const char *fmt, ...)
{
    char command[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof(command))
        return pf_error_set(err, -EINVAL, "a command for sway is too long");
    json_t *reply;
    int rc = pf_sway_request(fd, PF_SWAY_RUN_COMMAND, command, &reply, err);
    if (rc)
        return rc;
    rc = judge(reply, command, err);
    json_decref(reply);
    return rc;
}
