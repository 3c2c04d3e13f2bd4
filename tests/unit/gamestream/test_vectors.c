/* Every entry of gamestream.json but input packets (test_input_packet.c) and pairing (test_pairing.c). */
#include "vectors.h"

#include "core/fec/gf8_field.h"
#include "core/fec/gf8_kernels.h"
#include "gamestream/wire/audio_packet.h"
#include "gamestream/wire/control_message.h"
#include "gamestream/wire/control_seal.h"
#include "gamestream/wire/rtsp_seal.h"
#include "gamestream/wire/video_packet.h"
#include "punktfunk/fec.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- control --------------------------------------------------------------------------------------------
 */

static void check_sealed(const json_t *entry, const uint8_t *key)
{
    struct bytes plain = bytes_of(entry, "plaintext"), packet = bytes_of(entry, "packet");
    enum pf_gs_sender from =
        strcmp(text_of(entry, "direction"), "client->host") == 0 ? PF_GS_FROM_CLIENT : PF_GS_FROM_HOST;
    struct pf_gs_control_seal seal;
    uint8_t out[512], again[PF_GS_CONTROL_PLAIN_MAX];
    assert_int_equal(
        pf_gs_control_seal_init(&seal, (enum pf_gs_control_version)number_of(entry, "version"), key), 0);
    seal.next_seq = (uint32_t)number_of(entry, "seq");
    int len = pf_gs_control_seal(&seal, from, plain.data, plain.len, out, sizeof(out));
    assert_bytes(&packet, out, (size_t)len);
    len = pf_gs_control_open(&seal, from, packet.data, packet.len, again, sizeof(again));
    assert_bytes(&plain, again, (size_t)len);
    assert_int_equal(
        pf_gs_control_open(&seal, from, packet.data, packet.len, again, sizeof(again)), -EALREADY);
    pf_gs_control_seal_finish(&seal);
    free(plain.data);
    free(packet.data);
}

static void test_control(void **state)
{
    size_t i;
    json_t *entry;
    struct bytes key = bytes_of_text(json_string_value(vectors("control_key")));
    json_array_foreach((json_t *)vectors("control"), i, entry) check_sealed(entry, key.data);
    assert_int_equal(i, 6);
    free(key.data);
}

static void test_hdr(void **state)
{
    struct bytes want = bytes_of_text(json_string_value(vectors("hdr_message_payload")));
    const struct pf_gs_hdr_metadata m = {
        {35400, 14600}, {8500, 39850}, {6550, 2300}, {15635, 16450}, 1000, 50, 800, 400, 600};
    uint8_t out[PF_GS_HOST_MESSAGE_MAX];
    size_t len = pf_gs_write_hdr(out, &m);
    assert_bytes(&want, out + 4, len - 4);
    assert_memory_equal(out, "\x0e\x01\x1b\x00", 4);
    assert_int_equal(pf_gs_write_hdr(out, NULL), len);
    for (size_t i = 4; i < len; i++)
        assert_int_equal(out[i], 0);
    free(want.data);
}

static void test_fec_status(void **state)
{
    const json_t *v = vectors("fec_status_message");
    struct bytes body = bytes_of(v, "hex");
    uint8_t plain[64] = {0x02, 0x55, (uint8_t)body.len, 0};
    struct pf_gs_client_message m;
    memcpy(plain + 4, body.data, body.len);
    assert_int_equal(pf_gs_client_message_decode(plain, 4 + body.len, &m), 0);
    assert_int_equal(m.kind, PF_GS_CLIENT_FEC_STATUS);
    assert_int_equal(m.fec.frame, number_of(v, "frame"));
    assert_int_equal(m.fec.highest_sequence, number_of(v, "highest_seq"));
    assert_int_equal(m.fec.next_contiguous, number_of(v, "next_contiguous"));
    assert_int_equal(m.fec.missing_before_highest, number_of(v, "missing_before_highest"));
    assert_int_equal(m.fec.data_shards, number_of(v, "total_data"));
    assert_int_equal(m.fec.parity_shards, number_of(v, "total_parity"));
    assert_int_equal(m.fec.received_data, number_of(v, "received_data"));
    assert_int_equal(m.fec.received_parity, number_of(v, "received_parity"));
    assert_int_equal(m.fec.percent, number_of(v, "fec_percent"));
    assert_int_equal(m.fec.block, number_of(v, "block"));
    assert_int_equal(m.fec.blocks, number_of(v, "blocks"));
    for (size_t len = 0; len < 4 + body.len; len++)
        assert_int_equal(pf_gs_client_message_decode(plain, len, &m), -EINVAL);
    free(body.data);
}

/* ---- RTSP -----------------------------------------------------------------------------------------------
 */

static void check_rtsp(const json_t *entry, enum pf_gs_sender from)
{
    struct bytes key = bytes_of(vectors("rtsp_sealed"), "key"), message = bytes_of(entry, "message");
    const char *text = text_of(entry, "text");
    struct pf_gs_rtsp_seal seal;
    uint8_t out[1024];
    char again[1024];
    assert_int_equal(pf_gs_rtsp_seal_init(&seal, key.data), 0);
    assert_int_equal(number_of(entry, "seq"), 1);
    int len = pf_gs_rtsp_seal(&seal, from, text, strlen(text), out, sizeof(out));
    assert_bytes(&message, out, (size_t)len);
    for (size_t cut = 0; cut < 4; cut++)
        assert_int_equal(pf_gs_rtsp_sealed_len(message.data, cut), 0);
    assert_int_equal(pf_gs_rtsp_sealed_len(message.data, 4), len);
    assert_int_equal(pf_gs_rtsp_open(&seal, from, message.data, message.len - 1, again), -EINVAL);
    message.data[30] ^= 1;
    assert_int_equal(pf_gs_rtsp_open(&seal, from, message.data, message.len, again), -EBADMSG);
    message.data[30] ^= 1;
    assert_int_equal(pf_gs_rtsp_open(&seal, from, message.data, message.len, again), strlen(text));
    assert_memory_equal(again, text, strlen(text));
    assert_int_equal(pf_gs_rtsp_open(&seal, from, message.data, message.len, again), -EALREADY);
    pf_gs_rtsp_seal_finish(&seal);
    free(key.data);
    free(message.data);
}

static void test_rtsp(void **state)
{
    check_rtsp(json_object_get(vectors("rtsp_sealed"), "response"), PF_GS_FROM_HOST);
    check_rtsp(json_object_get(vectors("rtsp_sealed"), "request"), PF_GS_FROM_CLIENT);
}

/* ---- erasure codes --------------------------------------------------------------------------------------
 */

static void test_matrix(void **state)
{
    const struct pf_gf8_tables *t = pf_gf8_tables();
    size_t n, j;
    json_t *entry, *row;
    json_array_foreach((json_t *)vectors("video_fec_matrix"), n, entry)
    {
        unsigned k = (unsigned)number_of(entry, "k"), m = (unsigned)number_of(entry, "m");
        json_array_foreach(json_object_get(entry, "rows"), j, row)
        {
            struct bytes want = bytes_of_text(json_string_value(row));
            assert_int_equal(want.len, k);
            for (unsigned i = 0; i < k; i++)
                assert_int_equal(pf_gf8_inv(t, (uint8_t)((m + i) ^ j)), want.data[i]);
            free(want.data);
        }
        assert_int_equal(j, m);
    }
}

/* Parity of `k` shards in `m` more behind them. */
static void encode(uint8_t *shards, unsigned k, unsigned m, size_t len)
{
    const uint8_t *data[255];
    uint8_t *parity[255];
    struct pf_fec *fec;
    for (unsigned i = 0; i < k; i++)
        data[i] = shards + i * len;
    for (unsigned j = 0; j < m; j++)
        parity[j] = shards + (k + j) * len;
    assert_int_equal(pf_fec_create(PF_FEC_GF8, k, m, len, &fec), 0);
    assert_int_equal(pf_fec_encode(fec, data, k, parity, m, len), 0);
    pf_fec_destroy(fec);
}

static void test_block(void **state)
{
    const json_t *v = vectors("video_fec_block");
    unsigned k = (unsigned)number_of(v, "k"), m = (unsigned)number_of(v, "m");
    uint8_t shards[16 * 8];
    for (unsigned i = 0; i < k; i++) {
        struct bytes data = bytes_of_text(json_string_value(json_array_get(json_object_get(v, "data"), i)));
        memcpy(shards + i * 8, data.data, 8);
        free(data.data);
    }
    encode(shards, k, m, 8);
    for (unsigned j = 0; j < m; j++) {
        struct bytes want = bytes_of_text(json_string_value(json_array_get(json_object_get(v, "parity"), j)));
        assert_bytes(&want, shards + (k + j) * 8, 8);
        free(want.data);
    }
}

static void test_large(void **state)
{
    size_t n;
    json_t *entry;
    json_array_foreach((json_t *)vectors("video_fec_large"), n, entry)
    {
        unsigned k = (unsigned)number_of(entry, "k"), m = (unsigned)number_of(entry, "m");
        size_t len = number_of(entry, "len");
        uint8_t *shards = malloc((k + m) * len), hash[32];
        struct bytes want = bytes_of(entry, "sha256_of_parity");
        assert_non_null(shards);
        for (unsigned i = 0; i < k; i++)
            for (unsigned j = 0; j < len; j++)
                shards[i * len + j] = (uint8_t)(i * i + 7 * i * j + 3 * j + 1);
        encode(shards, k, m, len);
        assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, shards + k * len, m * len, hash), 0);
        assert_bytes(&want, hash, sizeof(hash));
        free(want.data);
        free(shards);
    }
}

/* ---- video ----------------------------------------------------------------------------------------------
 */

static unsigned make_video(uint8_t *out, size_t stride)
{
    const json_t *v = vectors("video_frame");
    struct bytes au = bytes_of(v, "access_unit");
    struct pf_gs_packetiser *p;
    const struct pf_gs_packetiser_config config = {
        .packet_size = (unsigned)number_of(v, "packetSize"),
        .parity_percent = (unsigned)number_of(v, "fec_percent_config"),
        .min_parity = (unsigned)number_of(v, "min_fec"),
        .packets_before = (uint32_t)number_of(v, "first_packet_counter"),
        .frames_before = (uint32_t)number_of(v, "frameIndex") - 1,
    };
    const struct pf_gs_frame frame = {
        .data = au.data,
        .len = au.len,
        .type = (enum pf_gs_frame_type)number_of(v, "type"),
        .rtp_time = (uint32_t)number_of(v, "timestamp"),
        .latency_100us = (uint16_t)number_of(v, "latency_tenths_ms"),
    };
    assert_int_equal(pf_gs_packetiser_create(&config, &p), 0);
    assert_int_equal(pf_gs_packetiser_begin(p, &frame), 1);
    assert_int_equal(pf_gs_packetiser_frame_index(p), number_of(v, "frameIndex"));
    assert_int_equal(pf_gs_packetiser_datagram_len(p), config.packet_size + 16);
    unsigned n = pf_gs_packetiser_block(p, out, stride);
    pf_gs_packetiser_destroy(p);
    free(au.data);
    return n;
}

static void test_video(void **state)
{
    const json_t *want = json_object_get(vectors("video_frame"), "datagrams");
    uint8_t out[16 * 100];
    assert_int_equal(make_video(out, 100), json_array_size(want));
    for (size_t i = 0; i < json_array_size(want); i++) {
        struct bytes datagram = bytes_of_text(json_string_value(json_array_get(want, i)));
        assert_bytes(&datagram, out + i * 100, 64);
        free(datagram.data);
    }
}

static void test_video_sealed(void **state)
{
    const json_t *v = vectors("video_encrypted");
    struct bytes key = bytes_of(v, "key"), want = bytes_of(v, "datagram0");
    uint8_t out[16 * 100];
    struct pf_gs_gcm *gcm;
    make_video(out + PF_GS_VIDEO_SEAL_PREFIX, 100);
    assert_int_equal(pf_gs_gcm_create(key.data, &gcm), 0);
    pf_gs_video_seal(gcm, number_of(v, "iv_counter_first"), 7, out + PF_GS_VIDEO_SEAL_PREFIX, 64);
    assert_bytes(&want, out, PF_GS_VIDEO_SEAL_PREFIX + 64);
    pf_gs_gcm_destroy(gcm);
    free(key.data);
    free(want.data);
}

/* ---- audio ----------------------------------------------------------------------------------------------
 */

static void test_audio_block(void **state)
{
    const json_t *v = vectors("audio_fec_block");
    struct pf_gs_audio *a = malloc(sizeof(*a));
    uint8_t out[PF_GS_AUDIO_DATAGRAM_MAX];
    size_t len;
    assert_non_null(a);
    pf_gs_audio_init(a, 5, NULL, 0);
    for (unsigned i = 0; i < 4; i++) {
        struct bytes data = bytes_of_text(json_string_value(json_array_get(json_object_get(v, "data"), i)));
        assert_int_equal(pf_gs_audio_parity(a, &len), 0);
        assert_true(pf_gs_audio_packet(a, data.data, data.len, out, sizeof(out)) > 0);
        free(data.data);
    }
    assert_int_equal(pf_gs_audio_parity(a, &len), 2);
    for (unsigned j = 0; j < 2; j++) {
        struct bytes want = bytes_of_text(json_string_value(json_array_get(json_object_get(v, "parity"), j)));
        assert_bytes(&want, a->parity[j] + 24, len - 24);
        free(want.data);
    }
    free(a);
}

/* The packets of sequences 4 … 7; those before are of the same length. */
static void check_audio(const json_t *v, struct pf_gs_cbc *cbc, uint32_t key_id)
{
    struct pf_gs_audio *a = malloc(sizeof(*a));
    uint8_t out[PF_GS_AUDIO_DATAGRAM_MAX], payload[10];
    assert_non_null(a);
    pf_gs_audio_init(a, 5, cbc, key_id);
    size_t parity_len;
    for (unsigned seq = 0; seq < 8; seq++) {
        for (unsigned i = 0; i < sizeof(payload); i++)
            payload[i] = (uint8_t)(16 * seq + i);
        int len = pf_gs_audio_packet(a, payload, sizeof(payload), out, sizeof(out));
        if (seq < 4)
            continue;
        struct bytes want =
            bytes_of_text(json_string_value(json_array_get(json_object_get(v, "data"), seq - 4)));
        assert_bytes(&want, out, (size_t)len);
        free(want.data);
    }
    assert_int_equal(pf_gs_audio_parity(a, &parity_len), 2);
    for (unsigned j = 0; j < 2; j++) {
        struct bytes want = bytes_of_text(json_string_value(json_array_get(json_object_get(v, "fec"), j)));
        assert_bytes(&want, a->parity[j], parity_len);
        free(want.data);
    }
    free(a);
}

static void test_audio(void **state)
{
    check_audio(vectors("audio_plain"), NULL, 0);
}

static void test_audio_encrypted(void **state)
{
    const json_t *v = vectors("audio_encrypted");
    struct bytes key = bytes_of(v, "key");
    struct pf_gs_cbc *cbc;
    assert_int_equal(pf_gs_cbc_create(key.data, &cbc), 0);
    check_audio(v, cbc, (uint32_t)(int32_t)json_integer_value(json_object_get(v, "rikeyid_signed")));
    pf_gs_cbc_destroy(cbc);
    free(key.data);
}

static void test_audio_of_changing_length_has_no_parity(void **state)
{
    struct pf_gs_audio *a = malloc(sizeof(*a));
    uint8_t out[PF_GS_AUDIO_DATAGRAM_MAX], payload[PF_GS_AUDIO_PAYLOAD_MAX + 1] = {0};
    size_t len;
    assert_non_null(a);
    pf_gs_audio_init(a, 10, NULL, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pf_gs_audio_packet(a, payload, 100 + (i == 2), out, sizeof(out)), 112 + (i == 2));
    assert_int_equal(pf_gs_audio_parity(a, &len), 0);
    assert_int_equal(pf_gs_audio_packet(a, payload, sizeof(payload), out, sizeof(out)), -EMSGSIZE);
    assert_int_equal(a->next_seq, 4);
    assert_int_equal(a->next_time, 40);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_hdr),
        cmocka_unit_test(test_fec_status),
        cmocka_unit_test(test_rtsp),
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_video),
        cmocka_unit_test(test_video_sealed),
        cmocka_unit_test(test_audio_block),
        cmocka_unit_test(test_audio),
        cmocka_unit_test(test_audio_encrypted),
        cmocka_unit_test(test_audio_of_changing_length_has_no_parity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
