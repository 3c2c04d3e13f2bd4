/* A machine for measuring everything between capture and network: pictures that nobody draws come at each
 * refresh, and an encoder gives as many bytes as the rate allows without looking at them. */
#ifndef PF_BENCH_LATENCY_FAKE_MACHINE_H
#define PF_BENCH_LATENCY_FAKE_MACHINE_H

#include "session/machine.h"

struct pf_machine bench_fake_machine(void);
struct pf_host_facts bench_fake_facts(void *user);

#endif
