/* The answers of nvhttp: a small XML document (docs/spec/gamestream.md 2.1). Pure.
 *
 * Running out of memory is remembered and told at the end, so that callers just write. There is no white
 * space between elements: a client's parser fails on it.
 */
#ifndef PF_GAMESTREAM_NVHTTP_XML_H
#define PF_GAMESTREAM_NVHTTP_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_gs_xml {
    char *text; /* NUL-terminated */
    size_t len, cap;
    bool failed;
};

/* Begins a document. `message` and `query`: attributes of the root; NULL: without. */
void pf_gs_xml_begin(struct pf_gs_xml *x, int status_code, const char *message, const char *query);
/* Ends it. The text is the caller's to free; NULL if memory ran out. */
char *pf_gs_xml_end(struct pf_gs_xml *x, size_t *ret_len);

/* <name>text</name>, escaped. Bytes that XML cannot hold become '?'. */
void pf_gs_xml_text(struct pf_gs_xml *x, const char *name, const char *text);
void pf_gs_xml_number(struct pf_gs_xml *x, const char *name, int64_t number);
void pf_gs_xml_open(struct pf_gs_xml *x, const char *name);
void pf_gs_xml_close(struct pf_gs_xml *x, const char *name);

#endif
