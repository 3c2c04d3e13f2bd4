/* CPU time of a GameStream video stream without its encoder: 20 Mbit/s in 60 pictures a second, cut,
 * protected with 20 % parity, sealed or not, paced and sent to a socket on loopback. In real time, 5 s each.
 *
 *     bench_gamestream
 */
#include "common.h"

#include "base/time.h"
#include "gamestream/video/video_sender.h"
#include "net/media_socket.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KBPS = 20000, RATE = 60, SECONDS = 5, UNIT = KBPS * 1000 / 8 / RATE };

static double process_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void nothing(void *user)
{
}

static void push_all(struct pf_gs_video *video, struct pf_access_unit_pool *pool)
{
    uint64_t start = pf_time_mono_ns();
    for (uint64_t i = 0; i < RATE * SECONDS; i++) {
        uint64_t due = start + i * PF_NS_PER_S / RATE;
        pf_time_sleep_until(due);
        struct pf_access_unit *au = pf_access_unit_take(pool);
        bench_need(pf_access_unit_reserve(au, UNIT), "unit");
        memset(au->data, (int)i, UNIT);
        au->len = UNIT;
        au->idr = i == 0;
        au->capture_mono_ns = au->submit_mono_ns = au->encoded_mono_ns = due;
        au->due_mono_ns = due + PF_NS_PER_S / RATE;
        bench_need(pf_gs_video_push(video, au), "push");
    }
}

static void measure(struct pf_loop *loop, const struct sockaddr_storage *to, bool sealed)
{
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct pf_gs_video_config config = {.packet_size = sealed ? 1360 : 1392,
        .parity_percent = 20,
        .min_parity = 2,
        .bitrate_kbps = KBPS,
        .sealed = sealed};
    struct pf_access_unit_pool *pool = pf_access_unit_pool_create(5, UNIT);
    struct pf_media_socket *socket;
    struct pf_signal *signal;
    struct pf_gs_video *video;
    struct pf_gs_video_state state;
    bench_need(pf_media_socket_open((const struct sockaddr *)&any, &socket, NULL), "socket");
    bench_need(pf_signal_create(loop, nothing, NULL, &signal), "signal");
    bench_need(pf_gs_video_create(&config, socket, signal, &video), "sender");
    bench_need(pf_gs_video_send_to(video, to), "thread");
    double cpu = process_cpu();
    push_all(video, pool);
    cpu = process_cpu() - cpu;
    pf_gs_video_state(video, &state);
    printf("%-7s %.2f %% of a core, %llu packets, %.2f us each\n", sealed ? "sealed" : "clear",
        100 * cpu / SECONDS, (unsigned long long)state.packets, cpu * 1e6 / (double)state.packets);
    pf_gs_video_destroy(video);
    pf_signal_destroy(signal);
    pf_media_socket_close(socket);
    pf_access_unit_pool_destroy(pool);
}

int main(void)
{
    struct sockaddr_storage to = {0};
    struct sockaddr_in *local = (struct sockaddr_in *)&to;
    socklen_t len = sizeof(*local);
    struct pf_loop *loop;
    int receiver = socket(AF_INET, SOCK_DGRAM, 0);
    local->sin_family = AF_INET;
    local->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bench_need(bind(receiver, (struct sockaddr *)local, len), "receiver");
    bench_need(getsockname(receiver, (struct sockaddr *)local, &len), "receiver");
    bench_need(pf_loop_create(&loop), "loop");
    measure(loop, &to, false);
    measure(loop, &to, true);
    pf_loop_destroy(loop);
    close(receiver);
    return 0;
}
