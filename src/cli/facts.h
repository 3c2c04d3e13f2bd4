/* Facts about the machine that are shown to people and clients. */
#ifndef PF_CLI_FACTS_H
#define PF_CLI_FACTS_H

#include "net/advert.h"

#include <stddef.h>

/* What people know this host by: PUNKTFUNK_HOST_NAME, else the kernel's host name, else "punktfunk-host". At
 * most 63 bytes, cleaned. */
void pf_fact_hostname(char out[PF_ADVERT_NAME_SIZE]);

/* IPv4 address of the interface that leads to the internet (no packet is sent), else "127.0.0.1". */
void pf_fact_local_ip(char *out, size_t size);

#endif
