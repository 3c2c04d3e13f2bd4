/* Numbers of sessions, for the API and for recordings: no two sessions of a process have the same, whatever
 * their protocol. Any thread. */
#ifndef PF_SESSION_NUMBER_H
#define PF_SESSION_NUMBER_H

#include <stdint.h>

/* From 1. */
uint32_t pf_session_number(void);

#endif
