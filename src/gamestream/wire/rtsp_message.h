/* RTSP as GameStream clients speak it: one request and one reply on a connection (docs/spec/gamestream.md
 * 3.1). Pure.
 */
#ifndef PF_GAMESTREAM_WIRE_RTSP_MESSAGE_H
#define PF_GAMESTREAM_WIRE_RTSP_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GS_RTSP_HEADER_MAX 16384u
#define PF_GS_RTSP_BODY_MAX   65536u

enum pf_gs_rtsp_method {
    PF_GS_RTSP_OPTIONS,
    PF_GS_RTSP_DESCRIBE,
    PF_GS_RTSP_SETUP,
    PF_GS_RTSP_ANNOUNCE,
    PF_GS_RTSP_PLAY,
    PF_GS_RTSP_TEARDOWN,
    PF_GS_RTSP_OTHER,
};

enum pf_gs_rtsp_stream { PF_GS_RTSP_NO_STREAM, PF_GS_RTSP_AUDIO, PF_GS_RTSP_VIDEO, PF_GS_RTSP_CONTROL };

/* Text is borrowed from the message and not terminated. */
struct pf_gs_text {
    const char *p;
    size_t len;
};

struct pf_gs_rtsp_request {
    enum pf_gs_rtsp_method method;
    enum pf_gs_rtsp_stream stream; /* what follows `streamid=` in the target; the rest of it means nothing */
    uint32_t cseq;                 /* 0 if there is none */
    struct pf_gs_text host;        /* header Host; empty if there is none */
    struct pf_gs_text body;
};

/* How many bytes the whole request has once its header is complete. 0: more is needed. -EINVAL: this is no
 * request; -EMSGSIZE: it is longer than a client has reason to send. */
int pf_gs_rtsp_request_len(const char *data, size_t len);

/* Reads a whole request. -EINVAL if it is damaged. */
int pf_gs_rtsp_request_parse(const char *data, size_t len, struct pf_gs_rtsp_request *ret_request);

/* A reply under construction in the caller's memory. */
struct pf_gs_rtsp_reply {
    char *buf;
    size_t cap, len;
};

/* Starts it with the status line and the CSeq that clients look for. */
void pf_gs_rtsp_reply_begin(struct pf_gs_rtsp_reply *reply, char *buf, size_t cap, int status, uint32_t cseq);
/* Adds a header; clients compare names with their case. */
__attribute__((format(printf, 3, 4))) void pf_gs_rtsp_reply_header(
    struct pf_gs_rtsp_reply *reply, const char *name, const char *format, ...);
/* Ends it with a body, which may be empty. The length of the whole, or -EMSGSIZE if it did not fit. */
int pf_gs_rtsp_reply_end(struct pf_gs_rtsp_reply *reply, const char *body, size_t len);

#endif
