/* Avahi's own log lines, which it would print by itself. */
#ifndef PF_NET_AVAHI_LOG_H
#define PF_NET_AVAHI_LOG_H

/* Sends them to ours, at the level `debug`: strangers on the network cause most of them. */
void pf_avahi_take_log(void);

#endif
