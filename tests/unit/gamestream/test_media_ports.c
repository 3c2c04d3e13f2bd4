/* The ports of video and audio. */
#include "gamestream/play/media_ports.h"

#include "net/loop.h"
#include "net/media_socket.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void ignore(
    void *user, enum pf_gs_media media, const uint8_t *data, size_t len, const struct sockaddr_storage *from)
{
}

static uint64_t drops_of(struct pf_gs_media_ports *ports, enum pf_gs_media media)
{
    static uint8_t arena[100 * 100];
    struct pf_media_socket *socket = pf_gs_media_ports_socket(ports, media);
    const struct sockaddr_in self = {.sin_family = AF_INET,
        .sin_port = htons(pf_media_socket_port(socket)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct pf_packet_group group = {.data = arena, .datagram_bytes = 100, .count = 100};
    struct pf_media_stats stats;
    assert_true(pf_media_socket_send_to(socket, &group, (const struct sockaddr *)&self) > 0);
    pf_media_socket_stats(socket, &stats);
    return stats.test_drops;
}

static void the_test_aid_drops_video_only(void **state)
{
    const struct pf_gs_media_events events = {.ping = ignore};
    struct pf_loop *loop;
    struct pf_gs_media_ports *ports;
    struct pf_error err = {""};
    assert_int_equal(pf_loop_create(&loop), 0);
    setenv("PUNKTFUNK_VIDEO_DROP", "50", 1);
    int rc = pf_gs_media_ports_open(loop, "127.0.0.1", 0, 0, &events, &ports, &err);
    unsetenv("PUNKTFUNK_VIDEO_DROP");
    if (rc < 0)
        fail_msg("%s", err.text);
    assert_in_range(drops_of(ports, PF_GS_MEDIA_VIDEO), 1, 99);
    assert_int_equal(drops_of(ports, PF_GS_MEDIA_AUDIO), 0);
    pf_gs_media_ports_close(ports);
    pf_loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_test_aid_drops_video_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
