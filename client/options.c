#include "client/options.h"

#include "base/args.h"
#include "base/hex.h"
#include "punktfunk/wire_handshake.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Reads a decimal number and moves on; false if there is none or it is over max. */
static bool take_number(const char **text, unsigned long max, uint32_t *ret)
{
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    unsigned long v = strtoul(*text, &end, 10);
    if (errno || v > max)
        return false;
    *text = end;
    *ret = (uint32_t)v;
    return true;
}

static bool take_char(const char **text, const char *any_of)
{
    if (**text == '\0' || !strchr(any_of, **text))
        return false;
    ++*text;
    return true;
}

/* WxH@Hz; WxHxHz is how the first probe wrote it. */
static bool take_mode(const char **text, struct probe_mode *ret)
{
    struct probe_mode m;
    bool ok = take_number(text, 65535, &m.width) && take_char(text, "x") &&
              take_number(text, 65535, &m.height) && take_char(text, "@x") &&
              take_number(text, 1000, &m.refresh);
    if (ok)
        *ret = m;
    return ok;
}

static int parse_mode(const char *text, void *target, struct pf_error *err)
{
    const char *p = text;
    struct probe_mode m;
    if (!take_mode(&p, &m) || *p)
        return pf_error_set(err, -EINVAL, "\"%s\" is no mode such as 1920x1080@60", text);
    *(struct probe_mode *)target = m;
    return 0;
}

static bool parse_seconds(const char *text, double *ret)
{
    char *end;
    double v = strtod(text, &end);
    if (*text < '0' || *text > '9' || *end || v > 86400)
        return false;
    *ret = v;
    return true;
}

static int parse_remode(const char *text, void *target, struct pf_error *err)
{
    struct probe_options *o = target;
    const char *p = text;
    o->remode.after_s = 3;
    o->remode.wanted = take_mode(&p, &o->remode.mode) &&
                       (*p == '\0' || (take_char(&p, ":") && parse_seconds(p, &o->remode.after_s)));
    return o->remode.wanted ? 0 : pf_error_set(err, -EINVAL, "\"%s\" is not like 1280x720@60:5", text);
}

static int parse_rate(const char *text, void *target, struct pf_error *err)
{
    struct probe_options *o = target;
    const char *p = text;
    o->rate.after_s = 3;
    o->rate.wanted = take_number(&p, UINT32_MAX, &o->rate.kbps) &&
                     (*p == '\0' || (take_char(&p, ":") && parse_seconds(p, &o->rate.after_s)));
    return o->rate.wanted ? 0 : pf_error_set(err, -EINVAL, "\"%s\" is not like 5000:4", text);
}

static int parse_instant(const char *text, void *target, struct pf_error *err)
{
    if (!strcmp(text, "end")) {
        *(double *)target = INFINITY;
        return 0;
    }
    return parse_seconds(text, target)
               ? 0
               : pf_error_set(err, -EINVAL, "\"%s\" is neither a number of seconds nor \"end\"", text);
}

struct word {
    const char *name;
    uint8_t value;
};

static int parse_word(
    const struct word *words, size_t count, const char *text, uint8_t *ret, struct pf_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].name, text) == 0) {
            *ret = words[i].value;
            return 0;
        }
    }
    const char *nearest = pf_nearest_name(text, &words[0].name, count, sizeof(words[0]));
    if (nearest)
        return pf_error_set(err, -EINVAL, "unknown value \"%s\"; did you mean %s?", text, nearest);
    return pf_error_set(err, -EINVAL, "unknown value \"%s\"", text);
}

static int parse_codec(const char *text, void *target, struct pf_error *err)
{
    static const struct word words[] = {{"auto", 0}, {"h264", PF_WIRE_CODEC_H264},
        {"avc", PF_WIRE_CODEC_H264}, {"hevc", PF_WIRE_CODEC_HEVC}, {"h265", PF_WIRE_CODEC_HEVC},
        {"av1", PF_WIRE_CODEC_AV1}};
    return parse_word(words, COUNT(words), text, target, err);
}

/* Comma-separated codecs; nothing else is offered. */
static int parse_offered(const char *text, void *target, struct pf_error *err)
{
    uint8_t all = 0, one = 0;
    for (const char *p = text; *p;) {
        char word[8];
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        int r = parse_codec(word, &one, err);
        if (r < 0)
            return r;
        all |= one;
        p += n + (p[n] == ',');
    }
    *(uint8_t *)target = all;
    return 0;
}

static int parse_compositor(const char *text, void *target, struct pf_error *err)
{
    static const struct word words[] = {{"auto", PF_WIRE_COMPOSITOR_AUTO}, {"kwin", PF_WIRE_COMPOSITOR_KWIN},
        {"wlroots", PF_WIRE_COMPOSITOR_WLROOTS}, {"mutter", PF_WIRE_COMPOSITOR_MUTTER},
        {"gamescope", PF_WIRE_COMPOSITOR_GAMESCOPE}};
    return parse_word(words, COUNT(words), text, target, err);
}

static int parse_gamepad(const char *text, void *target, struct pf_error *err)
{
    static const struct word words[] = {{"auto", PF_WIRE_PAD_AUTO}, {"xbox360", PF_WIRE_PAD_XBOX360},
        {"dualsense", PF_WIRE_PAD_DUALSENSE}, {"xboxone", PF_WIRE_PAD_XBOXONE},
        {"dualshock4", PF_WIRE_PAD_DUALSHOCK4}, {"steamdeck", PF_WIRE_PAD_STEAM_DECK}};
    return parse_word(words, COUNT(words), text, target, err);
}

static int parse_pin(const char *text, void *target, struct pf_error *err)
{
    struct probe_options *o = target;
    o->pin.wanted = strlen(text) == 64 && pf_hex_decode(text, o->pin.fingerprint, 32);
    return o->pin.wanted
               ? 0
               : pf_error_set(err, -EINVAL, "a fingerprint is 64 hex digits; the host logs its own");
}

static int parse_speed_test(const char *text, void *target, struct pf_error *err)
{
    struct probe_options *o = target;
    uint32_t kbps = 3000000, ms = 2000;
    const char *p = text;
    if (p && !(take_number(&p, PF_SPEED_TEST_MAX_KBPS, &kbps) && take_char(&p, ":") &&
                 take_number(&p, PF_SPEED_TEST_MAX_MS, &ms) && *p == '\0'))
        return pf_error_set(err, -EINVAL, "\"%s\" is not KBPS:MS, such as 500000:1000", text);
    o->speed_test.wanted = true;
    o->speed_test.kbps = kbps;
    o->speed_test.ms = ms;
    return 0;
}

static int parse_drop(const char *text, void *target, struct pf_error *err)
{
    char *end;
    double percent = strtod(text, &end);
    if (*text < '0' || *text > '9' || *end || percent > 100)
        return pf_error_set(err, -EINVAL, "\"%s\" is no percentage", text);
    *(double *)target = percent;
    return 0;
}

static int parse_drop_burst(const char *text, void *target, struct pf_error *err)
{
    struct probe_options *o = target;
    const char *p = text;
    uint32_t burst, every;
    if (!take_number(&p, 1000000, &burst) || !take_char(&p, ":") || !take_number(&p, 1000000, &every) || *p ||
        burst == 0 || burst >= every)
        return pf_error_set(err, -EINVAL, "\"%s\" is not N:M (N datagrams of every M, N < M)", text);
    o->drop.burst = burst;
    o->drop.every = every;
    return 0;
}

static int parse_point(const char *text, void *target, struct pf_error *err)
{
    struct probe_options *o = target;
    uint32_t x, y;
    const char *p = text;
    if (!take_number(&p, 65535, &x) || !take_char(&p, ",") || !take_number(&p, 65535, &y) || *p)
        return pf_error_set(err, -EINVAL, "\"%s\" is no point such as 640,360", text);
    o->watch.wanted = true;
    o->watch.centre = false;
    o->watch.x = x;
    o->watch.y = y;
    return 0;
}

static int parse_discover(const char *text, void *target, struct pf_error *err)
{
    long *seconds = target;
    if (!text)
        *seconds = PROBE_DISCOVER_S;
    else if (!pf_parse_long(text, 1, 600, seconds))
        return pf_error_set(err, -EINVAL, "\"%s\" is no number of seconds from 1 to 600", text);
    return 0;
}

/* HOST, HOST:PORT, [IPV6]:PORT or a bare IPv6 address. */
static int parse_target(const char *text, void *target, struct pf_error *err)
{
    struct probe_options *o = target;
    bool bracketed = text[0] == '[';
    const char *colon = strrchr(text, ':'), *close = bracketed ? strchr(text, ']') : NULL;
    bool bare_v6 = !bracketed && colon && strchr(text, ':') != colon;
    const char *end = close ? close : colon && !bare_v6 ? colon : text + strlen(text);
    const char *host = text + bracketed, *port = close ? close + 1 : end;
    long number = PF_WIRE_PORT;

    if ((bracketed && !close) || end <= host || (size_t)(end - host) >= sizeof(o->host) ||
        (*port && (*port != ':' || !pf_parse_long(port + 1, 1, 65535, &number))))
        return pf_error_set(err, -EINVAL, "\"%s\" is not HOST[:PORT]", text);
    snprintf(o->host, sizeof(o->host), "%.*s", (int)(end - host), host);
    o->port = (uint16_t)number;
    return 0;
}

#define OPTION_COUNT 48

/* The one list of options, bound to the fields of *o. */
static size_t make_table(struct probe_options *o, struct pf_arg table[OPTION_COUNT])
{
    const struct pf_arg options[] = {
        {"--connect", 'c', PF_ARG_PARSED, o, "HOST[:PORT]", "host to connect to (also as plain word)",
            .parse = parse_target},
        {"--discover", 0, PF_ARG_PARSED, &o->discover_s, "SECONDS", "list the hosts of the local network (4)",
            .parse = parse_discover, .optional = true},
        {"--mode", 'm', PF_ARG_PARSED, &o->mode, "WxH@Hz", "display to ask for (1280x720@60)",
            .parse = parse_mode},
        {"--remode", 0, PF_ARG_PARSED, o, "WxH@Hz[:S]", "switch to this mode after S seconds (3)",
            .parse = parse_remode},
        {"--rate", 0, PF_ARG_PARSED, o, "KBPS[:S]", "ask for this encoder rate after S seconds (3)",
            .parse = parse_rate},
        {"--codec", 0, PF_ARG_PARSED, &o->codec, "NAME", "prefer auto, h264, hevc or av1",
            .parse = parse_codec},
        {"--offer", 0, PF_ARG_PARSED, &o->offered, "LIST", "codecs to offer (h264,hevc,av1)",
            .parse = parse_offered},
        {"--bitrate", 'b', PF_ARG_NUMBER, &o->bitrate_kbps, "KBPS", "encoder rate; 0: the host's default", 0,
            PF_BITRATE_MAX_KBPS},
        {"--audio-channels", 0, PF_ARG_NUMBER, &o->audio_channels, "N", "2, 6 or 8 (2)", 2, 8},
        {"--compositor", 0, PF_ARG_PARSED, &o->compositor, "NAME", "auto, kwin, wlroots, mutter, gamescope",
            .parse = parse_compositor},
        {"--gamepad", 0, PF_ARG_PARSED, &o->gamepad, "NAME",
            "auto, xbox360, dualsense, xboxone, dualshock4, steamdeck", .parse = parse_gamepad},
        {"--name", 'n', PF_ARG_TEXT, &o->name, "NAME", "how the host shows this device (" PROBE_NAME ")"},
        {"--launch", 0, PF_ARG_TEXT, &o->launch, "ID", "start this library title, such as steam:570"},
        {"--pair", 0, PF_ARG_TEXT, &o->pair, "PIN", "pair with the host, then exit"},
        {"--pin", 0, PF_ARG_PARSED, o, "FINGERPRINT", "accept only the host with this certificate",
            .parse = parse_pin},
        {"--identity", 0, PF_ARG_TEXT, &o->identity, "DIR", "folder of the client's certificate and key"},
        {"--seconds", 's', PF_ARG_NUMBER, &o->seconds, "N", "stop after this time of streaming", 1, 86400},
        {"--frames", 'f', PF_ARG_NUMBER, &o->frames, "N", "stop after this many frames", 1, 1000000000},
        {"--out", 'o', PF_ARG_TEXT, &o->out, "FILE", "write the elementary stream (.h264, .h265, .obu)"},
        {"--decode", 0, PF_ARG_FLAG, &o->decode, NULL, "decode every frame, not just the first"},
        {"--audio-out", 0, PF_ARG_TEXT, &o->audio_out, "FILE.wav", "write what is heard"},
        {"--screenshot", 0, PF_ARG_TEXT, &o->screenshot, "FILE.png", "decode and write one picture"},
        {"--screenshot-at", 0, PF_ARG_PARSED, &o->screenshot_at_s, "SECONDS",
            "of streaming; 0: the first picture; end: the last one", .parse = parse_instant},
        {"--watch-color", 0, PF_ARG_PARSED, o, "X,Y", "print each change of the colour of this point",
            .parse = parse_point},
        {"--log-colors", 0, PF_ARG_TEXT, &o->log_colors, "FILE",
            "write the colour of that point for every frame"},
        {"--log-latency", 0, PF_ARG_TEXT, &o->log_latency, "FILE",
            "write for every frame when it came and its latency"},
        {"--speed-test", 0, PF_ARG_PARSED, o, "KBPS:MS", "measure the link (3000000:2000)",
            .parse = parse_speed_test, .optional = true},
        {"--drop", 0, PF_ARG_PARSED, &o->drop.percent, "PERCENT", "throw away received datagrams",
            .parse = parse_drop},
        {"--drop-burst", 0, PF_ARG_PARSED, o, "N:M", "throw away N datagrams in a row of every M",
            .parse = parse_drop_burst},
        {"--seed", 0, PF_ARG_NUMBER, &o->drop.seed, "N", "which datagrams those are (1)", 1, 1000000000},
        {"--mic-test", 0, PF_ARG_FLAG, &o->mic_test, NULL, "send a tone as the microphone"},
        {"--mic-hertz", 0, PF_ARG_NUMBER, &o->mic_hertz, "N", "with --mic-test: this tone (440)", 50, 8000},
        {"--mic-burst", 0, PF_ARG_FLAG, &o->mic_burst, NULL, "with --mic-test: two packets every 40 ms"},
        {"--input-test", 0, PF_ARG_FLAG, &o->input_test, NULL, "move, sweep and type A for 6 s"},
        {"--touch-test", 0, PF_ARG_FLAG, &o->touch_test, NULL, "draw a square with one finger for 6 s"},
        {"--rich-input-test", 0, PF_ARG_FLAG, &o->rich_input_test, NULL,
            "play touchpad, motion and A of a pad for 6 s"},
        {"--input", 0, PF_ARG_TEXT, &o->input, "FILE", "play a script of lines such as: 2000 key_down 0x41"},
        {"--allow-loss", 0, PF_ARG_FLAG, &o->allow_loss, NULL, "frames that never came are no failure"},
        {"--quit", 0, PF_ARG_FLAG, &o->quit, NULL, "leave for good: the host need not keep the display"},
        {"--replace", 0, PF_ARG_FLAG, &o->replace, NULL,
            "end this device's older session, as newer clients do"},
        {"--repair", 0, PF_ARG_FLAG, &o->repair, NULL,
            "ask for pictures that go around lost ones, as newer clients do"},
        {"--wait", 0, PF_ARG_NUMBER, &o->wait_s, "N",
            "seconds to wait for the host's offer (15); approval may take 180", 1, 600},
        {"--patience", 0, PF_ARG_NUMBER, &o->patience_s, "N",
            "seconds without a frame that end the stream (8)", 1, 600},
        {"--json", 'j', PF_ARG_FLAG, &o->json, NULL, "print the report as one JSON object"},
        {"--help", 'h', PF_ARG_FLAG, &o->help, NULL, "this text"},
        {"--version", 'V', PF_ARG_FLAG, &o->version, NULL, "version of the program"},
    };
    _Static_assert(COUNT(options) <= OPTION_COUNT, "the table is too small");
    memcpy(table, options, sizeof(options));
    return COUNT(options);
}

static int check_combination(const struct probe_options *o, struct pf_error *err)
{
    if (o->name && (strlen(o->name) > PF_NAME_MAX || !o->name[0]))
        return pf_error_set(err, -EINVAL, "--name takes 1 to %u bytes", PF_NAME_MAX);
    if (o->launch && strlen(o->launch) > PF_LAUNCH_MAX)
        return pf_error_set(err, -EINVAL, "--launch takes at most %u bytes", PF_LAUNCH_MAX);
    if (o->audio_channels != pf_negotiate_audio_channels((uint8_t)o->audio_channels))
        return pf_error_set(err, -EINVAL, "--audio-channels takes 2, 6 or 8");
    if ((o->input != NULL) + o->input_test + o->touch_test + o->rich_input_test > 1)
        return pf_error_set(
            err, -EINVAL, "--input, --input-test, --touch-test and --rich-input-test exclude each other");
    if ((o->replace || o->repair) && o->speed_test.wanted)
        return pf_error_set(err, -EINVAL, "--speed-test excludes --%s", o->replace ? "replace" : "repair");
    if (o->pair && (o->input || o->input_test || o->touch_test || o->rich_input_test ||
                       o->speed_test.wanted || o->remode.wanted || o->out || o->screenshot))
        return pf_error_set(err, -EINVAL, "--pair runs no session: leave out what needs one");
    return 0;
}

int probe_options_parse(int argc, char *const *argv, struct probe_options *ret, struct pf_error *err)
{
    struct probe_options o = {
        .host = "127.0.0.1",
        .port = PF_WIRE_PORT,
        .mode = {1280, 720, 60},
        .offered = PF_WIRE_CODEC_H264 | PF_WIRE_CODEC_HEVC | PF_WIRE_CODEC_AV1,
        .audio_channels = 2,
        .wait_s = PROBE_CONNECT_WAIT,
        .patience_s = PROBE_PATIENCE,
        .name = PROBE_NAME,
        .watch.centre = true,
        .drop.seed = 1,
        .mic_hertz = 440,
    };
    struct pf_arg table[OPTION_COUNT];
    const char *word;
    size_t words = 0;
    size_t count = make_table(&o, table);
    int r = pf_args_parse(table, count, argc, argv, &word, 1, &words, err);
    if (r == 0 && words == 1)
        r = parse_target(word, &o, err);
    if (r == 0 && !o.help && !o.version)
        r = check_combination(&o, err);
    if (r == 0)
        *ret = o;
    return r;
}

void probe_options_print_help(FILE *out)
{
    struct probe_options unused;
    struct pf_arg table[OPTION_COUNT];
    fputs("usage: punktfunk-probe [--connect] HOST[:PORT] [OPTION…]\n"
          "       punktfunk-probe --discover [SECONDS] [--json]\n"
          "Connects to a punktfunk/1 host, receives a stream, checks and measures it.\n\n",
        out);
    pf_args_print_help(out, table, make_table(&unused, table));
    fputs("\nExit status: 0 everything held, 1 a check failed, 2 bad command line, 3 no connection or a "
          "connection\n"
          "lost; the close code of the host (66 busy, 96 pairing not armed, 100 denied, …) if it gave a "
          "reason.\n",
        out);
}
