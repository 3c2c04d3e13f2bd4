/* What the software encoders share: reading a frame, limits of H.264, how many threads to use. */
#ifndef PF_ENCODE_SOFTWARE_H
#define PF_ENCODE_SOFTWARE_H

#include "encode/convert.h"
#include "encode/dmabuf_map.h"
#include "encode/encoder.h"

/* Turns captured frames into 4:2:0 pictures. One thread; all zero plus pf_frame_converter_init. */
struct pf_frame_converter {
    const struct pf_convert_kernel *kernel;
    struct pf_dmabuf_maps maps;
    struct pf_mode mode;
    struct pf_colour colour;
};

void pf_frame_converter_init(struct pf_frame_converter *converter, const struct pf_encoder_params *params);
void pf_frame_converter_finish(struct pf_frame_converter *converter);

/* Converts the frame, from CPU memory or a linear dmabuf. -EINVAL if its size is not the mode's, -ENOTSUP for
 * a format or modifier that the CPU cannot read. */
int pf_frame_converter_convert(
    struct pf_frame_converter *converter, const struct pf_frame *frame, const struct pf_yuv_picture *out);

/* matrix_coefficients of H.264 (table E-5). Primaries and transfer are always those of BT.709: the screen's.
 */
int pf_encoder_matrix_code(enum pf_matrix matrix);

/* The rules of input-audio-encode.md 4.1, with `max_side` and `max_pixels` of the back end. */
int pf_encoder_check_params(const struct pf_encoder_params *params, unsigned max_side, uint64_t max_pixels,
    const char *backend, struct pf_error *err);

/* Slices, each on a thread of its own, so that no picture waits for the next: one for each processor, but
 * none smaller than a strip that is worth a thread; at least as many as the client wants, if it is at most 8.
 */
unsigned pf_encoder_slice_threads(const struct pf_encoder_params *params);

/* Size of the VBV in frames: PUNKTFUNK_VBV_FRAMES if it is a sensible number. */
double pf_encoder_vbv_frames(double otherwise);

/* Grows the unit if need be and appends. */
int pf_access_unit_append(struct pf_access_unit *au, const void *data, size_t len);

#endif
