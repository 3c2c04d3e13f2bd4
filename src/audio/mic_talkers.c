#include "audio/mic_talkers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pf_mic_talkers_init(struct pf_mic_talkers *t)
{
    *t = (struct pf_mic_talkers){.scratch = calloc(PF_MIC_TAKE_MAX * PF_MIC_CHANNELS, sizeof(float))};
    int rc = t->scratch ? 0 : -ENOMEM;
    for (unsigned i = 0; i < PF_MIC_TALKERS && rc == 0; i++)
        rc = pf_mic_buffer_init(&t->talkers[i].buffer);
    return rc;
}

void pf_mic_talkers_finish(struct pf_mic_talkers *t)
{
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++)
        pf_mic_buffer_finish(&t->talkers[i].buffer);
    free(t->scratch);
    t->scratch = NULL;
}

/* ---- the putter -----------------------------------------------------------------------------------------
 */

static int place_of(const struct pf_mic_talkers *t, uint32_t session)
{
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++)
        if (t->talkers[i].here && t->talkers[i].session == session)
            return (int)i;
    return -1;
}

/* The one that was left first: nothing of its last talker is on its way any more. */
static int free_place(const struct pf_mic_talkers *t)
{
    int best = -1;
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++)
        if (!t->talkers[i].here && (best < 0 || t->talkers[i].heard_ns < t->talkers[best].heard_ns))
            best = (int)i;
    return best;
}

int pf_mic_talkers_find(struct pf_mic_talkers *t, uint64_t now_ns, uint32_t session, bool *ret_new)
{
    int i = place_of(t, session);
    *ret_new = i < 0;
    if (i < 0)
        i = free_place(t);
    if (i < 0)
        return -1;
    struct pf_mic_talker *talker = &t->talkers[i];
    if (*ret_new)
        pf_mic_buffer_begin(&talker->buffer);
    talker->here = true;
    talker->session = session;
    talker->heard_ns = now_ns;
    return i;
}

void pf_mic_talkers_put(
    struct pf_mic_talkers *t, int talker, uint64_t now_ns, const float *samples, size_t frames)
{
    pf_mic_buffer_put(&t->talkers[talker].buffer, now_ns, samples, frames);
}

int pf_mic_talkers_leave(struct pf_mic_talkers *t, uint64_t now_ns, uint32_t session)
{
    int i = place_of(t, session);
    if (i >= 0) {
        t->talkers[i].here = false;
        t->talkers[i].heard_ns = now_ns;
    }
    return i;
}

int pf_mic_talkers_expire(struct pf_mic_talkers *t, uint64_t now_ns)
{
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++) {
        if (t->talkers[i].here && now_ns - t->talkers[i].heard_ns >= PF_MIC_SILENT_NS) {
            t->talkers[i].here = false;
            return (int)i;
        }
    }
    return -1;
}

uint64_t pf_mic_talkers_deadline(const struct pf_mic_talkers *t)
{
    uint64_t first = UINT64_MAX;
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++)
        if (t->talkers[i].here && t->talkers[i].heard_ns + PF_MIC_SILENT_NS < first)
            first = t->talkers[i].heard_ns + PF_MIC_SILENT_NS;
    return first;
}

void pf_mic_talkers_reset(struct pf_mic_talkers *t)
{
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++)
        pf_mic_buffer_reset(&t->talkers[i].buffer);
}

/* ---- the taker ------------------------------------------------------------------------------------------
 */

static float clip(float v)
{
    return v < -1 ? -1 : v > 1 ? 1 : v;
}

static void take_some(struct pf_mic_talkers *t, uint64_t now_ns, float *ret_samples, size_t frames)
{
    size_t count = frames * PF_MIC_CHANNELS;
    memset(ret_samples, 0, count * sizeof(float));
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++) {
        if (!pf_mic_buffer_take(&t->talkers[i].buffer, now_ns, t->scratch, frames))
            continue;
        for (size_t k = 0; k < count; k++)
            ret_samples[k] += t->scratch[k];
    }
    for (size_t k = 0; k < count; k++)
        ret_samples[k] = clip(ret_samples[k]);
}

void pf_mic_talkers_take(struct pf_mic_talkers *t, uint64_t now_ns, float *ret_samples, size_t frames)
{
    while (frames) {
        size_t some = frames < PF_MIC_TAKE_MAX ? frames : PF_MIC_TAKE_MAX;
        take_some(t, now_ns, ret_samples, some);
        ret_samples += some * PF_MIC_CHANNELS;
        frames -= some;
    }
}
