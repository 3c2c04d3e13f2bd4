#include "common.h"

#include "net/address.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bench_need(int rc, const char *what)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(-rc));
    exit(1);
}

static struct pf_media_socket *open_loopback(struct sockaddr_storage *ret_address)
{
    struct pf_media_socket *s;
    bench_need(pf_address_parse("127.0.0.1", 0, ret_address, NULL), "address");
    bench_need(pf_media_socket_open((struct sockaddr *)ret_address, &s, NULL), "socket");
    pf_address_set_port(ret_address, pf_media_socket_port(s));
    return s;
}

static void ignore(void *user, uint8_t *datagram, size_t len)
{
}

static void *drain(void *arg)
{
    struct bench_link *link = arg;
    struct pollfd readable = {.fd = pf_media_socket_fd(link->client), .events = POLLIN};
    while (!atomic_load(&link->stop)) {
        poll(&readable, 1, 20);
        while (pf_media_socket_receive(link->client, ignore, NULL) > 0)
            ;
    }
    return NULL;
}

void bench_link_open(struct bench_link *link, bool drained)
{
    struct sockaddr_storage host, client;
    *link = (struct bench_link){.drain = drained};
    link->host = open_loopback(&host);
    link->client = open_loopback(&client);
    bench_need(pf_media_socket_connect(link->host, (struct sockaddr *)&client, NULL), "connect");
    bench_need(pf_media_socket_connect(link->client, (struct sockaddr *)&host, NULL), "connect");
    pf_media_socket_receive(link->client, ignore, NULL); /* like a real client it takes glued datagrams */
    if (drained)
        bench_need(-pthread_create(&link->thread, NULL, drain, link), "thread");
}

void bench_link_close(struct bench_link *link)
{
    atomic_store(&link->stop, true);
    if (link->drain)
        pthread_join(link->thread, NULL);
    pf_media_socket_close(link->host);
    pf_media_socket_close(link->client);
}
