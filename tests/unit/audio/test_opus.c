/* The encoder against the library's decoder, in every layout. */
#include "audio/audio.h"
#include "audio/opus_encoder.h"

#include <math.h>
#include <opus_multistream.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECONDS 1u

/* Another tone in each channel; a deep one for LFE, whose stream gets few bits. */
static double hertz(unsigned channel)
{
    return channel == 3 ? 60 : 300 + 100.0 * channel;
}

static void fill(float *samples, unsigned channels, unsigned frames, uint64_t at)
{
    for (unsigned i = 0; i < frames; i++)
        for (unsigned c = 0; c < channels; c++)
            samples[i * channels + c] =
                0.5f * (float)sin(2 * M_PI * hertz(c) * (double)(at + i) / PF_AUDIO_RATE);
}

/* Power of the tone of channel `c` that is in channel `in`, by correlation. */
static double power(const float *samples, unsigned channels, size_t frames, unsigned in, unsigned c)
{
    double re = 0, im = 0;
    for (size_t i = 0; i < frames; i++) {
        double phase = 2 * M_PI * hertz(c) * (double)i / PF_AUDIO_RATE;
        re += (double)samples[i * channels + in] * cos(phase);
        im += (double)samples[i * channels + in] * sin(phase);
    }
    return sqrt(re * re + im * im) * 2 / (double)frames;
}

static void check(unsigned channels, bool high_quality, unsigned frames)
{
    static const unsigned char identity[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    const struct pf_opus_layout layout = pf_opus_layout_of(channels, high_quality);
    struct pf_opus_encoder *e;
    struct pf_error err;
    int rc;
    assert_int_equal(layout.channels, channels);
    assert_int_equal(pf_opus_encoder_create(&layout, &e, &err), 0);
    OpusMSDecoder *d = opus_multistream_decoder_create(
        48000, (int)channels, (int)layout.streams, (int)layout.coupled, identity, &rc);
    assert_non_null(d);
    size_t total = SECONDS * PF_AUDIO_RATE / frames * frames;
    float in[480 * 8], *out = calloc(total * channels, sizeof(float));
    uint8_t packet[PF_OPUS_PACKET_MAX];
    int first = 0;
    for (size_t at = 0; at < total; at += frames) {
        fill(in, channels, frames, at);
        int len = pf_opus_encode(e, in, frames, packet, sizeof(packet));
        assert_true(len > 0);
        first = first ? first : len;
        assert_int_equal(len, first); /* hard constant bitrate */
        assert_int_equal(
            opus_multistream_decode_float(d, packet, len, out + at * channels, (int)frames, 0), frames);
    }
    assert_int_equal(first, layout.bitrate / 8 * frames / PF_AUDIO_RATE);
    for (unsigned c = 0; c < channels; c++) {
        /* Each tone in its own channel, at about its level, and hardly in the others. LFE is no exception:
         * the mapping knows no low-frequency channel. */
        assert_true(fabs(power(out, channels, total, c, c) - 0.5) < 0.1);
        for (unsigned other = 0; other < channels; other++)
            if (other != c)
                assert_true(power(out, channels, total, other, c) < (layout.coupled ? 0.25 : 0.05));
    }
    free(out);
    opus_multistream_decoder_destroy(d);
    pf_opus_encoder_destroy(e);
}

static void test_layouts(void **state)
{
    static const unsigned channels[] = {2, 6, 8};
    for (unsigned i = 0; i < 3; i++) {
        check(channels[i], false, 240);
        check(channels[i], true, 240);
        check(channels[i], false, 480);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layouts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
