/* What the management API sees of the host. */
#include "cli/host_parts.h"

#include "cli/compositors.h"
#include "cli/version.h"
#include "encode/encoder.h"
#include "trust/gamestream_store.h"

#include <stdio.h>
#include <stdlib.h>

#define SESSIONS_MAX 64u

static const char *api_codec(enum pf_codec codec)
{
    return codec == PF_CODEC_HEVC ? "h265" : pf_codec_name(codec);
}

static size_t sessions(const struct pf_host *host, struct pf_native_session_info *list)
{
    size_t n = host->native ? pf_native_sessions(host->native, list, SESSIONS_MAX) : 0;
    return n < SESSIONS_MAX ? n : SESSIONS_MAX;
}

static void native_status(const struct pf_host *host, struct pf_mgmt_status *ret)
{
    struct pf_native_session_info list[SESSIONS_MAX], *shown = NULL;
    size_t n = sessions(host, list);
    for (size_t i = 0; i < n; i++) {
        bool streams = list[i].state == PF_NATIVE_SESSION_STREAMING;
        if (!shown || (streams && !ret->video_streaming))
            shown = &list[i];
        ret->video_streaming |= streams;
        ret->audio_streaming |= list[i].audio_streaming;
    }
    if (!shown)
        return;
    ret->has_session = true;
    ret->mode = shown->mode;
    ret->has_stream = shown->codec != PF_CODEC_NONE;
    ret->bitrate_kbps = shown->bitrate_kbps;
    ret->codec = api_codec(shown->codec);
}

/* `shown`: fills the fields of the one session too. */
static void gamestream_status(const struct pf_host *host, bool shown, struct pf_mgmt_status *ret)
{
    struct pf_gs_play_info info;
    pf_gamestream_info(host->gamestream, &info);
    bool streams = info.state == PF_GS_PLAY_STREAMING;
    ret->video_streaming |= streams;
    ret->audio_streaming |= info.audio_streaming;
    if (!shown || info.state == PF_GS_PLAY_IDLE)
        return;
    ret->has_session = true;
    ret->mode = info.mode;
    ret->has_stream = streams && info.codec != PF_CODEC_NONE;
    ret->bitrate_kbps = info.bitrate_kbps;
    ret->packet_size = info.packet_size;
    ret->min_fec = (uint8_t)info.min_fec;
    ret->codec = api_codec(info.codec);
}

/* The API's fields have room for one session: the oldest native one that streams, else the Moonlight
 * client's, else the oldest native one. */
static void on_status(void *user, struct pf_mgmt_status *ret)
{
    struct pf_host *host = user;
    struct pf_mgmt_attempt attempt;
    native_status(host, ret);
    if (host->gamestream)
        gamestream_status(host, !ret->video_streaming, ret);
    ret->paired_clients = (uint32_t)pf_gamestream_store_count(host->gamestream_store);
    ret->pin_pending = host->api.pair_attempts(host, &attempt, 1) > 0;
}

static bool on_request_idr(void *user)
{
    struct pf_host *host = user;
    struct pf_native_session_info list[SESSIONS_MAX];
    size_t n = sessions(host, list);
    bool any = false;
    for (size_t i = 0; i < n; i++)
        if (list[i].state == PF_NATIVE_SESSION_STREAMING)
            any |= pf_native_request_idr(host->native, list[i].id) == 0;
    if (host->gamestream)
        any |= pf_gamestream_request_idr(host->gamestream) == 0;
    return any;
}

static void on_stop_sessions(void *user)
{
    struct pf_host *host = user;
    struct pf_native_session_info list[SESSIONS_MAX];
    size_t n = sessions(host, list);
    for (size_t i = 0; i < n; i++)
        pf_native_stop_session(host->native, list[i].id);
    if (host->gamestream)
        pf_gamestream_end(host->gamestream);
}

static size_t on_displays(void *user, struct pf_mgmt_display *ret, size_t max)
{
    struct pf_host *host = user;
    struct pf_display_row rows[PF_MGMT_DISPLAYS_MAX];
    if (!host->registry)
        return 0;
    size_t n = pf_registry_snapshot(host->registry, rows, PF_MGMT_DISPLAYS_MAX);
    n = n < max ? n : max;
    for (size_t i = 0; i < n; i++) {
        ret[i] = (struct pf_mgmt_display){.slot = rows[i].slot,
            .backend = rows[i].backend,
            .mode = rows[i].mode,
            .state = pf_lifecycle_state_name(rows[i].state),
            .expires_in_ms = rows[i].expires_in_ms,
            .sessions = rows[i].sessions,
            .group = rows[i].group,
            .display_index = rows[i].display_index,
            .x = rows[i].x,
            .y = rows[i].y,
            .identity_slot = rows[i].identity_slot,
            .topology = pf_topology_name(rows[i].topology),
            .age_ms = rows[i].age_ms};
        snprintf(ret[i].client, sizeof(ret[i].client), "%s", rows[i].client);
        snprintf(ret[i].output, sizeof(ret[i].output), "%s", rows[i].output);
    }
    return n;
}

/* ---- what may take seconds runs on a worker; the answer is given on the loop ---- */

struct job {
    uv_work_t work;
    struct pf_mgmt_call *call;
    struct pf_registry *registry;
    uint64_t slot;
    uint64_t released;
    struct pf_compositor_report reports[PF_COMPOSITOR_REPORTS];
};

static void release_work(uv_work_t *work)
{
    struct job *job = work->data;
    job->released = pf_registry_force_release(job->registry, job->slot);
}

static void release_done(uv_work_t *work, int status)
{
    struct job *job = work->data;
    (void)status;
    pf_mgmt_reply_released(job->call, job->released);
    free(job);
}

static void probe_work(uv_work_t *work)
{
    pf_compositors_probe(((struct job *)work->data)->reports);
}

static void probe_done(uv_work_t *work, int status)
{
    struct job *job = work->data;
    struct pf_mgmt_compositor list[PF_COMPOSITOR_REPORTS];
    (void)status;
    for (size_t i = 0; i < PF_COMPOSITOR_REPORTS; i++)
        list[i] = job->reports[i].entry;
    pf_mgmt_reply_compositors(job->call, list, PF_COMPOSITOR_REPORTS);
    free(job);
}

static struct job *make_job(struct pf_mgmt_call *call)
{
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    job->work.data = job;
    job->call = call;
    return job;
}

static void on_release_display(void *user, bool all, uint64_t slot, struct pf_mgmt_call *call)
{
    struct pf_host *host = user;
    /* The registry takes slot 0 for "all", so a client that names it must not reach the registry. */
    struct job *job = host->registry && (all || slot) ? make_job(call) : NULL;
    if (!job) {
        pf_mgmt_reply_released(call, 0);
        return;
    }
    job->registry = host->registry;
    job->slot = all ? 0 : slot;
    uv_queue_work(pf_loop_uv(host->loop), &job->work, release_work, release_done);
}

static void on_compositors(void *user, struct pf_mgmt_call *call)
{
    struct pf_host *host = user;
    struct job *job = make_job(call);
    if (job)
        uv_queue_work(pf_loop_uv(host->loop), &job->work, probe_work, probe_done);
    else
        pf_mgmt_reply_compositors(call, NULL, 0);
}

static void list_codecs(struct pf_host *host)
{
    unsigned mask = pf_encoder_codecs(host->config->encoder);
    size_t n = 0;
    for (unsigned codec = PF_CODEC_H264; codec <= PF_CODEC_AV1; codec <<= 1)
        if (mask & codec)
            host->codecs[n++] = api_codec((enum pf_codec)codec);
    host->codecs[n] = NULL;
}

void pf_host_make_api(struct pf_host *host)
{
    list_codecs(host);
    host->api = (struct pf_mgmt_host){
        .version = PF_VERSION,
        .abi_version = PF_ABI_VERSION,
        .hostname = host->hostname,
        .uniqueid = host->uniqueid,
        .local_ip = host->local_ip,
        .codecs = host->codecs,
        .pairing = &host->pairing,
        .knocks = &host->knocks,
        .store = host->store,
        .user = host,
        .status = on_status,
        .request_idr = on_request_idr,
        .stop_sessions = on_stop_sessions,
        .displays = on_displays,
        .release_display = on_release_display,
        .compositors = on_compositors,
    };
    pf_host_make_gamestream_api(host);
}
