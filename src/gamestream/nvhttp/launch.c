#include "gamestream/nvhttp/launch.h"

#include "base/hex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SIDE_MAX 8192u
#define FPS_MAX  1000u

static int parse_key(const struct pf_gs_query *q, struct pf_gs_launch *l, struct pf_error *err)
{
    const char *key = pf_gs_query_get(q, "rikey");
    int64_t id;
    if (!key || strlen(key) != 2 * sizeof(l->key) || !pf_hex_decode(key, l->key, sizeof(l->key)))
        return pf_error_set(err, -EINVAL, "the request needs a rikey of 32 hexadecimal digits");
    /* Signed by the specification; clients that print it unsigned mean the same. */
    if (!pf_gs_query_number(q, "rikeyid", INT32_MIN, UINT32_MAX, &id))
        return pf_error_set(err, -EINVAL, "the request needs a rikeyid, a number of 32 bits");
    l->key_id = (uint32_t)id;
    return 0;
}

/* Digits up to `end`, 1 to max. */
static bool take_number(const char **text, char end, uint32_t max, uint32_t *ret)
{
    uint32_t value = 0;
    const char *p = *text;
    if (*p == end)
        return false;
    for (; *p != end; p++) {
        if (*p < '0' || *p > '9' || value > max)
            return false;
        value = value * 10 + (uint32_t)(*p - '0');
    }
    *text = end ? p + 1 : p;
    *ret = value;
    return value <= max;
}

static int parse_mode(const struct pf_gs_query *q, struct pf_gs_launch *l, struct pf_error *err)
{
    const char *text = pf_gs_query_get(q, "mode");
    uint32_t w, h, fps;
    l->mode = (struct pf_mode){1920, 1080, 60000};
    if (!text)
        return 0;
    if (!take_number(&text, 'x', SIDE_MAX, &w) || !take_number(&text, 'x', SIDE_MAX, &h) ||
        !take_number(&text, 0, FPS_MAX, &fps) || !w || !h)
        return pf_error_set(err, -EINVAL, "the mode must be WIDTHxHEIGHTxFPS, at most 8192x8192x1000");
    if (w % 2 || h % 2)
        return pf_error_set(
            err, -EINVAL, "%ux%u cannot be streamed: width and height must be even numbers", w, h);
    l->mode = (struct pf_mode){w, h, (fps ? fps : 60) * 1000};
    return 0;
}

static void parse_wishes(const struct pf_gs_query *q, struct pf_gs_launch *l)
{
    int64_t value;
    l->channels = 2;
    if (pf_gs_query_number(q, "surroundAudioInfo", 0, INT32_MAX, &value) &&
        ((value & 0xFFFF) == 6 || (value & 0xFFFF) == 8))
        l->channels = (unsigned)(value & 0xFFFF);
    if (pf_gs_query_number(q, "gcmap", 0, UINT32_MAX, &value) ||
        pf_gs_query_number(q, "remoteControllersBitmap", 0, UINT32_MAX, &value))
        l->gamepad_mask = (uint32_t)value;
    l->hdr = pf_gs_query_number(q, "hdrMode", 1, INT32_MAX, &value);
    l->rtsp_encrypted = pf_gs_query_number(q, "corever", 1, INT32_MAX, &value);
}

int pf_gs_launch_parse(
    const struct pf_gs_query *q, bool resume, struct pf_gs_launch *ret_launch, struct pf_error *err)
{
    struct pf_gs_launch l = {0};
    int64_t app;
    int rc = parse_key(q, &l, err);
    if (rc == 0)
        rc = parse_mode(q, &l, err);
    if (rc == 0 && pf_gs_query_number(q, "appid", 0, INT32_MAX, &app))
        l.app_id = (uint32_t)app;
    else if (rc == 0 && !resume)
        rc = pf_error_set(err, -EINVAL, "the request needs an appid");
    parse_wishes(q, &l);
    if (rc == 0)
        *ret_launch = l;
    explicit_bzero(&l, sizeof(l));
    return rc;
}
