/* Which process it was. */
#ifndef PF_BASE_PROCESS_H
#define PF_BASE_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* Start time of a process in clock ticks after boot; 0 if there is no such process. With the boot id it tells
 * a process from a later one that got the same id. */
uint64_t pf_process_start_time(pid_t pid);

#define PF_BOOT_ID_SIZE 40
/* The id of this boot of the machine; "" if the kernel does not tell. */
void pf_boot_id(char ret_id[PF_BOOT_ID_SIZE]);

#endif
