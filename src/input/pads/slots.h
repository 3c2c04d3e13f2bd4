/* Numbers for pads that need an address of their own on this machine (input-audio-encode.md 2.4: the kernel
 * refuses a second pad with the same one). Any thread. */
#ifndef PF_INPUT_PADS_SLOTS_H
#define PF_INPUT_PADS_SLOTS_H

#define PF_PAD_SLOTS 256u

/* The lowest number whose address neither this process nor, as far as the kernel shows, another one uses.
 * -ENOSPC if there is none. */
int pf_pad_slot_take(unsigned *ret_slot);
void pf_pad_slot_give(unsigned slot);

#endif
