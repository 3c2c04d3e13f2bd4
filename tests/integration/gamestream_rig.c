/* The playing half of GameStream on the real machine, without pairing and HTTP, for clients that are built
 * outside of this repository: launches come as lines on standard input, everything that happens goes out as
 * lines.
 *
 *     launch ADDRESS CLIENT KEY KEYID sealed|plain WxHxFPS   → url …, or refused …
 *     resume …                                               likewise
 *     cancel CLIENT | cut CLIENT | idr | end | info | quit
 *     pad N rumble LOW HIGH LEFT RIGHT                       → told, or nobody
 *     pad N light R G B                                      likewise
 *     pad N trigger left|right EFFECT                        likewise
 *     hdr on|off | terminate CODE                            likewise
 *
 * `pad` is what a game does with a pad of the client that plays, on the way that devices tell it; EFFECT is
 * mode and ten parameters, 22 hex digits. CLIENT is a letter, KEY 32 hex digits.
 *
 * gamestream_rig CONFIG_DIR RTSP CONTROL VIDEO AUDIO */
#include "audio/audio.h"
#include "base/hex.h"
#include "base/log.h"
#include "display/journal.h"
#include "display/registry.h"
#include "gamestream/play/play_impl.h"
#include "gamestream/wire/control_message.h"
#include "net/address.h"
#include "net/loop.h"
#include "session/machine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    struct pf_loop *loop;
    struct pf_gs_play *play;
    const char *dir;
    uv_pipe_t input;
    char line[512];
    size_t len;
    bool stopping;
} rig;

static void say_info(void)
{
    static const char *const states[] = {"idle", "launched", "streaming"};
    struct pf_gs_play_info i;
    pf_gs_play_info(rig.play, &i);
    printf(
        "info state=%s app=%u mode=%ux%u@%u codec=%s kbps=%u packet=%u minfec=%u fps=%u audio=%d label=%s\n",
        states[i.state], pf_gs_play_current_app(rig.play), i.mode.width, i.mode.height, i.mode.refresh_mhz,
        pf_codec_name(i.codec), i.bitrate_kbps, i.packet_size, i.min_fec, i.sent.fps, i.audio_streaming,
        i.label);
}

static void changed(void *user)
{
    say_info();
}

static void stopped(void *user)
{
    rig.play = NULL;
    puts("stopped");
    uv_close((uv_handle_t *)&rig.input, NULL);
    pf_loop_stop(rig.loop);
}

static void launch(const char *args, bool resume)
{
    static const char *const verdicts[] = {"ok", "busy", "full", "nothing", "foreign", "failed"};
    char address[64], client, key[33], kind[8], url[PF_GS_SESSION_URL_MAX];
    long id;
    unsigned w, h, fps;
    struct pf_error err = {""};
    if (sscanf(args, "%63s %c %32s %ld %7s %ux%ux%u", address, &client, key, &id, kind, &w, &h, &fps) != 8) {
        puts("what?");
        return;
    }
    struct pf_gs_launch l = {.key_id = (uint32_t)id,
        .rtsp_encrypted = !strcmp(kind, "sealed"),
        .mode = {w, h, fps * 1000},
        .channels = 2,
        .app_id = 1};
    memset(l.fingerprint, client, sizeof(l.fingerprint));
    snprintf(l.label, sizeof(l.label), "client %c", client);
    pf_hex_decode(key, l.key, sizeof(l.key));
    pf_address_parse(address, 1, &l.peer, NULL);
    l.local = l.peer;
    enum pf_gs_play_verdict v = (resume ? pf_gs_play_resume : pf_gs_play_launch)(rig.play, &l, url, &err);
    if (v == PF_GS_PLAY_OK)
        printf("url %s\n", url);
    else
        printf("refused %s %s\n", verdicts[v], err.text);
}

static void of_client(const char *args, bool cut)
{
    uint8_t fingerprint[32];
    memset(fingerprint, args[0], sizeof(fingerprint));
    if (cut)
        pf_gs_play_cut(rig.play, fingerprint);
    else
        printf("cancelled %d\n", pf_gs_play_cancel(rig.play, fingerprint));
}

/* ---- what the host says while it streams ---- */

static bool read_feedback(const char *args, struct pf_pad_feedback *f)
{
    unsigned pad, v[4];
    char side[6], effect[2 * PF_HID_EFFECT_LEN + 1];
    *f = (struct pf_pad_feedback){0};
    if (sscanf(args, "%u rumble %u %u %u %u", &pad, &v[0], &v[1], &v[2], &v[3]) == 5) {
        f->kind = PF_PAD_RUMBLE;
        f->rumble.low = (uint16_t)v[0];
        f->rumble.high = (uint16_t)v[1];
        f->rumble.left_trigger = (uint16_t)v[2];
        f->rumble.right_trigger = (uint16_t)v[3];
    } else if (sscanf(args, "%u light %u %u %u", &pad, &v[0], &v[1], &v[2]) == 4) {
        f->kind = PF_PAD_LIGHT_BAR;
        f->light_bar.r = (uint8_t)v[0];
        f->light_bar.g = (uint8_t)v[1];
        f->light_bar.b = (uint8_t)v[2];
    } else if (sscanf(args, "%u trigger %5s %22s", &pad, side, effect) == 3) {
        f->kind = PF_PAD_TRIGGER;
        f->trigger.which = !strcmp(side, "right");
        if (!pf_hex_decode(effect, f->trigger.effect, PF_HID_EFFECT_LEN))
            return false;
    } else {
        return false;
    }
    f->pad = (uint8_t)pad;
    return true;
}

static void pad(const char *args)
{
    struct pf_gs_session *s = rig.play->current;
    struct pf_pad_feedback f;
    if (!read_feedback(args, &f))
        puts("what?");
    else if (!s || !s->pads)
        puts("nobody");
    else {
        pf_session_pads_tell(s->pads, &f);
        puts("told");
    }
}

static void hdr(bool on)
{
    static const struct pf_gs_hdr_metadata some = {.red = {35400, 14600},
        .green = {8500, 39850},
        .blue = {6550, 2300},
        .white = {15635, 16450},
        .max_luminance = 1000,
        .min_luminance = 1,
        .max_content = 1000,
        .max_frame_average = 400,
        .max_full_frame = 400};
    uint8_t out[PF_GS_HOST_MESSAGE_MAX];
    struct pf_gs_session *s = rig.play->current;
    if (s)
        pf_gs_session_tell(s, out, pf_gs_write_hdr(out, on ? &some : NULL));
    puts(s ? "told" : "nobody");
}

static void terminate(const char *code)
{
    struct pf_gs_session *s = rig.play->current;
    puts(s ? "told" : "nobody");
    if (s)
        pf_gs_session_end(s, (uint32_t)strtoul(code, NULL, 0), false, "the rig was told to end it");
}

static void stop(void)
{
    if (!rig.stopping)
        pf_gs_play_stop(rig.play);
    rig.stopping = true;
}

static void obey(const char *line)
{
    if (!strncmp(line, "launch ", 7))
        launch(line + 7, false);
    else if (!strncmp(line, "resume ", 7))
        launch(line + 7, true);
    else if (!strncmp(line, "cancel ", 7))
        of_client(line + 7, false);
    else if (!strncmp(line, "cut ", 4))
        of_client(line + 4, true);
    else if (!strcmp(line, "idr"))
        printf("idr %d\n", pf_gs_play_request_idr(rig.play));
    else if (!strcmp(line, "end"))
        printf("end %d\n", pf_gs_play_end(rig.play));
    else if (!strncmp(line, "pad ", 4))
        pad(line + 4);
    else if (!strcmp(line, "hdr on") || !strcmp(line, "hdr off"))
        hdr(!strcmp(line, "hdr on"));
    else if (!strncmp(line, "terminate ", 10))
        terminate(line + 10);
    else if (!strcmp(line, "info"))
        say_info();
    else if (!strcmp(line, "quit"))
        stop();
    else
        puts("what?");
}

static void room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    *buf = uv_buf_init(rig.line + rig.len, (unsigned)(sizeof(rig.line) - 1 - rig.len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    char *end;
    if (n < 0) {
        uv_read_stop(stream);
        stop();
        return;
    }
    rig.len += (size_t)n;
    rig.line[rig.len] = 0;
    while (!rig.stopping && (end = memchr(rig.line, '\n', rig.len))) {
        *end = 0;
        obey(rig.line);
        rig.len -= (size_t)(end + 1 - rig.line);
        memmove(rig.line, end + 1, rig.len + 1);
    }
}

static struct pf_linger linger(void *user)
{
    struct pf_display_policy policy;
    pf_display_policy_load(rig.dir, &policy, NULL);
    return policy.linger;
}

int main(int argc, char **argv)
{
    struct pf_error err = {""};
    struct pf_registry_config displays = {.linger = linger};
    struct pf_real_machine machine = {0};
    struct pf_audio *audio = NULL;
    struct pf_seats seats;
    if (argc != 6)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    pf_log_init();
    pf_seats_init(&seats);
    rig.dir = machine.config_dir = argv[1];
    if (pf_journal_open(rig.dir, &displays.journal) < 0)
        return 1;
    if (pf_registry_create(&displays, &machine.registry) < 0 || pf_loop_create(&rig.loop) < 0)
        return 1;
    if (pf_audio_available() && pf_audio_create(NULL, &audio, &err) < 0)
        fprintf(stderr, "%s\n", err.text);
    const struct pf_gs_play_config config = {.rtsp_port = (uint16_t)atoi(argv[2]),
        .control_port = (uint16_t)atoi(argv[3]),
        .video_port = (uint16_t)atoi(argv[4]),
        .audio_port = (uint16_t)atoi(argv[5])};
    const struct pf_gs_play_deps deps = {
        .machine = &machine, .audio = audio, .config_dir = argv[1], .seats = &seats};
    const struct pf_gs_play_callbacks callbacks = {.changed = changed, .stopped = stopped};
    if (pf_gs_play_start(rig.loop, &config, &deps, &callbacks, &rig.play, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    uv_pipe_init(pf_loop_uv(rig.loop), &rig.input, 0);
    uv_pipe_open(&rig.input, 0);
    uv_read_start((uv_stream_t *)&rig.input, room, on_read);
    puts("ready");
    pf_loop_run(rig.loop);
    pf_loop_destroy(rig.loop);
    pf_audio_destroy(audio);
    pf_registry_destroy(machine.registry);
    pf_journal_close(displays.journal);
    return 0;
}
