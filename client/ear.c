#include "client/ear.h"

#include "base/bytes.h"

#include <errno.h>
#include <math.h>
#include <opus_multistream.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE        48000u
#define FRAMES_MAX  5760u /* of one packet: 120 ms */
#define SILENCE     1e-4  /* −80 dBFS */
#define SILENT_DBFS (-120.0)
#define WAV_HEADER  44u

/* One channel in the second that is being measured. */
struct meter {
    double sum, peak;
    unsigned crossings;
    bool above;
};

struct probe_ear {
    OpusMSDecoder *opus;
    FILE *wav;
    uint64_t frames;
    unsigned measured; /* frames in the present second */
    struct meter meters[PROBE_EAR_CHANNELS_MAX];
    bool started;
    uint32_t next_seq;
    struct probe_heard heard;
    float samples[FRAMES_MAX * PROBE_EAR_CHANNELS_MAX];
};

/* ---- the file -------------------------------------------------------------------------------------------
 */

static void write_wav_header(struct probe_ear *e)
{
    uint8_t buf[WAV_HEADER];
    struct pf_writer w = pf_writer_of(buf, sizeof(buf));
    unsigned frame = e->heard.channels * 2;
    uint32_t bytes = (uint32_t)(e->frames * frame);
    pf_write_bytes(&w, "RIFF", 4);
    pf_write_u32le(&w, bytes + WAV_HEADER - 8);
    pf_write_bytes(&w, "WAVEfmt ", 8);
    pf_write_u32le(&w, 16);
    pf_write_u16le(&w, 1); /* integer samples */
    pf_write_u16le(&w, (uint16_t)e->heard.channels);
    pf_write_u32le(&w, RATE);
    pf_write_u32le(&w, RATE * frame);
    pf_write_u16le(&w, (uint16_t)frame);
    pf_write_u16le(&w, 16);
    pf_write_bytes(&w, "data", 4);
    pf_write_u32le(&w, bytes);
    fwrite(buf, sizeof(buf), 1, e->wav);
}

static void write_wav(struct probe_ear *e, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double v = fmax(-1, fmin(1, (double)e->samples[i])) * 32767;
        uint16_t bits = (uint16_t)(int16_t)lrint(v);
        fputc(bits & 0xFF, e->wav);
        fputc(bits >> 8, e->wav);
    }
}

/* ---- measuring ------------------------------------------------------------------------------------------
 */

static double dbfs(double amplitude)
{
    return amplitude > 1e-6 ? 20 * log10(amplitude) : SILENT_DBFS;
}

/* A second without any sound leaves the figures of the last one that had some. */
static void end_second(struct probe_ear *e)
{
    double loudest = 0;
    for (unsigned c = 0; c < e->heard.channels; c++)
        loudest = fmax(loudest, e->meters[c].peak);
    for (unsigned c = 0; c < e->heard.channels; c++) {
        struct meter *m = &e->meters[c];
        if (loudest > SILENCE) {
            e->heard.channel[c].peak_dbfs = dbfs(m->peak);
            e->heard.channel[c].rms_dbfs = dbfs(sqrt(m->sum / e->measured));
            e->heard.channel[c].hz = m->peak > SILENCE ? m->crossings * (double)RATE / e->measured : 0;
        }
        *m = (struct meter){.above = m->above};
    }
    e->measured = 0;
}

static void measure_frame(struct probe_ear *e, const float *frame)
{
    for (unsigned c = 0; c < e->heard.channels; c++) {
        struct meter *m = &e->meters[c];
        double v = (double)frame[c];
        m->sum += v * v;
        m->peak = fmax(m->peak, fabs(v));
        m->crossings += v > 0 && !m->above;
        m->above = v > 0;
    }
    if (++e->measured == RATE)
        end_second(e);
}

/* ---- packets --------------------------------------------------------------------------------------------
 */

static void note_number(struct probe_ear *e, uint32_t seq)
{
    if (e->started && (int32_t)(seq - e->next_seq) > 0)
        e->heard.missing += seq - e->next_seq;
    e->started = true;
    e->next_seq = seq + 1;
}

void probe_ear_hear(struct probe_ear *e, const struct pf_audio_packet *p)
{
    note_number(e, p->seq);
    e->heard.packets++;
    int n = p->len ? opus_multistream_decode_float(
                         e->opus, p->data, (opus_int32)p->len, e->samples, (int)FRAMES_MAX, 0)
                   : 0;
    if (n <= 0) {
        e->heard.damaged++;
        return;
    }
    for (int i = 0; i < n; i++)
        measure_frame(e, e->samples + (size_t)i * e->heard.channels);
    if (e->wav)
        write_wav(e, (size_t)n * e->heard.channels);
    e->frames += (uint64_t)n;
    e->heard.seconds = (double)e->frames / RATE;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int probe_ear_create(unsigned channels, const char *wav, struct probe_ear **ret_ear, struct pf_error *err)
{
    static const unsigned char identity[PROBE_EAR_CHANNELS_MAX] = {0, 1, 2, 3, 4, 5, 6, 7};
    int coupled = channels == 2 ? 1 : channels == 6 ? 2 : channels == 8 ? 3 : -1, rc;
    if (coupled < 0)
        return pf_error_set(err, -EINVAL, "the host offers %u audio channels, which no host may", channels);
    struct probe_ear *e = calloc(1, sizeof(*e));
    if (!e)
        return pf_error_set(err, -ENOMEM, "out of memory");
    e->heard.channels = channels;
    for (unsigned c = 0; c < channels; c++)
        e->heard.channel[c].peak_dbfs = e->heard.channel[c].rms_dbfs = dbfs(0);
    e->opus = opus_multistream_decoder_create(
        (opus_int32)RATE, (int)channels, (int)channels - coupled, coupled, identity, &rc);
    if (!e->opus) {
        free(e);
        return pf_error_set(err, -EIO, "the Opus decoder cannot be made: %s", opus_strerror(rc));
    }
    e->wav = wav ? fopen(wav, "wb") : NULL;
    if (wav && !e->wav) {
        rc = -errno;
        probe_ear_destroy(e);
        return pf_error_set(err, rc, "%s cannot be written: %s", wav, strerror(-rc));
    }
    if (e->wav)
        write_wav_header(e);
    *ret_ear = e;
    return 0;
}

struct probe_heard probe_ear_finish(struct probe_ear *e)
{
    if (e->measured > RATE / 10)
        end_second(e);
    if (e->wav && fseek(e->wav, 0, SEEK_SET) == 0)
        write_wav_header(e);
    return e->heard;
}

void probe_ear_destroy(struct probe_ear *e)
{
    if (!e)
        return;
    if (e->wav)
        fclose(e->wav);
    opus_multistream_decoder_destroy(e->opus);
    free(e);
}
