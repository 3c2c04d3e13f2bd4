#include "mgmt/route.h"

#include "gamestream/well_known.h"
#include "trust/knocks.h"
#include "trust/native_store.h"

void pf_mgmt_get_health(struct pf_mgmt_call *call)
{
    pf_mgmt_answer(call, 200,
        json_pack("{s:s, s:s, s:I}", "status", "ok", "version", call->host->version, "abi_version",
            (json_int_t)call->host->abi_version));
}

static json_t *codec_list(const char *const *codecs)
{
    json_t *list = json_array();
    for (; *codecs; codecs++)
        json_array_append_new(list, json_string(*codecs));
    return list;
}

/* GameStream's are shown whether that plane runs or not. */
static json_t *port_map(uint16_t mgmt)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "mgmt", mgmt, "http", PF_GAMESTREAM_HTTP_PORT,
        "https", PF_GAMESTREAM_HTTPS_PORT, "rtsp", PF_GAMESTREAM_RTSP_PORT, "video", PF_GAMESTREAM_VIDEO_PORT,
        "control", PF_GAMESTREAM_CONTROL_PORT, "audio", PF_GAMESTREAM_AUDIO_PORT);
}

void pf_mgmt_get_host_info(struct pf_mgmt_call *call)
{
    const struct pf_mgmt_host *h = call->host;
    pf_mgmt_answer(call, 200,
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:o, s:o}", "hostname", h->hostname, "uniqueid",
            h->uniqueid, "local_ip", h->local_ip, "version", h->version, "abi_version",
            (json_int_t)h->abi_version, "app_version", PF_GAMESTREAM_APP_VERSION, "gfe_version",
            PF_GAMESTREAM_GFE_VERSION, "codecs", codec_list(h->codecs), "ports", port_map(call->mgmt_port)));
}

void pf_mgmt_list_compositors(struct pf_mgmt_call *call)
{
    call->host->compositors(call->host->user, call);
}

void pf_mgmt_reply_compositors(
    struct pf_mgmt_call *call, const struct pf_mgmt_compositor *compositors, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:b, s:b}", "id", compositors[i].id, "label", compositors[i].label,
                      "available", compositors[i].available, "default", compositors[i].is_default));
    pf_mgmt_answer(call, 200, list);
}

static struct pf_mgmt_status status_of(const struct pf_mgmt_host *h)
{
    struct pf_mgmt_status s = {0};
    h->status(h->user, &s);
    return s;
}

static json_t *session_info(const struct pf_mgmt_status *s)
{
    if (!s->has_session)
        return json_null();
    return json_pack("{s:I, s:I, s:I}", "width", (json_int_t)s->mode.width, "height",
        (json_int_t)s->mode.height, "fps", (json_int_t)(s->mode.refresh_mhz + 500) / 1000);
}

static json_t *stream_info(const struct pf_mgmt_status *s)
{
    if (!s->has_session || !s->has_stream)
        return json_null();
    json_t *info = session_info(s);
    json_object_set_new(info, "bitrate_kbps", json_integer(s->bitrate_kbps));
    json_object_set_new(info, "packet_size", json_integer(s->packet_size));
    json_object_set_new(info, "min_fec", json_integer(s->min_fec));
    json_object_set_new(info, "codec", json_string(s->codec));
    return info;
}

void pf_mgmt_get_status(struct pf_mgmt_call *call)
{
    struct pf_mgmt_status s = status_of(call->host);
    pf_mgmt_answer(call, 200,
        json_pack("{s:b, s:b, s:b, s:I, s:o, s:o}", "video_streaming", s.video_streaming, "audio_streaming",
            s.audio_streaming, "pin_pending", s.pin_pending, "paired_clients", (json_int_t)s.paired_clients,
            "session", session_info(&s), "stream", stream_info(&s)));
}

void pf_mgmt_get_local_summary(struct pf_mgmt_call *call)
{
    const struct pf_mgmt_host *h = call->host;
    const struct pf_knock *pending;
    size_t waiting = h->knocks ? pf_knocks_list(h->knocks, &pending) : 0;
    size_t native = h->store ? pf_native_store_count(h->store) : 0;
    struct pf_mgmt_status s = status_of(h);
    pf_mgmt_answer(call, 200,
        json_pack("{s:s, s:b, s:b, s:o, s:I, s:I, s:b, s:I}", "version", h->version, "video_streaming",
            s.video_streaming, "audio_streaming", s.audio_streaming, "session", session_info(&s),
            "paired_clients", (json_int_t)s.paired_clients, "native_paired_clients", (json_int_t)native,
            "pin_pending", s.pin_pending, "pending_approvals", (json_int_t)waiting));
}
