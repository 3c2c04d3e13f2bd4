#include "pipewire/video.h"

#include "media/frame.h"

#include <errno.h>
#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/param.h>
#include <spa/param/video/format-utils.h>

#define SIDE_MAX    16384u
#define CURSOR_MAX  1024u /* producers whose largest cursor does not fit send none at all */
#define REGIONS_MAX 16u

static const struct {
    uint32_t spa, fourcc;
} formats[] = {
    {SPA_VIDEO_FORMAT_BGRx, PF_FORMAT_XRGB8888},
    {SPA_VIDEO_FORMAT_BGRA, PF_FORMAT_ARGB8888},
    {SPA_VIDEO_FORMAT_RGBx, PF_FORMAT_XBGR8888},
    {SPA_VIDEO_FORMAT_RGBA, PF_FORMAT_ABGR8888},
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static struct spa_fraction rate_of(const struct pf_mode *mode)
{
    uint32_t by = gcd(mode->refresh_mhz, 1000);
    return SPA_FRACTION(mode->refresh_mhz / by, 1000 / by);
}

static void add_modifier(struct spa_pod_builder *b, bool fixed, uint64_t modifier)
{
    struct spa_pod_frame choice;
    uint32_t flags = SPA_POD_PROP_FLAG_MANDATORY | (fixed ? 0 : SPA_POD_PROP_FLAG_DONT_FIXATE);
    spa_pod_builder_prop(b, SPA_FORMAT_VIDEO_modifier, flags);
    if (fixed) {
        spa_pod_builder_long(b, (int64_t)modifier);
        return;
    }
    spa_pod_builder_push_choice(b, &choice, SPA_CHOICE_Enum, 0);
    spa_pod_builder_long(b, (int64_t)modifier); /* preferred */
    spa_pod_builder_long(b, (int64_t)modifier); /* and the only one */
    spa_pod_builder_pop(b, &choice);
}

static void add_geometry(struct spa_pod_builder *b, const struct pf_pw_video_wish *wish)
{
    struct spa_rectangle size = SPA_RECTANGLE(wish->mode.width, wish->mode.height);
    struct spa_rectangle least = SPA_RECTANGLE(1, 1), most = SPA_RECTANGLE(SIDE_MAX, SIDE_MAX);
    struct spa_fraction any = SPA_FRACTION(0, 1), rate = rate_of(&wish->mode);
    if (wish->exact)
        spa_pod_builder_add(b, SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_framerate,
            SPA_POD_Fraction(&any), SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_Fraction(&rate), 0);
    else
        spa_pod_builder_add(b, SPA_FORMAT_VIDEO_size, SPA_POD_CHOICE_RANGE_Rectangle(&size, &least, &most),
            SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&any), 0);
}

static void begin_format(struct spa_pod_builder *b, struct spa_pod_frame *object)
{
    spa_pod_builder_push_object(b, object, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
    spa_pod_builder_add(b, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
        SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), 0);
}

static const struct spa_pod *gpu_format(struct spa_pod_builder *b, const struct pf_pw_video_wish *wish,
    uint32_t spa_format, bool fixed, uint64_t modifier)
{
    struct spa_pod_frame object;
    begin_format(b, &object);
    spa_pod_builder_add(b, SPA_FORMAT_VIDEO_format, SPA_POD_Id(spa_format), 0);
    add_modifier(b, fixed, modifier);
    add_geometry(b, wish);
    return spa_pod_builder_pop(b, &object);
}

static const struct spa_pod *shm_format(struct spa_pod_builder *b, const struct pf_pw_video_wish *wish)
{
    struct spa_pod_frame object;
    begin_format(b, &object);
    spa_pod_builder_add(b, SPA_FORMAT_VIDEO_format,
        SPA_POD_CHOICE_ENUM_Id(
            5, formats[0].spa, formats[0].spa, formats[1].spa, formats[2].spa, formats[3].spa),
        0);
    add_geometry(b, wish);
    return spa_pod_builder_pop(b, &object);
}

size_t pf_pw_video_offer(
    struct spa_pod_builder *b, const struct pf_pw_video_wish *wish, const struct spa_pod **ret_params)
{
    if (!wish->dmabuf) {
        ret_params[0] = shm_format(b, wish);
        return 1;
    }
    ret_params[0] = gpu_format(b, wish, SPA_VIDEO_FORMAT_BGRx, false, PF_MODIFIER_LINEAR);
    ret_params[1] = gpu_format(b, wish, SPA_VIDEO_FORMAT_BGRA, false, PF_MODIFIER_LINEAR);
    return 2;
}

/* The first of the modifiers; the pod's values were checked by PipeWire's own parser. */
static void read_modifier(const struct spa_pod_prop *prop, struct pf_pw_video_format *f)
{
    uint32_t count, choice;
    const struct spa_pod *values = spa_pod_get_values(&prop->value, &count, &choice);
    f->has_modifier = SPA_POD_TYPE(values) == SPA_TYPE_Long && count > 0;
    f->unfixed = f->has_modifier && prop->flags & SPA_POD_PROP_FLAG_DONT_FIXATE;
    if (f->has_modifier)
        memcpy(&f->modifier, SPA_POD_BODY_CONST(values), sizeof(f->modifier));
}

int pf_pw_video_parse(const struct spa_pod *pod, struct pf_pw_video_format *ret_format)
{
    uint32_t type, subtype;
    struct spa_video_info_raw info = {0};
    struct pf_pw_video_format f = {0};
    if (spa_format_parse(pod, &type, &subtype) < 0 || type != SPA_MEDIA_TYPE_video ||
        subtype != SPA_MEDIA_SUBTYPE_raw || spa_format_video_raw_parse(pod, &info) < 0)
        return -ENOTSUP;
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].spa == info.format)
            f.fourcc = formats[i].fourcc;
    if (!f.fourcc)
        return -ENOTSUP;
    if (!info.size.width || !info.size.height || info.size.width > SIDE_MAX || info.size.height > SIDE_MAX)
        return -EINVAL;
    f.width = info.size.width;
    f.height = info.size.height;
    const struct spa_pod_prop *modifier = spa_pod_find_prop(pod, NULL, SPA_FORMAT_VIDEO_modifier);
    if (modifier)
        read_modifier(modifier, &f);
    *ret_format = f;
    return 0;
}

size_t pf_pw_video_fixate(struct spa_pod_builder *b, const struct pf_pw_video_wish *wish,
    const struct pf_pw_video_format *format, const struct spa_pod **ret_params)
{
    uint32_t spa_format =
        format->fourcc == PF_FORMAT_ARGB8888 ? SPA_VIDEO_FORMAT_BGRA : SPA_VIDEO_FORMAT_BGRx;
    ret_params[0] = gpu_format(b, wish, spa_format, true, format->modifier);
    return 1 + pf_pw_video_offer(b, wish, ret_params + 1);
}

static const struct spa_pod *meta(
    struct spa_pod_builder *b, uint32_t type, size_t usual, size_t least, size_t most)
{
    return spa_pod_builder_add_object(b, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta, SPA_PARAM_META_type,
        SPA_POD_Id(type), SPA_PARAM_META_size,
        SPA_POD_CHOICE_RANGE_Int((int32_t)usual, (int32_t)least, (int32_t)most));
}

/* `sync`: only for producers that have timelines; `least`: only for those that have so many buffers. */
static const struct spa_pod *buffers(struct spa_pod_builder *b, uint32_t types, bool sync, int least)
{
    struct spa_pod_frame object;
    spa_pod_builder_push_object(b, &object, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers);
    spa_pod_builder_add(b, SPA_PARAM_BUFFERS_buffers, SPA_POD_CHOICE_RANGE_Int(8, least, 16),
        SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int((int32_t)types), 0);
    if (sync) {
        spa_pod_builder_prop(b, PF_SPA_PARAM_BUFFERS_META_TYPE, SPA_POD_PROP_FLAG_MANDATORY);
        spa_pod_builder_int(b, 1 << PF_SPA_META_SYNC_TIMELINE);
    }
    return spa_pod_builder_pop(b, &object);
}

/* KWin takes two to four and has three if nobody insists: with one that is encoded, one that follows and one
 * that waits it would have none left, and it drops a picture, maybe the last one, that it has no buffer for.
 */
static size_t add_buffers(
    struct spa_pod_builder *b, uint32_t types, bool sync, const struct spa_pod **ret_params)
{
    ret_params[0] = buffers(b, types, sync, 4);
    ret_params[1] = buffers(b, types, sync, 2);
    return 2;
}

size_t pf_pw_video_buffers(
    struct spa_pod_builder *b, uint32_t types, bool cursor, bool sync, const struct spa_pod **ret_params)
{
    const size_t head = sizeof(struct spa_meta_header), region = sizeof(struct spa_meta_region);
    const size_t shape = sizeof(struct spa_meta_cursor) + sizeof(struct spa_meta_bitmap);
    size_t n = 0;
    const size_t points = sizeof(struct pf_spa_sync_timeline);
    if (sync)
        n += add_buffers(b, types, true, ret_params);
    n += add_buffers(b, types, false, ret_params + n);
    ret_params[n++] = meta(b, SPA_META_Header, head, head, head);
    if (cursor)
        ret_params[n++] = meta(
            b, SPA_META_Cursor, shape + 64 * 64 * 4, shape + 4, shape + (size_t)CURSOR_MAX * CURSOR_MAX * 4);
    ret_params[n++] = meta(b, SPA_META_VideoDamage, region * REGIONS_MAX, region, region * REGIONS_MAX);
    if (sync)
        ret_params[n++] = meta(b, PF_SPA_META_SYNC_TIMELINE, points, points, points);
    return n;
}
