/* Characters as keys of X11, which desktops take that type text for a client. Pure. */
#ifndef PF_INPUT_KEYSYM_H
#define PF_INPUT_KEYSYM_H

#include <stdint.h>

/* X11's number for a Unicode character; 0: there is none. */
uint32_t pf_keysym_of(uint32_t character);

#endif
