/* Messages of /dev/uhid (input-audio-encode.md 2.3). Pure; what comes from the kernel may be the bytes of any
 * program that writes to the pad, so it is read with care. */
#ifndef PF_INPUT_PADS_UHID_EVENT_H
#define PF_INPUT_PADS_UHID_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_UHID_EVENT_MAX 4380u /* what one read may give */
#define PF_UHID_DATA_MAX  4096u

enum pf_uhid_kind {
    PF_UHID_OTHER, /* nothing that needs an answer */
    PF_UHID_GONE,  /* the kernel's driver let the pad go */
    PF_UHID_OUTPUT,
    PF_UHID_GET, /* a feature report is wanted, now */
    PF_UHID_SET, /* likewise it wants an answer */
};

struct pf_uhid_event {
    enum pf_uhid_kind kind;
    uint32_t id;         /* GET, SET: of the answer */
    uint8_t report;      /* GET, SET: its number */
    bool is_feature;     /* GET, SET */
    const uint8_t *data; /* OUTPUT, SET; borrowed */
    size_t len;
};

/* False for one that is cut short or says more than it has. */
bool pf_uhid_event_parse(const void *bytes, size_t len, struct pf_uhid_event *ret_event);

struct pf_uhid_identity {
    const char *name, *phys, *uniq; /* cut to 127, 63 and 63 bytes */
    uint32_t vendor, product;
    const uint8_t *descriptor;
    size_t descriptor_len;
};

/* All give the length of the message, at most PF_UHID_EVENT_MAX; 0 if it does not fit. */
size_t pf_uhid_put_create(uint8_t out[PF_UHID_EVENT_MAX], const struct pf_uhid_identity *identity);
size_t pf_uhid_put_input(uint8_t out[PF_UHID_EVENT_MAX], const uint8_t *report, size_t len);
/* `len` 0: there is no such report. */
size_t pf_uhid_put_get_answer(uint8_t out[PF_UHID_EVENT_MAX], uint32_t id, const uint8_t *report, size_t len);
size_t pf_uhid_put_set_answer(uint8_t out[PF_UHID_EVENT_MAX], uint32_t id);

#endif
