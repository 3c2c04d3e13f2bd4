/* The least that a Moonlight client does to get its input into a session: RTSP, the control connection and
 * pings for video, for tests that say themselves what goes over it (docs/spec/gamestream.md 3, 4, 7).
 *
 *     input CHANNEL reliable|unreliable HEX   sends this input packet, the payload of control type 0x0206
 *     end of input                            says goodbye
 *
 * Prints "connected", then a line "message TYPE HEX" for whatever the host says, "gone" when it ends the
 * connection.
 *
 * gamestream_client RTSP-PORT KEY WIDTH HEIGHT FPS, on loopback */
#include "base/bytes.h"
#include "base/hex.h"
#include "base/time.h"
#include "gamestream/wire/control_seal.h"

#include <arpa/inet.h>
#include <enet/enet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHANNELS = 48, PATIENCE_MS = 60000, KEEP_ALIVE_NS = 100000000, PING_NS = 500000000 };
enum { START_A = 0x0302, START_B = 0x0307, KEEP_ALIVE = 0x0200, INPUT = 0x0206 };

static struct {
    uint16_t rtsp_port, control_port, video_port;
    unsigned width, height, fps, cseq;
    char reply[8192]; /* of the last request */
    char payload[17]; /* of pings */
    uint32_t connect_data;
    struct pf_gs_control_seal seal;
    ENetHost *host;
    ENetPeer *peer;
    int video;
    char line[1024];
    size_t len;
    bool input_ended;
} client;

static void die(const char *what)
{
    fprintf(stderr, "gamestream_client: %s\n%s\n", what, client.reply);
    exit(1);
}

static struct sockaddr_in at_port(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* ---- RTSP ---- */

static void request(const char *method, const char *target, const char *body)
{
    const struct sockaddr_in to = at_port(client.rtsp_port);
    char text[4096];
    size_t got = 0;
    ssize_t n;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len = snprintf(text, sizeof(text),
        "%s %s RTSP/1.0\r\nCSeq: %u\r\nX-GS-ClientVersion: 14\r\nHost: 127.0.0.1\r\nContent-length: "
        "%zu\r\n\r\n%s",
        method, target, ++client.cseq, strlen(body), body);
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
        send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        die("nobody takes RTSP requests");
    while (got < sizeof(client.reply) - 1 &&
           (n = recv(fd, client.reply + got, sizeof(client.reply) - 1 - got, 0)) > 0)
        got += (size_t)n;
    client.reply[got] = 0;
    close(fd);
    if (strncmp(client.reply, "RTSP/1.0 200", 12) != 0)
        die(method);
}

static const char *header(const char *name)
{
    const char *at = strstr(client.reply, name);
    if (!at)
        die(name);
    return at + strlen(name);
}

static uint16_t set_up(const char *stream)
{
    request("SETUP", stream, "");
    return (uint16_t)atoi(header("server_port="));
}

static void handshake(void)
{
    char body[1024];
    request("OPTIONS", "rtsp://127.0.0.1", "");
    request("DESCRIBE", "rtsp://127.0.0.1", "");
    set_up("streamid=audio/0/0");
    client.video_port = set_up("streamid=video/0/0");
    sscanf(header("X-SS-Ping-Payload: "), "%16s", client.payload);
    client.control_port = set_up("streamid=control/13/0");
    client.connect_data = (uint32_t)strtoul(header("X-SS-Connect-Data: "), NULL, 10);
    snprintf(body, sizeof(body),
        "v=0\r\no=android 0 14 IN IPv4 127.0.0.1\r\ns=NVIDIA Streaming Client\r\n"
        "a=x-nv-video[0].clientViewportWd:%u \r\na=x-nv-video[0].clientViewportHt:%u \r\n"
        "a=x-nv-video[0].maxFPS:%u \r\na=x-nv-video[0].packetSize:1392 \r\n"
        "a=x-ml-video.configuredBitrateKbps:1000 \r\na=x-nv-vqos[0].bitStreamFormat:0 \r\n"
        "a=x-nv-vqos[0].fec.minRequiredFecPackets:2 \r\na=x-ml-general.featureFlags:3 \r\n"
        "a=x-ss-general.encryptionEnabled:1 \r\nt=0 0\r\nm=video 47998  \r\n",
        client.width, client.height, client.fps);
    request("ANNOUNCE", "streamid=control/13/0", body);
    request("PLAY", "/", "");
}

/* ---- control ---- */

static void tell(uint8_t channel, bool reliable, uint16_t type, const void *payload, size_t len)
{
    uint8_t plain[PF_GS_CONTROL_PLAIN_MAX], sealed[PF_GS_CONTROL_PLAIN_MAX + PF_GS_CONTROL_OVERHEAD];
    struct pf_writer w = pf_writer_of(plain, sizeof(plain));
    pf_write_u16le(&w, type);
    pf_write_u16le(&w, (uint16_t)len);
    pf_write_bytes(&w, payload, len);
    int n = pf_gs_control_seal(&client.seal, PF_GS_FROM_CLIENT, plain, w.len, sealed, sizeof(sealed));
    if (n < 0)
        die("a message is too long");
    enet_peer_send(client.peer, channel,
        enet_packet_create(sealed, (size_t)n, reliable ? ENET_PACKET_FLAG_RELIABLE : 0));
    enet_host_flush(client.host);
}

static void dial(void)
{
    ENetAddress to = {.port = client.control_port};
    ENetEvent event;
    enet_address_set_host_ip(&to, "127.0.0.1");
    client.host = enet_host_create(NULL, 1, CHANNELS, 0, 0);
    client.peer = client.host ? enet_host_connect(client.host, &to, CHANNELS, client.connect_data) : NULL;
    if (!client.peer || enet_host_service(client.host, &event, PATIENCE_MS) <= 0 ||
        event.type != ENET_EVENT_TYPE_CONNECT)
        die("there is no control connection");
    enet_peer_timeout(client.peer, 0, PATIENCE_MS, PATIENCE_MS);
    tell(0, true, START_A, "\0", 2);
    tell(0, true, START_B, "", 1);
    puts("connected");
}

static void hear(const ENetPacket *packet)
{
    uint8_t plain[PF_GS_CONTROL_PLAIN_MAX];
    char hex[2 * PF_GS_CONTROL_PLAIN_MAX + 1];
    int n = pf_gs_control_open(
        &client.seal, PF_GS_FROM_HOST, packet->data, packet->dataLength, plain, sizeof(plain));
    if (n < 4)
        die("a message of the host cannot be opened");
    pf_hex_encode(plain + 4, (size_t)n - 4, hex);
    printf("message %04x %s\n", plain[0] | plain[1] << 8, hex);
}

/* ---- what the test says ---- */

static void obey(const char *line)
{
    unsigned channel;
    char how[12], hex[2 * PF_GS_CONTROL_PLAIN_MAX + 1];
    uint8_t packet[PF_GS_CONTROL_PLAIN_MAX];
    if (sscanf(line, "input %u %11s %512s", &channel, how, hex) != 3 || channel >= CHANNELS ||
        !pf_hex_decode(hex, packet, strlen(hex) / 2))
        die(line);
    tell((uint8_t)channel, !strcmp(how, "reliable"), INPUT, packet, strlen(hex) / 2);
}

static void listen_to_test(void)
{
    char *end;
    ssize_t n = read(0, client.line + client.len, sizeof(client.line) - 1 - client.len);
    client.input_ended = n <= 0;
    client.len += n > 0 ? (size_t)n : 0;
    client.line[client.len] = 0;
    while ((end = strchr(client.line, '\n'))) {
        *end = 0;
        obey(client.line);
        client.len -= (size_t)(end + 1 - client.line);
        memmove(client.line, end + 1, client.len + 1);
    }
}

/* ---- the session ---- */

static void keep_alive(void)
{
    static uint64_t told_ns, pinged_ns;
    static const uint8_t alive[8] = {4};
    const struct sockaddr_in to = at_port(client.video_port);
    uint8_t ping[20] = {0};
    uint64_t now = pf_time_mono_ns();
    if (now - told_ns >= KEEP_ALIVE_NS) {
        told_ns = now;
        tell(0, true, KEEP_ALIVE, alive, sizeof(alive));
    }
    if (now - pinged_ns < PING_NS)
        return;
    pinged_ns = now;
    memcpy(ping, client.payload, 16);
    ping[19] = 1;
    sendto(client.video, ping, sizeof(ping), 0, (const struct sockaddr *)&to, sizeof(to));
}

static bool serve(void)
{
    ENetEvent event;
    struct pollfd fds[] = {{.fd = 0, .events = POLLIN}, {.fd = (int)client.host->socket, .events = POLLIN}};
    keep_alive();
    poll(fds, 2, 20);
    if (fds[0].revents)
        listen_to_test();
    while (enet_host_service(client.host, &event, 0) > 0) {
        if (event.type == ENET_EVENT_TYPE_DISCONNECT)
            return false;
        if (event.type == ENET_EVENT_TYPE_RECEIVE) {
            hear(event.packet);
            enet_packet_destroy(event.packet);
        }
    }
    return true;
}

static void say_goodbye(void)
{
    ENetEvent event;
    enet_peer_disconnect(client.peer, 0);
    while (enet_host_service(client.host, &event, 2000) > 0 && event.type != ENET_EVENT_TYPE_DISCONNECT)
        if (event.type == ENET_EVENT_TYPE_RECEIVE)
            enet_packet_destroy(event.packet);
}

int main(int argc, char **argv)
{
    uint8_t key[PF_GS_KEY_LEN];
    bool there = true;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 6 || !pf_hex_decode(argv[2], key, sizeof(key)))
        die("usage: gamestream_client RTSP-PORT KEY WIDTH HEIGHT FPS");
    client.rtsp_port = (uint16_t)atoi(argv[1]);
    client.width = (unsigned)atoi(argv[3]);
    client.height = (unsigned)atoi(argv[4]);
    client.fps = (unsigned)atoi(argv[5]);
    client.video = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (enet_initialize() != 0 || pf_gs_control_seal_init(&client.seal, PF_GS_CONTROL_V2, key) < 0)
        die("there is no memory");
    handshake();
    dial();
    while (!client.input_ended && (there = serve()))
        continue;
    if (there)
        say_goodbye();
    else
        puts("gone");
    enet_host_destroy(client.host);
    pf_gs_control_seal_finish(&client.seal);
    close(client.video);
    return 0;
}
