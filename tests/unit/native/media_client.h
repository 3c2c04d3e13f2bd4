/* The receiving half of a client, for tests: data socket, opener, reassembler. */
#ifndef PF_TESTS_MEDIA_CLIENT_H
#define PF_TESTS_MEDIA_CLIENT_H

#include "net/media_socket.h"
#include "punktfunk/packet.h"
#include "punktfunk/seal.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct media_client {
    struct pf_media_socket *socket;
    struct pf_opener *opener;
    struct pf_reassembler *reassembler;
    void (*frame)(void *user, const struct pf_received_frame *frame);
    void *user;
    unsigned frames, refused; /* complete frames; datagrams that did not open */
};

/* Binds to 127.0.0.1 and connects to `host_port` there. */
void media_client_open(struct media_client *m, uint16_t host_port, const uint8_t key[16],
    const uint8_t salt[4], bool probe_numbers);
void media_client_close(struct media_client *m);

/* Waits up to wait_ms for datagrams and takes what has come. */
void media_client_receive(struct media_client *m, int wait_ms);

/* 127.0.0.1 with this port. */
struct sockaddr_storage loopback(uint16_t port);

#endif
