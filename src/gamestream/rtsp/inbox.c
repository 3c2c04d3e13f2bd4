#include "gamestream/rtsp/inbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP   4096u
#define MESSAGE_MAX (PF_GS_RTSP_SEAL_OVERHEAD + PF_GS_RTSP_SEALED_MAX)

size_t pf_gs_rtsp_inbox_room(struct pf_gs_rtsp_inbox *b, uint8_t **ret_room)
{
    if (b->text) {
        *ret_room = b->scratch;
        return sizeof(b->scratch);
    }
    if (b->len == b->cap) {
        size_t cap = !b->cap ? FIRST_CAP : b->cap * 4 < MESSAGE_MAX ? b->cap * 4 : MESSAGE_MAX;
        uint8_t *data = cap > b->cap ? realloc(b->data, cap) : NULL;
        if (!data)
            return 0;
        b->data = data;
        b->cap = cap;
    }
    *ret_room = b->data + b->len;
    return b->cap - b->len;
}

static int take_plain(struct pf_gs_rtsp_inbox *b)
{
    int whole = pf_gs_rtsp_request_len((const char *)b->data, b->len);
    if (whole <= 0 || (size_t)whole > b->len)
        return whole < 0 ? whole : 0;
    b->text = malloc((size_t)whole);
    if (!b->text)
        return -ENOMEM;
    memcpy(b->text, b->data, (size_t)whole);
    b->text_len = (size_t)whole;
    return 1;
}

static int take_sealed(struct pf_gs_rtsp_inbox *b, struct pf_gs_rtsp_seal *seal)
{
    int whole = pf_gs_rtsp_sealed_len(b->data, b->len);
    if (whole <= 0 || (size_t)whole > b->len)
        return whole < 0 ? whole : 0;
    char *text = malloc((size_t)whole);
    if (!text)
        return -ENOMEM;
    int len = pf_gs_rtsp_open(seal, PF_GS_FROM_CLIENT, b->data, (size_t)whole, text);
    if (len < 0) {
        free(text);
        return len;
    }
    b->text = text;
    b->text_len = (size_t)len;
    return 1;
}

int pf_gs_rtsp_inbox_take(struct pf_gs_rtsp_inbox *b, size_t n, struct pf_gs_rtsp_seal *seal)
{
    if (b->text)
        return 0;
    b->len += n;
    int rc = seal ? take_sealed(b, seal) : take_plain(b);
    return rc == 0 && b->len == MESSAGE_MAX ? -EMSGSIZE : rc;
}

void pf_gs_rtsp_inbox_finish(struct pf_gs_rtsp_inbox *b)
{
    if (b->data)
        explicit_bzero(b->data, b->cap);
    free(b->data);
    free(b->text);
    *b = (struct pf_gs_rtsp_inbox){0};
}
