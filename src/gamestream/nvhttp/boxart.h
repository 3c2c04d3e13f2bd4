/* Box art for entries that have no picture of their own (docs/spec/gamestream.md 2.6): a screen before a sky
 * whose colours come from the title. */
#ifndef PF_GAMESTREAM_NVHTTP_BOXART_H
#define PF_GAMESTREAM_NVHTTP_BOXART_H

#include <stddef.h>

/* Portrait, 3:4; not of the sizes that a client takes for a placeholder. */
#define PF_GS_BOXART_WIDTH  300u
#define PF_GS_BOXART_HEIGHT 400u

/* Draws and encodes a PNG; *ret_png is malloc'ed. -ENOMEM. */
int pf_gs_boxart_draw(const char *title, char **ret_png, size_t *ret_len);

#endif
