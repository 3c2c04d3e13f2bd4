/* Every entry of control.json: decoded fields, canonical re-encoding, refusals, all truncations. */
#include "describe.h"

#include "base/hex.h"
#include "punktfunk/clock.h"
#include "punktfunk/loss.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BUF 65536

static json_t *root;

struct bytes {
    uint8_t *data;
    size_t len;
};

/* An exact heap copy, so that a sanitizer sees any read past the end. */
static struct bytes unhex(const char *text)
{
    struct bytes b = {.len = strlen(text) / 2};
    b.data = malloc(b.len ? b.len : 1);
    assert_non_null(b.data);
    assert_true(b.len == 0 || pf_hex_decode(text, b.data, b.len));
    return b;
}

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    assert_non_null(text);
    return text;
}

static bool is(const json_t *entry, const char *type)
{
    return strcmp(text_of(entry, "type"), type) == 0;
}

static enum pf_wire_level level_of(const json_t *entry)
{
    return strcmp(text_of(entry, "label"), "baseline") == 0 ? PF_WIRE_BASELINE : PF_WIRE_V31;
}

/* What a message of any kind decoded to. */
struct decoded {
    int result;
    json_t *fields;
    uint8_t again[BUF]; /* re-encoded */
    int again_len;
};

static void decode_handshake(const json_t *entry, enum pf_wire_level level, struct bytes b, struct decoded *d)
{
    struct pf_hello hello;
    struct pf_welcome welcome;
    uint16_t port;
    if (is(entry, "Hello") && (d->result = pf_hello_decode(b.data, b.len, &hello)) == 0) {
        d->fields = describe_hello(&hello);
        d->again_len = pf_hello_encode(&hello, d->again, BUF);
    }
    if (strncmp(text_of(entry, "type"), "Welcome", 7) == 0 &&
        (d->result = pf_welcome_decode(level, b.data, b.len, &welcome)) == 0) {
        d->fields = describe_welcome(&welcome);
        d->again_len = pf_welcome_encode(&welcome, d->again, BUF);
    }
    if (is(entry, "Start") && (d->result = pf_start_decode(b.data, b.len, &port)) == 0) {
        d->fields = json_pack("{s:i}", "client_udp_port", port);
        d->again_len = pf_start_encode(port, d->again, BUF);
    }
}

static void decode_typed(enum pf_wire_level level, struct bytes b, struct decoded *d)
{
    struct pf_control control;
    struct pf_pairing_message pairing;
    d->result = pf_pairing_decode(b.data, b.len, &pairing);
    if (d->result == 0) {
        d->fields = describe_pairing(&pairing);
        d->again_len = pf_pairing_encode(&pairing, d->again, BUF);
    } else if (d->result == PF_WIRE_UNKNOWN &&
               (d->result = pf_control_decode(level, b.data, b.len, &control)) == 0) {
        assert_string_not_equal(pf_control_name(control.type), "unknown");
        d->fields = describe_control(&control);
        d->again_len = pf_control_encode(&control, d->again, BUF);
    }
}

static void decode_datagram(enum pf_wire_level level, struct bytes b, struct decoded *d)
{
    struct pf_datagram datagram;
    d->result = pf_datagram_decode(level, b.data, b.len, &datagram);
    if (d->result == 0) {
        d->fields = describe_datagram(&datagram);
        d->again_len = pf_datagram_encode(&datagram, d->again, BUF);
    }
}

static void decode(const json_t *entry, enum pf_wire_level level, struct bytes b, struct decoded *d)
{
    static const char *const datagrams[] = {"Input", "Audio", "Rumble", "Rich"};
    bool handshake =
        is(entry, "Hello") || is(entry, "Start") || strncmp(text_of(entry, "type"), "Welcome", 7) == 0;
    const char *channel = json_string_value(json_object_get(entry, "channel"));
    bool datagram = channel && strcmp(channel, "quic datagram") == 0;
    for (size_t i = 0; !channel && i < sizeof(datagrams) / sizeof(datagrams[0]); i++)
        datagram |= is(entry, datagrams[i]);
    d->fields = NULL;
    d->again_len = -1;
    if (handshake)
        decode_handshake(entry, level, b, d);
    else if (datagram)
        decode_datagram(level, b, d);
    else
        decode_typed(level, b, d);
}

static bool is_punch(const json_t *entry)
{
    return is(entry, "Punch");
}

/* Short or damaged forms that the encoder brings into the usual form. */
static bool is_normalised(const char *name)
{
    static const char *const names[] = {"hello_name_too_long_96", "hello_name_not_utf8_33",
        "hello_minimum_20", "welcome_minimum_53", "start_longer", "probe_result_short_21"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void check_fields(const char *name, const json_t *want, const json_t *got)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)want, key, value)
    {
        if (json_equal(value, json_object_get(got, key)))
            continue;
        char *w = json_dumps(value, JSON_ENCODE_ANY),
             *g = json_dumps(json_object_get(got, key), JSON_ENCODE_ANY);
        fail_msg("%s: %s is %s, not %s", name, key, g ? g : "missing", w);
    }
}

static void messages_decode_and_encode(void **state)
{
    static struct decoded d, next;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(root, "vectors"), i, entry)
    {
        const char *name = text_of(entry, "name");
        struct bytes b = unhex(text_of(entry, "hex"));
        if (is_punch(entry)) {
            assert_int_equal(b.len, PF_WIRE_PUNCH_LEN);
            assert_memory_equal(b.data, PF_WIRE_PUNCH, b.len);
            free(b.data);
            continue;
        }
        decode(entry, level_of(entry), b, &d);
        if (d.result != 0)
            fail_msg("%s: decoding gives %d", name, d.result);
        check_fields(name, json_object_get(entry, "fields"), d.fields);
        assert_true(d.again_len > 0);
        if (!is_normalised(name)) {
            assert_int_equal(d.again_len, b.len);
            assert_memory_equal(d.again, b.data, b.len);
        }
        decode(entry, level_of(entry), (struct bytes){d.again, (size_t)d.again_len}, &next);
        assert_int_equal(next.result, 0);
        assert_true(json_equal(d.fields, next.fields));
        json_decref(d.fields);
        json_decref(next.fields);
        free(b.data);
    }
    assert_true(i >= 98);
}

/* A baseline program skips what came later and reads the baseline part of what grew. */
static void baseline_does_not_know_v31(void **state)
{
    static struct decoded d;
    size_t i, unknown = 0;
    json_t *entry;
    json_array_foreach(json_object_get(root, "vectors"), i, entry)
    {
        struct bytes b = unhex(text_of(entry, "hex"));
        bool grew = is(entry, "Hello") || is(entry, "Welcome") ||
                    strncmp(text_of(entry, "type"), "Rumble", 6) == 0 || is(entry, "HostTimingStages");
        if (level_of(entry) == PF_WIRE_V31) {
            decode(entry, PF_WIRE_BASELINE, b, &d);
            assert_int_equal(d.result, grew ? 0 : PF_WIRE_UNKNOWN);
            unknown += d.result == PF_WIRE_UNKNOWN;
            json_decref(d.fields);
        }
        free(b.data);
    }
    assert_true(unknown >= 20);
}

static void refused_messages(void **state)
{
    static struct decoded d;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(root, "must_reject"), i, entry)
    {
        struct bytes b = unhex(text_of(entry, "hex"));
        enum pf_wire_level level = is(entry, "WelcomeV31") ? PF_WIRE_V31 : PF_WIRE_BASELINE;
        decode(entry, level, b, &d);
        if (d.result == 0)
            fail_msg("%s was accepted: %s", text_of(entry, "name"), text_of(entry, "why"));
        free(b.data);
    }
    assert_true(i >= 19);
}

/* No prefix of any message crashes a decoder, and none of a message with a fixed length is accepted. */
static void every_truncation(void **state)
{
    static struct decoded d;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(root, "vectors"), i, entry)
    {
        struct bytes b = unhex(text_of(entry, "hex"));
        bool typed = b.len >= 5 && memcmp(b.data, "PKFc", 4) == 0;
        for (size_t n = 0; n < b.len && !is_punch(entry); n++) {
            struct bytes cut = {malloc(n ? n : 1), n};
            memcpy(cut.data, b.data, n);
            decode(entry, PF_WIRE_V31, cut, &d);
            bool shorter_form =
                (is(entry, "ProbeResult") && n >= 21) || (is(entry, "PhaseReport") && n == 25);
            if (typed && !shorter_form)
                assert_int_not_equal(d.result, 0);
            json_decref(d.fields);
            free(cut.data);
        }
        free(b.data);
    }
}

/* Encoders stop at the end of every buffer that is too small. */
static void every_short_buffer(void **state)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(root, "vectors"), i, entry)
    {
        struct bytes b = unhex(text_of(entry, "hex"));
        struct pf_datagram m;
        if (pf_datagram_decode(PF_WIRE_V31, b.data, b.len, &m) == 0) {
            for (size_t cap = 0; cap < b.len; cap++) {
                uint8_t *out = malloc(cap ? cap : 1);
                assert_int_equal(pf_datagram_encode(&m, out, cap), -ENOBUFS);
                free(out);
            }
        }
        free(b.data);
    }
}

static void number_tables(void **state)
{
    const json_t *numbers = json_object_get(root, "numbers");
    size_t i;
    json_t *e;
#define N(key) ((uint32_t)json_integer_value(json_object_get(e, key)))
    json_array_foreach(json_object_get(numbers, "bitrate_resolved"), i, e)
        assert_int_equal(pf_negotiate_bitrate(N("requested")), N("kbps"));
    assert_true(i > 0);
    json_array_foreach(json_object_get(numbers, "codec_choice_baseline"), i, e) assert_int_equal(
        pf_negotiate_codec((uint8_t)N("client"), (uint8_t)N("host"), (uint8_t)N("preferred")), N("codec"));
    assert_true(i > 0);
    json_array_foreach(json_object_get(numbers, "speed_test_chunk"), i, e)
        assert_int_equal(pf_speed_test_chunk(N("target_kbps")), N("chunk_bytes"));
    assert_true(i > 0);
    json_array_foreach(json_object_get(numbers, "adaptive_fec_target"), i, e)
        assert_int_equal(pf_parity_want(N("loss_ppm")), N("percent"));
    assert_true(i >= 14);
#undef N
#define N(key) json_integer_value(json_object_get(e, key))
    json_array_foreach(json_object_get(numbers, "clock"), i, e)
    {
        const struct pf_clock_round r = {
            (uint64_t)N("t1"), (uint64_t)N("t2"), (uint64_t)N("t3"), (uint64_t)N("t4")};
        assert_int_equal(pf_clock_offset_ns(&r), N("offset_ns"));
        assert_int_equal(pf_clock_rtt_ns(&r), N("rtt_ns"));
    }
    assert_true(i > 0);
#undef N
}

static void check_synthetic(uint32_t index, const char *sha256)
{
    static uint8_t frame[PF_SYNTHETIC_FRAME_LEN];
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(hash) + 1];
    pf_synthetic_fill(index, frame);
    crypto_hash_sha256(hash, frame, sizeof(frame));
    assert_string_equal(pf_hex_encode(hash, sizeof(hash), hex), sha256);
}

static void synthetic_frames(void **state)
{
    const json_t *e = json_object_get(json_object_get(root, "numbers"), "synthetic_frame");
    uint32_t index = (uint32_t)json_integer_value(json_object_get(e, "index"));
    static uint8_t frame[PF_SYNTHETIC_FRAME_LEN];
    char hex[33];
    assert_int_equal(json_integer_value(json_object_get(e, "length")), PF_SYNTHETIC_FRAME_LEN);
    pf_synthetic_fill(index, frame);
    assert_string_equal(pf_hex_encode(frame, 16, hex), text_of(e, "first_16_hex"));
    check_synthetic(0, text_of(e, "sha256_of_frame_0"));
    check_synthetic(258, text_of(e, "sha256_of_frame_258"));
}

static int load(void **state)
{
    json_error_t err;
    root = json_load_file(VECTORS_DIR "/control.json", 0, &err);
    return root ? 0 : -1;
}

static int unload(void **state)
{
    json_decref(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_decode_and_encode),
        cmocka_unit_test(baseline_does_not_know_v31),
        cmocka_unit_test(refused_messages),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_short_buffer),
        cmocka_unit_test(number_tables),
        cmocka_unit_test(synthetic_frames),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
