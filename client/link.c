#include "client/link.h"

#include "base/log.h"
#include "net/address.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#define SCOPE "link"

static void on_ready(struct pf_quic_conn *conn)
{
    struct probe_link *link = pf_quic_user(conn);
    int r = pf_quic_stream_open(conn, &link->stream);
    if (r < 0) {
        pf_log_error(SCOPE, "the control stream cannot be opened: %s", strerror(-r));
        pf_quic_close(conn, PF_CLOSE_ERROR, "error");
        return;
    }
    link->handlers->ready(link->user);
}

static void on_stream_data(
    struct pf_quic_conn *conn, int64_t stream, const uint8_t *data, size_t len, bool fin)
{
    struct probe_link *link = pf_quic_user(conn);
    const uint8_t *payload;
    size_t payload_len;
    int r = 0;
    while (stream == link->stream &&
           (r = pf_frame_reader_next(&link->reader, &data, &len, &payload, &payload_len)) > 0)
        link->handlers->message(link->user, payload, payload_len);
    if (r < 0)
        pf_quic_close(conn, PF_CLOSE_ERROR, "error");
}

static void on_datagram(struct pf_quic_conn *conn, const uint8_t *data, size_t len)
{
    struct probe_link *link = pf_quic_user(conn);
    link->handlers->datagram(link->user, data, len);
}

static void on_closed(struct pf_quic_conn *conn, const struct pf_quic_close_info *info)
{
    struct probe_link *link = pf_quic_user(conn);
    link->conn = NULL;
    pf_frame_reader_finish(&link->reader);
    link->handlers->closed(link->user, info);
}

static const struct pf_quic_handlers quic_handlers = {
    .ready = on_ready,
    .stream_data = on_stream_data,
    .datagram = on_datagram,
    .closed = on_closed,
};

/* Names too; IPv4 first, because that is what hosts bind. */
static int look_up(const struct probe_options *o, struct sockaddr_storage *ret, struct pf_error *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list, *best;
    int r = getaddrinfo(o->host, NULL, &hints, &list);
    if (r != 0)
        return pf_error_set(
            err, -EHOSTUNREACH, "the host \"%s\" was not found: %s", o->host, gai_strerror(r));
    best = list;
    for (struct addrinfo *a = list; a; a = a->ai_next) {
        if (a->ai_family == AF_INET) {
            best = a;
            break;
        }
    }
    memcpy(ret, best->ai_addr, best->ai_addrlen);
    pf_address_set_port(ret, o->port);
    freeaddrinfo(list);
    return 0;
}

int probe_link_open(struct probe_link *link, struct pf_loop *loop, const struct probe_options *options,
    const struct pf_identity *identity, const struct probe_link_handlers *handlers, void *user,
    struct pf_error *err)
{
    struct sockaddr_storage address = {0};
    char text[PF_ADDRESS_TEXT];
    *link = (struct probe_link){.stream = -1, .handlers = handlers, .user = user};
    int r = look_up(options, &address, err);
    if (r < 0)
        return r;
    pf_log_info(SCOPE, "connecting address=%s", pf_address_format((struct sockaddr *)&address, text));
    return pf_quic_connect(loop, (struct sockaddr *)&address, identity,
        options->pin.wanted ? options->pin.fingerprint : NULL, &link->config, &quic_handlers, link,
        &link->conn, err);
}

void probe_link_send(struct probe_link *link, uint8_t *buf, int payload_len)
{
    if (!link->conn)
        return;
    int n = payload_len < 0 ? payload_len : pf_frame_seal(buf, (size_t)payload_len);
    if (n >= 0)
        n = pf_quic_stream_write(link->conn, link->stream, buf, (size_t)n);
    if (n < 0)
        pf_log_warn(SCOPE, "a control message was not sent: %s", strerror(-n));
}

void probe_link_close(struct probe_link *link, uint64_t code, const char *reason)
{
    if (link->conn)
        pf_quic_close(link->conn, code, reason);
}
