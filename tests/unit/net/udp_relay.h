/* A bad network between one client and a host, on the loop of the test. */
#ifndef PF_TESTS_UDP_RELAY_H
#define PF_TESTS_UDP_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum relay_verdict {
    RELAY_PASS,
    RELAY_DROP,
    RELAY_TWICE,
    RELAY_HOLD, /* goes after the next one of its direction */
};

struct relay;

/* May change the bytes and shorten them. */
typedef enum relay_verdict (*relay_judge)(void *user, bool to_host, uint8_t *data, size_t *len);

/* judge NULL: a perfect network. */
struct relay *relay_create(uv_loop_t *loop, uint16_t host_port, relay_judge judge, void *user);
void relay_set_judge(struct relay *relay, relay_judge judge, void *user);
uint16_t relay_port(const struct relay *relay);

/* From now on the host sees the client at another port, like after a NAT forgot it. */
void relay_rebind(struct relay *relay);

/* Sends these bytes to the host as if the client had. */
void relay_inject(struct relay *relay, const void *data, size_t len);

/* Datagrams passed on, in both directions. */
unsigned relay_passed(const struct relay *relay);

/* The handles close in the next turns of the loop. */
void relay_destroy(struct relay *relay);

#endif
