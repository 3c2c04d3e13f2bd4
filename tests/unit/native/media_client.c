#include "media_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct sockaddr_storage loopback(uint16_t port)
{
    struct sockaddr_storage s = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&s;
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in->sin_port = htons(port);
    return s;
}

void media_client_open(struct media_client *m, uint16_t host_port, const uint8_t key[16],
    const uint8_t salt[4], bool probe_numbers)
{
    struct pf_error err;
    struct sockaddr_storage local = loopback(0), host = loopback(host_port);
    struct pf_seal_config seal = {.sender = PF_SEAL_FROM_HOST, .key = key};
    memcpy(seal.salt, salt, sizeof(seal.salt));
    struct pf_reassembler_config config = {
        .scheme = PF_FEC_GF16, .max_block_data = PF_BLOCK_DATA_DEFAULT, .probe_numbers = probe_numbers};
    assert_int_equal(pf_media_socket_open((struct sockaddr *)&local, &m->socket, &err), 0);
    assert_int_equal(pf_media_socket_connect(m->socket, (struct sockaddr *)&host, &err), 0);
    assert_int_equal(pf_opener_create(&seal, &m->opener), 0);
    assert_int_equal(pf_reassembler_create(&config, &m->reassembler), 0);
}

void media_client_close(struct media_client *m)
{
    pf_media_socket_close(m->socket);
    pf_opener_destroy(m->opener);
    pf_reassembler_destroy(m->reassembler);
    m->socket = NULL;
    m->opener = NULL;
    m->reassembler = NULL;
}

static void take(void *user, uint8_t *datagram, size_t len)
{
    struct media_client *m = user;
    struct pf_received_frame frame;
    uint8_t *plain;
    size_t plain_len;
    if (pf_opener_open(m->opener, datagram, len, &plain, &plain_len) < 0) {
        m->refused++;
        return;
    }
    if (pf_reassembler_push(m->reassembler, plain, plain_len, &frame) != 1)
        return;
    m->frames++;
    if (m->frame)
        m->frame(m->user, &frame);
}

void media_client_receive(struct media_client *m, int wait_ms)
{
    struct pollfd p = {.fd = pf_media_socket_fd(m->socket), .events = POLLIN};
    if (poll(&p, 1, wait_ms) > 0)
        while (pf_media_socket_receive(m->socket, take, m) > 0)
            ;
}
