/* Rich input (0xCC) and HID output (0xCD): the part behind the tag byte. */
#ifndef PF_CORE_WIRE_RICH_H
#define PF_CORE_WIRE_RICH_H

#include "base/bytes.h"
#include "punktfunk/wire_datagram.h"

/* 0, PF_WIRE_UNKNOWN or -EBADMSG; a short datagram only shows in r->failed. */
int pf_rich_read(struct pf_reader *r, enum pf_wire_level level, struct pf_datagram *m);
int pf_hid_read(struct pf_reader *r, enum pf_wire_level level, struct pf_datagram *m);

/* False for content that the message cannot carry. */
bool pf_rich_write(struct pf_writer *w, const struct pf_datagram *m);
bool pf_hid_write(struct pf_writer *w, const struct pf_datagram *m);

#endif
