/* Facts about the machine that are shown to people and clients. */
#ifndef PF_CLI_FACTS_H
#define PF_CLI_FACTS_H

#include <stddef.h>

/* The kernel's host name, else "punktfunk-host". */
void pf_fact_hostname(char *out, size_t size);

/* IPv4 address of the interface that leads to the internet (no packet is sent), else "127.0.0.1". */
void pf_fact_local_ip(char *out, size_t size);

#endif
