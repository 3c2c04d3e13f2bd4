/* What a run of the probe found out, for people and as JSON. */
#ifndef PF_CLIENT_REPORT_H
#define PF_CLIENT_REPORT_H

#include "client/ear.h"
#include "client/receiver.h"
#include "punktfunk/clock.h"
#include "punktfunk/wire_datagram.h"
#include "punktfunk/wire_handshake.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status. A close code of 6.4 from 0x42 on is its own status. */
enum {
    PROBE_OK = 0,
    PROBE_CHECK_FAILED = 1,
    PROBE_USAGE = 2,
    PROBE_NO_CONNECTION = 3,
    PROBE_WRONG_HOST = 4, /* the certificate is not the pinned one */
};

struct probe_distribution {
    size_t count;
    uint64_t p50, p95, p99, max; /* µs */
};

/* What the host wanted of pad 0 last. */
struct probe_feedback {
    uint16_t rumble_low, rumble_high, rumble_ttl_ms;
    uint8_t rumble_seq;
    uint8_t light_bar[3], player_leds;
    uint8_t trigger_which, trigger_effect[PF_HID_EFFECT_LEN];
};

struct probe_report {
    int exit_status;
    char problem[400]; /* why it is not 0; "" otherwise */
    char host_fingerprint[65], client_fingerprint[65];

    /* milliseconds from the first connection attempt; negative: never happened */
    double ready_ms, welcome_ms, first_frame_ms, first_picture_ms;
    double streamed_s;
    double quic_rtt_ms;

    bool welcomed;
    struct pf_welcome welcome;
    bool clock_valid;
    struct pf_clock_estimate clock;

    struct probe_receiver_stats received;
    struct probe_distribution latency, host, network;
    uint32_t loss_reports, last_loss_ppm, max_loss_ppm;

    struct {
        bool asked, answered, accepted;
        uint32_t width, height, refresh; /* of the last answer */
        unsigned answers;
        double answer_ms; /* from request to first answer */
    } remode;
    struct {
        bool asked, answered;
        uint64_t bytes_sent;
        uint32_t access_units, duration_ms, wire_packets_sent, send_dropped;
        uint64_t packets_received, wire_bytes_received;
        uint64_t delivered_kbps;
        double loss_percent, host_drop_percent;
    } speed_test;
    struct {
        unsigned answers;
        uint32_t kbps; /* of the last answer */
    } rate;
    struct {
        unsigned count;
        uint32_t last_ms;
    } gaps; /* PipelineGap */
    struct probe_feedback feedback;
    struct {
        uint64_t audio, audio_bytes, rumble, hid, hdr, host_timing, cursor, unknown;
    } datagrams;
    struct probe_heard heard;
    uint64_t control_unknown;

    struct {
        bool happened, by_host;
        uint64_t code;
        char name[32], text[200], reason[300];
    } close;

    bool pairing; /* the run was a pairing ceremony */
    bool paired;
};

struct probe_distribution probe_distribution_of(struct probe_samples *samples);

/* New reference. */
json_t *probe_report_json(const struct probe_report *r);
void probe_report_print(FILE *out, const struct probe_report *r);

#endif
