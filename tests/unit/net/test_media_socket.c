/* The media socket over loopback. Nothing here waits for a clock: on loopback a datagram is in the receiver's
 * buffer when the send call returns. */
#include "net/media_socket.h"

#include "base/log.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../skip.h"

#define DATAGRAM 1472u
#define MOST     200u

/* The kernel as a test wants it; the calls are wrapped when this program is linked. */
static bool small_buffers;
static int refusal; /* of the next sendmmsg */

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __real_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    int rc = __real_getsockopt(fd, level, name, value, len);
    if (small_buffers && level == SOL_SOCKET && (name == SO_SNDBUF || name == SO_RCVBUF))
        *(int *)value = 425984;
    return rc;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    if (!refusal)
        return __real_sendmmsg(fd, messages, count, flags);
    errno = refusal;
    refusal = 0;
    return -1;
}

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage a;
    assert_int_equal(pf_address_parse(text, 0, &a, NULL), 0);
    return a;
}

static struct pf_media_socket *open_at(const char *text)
{
    struct sockaddr_storage a = address(text);
    struct pf_media_socket *s;
    struct pf_error err = {0};
    if (pf_media_socket_open((struct sockaddr *)&a, &s, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_not_equal(pf_media_socket_port(s), 0);
    return s;
}

static struct sockaddr_storage local_of(const struct pf_media_socket *s)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    assert_int_equal(getsockname(pf_media_socket_fd(s), (struct sockaddr *)&a, &len), 0);
    return a;
}

static void join(struct pf_media_socket *a, struct pf_media_socket *b)
{
    struct sockaddr_storage to = local_of(b);
    assert_int_equal(pf_media_socket_connect(a, (struct sockaddr *)&to, NULL), 0);
    to = local_of(a);
    assert_int_equal(pf_media_socket_connect(b, (struct sockaddr *)&to, NULL), 0);
}

/* Bytes of datagram i. */
static void fill(uint8_t *d, size_t len, unsigned i)
{
    for (size_t at = 0; at < len; at++)
        d[at] = (uint8_t)(i * 31 + at);
}

struct received {
    size_t len;
    unsigned count;
    bool seen[MOST];
};

static void take(void *user, uint8_t *datagram, size_t len)
{
    struct received *r = user;
    uint8_t want[DATAGRAM];
    unsigned i = 0;
    assert_int_equal(len, r->len);
    for (; i < MOST; i++) {
        fill(want, len, i);
        if (!r->seen[i] && memcmp(want, datagram, len) == 0)
            break;
    }
    assert_true(i < MOST);
    r->seen[i] = true;
    r->count++;
}

static void send_and_receive(const char *where, size_t len, unsigned count)
{
    struct pf_media_socket *host = open_at(where), *client = open_at(where);
    join(host, client);
    struct received r = {.len = len};
    assert_int_equal(pf_media_socket_receive(client, take, &r), 0);

    uint8_t *arena = malloc(count * len);
    for (unsigned i = 0; i < count; i++)
        fill(arena + i * len, len, i);
    const struct pf_packet_group group = {.data = arena, .datagram_bytes = len, .count = count};
    assert_int_equal(pf_media_socket_send(host, &group), count);
    while (pf_media_socket_receive(client, take, &r) > 0)
        ;
    assert_int_equal(r.count, count);
    for (unsigned i = 0; i < count; i++)
        assert_true(r.seen[i]);

    struct pf_media_stats stats;
    pf_media_socket_stats(host, &stats);
    assert_int_equal(stats.sent, count);
    assert_int_equal(stats.dropped, 0);
    pf_media_socket_stats(client, &stats);
    assert_int_equal(stats.received, count);
    free(arena);
    pf_media_socket_close(host);
    pf_media_socket_close(client);
}

static void keep(void *user, enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text)
{
    char *all = user;
    if (level == PF_LOG_WARN)
        snprintf(all + strlen(all), 1000 - strlen(all), "%s\n", text);
}

/* First: the send buffer is warned about once in the life of a process. */
static void small_buffers_are_named_with_their_sysctl(void **state)
{
    char warnings[1000] = "";
    struct received r = {0};
    pf_log_set_sink(keep, warnings);
    small_buffers = true;
    struct pf_media_socket *s = open_at("127.0.0.1"), *another = open_at("127.0.0.1");
    pf_media_socket_receive(s, take, &r);
    small_buffers = false;
    pf_log_set_sink(NULL, NULL);
    const char *first = strstr(warnings, "net.core.wmem_max=33554432");
    assert_non_null(first);
    assert_null(strstr(first + 1, "net.core.wmem_max"));
    assert_non_null(strstr(warnings, "net.core.rmem_max=33554432"));
    pf_media_socket_close(s);
    pf_media_socket_close(another);
}

/* Each of them, whatever the driver, ends nothing; another error does. */
static void passing_failures_are_counted_only(void **state)
{
    static const int passing[] = {EAGAIN, ENOBUFS, ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN};
    static uint8_t bytes[4 * DATAGRAM];
    const struct pf_packet_group group = {.data = bytes, .datagram_bytes = DATAGRAM, .count = 4};
    struct pf_media_socket *host = open_at("127.0.0.1"), *client = open_at("127.0.0.1");
    struct pf_media_stats stats;
    join(host, client);
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        refusal = passing[i];
        assert_int_equal(pf_media_socket_send(host, &group), 0);
        assert_int_equal(pf_media_socket_send(host, &group), 4);
    }
    pf_media_socket_stats(host, &stats);
    assert_int_equal(stats.dropped, 24);
    assert_int_equal(stats.sent, 24);
    refusal = EBADF;
    assert_int_equal(pf_media_socket_send(host, &group), -EBADF);
    pf_media_socket_close(host);
    pf_media_socket_close(client);
}

static void groups_arrive(void **state)
{
    static const char *const modes[] = {"0", "1"};
    for (size_t m = 0; m < 2; m++) {
        setenv("PUNKTFUNK_GSO", modes[m], 1);
        send_and_receive("127.0.0.1", DATAGRAM, 1);
        send_and_receive("127.0.0.1", DATAGRAM, 16);
        send_and_receive(
            "127.0.0.1", DATAGRAM, 150);         /* several messages, and with plain calls several of them */
        send_and_receive("127.0.0.1", 100, 130); /* segments limited by number, not by size */
    }
    unsetenv("PUNKTFUNK_GSO");
}

static void need_ipv6(void)
{
    struct sockaddr_storage a = address("[::1]");
    struct pf_media_socket *s;
    if (pf_media_socket_open((struct sockaddr *)&a, &s, NULL) < 0) {
        skip_because("this machine has no IPv6 loopback");
    }
    pf_media_socket_close(s);
}

static void groups_arrive_by_ipv6(void **state)
{
    static const char *const modes[] = {"0", "1"};
    need_ipv6();
    for (size_t m = 0; m < 2; m++) {
        setenv("PUNKTFUNK_GSO", modes[m], 1);
        send_and_receive("[::1]", 1452, 100);
    }
    unsetenv("PUNKTFUNK_GSO");
}

static void offload_is_on_unless_switched_off(void **state)
{
    static const struct {
        const char *value;
        bool on;
    } cases[] = {{NULL, true}, {"1", true}, {"0", false}, {"off", false}};
    for (size_t i = 0; i < 4; i++) {
        unsetenv("PUNKTFUNK_GSO");
        if (cases[i].value)
            setenv("PUNKTFUNK_GSO", cases[i].value, 1);
        struct pf_media_socket *s = open_at("127.0.0.1");
        assert_int_equal(pf_media_socket_uses_gso(s), cases[i].on);
        pf_media_socket_close(s);
    }
    unsetenv("PUNKTFUNK_GSO");
}

/* An IPv6 socket for both families takes a peer in its IPv4 form. */
static void mapped_addresses_work(void **state)
{
    need_ipv6();
    struct pf_media_socket *host = open_at("[::]"), *client = open_at("127.0.0.1");
    struct sockaddr_storage to = local_of(client), source, peer = address("127.0.0.1");
    assert_int_equal(pf_media_socket_connect(host, (struct sockaddr *)&to, NULL), 0);
    to = address("127.0.0.1");
    pf_address_set_port(&to, pf_media_socket_port(host));
    assert_int_equal(pf_media_socket_connect(client, (struct sockaddr *)&to, NULL), 0);
    assert_int_equal(pf_media_socket_punch(client), 0);
    assert_int_equal(pf_media_socket_take_punch(host, (struct sockaddr *)&peer, &source), 1);
    pf_media_socket_close(host);
    pf_media_socket_close(client);
}

static void send_raw(const struct pf_media_socket *from, const struct pf_media_socket *to, const char *text)
{
    struct sockaddr_storage a = local_of(to);
    assert_int_equal(sendto(pf_media_socket_fd(from), text, strlen(text), 0, (struct sockaddr *)&a,
                         pf_address_size((struct sockaddr *)&a)),
        strlen(text));
}

static void only_punches_of_the_peer_count(void **state)
{
    struct pf_media_socket *host = open_at("127.0.0.1"), *peer = open_at("127.0.0.1");
    struct pf_media_socket *stranger = open_at("127.0.0.2");
    struct sockaddr_storage allowed = address("127.0.0.1:1"), source; /* its port does not matter */
    const struct sockaddr *ip = (struct sockaddr *)&allowed;

    assert_int_equal(pf_media_socket_take_punch(host, ip, &source), 0);
    send_raw(stranger, host, "PFpunch1");
    assert_int_equal(pf_media_socket_take_punch(host, ip, &source), 0);
    send_raw(peer, host, "PFpunch");
    send_raw(peer, host, "PFpunch2");
    send_raw(peer, host, "");
    assert_int_equal(pf_media_socket_take_punch(host, ip, &source), 0);
    send_raw(stranger, host, "PFpunch1");
    send_raw(peer, host, "PFpunch1 and more");
    assert_int_equal(pf_media_socket_take_punch(host, ip, &source), 1);
    struct sockaddr_storage want = local_of(peer);
    assert_true(pf_address_equal((struct sockaddr *)&source, (struct sockaddr *)&want));

    /* Later punches are drained, and the socket streams to the source. */
    join(host, peer);
    assert_int_equal(pf_media_socket_punch(peer), 0);
    pf_media_socket_drain(host);
    char byte;
    assert_int_equal(recv(pf_media_socket_fd(host), &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    pf_media_socket_close(host);
    pf_media_socket_close(peer);
    pf_media_socket_close(stranger);
}

/* A client that is not there yet answers with port unreachable: that never ends a session. */
static void refusals_are_not_fatal(void **state)
{
    static uint8_t bytes[8 * DATAGRAM];
    const struct pf_packet_group group = {.data = bytes, .datagram_bytes = DATAGRAM, .count = 8};
    struct pf_media_socket *host = open_at("127.0.0.1"), *client = open_at("127.0.0.1");
    struct sockaddr_storage to = local_of(client);
    join(host, client);
    pf_media_socket_close(client);
    for (unsigned i = 0; i < 10; i++)
        assert_true(pf_media_socket_send(host, &group) >= 0);
    assert_int_equal(pf_media_socket_punch(host), 0);
    pf_media_socket_drain(host);
    struct pf_media_stats stats;
    pf_media_socket_stats(host, &stats);
    assert_int_equal(stats.sent + stats.dropped, 80);

    /* The client binds its port, and everything arrives although a refusal is still pending. */
    pf_media_socket_send(host, &group);
    char text[PF_ADDRESS_TEXT];
    client = open_at(pf_address_format((struct sockaddr *)&to, text));
    assert_int_equal(pf_media_socket_send(host, &group), 8);
    pf_media_socket_close(host);
    pf_media_socket_close(client);
}

/* Datagrams that the interface's MTU cannot carry in one frame cannot be segments: they go out one by one. */
static void refused_offload_falls_back(void **state)
{
    enum { BIG = 20000 };
    static uint8_t bytes[3 * BIG];
    setenv("PUNKTFUNK_GSO", "1", 1);
    struct pf_media_socket *host = open_at("127.0.0.1"), *client = open_at("127.0.0.1");
    join(host, client);
    /* Loopback takes any size, so let the kernel refuse otherwise: checksums that it may not compute. */
    const int off = 1;
    assert_int_equal(setsockopt(pf_media_socket_fd(host), SOL_SOCKET, SO_NO_CHECK, &off, sizeof(off)), 0);
    assert_true(pf_media_socket_uses_gso(host));
    const struct pf_packet_group group = {.data = bytes, .datagram_bytes = BIG, .count = 3};
    assert_int_equal(pf_media_socket_send(host, &group), 3);
    assert_false(pf_media_socket_uses_gso(host));
    assert_false(pf_media_socket_uses_gso(client)); /* for the whole process */
    char byte;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(recv(pf_media_socket_fd(client), &byte, 1, MSG_TRUNC), BIG);
    pf_media_socket_close(host);
    pf_media_socket_close(client);
    unsetenv("PUNKTFUNK_GSO");
}

static void a_full_buffer_drops_and_counts(void **state)
{
    enum { COUNT = 64 };
    static uint8_t bytes[COUNT * DATAGRAM];
    const struct pf_packet_group group = {.data = bytes, .datagram_bytes = DATAGRAM, .count = COUNT};
    struct pf_media_socket *host = open_at("127.0.0.1"), *client = open_at("127.0.0.1");
    join(host, client);
    const int tiny = 4608; /* the receiver's buffer takes a few; loopback drops the rest silently */
    setsockopt(pf_media_socket_fd(client), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny));
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(pf_media_socket_send(host, &group), COUNT);
    /* an oversized datagram is no passing failure */
    static uint8_t huge[70000];
    const struct pf_packet_group bad = {.data = huge, .datagram_bytes = sizeof(huge), .count = 1};
    assert_int_equal(pf_media_socket_send(host, &bad), -EMSGSIZE);
    struct pf_media_stats stats;
    pf_media_socket_stats(host, &stats);
    assert_int_equal(stats.sent, 5 * COUNT);
    assert_int_equal(stats.dropped, 1);
    pf_media_socket_close(host);
    pf_media_socket_close(client);
}

static void the_test_aid_drops_its_share(void **state)
{
    enum { COUNT = 100 };
    static uint8_t arena[COUNT * 100];
    setenv("PUNKTFUNK_VIDEO_DROP", "30", 1);
    struct pf_media_socket *host = open_at("127.0.0.1"), *client = open_at("127.0.0.1");
    unsetenv("PUNKTFUNK_VIDEO_DROP");
    join(host, client);
    for (unsigned i = 0; i < COUNT; i++)
        fill(arena + i * 100, 100, i);
    const struct pf_packet_group group = {.data = arena, .datagram_bytes = 100, .count = COUNT};
    unsigned total = 0;
    for (unsigned round = 0; round < 20; round++) {
        struct received r = {.len = 100};
        int sent = pf_media_socket_send(host, &group);
        while (pf_media_socket_receive(client, take, &r) > 0)
            ;
        assert_int_equal(r.count, sent);
        total += r.count;
    }
    assert_in_range(total, 1250, 1550);
    struct pf_media_stats stats;
    pf_media_socket_stats(host, &stats);
    assert_int_equal(stats.sent, total);
    assert_int_equal(stats.test_drops, 20 * COUNT - total);
    assert_int_equal(stats.dropped, 0);
    pf_media_socket_close(host);
    pf_media_socket_close(client);
}

static void marking_sets_class_and_priority(void **state)
{
    setenv("PUNKTFUNK_DSCP", "1", 1);
    struct pf_media_socket *s = open_at("127.0.0.1");
    unsetenv("PUNKTFUNK_DSCP");
    int value = 0;
    socklen_t len = sizeof(value);
    assert_int_equal(getsockopt(pf_media_socket_fd(s), IPPROTO_IP, IP_TOS, &value, &len), 0);
    assert_int_equal(value, 0xA0);
    assert_int_equal(getsockopt(pf_media_socket_fd(s), SOL_SOCKET, SO_PRIORITY, &value, &len), 0);
    assert_int_equal(value, 5);
    pf_media_socket_close(s);
    s = open_at("127.0.0.1");
    assert_int_equal(getsockopt(pf_media_socket_fd(s), IPPROTO_IP, IP_TOS, &value, &len), 0);
    assert_int_equal(value, 0);
    pf_media_socket_close(s);
}

static void a_taken_port_is_an_error_with_a_sentence(void **state)
{
    struct pf_media_socket *s = open_at("127.0.0.1"), *other;
    struct sockaddr_storage a = local_of(s);
    struct pf_error err = {0};
    assert_int_equal(pf_media_socket_open((struct sockaddr *)&a, &other, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, "127.0.0.1:"));
    pf_media_socket_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_buffers_are_named_with_their_sysctl),
        cmocka_unit_test(passing_failures_are_counted_only), cmocka_unit_test(groups_arrive),
        cmocka_unit_test(groups_arrive_by_ipv6), cmocka_unit_test(offload_is_on_unless_switched_off),
        cmocka_unit_test(mapped_addresses_work), cmocka_unit_test(only_punches_of_the_peer_count),
        cmocka_unit_test(refusals_are_not_fatal), cmocka_unit_test(a_full_buffer_drops_and_counts),
        cmocka_unit_test(the_test_aid_drops_its_share), cmocka_unit_test(marking_sets_class_and_priority),
        cmocka_unit_test(a_taken_port_is_an_error_with_a_sentence),
        cmocka_unit_test(refused_offload_falls_back), /* last: it switches offload off for the process */
    };
    return exit_status(cmocka_run_group_tests(tests, NULL, NULL));
}
