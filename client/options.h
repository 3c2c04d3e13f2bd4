/* What the command line of punktfunk-probe asks for. */
#ifndef PF_CLIENT_OPTIONS_H
#define PF_CLIENT_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct probe_mode {
    uint32_t width, height, refresh; /* pixels, Hz */
};

struct probe_options {
    char host[256]; /* name or address, without brackets */
    uint16_t port;
    struct probe_mode mode;
    struct {
        bool wanted;
        struct probe_mode mode;
        double after_s;
    } remode;
    struct {
        bool wanted;
        uint32_t kbps;
        double after_s;
    } rate;
    uint8_t codec;   /* preferred: one PF_WIRE_CODEC_* bit, 0 automatic */
    uint8_t offered; /* codecs the probe says it decodes */
    uint8_t compositor, gamepad;
    long bitrate_kbps, audio_channels;
    const char *name, *launch;
    long patience_s;  /* without a frame for so long the stream is over */
    long wait_s;      /* for Welcome: longer than the default if somebody has to approve first */
    const char *pair; /* PIN: run the pairing ceremony instead of a session */
    struct {
        bool wanted;
        uint8_t fingerprint[32];
    } pin;
    const char *identity; /* folder; NULL: the default one */

    long seconds, frames;  /* of streaming; 0: until the host ends it (at most PROBE_SECONDS_MAX) */
    const char *out;       /* elementary stream */
    const char *audio_out; /* WAV file */
    const char *screenshot;
    double screenshot_at_s; /* infinite: at the end */
    bool decode;            /* every frame, not just up to the first picture */
    struct {
        bool wanted, centre;
        long x, y;
    } watch;
    const char *log_colors;
    const char *log_latency;
    struct {
        bool wanted;
        uint32_t kbps, ms;
    } speed_test;
    struct {
        double percent;
        uint32_t burst, every; /* `burst` datagrams of each `every`; 0: off */
        long seed;
    } drop;
    bool mic_test, mic_burst; /* send a tone as the microphone; in bursts as some clients do */
    long mic_hertz;           /* of that tone */
    bool input_test, touch_test, rich_input_test; /* play the reference client's input */
    const char *input;                            /* file of a script of one's own (client/input_script.h) */
    bool allow_loss;                              /* frames lost are no failure */
    bool quit;       /* leave as a user who quits does: the display need not linger */
    bool repair;     /* ask for pictures that go around lost ones, as newer clients do */
    bool replace;    /* end this device's older session, as newer clients do */
    long discover_s; /* search the local network for so long instead of connecting; 0: no */
    bool json, help, version;
};

#define PROBE_SECONDS_MAX  120
#define PROBE_DISCOVER_S   4
#define PROBE_CONNECT_WAIT 15 /* seconds; reference clients on Linux */
#define PROBE_PATIENCE     8
#define PROBE_NAME         "punktfunk-probe"

/* Fills *ret from argv. -EINVAL with a sentence for the user. */
int probe_options_parse(int argc, char *const *argv, struct probe_options *ret, struct pf_error *err);

void probe_options_print_help(FILE *out);

#endif
