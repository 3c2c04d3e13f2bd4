#include "fake_host.h"

#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAYLOAD 1200
#define STEP_NS (4 * PF_NS_PER_MS)

static const uint8_t key[16] = {1, 2, 3};
static const uint8_t salt[4] = {0x91, 2, 3, 4};

static void write_message(struct fake_host *h, uint8_t *buf, int payload_len)
{
    assert_true(payload_len > 0);
    int n = pf_frame_seal(buf, (size_t)payload_len);
    assert_int_equal(pf_quic_stream_write(h->conn, h->stream, buf, (size_t)n), 0);
}

static void send_control(struct fake_host *h, const struct pf_control *m)
{
    uint8_t buf[128];
    write_message(h, buf, pf_control_encode(m, buf + PF_FRAME_PREFIX, 100));
}

static void send_pairing(struct fake_host *h, const struct pf_pairing_message *m)
{
    uint8_t buf[256];
    write_message(h, buf, pf_pairing_encode(m, buf + PF_FRAME_PREFIX, 200));
}

static void open_data_plane(struct fake_host *h)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(pf_media_socket_open((struct sockaddr *)&any, &h->socket, NULL), 0);
    struct pf_seal_config seal = {.sender = PF_SEAL_FROM_HOST, .key = key};
    memcpy(seal.salt, salt, sizeof(salt));
    assert_int_equal(pf_sealer_create(&seal, &h->sealer), 0);
    const struct pf_packetiser_config config = {.scheme = PF_FEC_GF16,
        .shard_bytes = PAYLOAD,
        .max_block_data = 4096,
        .welcome_percent = 10,
        .sealer = h->sealer};
    assert_int_equal(pf_packetiser_create(&config, &h->packetiser), 0);
}

static void send_welcome(struct fake_host *h)
{
    uint8_t buf[PF_FRAME_PREFIX + PF_WELCOME_MAX];
    struct pf_welcome w = pf_welcome_default();
    open_data_plane(h);
    w.udp_port = pf_media_socket_port(h->socket);
    w.width = h->hello.width;
    w.height = h->hello.height;
    w.refresh = h->hello.refresh;
    w.fec_scheme = PF_FEC_GF16;
    w.fec_percent = 10;
    w.max_data_per_block = 4096;
    w.shard_payload = PAYLOAD;
    w.encrypt = 1;
    memcpy(w.key, key, sizeof(key));
    memcpy(w.salt, salt, sizeof(salt));
    w.frames = h->is.frames;
    w.bitrate_kbps = pf_negotiate_bitrate(h->hello.bitrate_kbps);
    write_message(h, buf, pf_welcome_encode(&w, buf + PF_FRAME_PREFIX, PF_WELCOME_MAX));
}

static void send_frame(struct fake_host *h)
{
    static uint8_t data[PF_SYNTHETIC_FRAME_LEN];
    struct pf_packet_plan plan;
    struct pf_packet_group group;
    uint32_t index = h->sent++;
    pf_synthetic_fill(index, data);
    if (h->is.damage && index == h->is.damage)
        data[1000] ^= 1;
    h->pts_ns = pf_time_real_ns();
    const struct pf_packet_frame frame = {.data = data,
        .len = sizeof(data),
        .pts_ns = h->pts_ns,
        .user_flags = PF_FRAME_PIC | (index == 0 ? PF_FRAME_IDR : 0),
        .parity_percent = 10};
    assert_int_equal(pf_packetiser_begin(h->packetiser, &frame, &plan), 0);
    while (pf_packetiser_next(h->packetiser, 40, &group) > 0)
        if (!h->is.omit || index != h->is.omit)
            assert_int_equal(pf_media_socket_send(h->socket, &group), group.count);
    uint8_t timing[32];
    const struct pf_datagram m = {
        .tag = PF_DATAGRAM_HOST_TIMING, .timing = {.pts_ns = h->pts_ns, .host_us = 1}};
    int n = pf_datagram_encode(&m, timing, sizeof(timing));
    pf_quic_datagram_send(h->conn, timing, (size_t)n);
}

static void on_timer(void *user)
{
    struct fake_host *h = user;
    struct sockaddr_storage peer, source;
    if (!h->conn)
        return;
    pf_quic_peer_address(h->conn, &peer);
    if (!h->streaming) {
        if (pf_media_socket_take_punch(h->socket, (struct sockaddr *)&peer, &source) > 0) {
            assert_int_equal(pf_media_socket_connect(h->socket, (struct sockaddr *)&source, NULL), 0);
            h->streaming = true;
        }
    } else if (h->is.close_after && h->sent >= h->is.close_after) {
        pf_quic_close(h->conn, h->is.close_code, h->is.close_reason);
        return;
    } else if (h->sent < h->is.frames) {
        send_frame(h);
    }
    pf_timer_arm(h->timer, STEP_NS);
}

static void take_control(struct fake_host *h, const struct pf_control *m)
{
    uint64_t now = pf_time_real_ns();
    switch (m->type) {
    case PF_CONTROL_CLOCK_PROBE:
        h->clock_probes++;
        if (!h->is.no_clock)
            send_control(
                h, &(struct pf_control){.type = PF_CONTROL_CLOCK_ECHO, .clock = {m->clock.t1_ns, now, now}});
        break;
    case PF_CONTROL_RECONFIGURE:
        h->reconfigures++;
        send_control(h, &(struct pf_control){.type = PF_CONTROL_RECONFIGURED,
                            .reconfigured = {true, m->mode.width, m->mode.height, m->mode.refresh}});
        break;
    case PF_CONTROL_REQUEST_KEYFRAME:
        h->keyframe_requests++;
        break;
    case PF_CONTROL_LOSS_REPORT:
        h->loss_reports++;
        break;
    default:
        fail_msg("unexpected %s", pf_control_name(m->type));
    }
}

static void take_pairing(struct fake_host *h, const struct pf_pairing_message *m)
{
    const uint8_t *client = pf_quic_peer_fingerprint(h->conn), *host = pf_identity_fingerprint(h->identity);
    if (m->type == PF_PAIRING_REQUEST) {
        struct pf_pairing_message reply = {.type = PF_PAIRING_CHALLENGE};
        uint8_t message[PF_SPAKE2_MSG_LEN];
        assert_int_equal(
            pf_spake2_start(&h->spake, PF_SPAKE2_HOST, h->is.pin, strlen(h->is.pin), client, 32, host, 32),
            0);
        memcpy(message, h->spake.message, sizeof(message));
        assert_int_equal(pf_spake2_finish(&h->spake, m->request.spake, m->request.spake_len, h->key), 0);
        reply.challenge.spake = message;
        reply.challenge.spake_len = sizeof(message);
        pf_spake2_confirm(h->key, PF_SPAKE2_HOST, client, host, reply.challenge.confirm);
        send_pairing(h, &reply);
    } else if (m->type == PF_PAIRING_PROOF) {
        h->paired = pf_spake2_confirmed(h->key, PF_SPAKE2_CLIENT, client, host, m->proof.confirm);
        send_pairing(h, &(struct pf_pairing_message){.type = PF_PAIRING_RESULT, .result_ok = h->paired});
    }
}

static void take_message(struct fake_host *h, const uint8_t *payload, size_t len)
{
    struct pf_pairing_message pairing;
    struct pf_control control;
    uint16_t port;
    if (h->is.silent)
        return;
    if (pf_pairing_decode(payload, len, &pairing) == 0) {
        take_pairing(h, &pairing);
    } else if (pf_control_decode(PF_WIRE_V31, payload, len, &control) == 0) {
        take_control(h, &control);
    } else if (h->socket) {
        assert_int_equal(pf_start_decode(payload, len, &port), 0);
        assert_int_not_equal(port, 0);
        pf_timer_arm(h->timer, STEP_NS);
    } else {
        assert_int_equal(pf_hello_decode(payload, len, &h->hello), 0);
        if (h->is.close_code && !h->is.close_after)
            pf_quic_close(h->conn, h->is.close_code, h->is.close_reason);
        else
            send_welcome(h);
    }
}

static void on_ready(struct pf_quic_conn *conn)
{
    struct fake_host *h = pf_quic_user(conn);
    h->conn = conn;
}

static void on_stream_data(
    struct pf_quic_conn *conn, int64_t stream, const uint8_t *data, size_t len, bool fin)
{
    struct fake_host *h = pf_quic_user(conn);
    const uint8_t *payload;
    size_t payload_len;
    h->stream = stream;
    while (pf_frame_reader_next(&h->reader, &data, &len, &payload, &payload_len) > 0)
        take_message(h, payload, payload_len);
}

static void on_closed(struct pf_quic_conn *conn, const struct pf_quic_close_info *info)
{
    struct fake_host *h = pf_quic_user(conn);
    h->conn = NULL;
    h->closed_code = info->code;
}

static const struct pf_quic_handlers handlers = {
    .ready = on_ready, .stream_data = on_stream_data, .closed = on_closed};

void fake_host_start(
    struct fake_host *h, struct pf_loop *loop, const char *dir, struct fake_behaviour behaviour)
{
    struct pf_error err;
    *h = (struct fake_host){.is = behaviour, .loop = loop};
    if (pf_identity_load_host(dir, &h->identity, &err) < 0 ||
        pf_quic_listen(loop, "127.0.0.1", 0, h->identity, NULL, &handlers, h, &h->listener, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(pf_timer_create(loop, on_timer, h, &h->timer), 0);
}

uint16_t fake_host_port(const struct fake_host *h)
{
    return pf_quic_listener_port(h->listener);
}

static void stop_loop(void *user)
{
    struct fake_host *h = user;
    pf_loop_stop(h->loop);
}

void fake_host_finish(struct fake_host *h)
{
    pf_timer_destroy(h->timer);
    pf_quic_listener_close(h->listener, PF_CLOSE_DONE, "done", stop_loop, h);
    pf_loop_run(h->loop);
    pf_packetiser_destroy(h->packetiser);
    pf_sealer_destroy(h->sealer);
    pf_media_socket_close(h->socket);
    pf_frame_reader_finish(&h->reader);
    pf_identity_destroy(h->identity);
}
