/* Framing, text, close codes, and corners of the codecs that the vectors do not reach. */
#include "base/hex.h"
#include "punktfunk/wire.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* Three frames: empty, "ab", 300 bytes. */
static size_t make_stream(uint8_t *out)
{
    static const size_t sizes[] = {0, 2, 300};
    size_t len = 0;
    for (size_t i = 0; i < 3; i++) {
        memset(out + len + PF_FRAME_PREFIX, 'a' + (int)i, sizes[i]);
        len += (size_t)pf_frame_seal(out + len, sizes[i]);
    }
    return len;
}

static void frames_survive_every_cut(void **state)
{
    uint8_t stream[400];
    size_t total = make_stream(stream);
    for (size_t piece = 1; piece <= total; piece++) {
        struct pf_frame_reader r = {0};
        size_t frames = 0, bytes = 0;
        for (size_t at = 0; at < total; at += piece) {
            size_t left = total - at < piece ? total - at : piece, len;
            uint8_t *copy = malloc(left);
            memcpy(copy, stream + at, left);
            const uint8_t *p = copy, *payload;
            while (pf_frame_reader_next(&r, &p, &left, &payload, &len) > 0) {
                for (size_t i = 0; i < len; i++)
                    assert_int_equal(payload[i], 'a' + frames);
                frames++;
                bytes += len;
            }
            assert_int_equal(left, 0);
            free(copy);
        }
        assert_int_equal(frames, 3);
        assert_int_equal(bytes, 302);
        assert_int_equal(pf_frame_reader_pending(&r), 0);
        pf_frame_reader_finish(&r);
    }
}

static void frame_limits(void **state)
{
    struct pf_frame_reader r = {.max_frame = 16};
    const uint8_t big[] = {17, 0, 1, 2, 3}, *p = big, *payload;
    size_t left = sizeof(big), len;
    assert_int_equal(pf_frame_reader_next(&r, &p, &left, &payload, &len), -EMSGSIZE);
    p = big;
    left = 1;
    assert_int_equal(pf_frame_reader_next(&r, &p, &left, &payload, &len), 0);
    assert_int_equal(pf_frame_reader_pending(&r), 1);
    p = big + 1;
    left = 1;
    assert_int_equal(pf_frame_reader_next(&r, &p, &left, &payload, &len), -EMSGSIZE);
    pf_frame_reader_finish(&r);

    uint8_t buf[2];
    assert_int_equal(pf_frame_seal(buf, PF_WIRE_FRAME_MAX + 1), -EMSGSIZE);
    assert_int_equal(pf_frame_seal(buf, PF_WIRE_FRAME_MAX), PF_WIRE_FRAME_MAX + 2);
    assert_int_equal(buf[1], 0xFF);
}

static void families(void **state)
{
    assert_int_equal(pf_wire_family_of("PKF1", 4), PF_WIRE_FAMILY_HANDSHAKE);
    assert_int_equal(pf_wire_family_of("PKFcx", 5), PF_WIRE_FAMILY_TYPED);
    assert_int_equal(
        pf_wire_family_of(PF_CLIP_STREAM_HEADER, PF_CLIP_STREAM_HEADER_LEN), PF_WIRE_FAMILY_CLIPBOARD);
    assert_int_equal(pf_wire_family_of("PKF", 3), PF_WIRE_FAMILY_UNKNOWN);
    assert_int_equal(pf_wire_family_of("HTTP", 4), PF_WIRE_FAMILY_UNKNOWN);
}

static void close_codes(void **state)
{
    assert_string_equal(pf_close_name(PF_CLOSE_DENIED), "denied");
    assert_string_equal(pf_close_name(0), "done");
    assert_null(pf_close_name(0x1234));
    assert_non_null(pf_close_text(0x1234));
}

static void sanitised(const char *name, size_t len, const char *want)
{
    uint8_t fp[PF_FINGERPRINT_LEN] = {0xAB, 0xCD, 0x01, 0x02, 0x03};
    char out[PF_NAME_MAX + 1];
    size_t n = pf_name_sanitise(name, len, fp, out);
    assert_string_equal(out, want);
    assert_int_equal(n, strlen(want));
}

#define SANITISED(literal, want) sanitised(literal, sizeof(literal) - 1, want)

static void names_are_made_fit(void **state)
{
    SANITISED("Phone", "Phone");
    SANITISED("  Anna's\t\n phone  ", "Anna's phone");
    SANITISED("a\x1b[31mb\x7f", "a[31mb");
    SANITISED("x\xe2\x80\xae"
              "y\xef\xbb\xbfz",
        "xyz"); /* right-to-left override, byte order mark */
    SANITISED("caf\xc3\xa9\xff!", "caf\xc3\xa9!");
    SANITISED("a\0b", "ab");
    SANITISED("", "device abcd0102");
    SANITISED(" \xe2\x80\x8f ", "device abcd0102");
    SANITISED("\xe3\x80\x80wide\xe3\x80\x80space", "wide space");

    char out[PF_NAME_MAX + 1], name[100];
    memset(name, 'n', sizeof(name));
    assert_int_equal(pf_name_sanitise(name, sizeof(name), NULL, out), PF_NAME_MAX);
    memcpy(name + 63, "\xc3\xa9", 2); /* would straddle the limit: cut before it */
    assert_int_equal(pf_name_sanitise(name, sizeof(name), NULL, out), 63);
    assert_int_equal(pf_name_sanitise("", 0, NULL, out), 6);
}

static void pairing_name_is_repaired(void **state)
{
    const uint8_t msg[] = {'P', 'K', 'F', 'c', 0x10, 7, 'a', 0xF0, 0x9F, 0x98, 'b', 0xC0, 0x80, 1, 0, 0x41};
    struct pf_pairing_message m;
    assert_int_equal(pf_pairing_decode(msg, sizeof(msg), &m), 0);
    assert_string_equal(m.request.name, "a\xef\xbf\xbd"
                                        "b\xef\xbf\xbd\xef\xbf\xbd");
    assert_int_equal(m.request.name_len, 11);
    assert_int_equal(m.request.spake_len, 1);
}

static void refused_values_of_encoders(void **state)
{
    uint8_t buf[1024];
    struct pf_hello hello = pf_hello_default();
    hello.name_len = PF_NAME_MAX + 1;
    assert_int_equal(pf_hello_encode(&hello, buf, sizeof(buf)), -EINVAL);
    struct pf_pairing_message pairing = {.type = PF_PAIRING_REQUEST, .request.name_len = PF_NAME_MAX + 1};
    assert_int_equal(pf_pairing_encode(&pairing, buf, sizeof(buf)), -EINVAL);
    struct pf_control cursor = {.type = PF_CONTROL_CURSOR_SHAPE, .cursor_shape = {.width = 121, .height = 1}};
    assert_int_equal(pf_control_encode(&cursor, buf, sizeof(buf)), -EINVAL);
    struct pf_control offer = {.type = PF_CONTROL_CLIP_OFFER, .clip_offer.count = PF_CLIP_KINDS_MAX + 1};
    assert_int_equal(pf_control_encode(&offer, buf, sizeof(buf)), -EINVAL);
    struct pf_datagram pen = {.tag = PF_DATAGRAM_RICH, .kind = PF_RICH_PEN};
    assert_int_equal(pf_datagram_encode(&pen, buf, sizeof(buf)), -EINVAL);
    struct pf_welcome welcome = pf_welcome_default();
    welcome.cipher = 2;
    assert_int_equal(pf_welcome_encode(&welcome, buf, sizeof(buf)), -EINVAL);
}

static void longest_messages_fit_their_bounds(void **state)
{
    uint8_t buf[4096];
    struct pf_hello hello = pf_hello_default();
    hello.name_len = PF_NAME_MAX;
    hello.launch_len = PF_LAUNCH_MAX;
    memset(hello.name, 'n', PF_NAME_MAX);
    memset(hello.launch, 'l', PF_LAUNCH_MAX);
    hello.has_hdr = true;
    hello.hdr = pf_hdr_volume_bt2020;
    hello.audio_bits = 24;
    assert_int_equal(pf_hello_encode(&hello, buf, sizeof(buf)), PF_HELLO_MAX);
    struct pf_hello back;
    assert_int_equal(pf_hello_decode(buf, PF_HELLO_MAX, &back), 0);
    assert_memory_equal(back.launch, hello.launch, PF_LAUNCH_MAX);
    assert_memory_equal(&back.hdr, &hello.hdr, sizeof(back.hdr));
    assert_int_equal(back.audio_bits, 24);

    struct pf_welcome welcome = pf_welcome_default();
    welcome.extended = true;
    welcome.cipher = PF_WIRE_CIPHER_CHACHA20_POLY1305;
    welcome.audio_codec = 2;
    assert_int_equal(pf_welcome_encode(&welcome, buf, sizeof(buf)), PF_WELCOME_MAX);

    struct pf_control offer = {.type = PF_CONTROL_CLIP_OFFER, .clip_offer.count = PF_CLIP_KINDS_MAX};
    for (unsigned i = 0; i < PF_CLIP_KINDS_MAX; i++)
        offer.clip_offer.kinds[i].mime = (struct pf_clip_mime){(const char *)buf, PF_CLIP_MIME_MAX};
    uint8_t out[PF_CONTROL_MAX];
    assert_int_equal(pf_control_encode(&offer, out, sizeof(out)), PF_CONTROL_MAX);
}

static void cursor_shapes(void **state)
{
    static uint8_t rgba[4 * 120 * 120], buf[sizeof(rgba) + 32];
    struct pf_control m = {.type = PF_CONTROL_CURSOR_SHAPE,
        .cursor_shape = {.serial = 1, .width = 120, .height = 120, .rgba = rgba}};
    struct pf_control back;
    int n = pf_control_encode(&m, buf, sizeof(buf));
    assert_int_equal(n, 17 + sizeof(rgba));
    assert_int_equal(pf_control_decode(PF_WIRE_V31, buf, (size_t)n, &back), 0);
    assert_int_equal(pf_control_decode(PF_WIRE_V31, buf, (size_t)n - 1, &back), -EBADMSG);
    buf[9] = 121; /* width */
    assert_int_equal(pf_control_decode(PF_WIRE_V31, buf, (size_t)n, &back), -EBADMSG);
}

static void pen_batches(void **state)
{
    uint8_t buf[PF_DATAGRAM_SMALL_MAX];
    struct pf_datagram m = {.tag = PF_DATAGRAM_RICH,
                           .kind = PF_RICH_PEN,
                           .pen = {.count = PF_PEN_SAMPLES_MAX}},
                       back;
    int n = pf_datagram_encode(&m, buf, sizeof(buf));
    assert_int_equal(n, PF_DATAGRAM_SMALL_MAX);
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, (size_t)n, &back), 0);
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, (size_t)n - 1, &back), -EBADMSG);
    m.pen.samples[7].y = NAN;
    n = pf_datagram_encode(&m, buf, sizeof(buf));
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, (size_t)n, &back), -EBADMSG);
    m.pen.samples[7].y = INFINITY;
    n = pf_datagram_encode(&m, buf, sizeof(buf));
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, (size_t)n, &back), -EBADMSG);
    buf[3] = 9; /* count */
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, (size_t)n, &back), -EBADMSG);
}

static void raw_reports_are_clamped(void **state)
{
    uint8_t buf[80] = {0xCC, PF_RICH_RAW_REPORT, 1, 200};
    struct pf_datagram m;
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, sizeof(buf), &m), 0);
    assert_int_equal(m.raw.len, PF_HID_RAW_MAX);
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, 10, &m), 0);
    assert_int_equal(m.raw.len, 6);
    buf[0] = 0xCD;
    buf[1] = PF_HID_RAW;
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, buf, sizeof(buf), &m), 0);
    assert_int_equal(m.raw.len, PF_HID_RAW_MAX);
}

static void trailing_bytes_of_datagrams_are_ignored(void **state)
{
    uint8_t key[20] = {0xC8, PF_INPUT_KEY_DOWN, 0x41};
    struct pf_datagram m;
    key[17] = 0x80; /* the internal mark of the flags */
    assert_int_equal(pf_datagram_decode(PF_WIRE_BASELINE, key, sizeof(key), &m), 0);
    assert_int_equal(m.input.code, 0x41);
    assert_int_equal(m.input.flags, 0);
    assert_int_equal(pf_datagram_decode(PF_WIRE_BASELINE, key, 0, &m), -EBADMSG);
    key[0] = 0x11;
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, key, sizeof(key), &m), PF_WIRE_UNKNOWN);
}

static void pad_state_packs(void **state)
{
    const struct pf_pad_state s = {.pad = 3,
        .seq = 200,
        .buttons = PF_PAD_A | PF_PAD_MISC,
        .lsx = -2000,
        .lsy = 1000,
        .rsx = 32767,
        .rsy = -32768,
        .lt = 255,
        .rt = 1};
    struct pf_input_event e = pf_pad_state_event(&s);
    assert_int_equal(e.flags, 0xC8FF0103);
    struct pf_pad_state back = pf_pad_state_of(&e);
    assert_true(back.pad == s.pad && back.seq == s.seq && back.buttons == s.buttons);
    assert_true(back.lsx == s.lsx && back.lsy == s.lsy && back.rsx == s.rsx && back.rsy == s.rsy);
    assert_true(back.lt == s.lt && back.rt == s.rt);
}

static void dimensions(void **state)
{
    assert_true(pf_negotiate_dimensions(PF_WIRE_CODEC_H264, 4096, 2160));
    assert_false(pf_negotiate_dimensions(PF_WIRE_CODEC_H264, 4098, 2160));
    assert_true(pf_negotiate_dimensions(PF_WIRE_CODEC_HEVC, 8192, 4320));
    assert_false(pf_negotiate_dimensions(PF_WIRE_CODEC_AV1, 8192, 8194));
    assert_false(pf_negotiate_dimensions(PF_WIRE_CODEC_HEVC, 1919, 1080));
    assert_false(pf_negotiate_dimensions(PF_WIRE_CODEC_HEVC, 0, 1080));
    assert_int_equal(pf_negotiate_codec(7, 7, 7), PF_WIRE_CODEC_H264); /* several preferred: the lowest */
}

static void synthetic_frames(void **state)
{
    static uint8_t frame[PF_SYNTHETIC_FRAME_LEN];
    uint8_t hash[32];
    char hex[65];
    pf_synthetic_fill(258, frame);
    assert_true(pf_synthetic_check(258, frame, sizeof(frame)));
    assert_false(pf_synthetic_check(2, frame, sizeof(frame)));
    assert_false(pf_synthetic_check(258, frame, sizeof(frame) - 1));
    crypto_hash_sha256(hash, frame, sizeof(frame));
    assert_string_equal(
        pf_hex_encode(hash, 32, hex), "011a2163af799e47b7cf39cadb287fea0d349a3ffa2d9389447441b16caf24e2");
    frame[65535] ^= 1;
    assert_false(pf_synthetic_check(258, frame, sizeof(frame)));
    pf_synthetic_fill(0, frame);
    crypto_hash_sha256(hash, frame, sizeof(frame));
    assert_string_equal(
        pf_hex_encode(hash, 32, hex), "3f557149b5f3c9754f263a1320c7fb868ac60bc7f769fd7e643add30c0ecd210");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_survive_every_cut),
        cmocka_unit_test(frame_limits),
        cmocka_unit_test(families),
        cmocka_unit_test(close_codes),
        cmocka_unit_test(names_are_made_fit),
        cmocka_unit_test(pairing_name_is_repaired),
        cmocka_unit_test(refused_values_of_encoders),
        cmocka_unit_test(longest_messages_fit_their_bounds),
        cmocka_unit_test(cursor_shapes),
        cmocka_unit_test(pen_batches),
        cmocka_unit_test(raw_reports_are_clamped),
        cmocka_unit_test(trailing_bytes_of_datagrams_are_ignored),
        cmocka_unit_test(pad_state_packs),
        cmocka_unit_test(dimensions),
        cmocka_unit_test(synthetic_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
