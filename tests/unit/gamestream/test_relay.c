/* IPv6 clients before a server that speaks IPv4 only. */
#include "../errand.h"
#include "gamestream/control/relay.h"

#include "base/thread.h"
#include "base/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../patient.h"

static atomic_bool open_door = true;

static bool expects(void *user, const struct sockaddr *from)
{
    return open_door && from->sa_family == AF_INET6;
}

static int udp(int family, uint16_t *ret_port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct timeval patience = {.tv_sec = 10};
    const struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six;
    socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, a, len) < 0)
        return -1;
    getsockname(fd, (struct sockaddr *)a, &len);
    *ret_port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static void run_loop(void *loop)
{
    pf_loop_run(loop);
}

static struct pf_gs_relay *relay;
static struct pf_loop *loop;
static atomic_bool done;
static struct sockaddr_in seen;
static struct sockaddr_in6 origin;
static bool known;

static void ask(void *arg)
{
    known = pf_gs_relay_origin(relay, &seen, &origin);
    done = true;
}

static void end(void *arg)
{
    pf_gs_relay_close(relay);
    pf_loop_stop(loop);
}

static void look_up(void)
{
    done = false;
    errand_post(ask, NULL);
    while (!done)
        pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_MS);
}

static void each_client_has_a_socket_of_its_own(void **state)
{
    uint16_t server_port, ports[6], relay_port;
    int clients[6];
    int server = udp(AF_INET, &server_port), probe = udp(AF_INET6, &relay_port);
    if (probe < 0) {
        print_message("skipped, because there is no IPv6 here\n");
        close(server);
        return;
    }
    close(probe);
    struct pf_gs_relay_config config = {.enet_port = server_port,
        .expects = expects,
        .local = {
            .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons(relay_port)}};
    pthread_t thread;
    char data[64];
    assert_int_equal(errand_loop_create(&loop), 0);
    assert_int_equal(pf_gs_relay_open(loop, &config, &relay), 0);
    assert_int_equal(pf_thread_start(&thread, "loop", PF_THREAD_NORMAL, run_loop, loop), 0);

    for (int i = 0; i < 6; i++) {
        clients[i] = udp(AF_INET6, &ports[i]);
        assert_int_equal(connect(clients[i], (struct sockaddr *)&config.local, sizeof(config.local)), 0);
    }
    open_door = false; /* a stranger is not heard */
    assert_int_equal(send(clients[0], "early", 5, 0), 5);
    pf_time_sleep_until(pf_time_mono_ns() + 50 * PF_NS_PER_MS);
    open_door = true;
    struct sockaddr_in from[4];
    for (int i = 0; i < 4; i++) {
        socklen_t len = sizeof(from[i]);
        assert_int_equal(send(clients[i], "hello", 5, 0), 5);
        assert_int_equal(patient_recvfrom(server, data, sizeof(data), (struct sockaddr *)&from[i], &len), 5);
        assert_memory_equal(data, "hello", 5);
        seen = from[i];
        look_up();
        assert_true(known);
        assert_int_equal(ntohs(origin.sin6_port), ports[i]);
    }
    assert_int_equal(send(clients[4], "one too many", 12, 0), 12);
    for (int i = 0; i < 4; i++) { /* answers find their way back, even after it */
        data[0] = (char)i;
        assert_int_equal(sendto(server, data, 1, 0, (struct sockaddr *)&from[i], sizeof(from[i])), 1);
        assert_int_equal(patient_recv(clients[i], data, sizeof(data)), 1);
        assert_int_equal(data[0], i);
    }
    assert_int_equal(recv(server, data, sizeof(data), MSG_DONTWAIT), -1);
    seen.sin_port = htons(1);
    look_up();
    assert_false(known);

    errand_post(end, NULL);
    pthread_join(thread, NULL);
    errand_loop_destroy(loop);
    for (int i = 0; i < 6; i++)
        close(clients[i]);
    close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_client_has_a_socket_of_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
