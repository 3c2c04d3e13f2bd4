/* What can be done with a decoded picture. */
#ifndef PF_CLIENT_PICTURE_H
#define PF_CLIENT_PICTURE_H

#include "base/error.h"

#include <libavutil/frame.h>
#include <stdint.h>

/* The colour 0xRRGGBB of a point; coordinates outside are moved to the edge. Negative errno if the format
 * cannot be converted. */
int64_t probe_picture_color(const AVFrame *picture, long x, long y);

/* Writes the picture as an RGB PNG file. */
int probe_picture_write_png(const AVFrame *picture, const char *path, struct pf_error *err);

#endif
