/* Datagrams of strangers at the host's QUIC port: two of them, as the first two bytes divide the input.
 * Nobody can forge a handshake, so no connection may come of it, and no answer larger than QUIC allows. */
#include "fuzz.h"

#include "base/log.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"
#include "net/quic.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pf_identity *identity; /* these live as long as the process */
static struct pf_loop *loop;
static struct pf_quic_listener *listener;
static int stranger;

static void on_ready(struct pf_quic_conn *conn)
{
    (void)conn;
    FUZZ_ASSERT(!"a stranger's bytes became a connection");
}

static const struct pf_quic_handlers handlers = {.ready = on_ready};

/* A certificate of this process alone; its folder goes at once. */
static void make_identity(void)
{
    static const char *const files[] = {"cert.pem", "key.pem", "native-cert.pem", "native-key.pem"};
    char folder[] = "/tmp/pf-fuzz-XXXXXX";
    struct pf_error err;
    if (!mkdtemp(folder) || pf_identity_load_host(folder, &identity, &err) < 0)
        abort();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void prepare(void)
{
    struct sockaddr_storage host;
    struct pf_error err;
    if (loop)
        return;
    setenv("RUST_LOG", "error", 1);
    pf_log_init();
    make_identity();
    if (pf_loop_create(&loop) < 0 ||
        pf_quic_listen(loop, "127.0.0.1", 0, identity, NULL, &handlers, NULL, &listener, &err) < 0 ||
        pf_address_parse("127.0.0.1", pf_quic_listener_port(listener), &host, &err) < 0)
        abort();
    stranger = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(stranger, (struct sockaddr *)&host, pf_address_size((struct sockaddr *)&host)) < 0)
        abort();
}

/* On loopback a datagram is there when the call returns. */
static void say(const uint8_t *data, size_t size)
{
    uint8_t answer[2048];
    size_t heard = 0;
    if (send(stranger, data, size, 0) < 0)
        abort();
    for (int i = 0; i < 2; i++)
        uv_run(pf_loop_uv(loop), UV_RUN_NOWAIT);
    for (ssize_t n; (n = recv(stranger, answer, sizeof(answer), MSG_DONTWAIT)) > 0;)
        heard += (size_t)n;
    FUZZ_ASSERT(heard <= 3 * size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pf_quic_listener_stats stats;
    if (size < 2 || size > 4096)
        return 0;
    prepare();
    size_t first = ((size_t)data[0] << 8 | data[1]) % (size - 1);
    say(data + 2, first < size - 2 ? first : size - 2);
    say(data + 2 + first, size - 2 - first);
    pf_quic_listener_stats(listener, &stats);
    FUZZ_ASSERT(stats.handshakes == 0 && stats.accepted == 0);
    return 0;
}
