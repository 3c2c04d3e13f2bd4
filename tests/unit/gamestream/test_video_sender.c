/* The send thread of GameStream video: after warm-up no frame allocates, frames are whole and in order, and
 * what is too large for any client is skipped without a trace. */
#include "gamestream/video/video_sender.h"

#include "base/time.h"
#include "gamestream/wire/video_packet.h"
#include "net/media_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../patient.h"
#include "../trust/temp_dir.h"
#include "allocations/allocations.h"

enum { WARM_UP = 8, FRAMES = 64, UNIT = 30000, PACKET = 1392, DATAGRAM = PACKET + 16 };

/* ---- a sender and a socket that hears it ---- */

struct bench {
    struct pf_loop *loop;
    struct pf_signal *signal;
    struct pf_media_socket *socket;
    struct pf_access_unit_pool *pool;
    struct pf_gs_video *video;
    int receiver;
    struct sockaddr_storage to;
    atomic_uint news;
    struct pf_recorder *recorder; /* may be set before open_bench */
};

static void on_news(void *user)
{
    atomic_fetch_add(&((struct bench *)user)->news, 1);
}

static void open_bench(struct bench *b, bool sealed)
{
    struct pf_recorder *recorder = b->recorder;
    const struct pf_gs_video_config config = {.label = "test",
        .recorder = recorder,
        .recorded = {.id = 7, .kind = "gamestream", .codec = "h264", .width = 1280, .height = 720, .fps = 60},
        .packet_size = PACKET,
        .parity_percent = 20,
        .min_parity = 2,
        .bitrate_kbps = 20000,
        .sealed = sealed};
    const struct timeval patience = {.tv_sec = 10};
    const int room = 8 << 20;
    *b = (struct bench){.recorder = recorder};
    struct sockaddr_in *local = (struct sockaddr_in *)&b->to;
    *local = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(*local);
    assert_int_equal(pf_media_socket_open((const struct sockaddr *)local, &b->socket, NULL), 0);
    b->receiver = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(b->receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(b->receiver, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    assert_int_equal(bind(b->receiver, (struct sockaddr *)local, len), 0);
    getsockname(b->receiver, (struct sockaddr *)local, &len);
    assert_int_equal(pf_loop_create(&b->loop), 0);
    assert_int_equal(pf_signal_create(b->loop, on_news, b, &b->signal), 0);
    assert_int_equal(pf_gs_video_create(&config, b->socket, b->signal, &b->video), 0);
    b->pool = pf_access_unit_pool_create(5, UNIT);
}

static void close_bench(struct bench *b)
{
    pf_gs_video_destroy(b->video);
    pf_signal_destroy(b->signal);
    pf_loop_destroy(b->loop);
    pf_media_socket_close(b->socket);
    pf_access_unit_pool_destroy(b->pool);
    close(b->receiver);
}

static void push(struct bench *b, size_t len, bool idr)
{
    struct pf_access_unit *au = pf_access_unit_take(b->pool);
    assert_int_equal(pf_access_unit_reserve(au, len), 0);
    memset(au->data, 0x5A, len);
    au->len = len;
    au->idr = idr;
    au->anchor = false;
    au->capture_mono_ns = au->submit_mono_ns = au->encoded_mono_ns = pf_time_mono_ns();
    au->due_mono_ns = 0;
    assert_int_equal(pf_gs_video_push(b->video, au), 0);
}

static uint32_t le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Reads one frame to its last datagram; returns how many it had. */
static unsigned read_frame(struct bench *b, uint32_t frame, uint16_t *seq)
{
    unsigned count = 0, all = 1;
    for (; count < all; count++) {
        uint8_t d[2048];
        assert_int_equal(patient_recv(b->receiver, d, sizeof(d)), DATAGRAM);
        assert_int_equal(d[2] << 8 | d[3], (*seq)++);
        assert_int_equal(le32(d + 20), frame);
        uint32_t info = le32(d + 28);
        unsigned data = info >> 22, percent = info >> 4 & 0xFF;
        assert_int_equal(info >> 12 & 0x3FF, count); /* one block */
        all = data + (data * percent + 99) / 100;
    }
    return count;
}

static void frames_are_whole_and_allocate_nothing(void **state)
{
    struct bench b = {0};
    uint16_t seq = 0;
    unsigned long before = 0;
    open_bench(&b, false);
    assert_int_equal(pf_gs_video_send_to(b.video, &b.to), 0);
    for (uint32_t i = 1; i <= WARM_UP + FRAMES; i++) {
        if (i == WARM_UP + 1)
            before = allocations();
        push(&b, UNIT, i == 1);
        assert_int_equal(read_frame(&b, i, &seq), 22 + 5);
    }
    assert_int_equal(allocations(), before);
    assert_true(before > 0); /* it counts */
    struct pf_gs_video_state s;
    do { /* the last one is counted a moment after it was sent */
        pf_gs_video_state(b.video, &s);
    } while (s.units < WARM_UP + FRAMES);
    assert_int_equal(s.packets, seq);
    assert_int_equal(s.bytes, seq * (uint64_t)DATAGRAM);
    assert_true(s.started);
    close_bench(&b);
}

static void a_monster_is_skipped(void **state)
{
    struct bench b = {0};
    uint16_t seq = 0;
    open_bench(&b, false);
    assert_int_equal(pf_gs_video_send_to(b.video, &b.to), 0);
    push(&b, 100, true);
    read_frame(&b, 1, &seq);
    push(&b, 6u << 20, true);
    push(&b, 100, true);
    read_frame(&b, 2, &seq); /* no number is missing */
    assert_int_equal(pf_gs_video_skipped(b.video), 1);
    close_bench(&b);
}

/* A recording gets what a session does, and its mode as it is then. */
static void recordings_get_samples(void **state)
{
    struct temp_dir dir = temp_dir_make();
    struct pf_recorder recorder;
    struct bench b = {.recorder = &recorder};
    uint16_t seq = 0;
    uint32_t frame = 0;
    struct pf_recorder_status status;
    assert_int_equal(pf_recorder_init(&recorder, dir.path), 0);
    open_bench(&b, false);
    pf_gs_video_set_mode(b.video, &(struct pf_mode){1920, 1080, 59940});
    assert_int_equal(pf_gs_video_send_to(b.video, &b.to), 0);
    pf_recorder_start(&recorder);
    do {
        push(&b, UNIT, frame == 0);
        read_frame(&b, ++frame, &seq);
        usleep(5000);
        pf_recorder_status(&recorder, &status);
    } while (status.sample_count < 2);
    assert_string_equal(status.kind, "gamestream");
    json_t *capture = pf_recorder_live(&recorder);
    const json_t *meta = json_object_get(capture, "meta");
    const json_t *sample = json_array_get(json_object_get(capture, "samples"), 1);
    assert_int_equal(json_integer_value(json_object_get(meta, "height")), 1080);
    assert_int_equal(json_integer_value(json_object_get(meta, "fps")), 60);
    assert_int_equal(json_integer_value(json_object_get(sample, "session_id")), 7);
    assert_int_equal(json_integer_value(json_object_get(sample, "bitrate_kbps")), 20000);
    assert_true(json_number_value(json_object_get(sample, "fps")) > 0);
    assert_true(json_number_value(json_object_get(sample, "mbps")) > 0);
    static const char *const names[] = {"capture", "encode", "packetize", "send"};
    const json_t *list = json_object_get(sample, "stages");
    assert_int_equal(json_array_size(list), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "name")), names[i]);
    assert_true(json_number_value(json_object_get(json_array_get(list, 2), "p99_us")) > 0);
    json_decref(capture);
    close_bench(&b);
    pf_recorder_finish(&recorder);
    temp_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_whole_and_allocate_nothing),
        cmocka_unit_test(a_monster_is_skipped),
        cmocka_unit_test(recordings_get_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
