#include "gamestream/wire/rtsp_message.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CSEQ_MAX 1000000u

/* ---- text -----------------------------------------------------------------------------------------------
 */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct pf_gs_text trim(struct pf_gs_text t)
{
    while (t.len && is_blank(t.p[0])) {
        t.p++;
        t.len--;
    }
    while (t.len && (is_blank(t.p[t.len - 1]) || t.p[t.len - 1] == '\r'))
        t.len--;
    return t;
}

/* Takes the line in front, without its end; false at the end of the text. */
static bool next_line(struct pf_gs_text *rest, struct pf_gs_text *ret_line)
{
    if (!rest->len)
        return false;
    const char *end = memchr(rest->p, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->p) : rest->len, step = end ? len + 1 : len;
    *ret_line = (struct pf_gs_text){rest->p, len && rest->p[len - 1] == '\r' ? len - 1 : len};
    rest->p += step;
    rest->len -= step;
    return true;
}

/* Takes the word in front. */
static struct pf_gs_text next_word(struct pf_gs_text *rest)
{
    const char *end = memchr(rest->p, ' ', rest->len);
    struct pf_gs_text word = {rest->p, end ? (size_t)(end - rest->p) : rest->len};
    size_t step = word.len + (end ? 1 : 0);
    rest->p += step;
    rest->len -= step;
    return word;
}

static bool is_name(struct pf_gs_text line, const char *name, struct pf_gs_text *ret_value)
{
    size_t len = strlen(name);
    if (line.len <= len || line.p[len] != ':' || strncasecmp(line.p, name, len) != 0)
        return false;
    *ret_value = trim((struct pf_gs_text){line.p + len + 1, line.len - len - 1});
    return true;
}

/* Decimal digits only, at most `max`. */
static bool read_number(struct pf_gs_text t, uint32_t max, uint32_t *ret_number)
{
    uint64_t n = 0;
    if (!t.len)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        if (t.p[i] < '0' || t.p[i] > '9' || (n = n * 10 + (uint64_t)(t.p[i] - '0')) > max)
            return false;
    }
    *ret_number = (uint32_t)n;
    return true;
}

/* ---- requests -------------------------------------------------------------------------------------------
 */

/* Bytes of the header with its empty line; 0 if that has not come. */
static size_t header_len(const char *data, size_t len)
{
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    return end ? (size_t)(end - data) + 4 : 0;
}

int pf_gs_rtsp_request_len(const char *data, size_t len)
{
    size_t header = header_len(data, len);
    if (!header || header > PF_GS_RTSP_HEADER_MAX)
        return header || len > PF_GS_RTSP_HEADER_MAX ? -EMSGSIZE : 0;
    struct pf_gs_text rest = {data, header}, line, value;
    uint32_t body = 0;
    while (next_line(&rest, &line))
        if (is_name(line, "Content-Length", &value) && !read_number(value, PF_GS_RTSP_BODY_MAX, &body))
            return -EMSGSIZE;
    return (int)(header + body);
}

static enum pf_gs_rtsp_method method_of(struct pf_gs_text word)
{
    static const char *const names[] = {"OPTIONS", "DESCRIBE", "SETUP", "ANNOUNCE", "PLAY", "TEARDOWN"};
    for (unsigned i = 0; i < PF_GS_RTSP_OTHER; i++)
        if (word.len == strlen(names[i]) && memcmp(word.p, names[i], word.len) == 0)
            return (enum pf_gs_rtsp_method)i;
    return PF_GS_RTSP_OTHER;
}

static enum pf_gs_rtsp_stream stream_of(struct pf_gs_text target)
{
    static const struct {
        const char *name;
        enum pf_gs_rtsp_stream stream;
    } streams[] = {{"streamid=audio", PF_GS_RTSP_AUDIO}, {"streamid=video", PF_GS_RTSP_VIDEO},
        {"streamid=control", PF_GS_RTSP_CONTROL}};
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
        if (memmem(target.p, target.len, streams[i].name, strlen(streams[i].name)))
            return streams[i].stream;
    return PF_GS_RTSP_NO_STREAM;
}

int pf_gs_rtsp_request_parse(const char *data, size_t len, struct pf_gs_rtsp_request *ret_request)
{
    int whole = pf_gs_rtsp_request_len(data, len);
    if (whole <= 0 || (size_t)whole > len)
        return -EINVAL;
    size_t header = header_len(data, len);
    struct pf_gs_text rest = {data, header}, line, value;
    if (!next_line(&rest, &line))
        return -EINVAL;
    struct pf_gs_rtsp_request q = {.method = method_of(next_word(&line)), .host = {"", 0}};
    q.stream = stream_of(next_word(&line));
    if (line.len != 8 || memcmp(line.p, "RTSP/1.0", 8) != 0)
        return -EINVAL;
    while (next_line(&rest, &line)) {
        if (is_name(line, "CSeq", &value) && !read_number(value, CSEQ_MAX, &q.cseq))
            return -EINVAL;
        if (is_name(line, "Host", &value))
            q.host = value;
    }
    q.body = (struct pf_gs_text){data + header, (size_t)whole - header};
    *ret_request = q;
    return 0;
}

/* ---- replies --------------------------------------------------------------------------------------------
 */

/* A reply that does not fit is remembered as longer than its memory. */
__attribute__((format(printf, 2, 0))) static void add(
    struct pf_gs_rtsp_reply *r, const char *format, va_list args)
{
    size_t left = r->len < r->cap ? r->cap - r->len : 0;
    int n = vsnprintf(left ? r->buf + r->len : NULL, left, format, args);
    r->len = n < 0 || (size_t)n >= left ? r->cap + 1 : r->len + (size_t)n;
}

__attribute__((format(printf, 2, 3))) static void addf(struct pf_gs_rtsp_reply *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(r, format, args);
    va_end(args);
}

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    default:
        return "Error";
    }
}

void pf_gs_rtsp_reply_begin(struct pf_gs_rtsp_reply *r, char *buf, size_t cap, int status, uint32_t cseq)
{
    *r = (struct pf_gs_rtsp_reply){.buf = buf, .cap = cap};
    addf(r, "RTSP/1.0 %d %s\r\nCSeq: %u\r\n", status, status_text(status), cseq);
}

void pf_gs_rtsp_reply_header(struct pf_gs_rtsp_reply *r, const char *name, const char *format, ...)
{
    va_list args;
    addf(r, "%s: ", name);
    va_start(args, format);
    add(r, format, args);
    va_end(args);
    addf(r, "\r\n");
}

int pf_gs_rtsp_reply_end(struct pf_gs_rtsp_reply *r, const char *body, size_t len)
{
    if (len)
        addf(r, "Content-Length: %zu\r\n", len);
    addf(r, "\r\n");
    if (r->len > r->cap || r->cap - r->len < len)
        return -EMSGSIZE;
    memcpy(r->buf + r->len, body, len);
    r->len += len;
    return (int)r->len;
}
