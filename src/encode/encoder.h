/* Encoders: one picture in, one access unit out.
 *
 * Every back end is configured for the lowest latency: no B-frames, no look-ahead, infinite GOP, parameter
 * sets in front of every IDR, constant bitrate with a VBV of one frame (input-audio-encode.md 4). An encoder
 * is used by one thread.
 */
#ifndef PF_ENCODE_ENCODER_H
#define PF_ENCODE_ENCODER_H

#include "base/error.h"
#include "media/access_unit.h"
#include "media/colour.h"
#include "media/frame.h"
#include "media/mode.h"

#include <stdbool.h>

struct pf_encoder;

struct pf_encoder_params {
    enum pf_codec codec;
    struct pf_mode mode;   /* even width and height */
    uint32_t bitrate_kbps; /* kilobits (1000 bit) per second */
    unsigned slices;       /* of a picture, at least, as far as the back end can: decoders that share work */
    bool one_reference;    /* the client's decoder keeps one picture only: nothing to go back to */
    struct pf_colour colour;
};

struct pf_encoder_ops {
    /* Encodes the picture (of exactly the mode's size) into `au`, as an IDR if asked. Reads au->number, sets
     * data, len and idr. Returns 0, or a negative errno; the encoder must then be closed. Borrows the frame
     * during the call. */
    int (*encode)(
        struct pf_encoder *enc, const struct pf_frame *frame, bool want_idr, struct pf_access_unit *au);
    /* Changes the rate from the next picture on, without an IDR and without a new stream. */
    int (*set_bitrate)(struct pf_encoder *enc, uint32_t kbps);
    /* The client lacks pictures with these numbers: the next one references neither them nor any that was
     * made since. -ENOENT if none is left to reference, so that an IDR has to heal the picture. NULL: the
     * back end cannot. */
    int (*invalidate)(struct pf_encoder *enc, uint64_t first, uint64_t last);
    void (*close)(struct pf_encoder *enc);
};

struct pf_encoder {
    const struct pf_encoder_ops *ops;
    const struct pf_encoder_backend *backend;
};

struct pf_encoder_backend {
    const char *name;     /* "x264", "openh264" */
    const char *api_name; /* as the management API says it: "software", "nvenc", … */
    unsigned codecs;      /* mask of enum pf_codec that the build can produce */
    bool invalidates;     /* its encoders have `invalidate` */
    bool on_cpu;          /* a call may wait long for a busy processor, but for no driver */
    /* 0 if the back end works on this machine; else -errno and the reason. Cheap; called at start. */
    int (*probe)(struct pf_error *err);
    int (*open)(
        const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err);
};

/* All back ends of this build in order of preference, NULL-terminated. */
extern const struct pf_encoder_backend *const pf_encoder_backends[];

/* Opens the first back end that works for params->codec among those that `name` stands for: a word of
 * PUNKTFUNK_ENCODER in any case (input-audio-encode.md 4.3: "software", "x264", …), NULL or "auto" for all.
 * -EINVAL for an unknown word, -ENOTSUP if the build has no such encoder. */
int pf_encoder_open(const char *name, const struct pf_encoder_params *params, struct pf_encoder **ret_encoder,
    struct pf_error *err);

/* PUNKTFUNK_ENCODER, or "auto". Borrowed from the environment. */
const char *pf_encoder_name_from_env(void);

/* Mask of codecs that some working back end offers (`name` as above; 0 for an unknown word). */
unsigned pf_encoder_codecs(const char *name);

/* Whether the back end that pf_encoder_open tries first can leave out pictures that a client lost. */
bool pf_encoder_invalidates(const char *name);

/* The first back end that works here among those that `name` stands for; NULL: none. */
const struct pf_encoder_backend *pf_encoder_chosen(const char *name);

static inline void pf_encoder_close(struct pf_encoder *enc)
{
    if (enc)
        enc->ops->close(enc);
}

#endif
