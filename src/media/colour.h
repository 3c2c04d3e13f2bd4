/* How the colours of a picture become YCbCr. Plain values; all zero is what everything has that asks for
 * nothing: BT.709, limited range. */
#ifndef PF_MEDIA_COLOUR_H
#define PF_MEDIA_COLOUR_H

#include <stdbool.h>

enum pf_matrix { PF_MATRIX_BT709, PF_MATRIX_BT601, PF_MATRIX_BT2020, PF_MATRICES };

struct pf_colour {
    enum pf_matrix matrix; /* of the conversion; primaries and transfer stay those of the picture */
    bool full_range;       /* 0…255 instead of 16…235 (colour: 16…240) */
};

#endif
