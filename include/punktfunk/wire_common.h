/* What all messages of punktfunk/1 share: results, magics, framing, close codes, text.
 * Defined by docs/spec/punktfunk1-control.md 0, 1.4, 2.2 and 6.4.
 *
 * Codecs are pure functions of bytes: any thread, no allocation, no global state. Decoders accept any bytes
 * at all. Encoders return the number of bytes written, -ENOBUFS if they do not fit, or -EINVAL for a value
 * the message cannot carry; decoders leave *ret untouched unless they return 0.
 */
#ifndef PUNKTFUNK_WIRE_COMMON_H
#define PUNKTFUNK_WIRE_COMMON_H

#include "punktfunk/export.h"

#include <stddef.h>
#include <stdint.h>

/* Positive result of a decoder: the message is well-formed as far as one can tell, but of a type or kind that
 * this side does not know. Skip it; it is no error. A damaged message of a known type gives -EBADMSG. */
#define PF_WIRE_UNKNOWN 1

/* Which generation of the protocol a decoder speaks. At BASELINE, messages and trailing fields that came
 * later are unknown or ignored, as for a program that never heard of them. */
enum pf_wire_level {
    PF_WIRE_BASELINE, /* reference of 4 July 2026 */
    PF_WIRE_V31,      /* with the additions of v0.31.0 */
};

#define PF_WIRE_VERSION    2u     /* in Hello and Welcome */
#define PF_WIRE_ALPN       "pkf1" /* TLS application protocol */
#define PF_WIRE_PORT       9777   /* default QUIC port */
#define PF_WIRE_FRAME_MAX  65535u /* payload of a control stream frame, bytes */
#define PF_FINGERPRINT_LEN 32u    /* SHA-256 of a leaf certificate's DER */

/* Punch datagram on the data port (2.1): the client sends these 8 bytes, the host looks for them at the
 * start. */
#define PF_WIRE_PUNCH     "PFpunch1"
#define PF_WIRE_PUNCH_LEN 8u

/* What the first four bytes of a control stream payload say. */
enum pf_wire_family {
    PF_WIRE_FAMILY_UNKNOWN,
    PF_WIRE_FAMILY_HANDSHAKE, /* PKF1: Hello, Welcome or Start, by position */
    PF_WIRE_FAMILY_TYPED,     /* PKFc: type byte at offset 4 */
    PF_WIRE_FAMILY_CLIPBOARD, /* PKFs: start of a clipboard stream, unframed */
};
PF_API enum pf_wire_family pf_wire_family_of(const void *data, size_t len);

/* Application close codes of the QUIC connection (6.4). */
enum pf_close_code {
    PF_CLOSE_DONE = 0x00,
    PF_CLOSE_ERROR = 0x01,
    PF_CLOSE_BUSY = 0x42,      /* the reason text is for the user */
    PF_CLOSE_USER_QUIT = 0x51, /* client: tear down at once, no linger */
    PF_CLOSE_PROGRAM_ENDED = 0x52,
    PF_CLOSE_PAIRING_NOT_ARMED = 0x60,
    PF_CLOSE_PAIRING_OTHER_DEVICE = 0x61,
    PF_CLOSE_PAIRING_RATE_LIMIT = 0x62,
    PF_CLOSE_CERTIFICATE_REQUIRED = 0x63,
    PF_CLOSE_DENIED = 0x64,
    PF_CLOSE_APPROVAL_TIMEOUT = 0x65,
    PF_CLOSE_SUPERSEDED = 0x66, /* by a newer knock of the same client */
    PF_CLOSE_WIRE_VERSION = 0x67,
    PF_CLOSE_SETUP_FAILED = 0x68, /* the reason text, at most 256 bytes, is for the user */
    PF_CLOSE_ACCESS_ENDED = 0x69,
    PF_CLOSE_LAUNCH_DENIED = 0x6A,
};
/* Error code of a *stream* reset or stop: clipboard transfer cancelled. */
#define PF_STREAM_CLIPBOARD_CANCELLED 0x70
#define PF_CLOSE_REASON_MAX           256u

/* One sentence that says to a person what the code means. Never NULL. */
PF_API const char *pf_close_text(uint64_t code);
/* Short stable name such as "pairing-not-armed" for logs and scripts; NULL for a code that 6.4 does not list.
 */
PF_API const char *pf_close_name(uint64_t code);

/* ---- control stream framing (1.4): u16 LE length, payload ---- */

#define PF_FRAME_PREFIX 2u

/* Completes a frame whose payload was written at buf + PF_FRAME_PREFIX: sets the prefix and returns the whole
 * length, or -EMSGSIZE if the payload is longer than PF_WIRE_FRAME_MAX. */
PF_API int pf_frame_seal(uint8_t *buf, size_t payload_len);

/* Incremental frame reader. Keeps a partial frame for as long as it takes; one thread. Set up with
 * `= {.max_frame = …}` (0 means PF_WIRE_FRAME_MAX); it allocates only when a frame arrives in pieces. */
struct pf_frame_reader {
    size_t max_frame; /* longest accepted payload, bytes */
    uint8_t *buf;     /* partial frame with its prefix */
    size_t cap, len;  /* of buf */
};

/* Takes bytes from *data (both *data and *len are advanced) until one frame is complete. Returns 1 and the
 * payload (borrowed until the next call or until the input goes away), 0 when all input is consumed and no
 * frame is complete, -EMSGSIZE if a frame announces more than max_frame (the stream cannot be resumed) or
 * -ENOMEM. Call it in a loop until it returns 0 or less. */
PF_API int pf_frame_reader_next(struct pf_frame_reader *r, const uint8_t **data, size_t *len,
    const uint8_t **ret_payload, size_t *ret_len);
/* Bytes of an unfinished frame that are held back. */
PF_API size_t pf_frame_reader_pending(const struct pf_frame_reader *r);
PF_API void pf_frame_reader_finish(struct pf_frame_reader *r);

/* ---- text ---- */

#define PF_NAME_MAX   64u  /* bytes of a device name */
#define PF_LAUNCH_MAX 128u /* bytes of a launch id */

/* Makes a peer's device name fit to log, store and show (2.2): white space collapsed and trimmed, control and
 * direction characters and damaged UTF-8 dropped, cut to 64 bytes at a character. An empty result becomes
 * "device " and the first 8 hex digits of the fingerprint ("device" alone if that is NULL). `out` receives at
 * most PF_NAME_MAX bytes and a NUL; returns the length without it. */
PF_API size_t pf_name_sanitise(
    const char *name, size_t len, const uint8_t fingerprint[PF_FINGERPRINT_LEN], char out[PF_NAME_MAX + 1]);

#endif
