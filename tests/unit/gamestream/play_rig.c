#include "play_rig.h"

#include "base/bytes.h"
#include "base/thread.h"

#include "../errand.h"
#include "../patient.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

/* ---- the loop's thread ----------------------------------------------------------------------------------
 */

void rig_do(struct rig *r, void (*fn)(void *arg), void *arg)
{
    errand_do(fn, arg);
}

void rig_until(bool (*condition)(void *arg), void *arg)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += 2) {
        if (condition(arg))
            return;
        pf_time_sleep_until(pf_time_mono_ns() + 2 * PF_NS_PER_MS);
    }
    fail_msg("waited in vain");
}

static void run_loop(void *arg)
{
    struct rig *r = arg;
    pf_loop_run(r->loop);
}

/* ---- the feed -------------------------------------------------------------------------------------------
 */

static struct fake_feed *fake_of(struct pf_feed *feed)
{
    return (struct fake_feed *)feed;
}

static void fake_stop(struct pf_feed *feed, bool quit)
{
    struct fake_feed *f = fake_of(feed);
    bool first = !atomic_exchange(&f->stopped, true);
    if (quit)
        f->quit = true;
    if (first && !f->refuses_to_stop)
        f->sink.ended(f->sink.user, 0, "");
}

static void fake_destroy(struct pf_feed *feed)
{
    fake_of(feed)->destroyed = true;
}

static void fake_keyframe(struct pf_feed *feed)
{
    fake_of(feed)->keyframes++;
}

static void fake_invalidate(struct pf_feed *feed, uint32_t first, uint32_t last)
{
    struct fake_feed *f = fake_of(feed);
    f->first = first;
    f->last = last;
    f->invalidations++;
}

static void fake_input(struct pf_feed *feed, const struct pf_input *event)
{
    struct fake_feed *f = fake_of(feed);
    if (event->type == PF_INPUT_KEY)
        f->key = event->code;
    f->inputs++;
}

static void fake_set_bitrate(struct pf_feed *feed, uint32_t kbps)
{
    fake_of(feed)->kbps = kbps;
}

static const struct pf_feed_ops fake_ops = {.stop = fake_stop,
    .destroy = fake_destroy,
    .keyframe = fake_keyframe,
    .invalidate = fake_invalidate,
    .set_bitrate = fake_set_bitrate,
    .input = fake_input};

static struct pf_host_facts fake_facts(void *user)
{
    return ((struct rig *)user)->facts;
}

static void fake_policy(void *user, struct pf_display_policy *ret_policy)
{
    *ret_policy = ((struct rig *)user)->policy;
}

static int start_fake(void *user, const struct pf_session_plan *plan, const struct pf_feed_sink *sink,
    struct pf_feed **ret_feed, struct pf_error *err)
{
    struct rig *r = user;
    if (r->feed_count == RIG_FEEDS)
        return pf_error_set(err, -ENOSPC, "no more feeds");
    struct fake_feed *f = &r->feeds[r->feed_count];
    f->base.ops = &fake_ops;
    f->sink = *sink;
    f->plan = *plan;
    f->started = true;
    r->feed_count++;
    *ret_feed = &f->base;
    return 0;
}

int rig_push(struct rig *r, unsigned feed, size_t len, bool idr)
{
    struct pf_access_unit *au = pf_access_unit_take(r->pool);
    assert_non_null(au);
    assert_int_equal(pf_access_unit_reserve(au, len), 0);
    for (size_t i = 0; i < len; i++)
        au->data[i] = (uint8_t)(i * 7);
    au->len = len;
    au->idr = idr;
    au->anchor = false;
    au->capture_mono_ns = au->submit_mono_ns = au->encoded_mono_ns = pf_time_mono_ns();
    au->due_mono_ns = 0;
    int rc = r->feeds[feed].sink.push(r->feeds[feed].sink.user, au);
    if (rc < 0)
        pf_access_unit_return(au);
    return rc;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void on_stopped(void *user)
{
    struct rig *r = user;
    r->play = NULL;
    r->stopped = true;
}

static uint16_t free_port(int type)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    getsockname(fd, (struct sockaddr *)&a, &len);
    close(fd);
    return ntohs(a.sin_port);
}

static struct pf_gs_play_config choose_ports(struct rig *r)
{
    r->rtsp_port = free_port(SOCK_STREAM);
    r->control_port = free_port(SOCK_DGRAM);
    r->video_port = free_port(SOCK_DGRAM);
    r->audio_port = free_port(SOCK_DGRAM);
    return (struct pf_gs_play_config){.bind_address = "0.0.0.0",
        .rtsp_port = r->rtsp_port,
        .control_port = r->control_port,
        .video_port = r->video_port,
        .audio_port = r->audio_port};
}

void rig_open(struct rig *r)
{
    struct pf_error err;
    memset(r, 0, sizeof(*r));
    r->facts = (struct pf_host_facts){.codecs = PF_CODEC_H264,
        .compositors = 1u << PF_COMPOSITOR_WLROOTS,
        .compositor = PF_COMPOSITOR_WLROOTS,
        .invalidation = true};
    r->policy = pf_display_policy_default();
    r->pool = pf_access_unit_pool_create(8, 4096);
    assert_int_equal(errand_loop_create(&r->loop), 0);
    pf_seats_init(&r->seats);
    const struct pf_gs_play_deps deps = {.config_dir = "/nonexistent", .seats = &r->seats};
    const struct pf_gs_play_callbacks callbacks = {.user = r, .stopped = on_stopped};
    const struct pf_gs_play_hooks hooks = {
        .user = r, .facts = fake_facts, .policy = fake_policy, .start_feed = start_fake};
    int rc = -EADDRINUSE;
    for (unsigned attempt = 0; rc == -EADDRINUSE && attempt < 10;
         attempt++) { /* others look for ports, too */
        const struct pf_gs_play_config config = choose_ports(r);
        rc = pf_gs_play_start(r->loop, &config, &deps, &callbacks, &r->play, &err);
    }
    if (rc < 0)
        fail_msg("%s", err.text);
    pf_gs_play_set_hooks(r->play, &hooks);
    assert_int_equal(pf_thread_start(&r->thread, "loop", PF_THREAD_NORMAL, run_loop, r), 0);
}

static void stop_play(void *arg)
{
    struct rig *r = arg;
    pf_gs_play_stop(r->play);
}

static bool has_stopped(void *arg)
{
    return ((struct rig *)arg)->stopped;
}

void rig_close(struct rig *r)
{
    rig_do(r, stop_play, r);
    rig_until(has_stopped, r);
    pf_loop_stop(r->loop);
    pthread_join(r->thread, NULL);
    errand_loop_destroy(r->loop);
    for (unsigned i = 0; i < r->feed_count; i++)
        assert_true(r->feeds[i].destroyed);
    pf_access_unit_pool_destroy(r->pool);
}

/* ---- launches -------------------------------------------------------------------------------------------
 */

struct pf_gs_launch rig_launch(char client, bool sealed)
{
    struct pf_gs_launch l = {.key_id = 7,
        .rtsp_encrypted = sealed,
        .mode = {1280, 720, 60000},
        .channels = 2,
        .app_id = (uint32_t)client};
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    memcpy(&l.peer, &local, sizeof(local));
    memcpy(&l.local, &local, sizeof(local));
    memset(l.fingerprint, client, sizeof(l.fingerprint));
    memset(l.key, client, sizeof(l.key));
    snprintf(l.label, sizeof(l.label), "%c", client);
    return l;
}

struct launching {
    struct rig *r;
    const struct pf_gs_launch *launch;
    bool resume;
    enum pf_gs_play_verdict verdict;
    char url[PF_GS_SESSION_URL_MAX], wanted[PF_GS_SESSION_URL_MAX];
};

static void do_launch(void *arg)
{
    struct launching *l = arg;
    struct pf_error err = {""};
    l->verdict = (l->resume ? pf_gs_play_resume : pf_gs_play_launch)(l->r->play, l->launch, l->url, &err);
    assert_int_equal(l->verdict == PF_GS_PLAY_OK, err.text[0] == 0);
}

enum pf_gs_play_verdict rig_begin(struct rig *r, const struct pf_gs_launch *launch, bool resume)
{
    struct launching l = {.r = r, .launch = launch, .resume = resume};
    rig_do(r, do_launch, &l);
    if (l.verdict == PF_GS_PLAY_OK) {
        snprintf(l.wanted, sizeof(l.wanted), "%s://127.0.0.1:%u", launch->rtsp_encrypted ? "rtspenc" : "rtsp",
            r->rtsp_port);
        assert_string_equal(l.url, l.wanted);
    }
    return l.verdict;
}

struct asking {
    struct rig *r;
    char client;
    enum pf_gs_play_verdict verdict;
    struct pf_gs_play_info info;
    uint32_t app;
};

static void do_cancel(void *arg)
{
    struct asking *a = arg;
    struct pf_gs_launch l = rig_launch(a->client, false);
    a->verdict = pf_gs_play_cancel(a->r->play, l.fingerprint);
}

enum pf_gs_play_verdict rig_cancel(struct rig *r, char client)
{
    struct asking a = {.r = r, .client = client};
    rig_do(r, do_cancel, &a);
    return a.verdict;
}

static void do_ask(void *arg)
{
    struct asking *a = arg;
    pf_gs_play_info(a->r->play, &a->info);
    a->app = pf_gs_play_current_app(a->r->play);
}

struct pf_gs_play_info rig_info(struct rig *r)
{
    struct asking a = {.r = r};
    rig_do(r, do_ask, &a);
    return a.info;
}

uint32_t rig_app(struct rig *r)
{
    struct asking a = {.r = r};
    rig_do(r, do_ask, &a);
    return a.app;
}

/* ---- RTSP -----------------------------------------------------------------------------------------------
 */

static int udp_socket(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

void client_init(struct client *c, struct rig *r, const struct pf_gs_launch *launch)
{
    memset(c, 0, sizeof(*c));
    c->rig = r;
    c->launch = *launch;
    assert_int_equal(pf_gs_rtsp_seal_init(&c->seal, launch->key), 0);
    assert_int_equal(pf_gs_control_seal_init(&c->control, PF_GS_CONTROL_V2, launch->key), 0);
    c->video = udp_socket();
    c->audio = udp_socket();
}

void client_finish(struct client *c)
{
    pf_gs_rtsp_seal_finish(&c->seal);
    pf_gs_control_seal_finish(&c->control);
    if (c->enet)
        enet_host_destroy(c->enet);
    close(c->video);
    close(c->audio);
}

static int dial(struct client *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
        .sin_port = htons(c->rig->rtsp_port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, c->from ? c->from : "127.0.0.1", &from.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static size_t read_all(int fd, uint8_t *out, size_t cap)
{
    size_t len = 0;
    ssize_t n;
    while (len < cap && (n = patient_recv(fd, out + len, cap - len)) > 0)
        len += (size_t)n;
    return len;
}

/* What the loop has done for a reply is this thread's to look at. */
static void nothing(void *arg)
{
}

int client_request(struct client *c, const char *method, const char *target, const char *body)
{
    char text[8192];
    uint8_t sealed[8192 + PF_GS_RTSP_SEAL_OVERHEAD], raw[8192];
    int fd = dial(c), status = 0;
    int len = snprintf(text, sizeof(text),
        "%s %s RTSP/1.0\r\nCSeq: %u\r\nX-GS-ClientVersion: 14\r\nHost: 127.0.0.1\r\nContent-length: "
        "%zu\r\n\r\n%s",
        method, target, ++c->cseq, strlen(body), body);
    const void *out = text;
    if (c->launch.rtsp_encrypted) {
        len = pf_gs_rtsp_seal(&c->seal, PF_GS_FROM_CLIENT, text, (size_t)len, sealed, sizeof(sealed));
        out = sealed;
    }
    assert_int_equal(send(fd, out, (size_t)len, MSG_NOSIGNAL), len);
    size_t got = read_all(fd, raw, sizeof(raw));
    close(fd);
    rig_do(c->rig, nothing, NULL);
    memset(c->reply, 0, sizeof(c->reply));
    if (!got)
        return 0;
    if (c->launch.rtsp_encrypted) {
        int n = pf_gs_rtsp_open(&c->seal, PF_GS_FROM_HOST, raw, got, c->reply);
        assert_true(n > 0);
    } else {
        memcpy(c->reply, raw, got < sizeof(c->reply) ? got : sizeof(c->reply) - 1);
    }
    assert_int_equal(sscanf(c->reply, "RTSP/1.0 %d", &status), 1);
    return status;
}

int client_announce(struct client *c, const char *more)
{
    char body[4096];
    snprintf(body, sizeof(body),
        "v=0\r\no=android 0 14 IN IPv4 127.0.0.1\r\ns=NVIDIA Streaming Client\r\n"
        "a=x-nv-video[0].clientViewportWd:1280 \r\na=x-nv-video[0].clientViewportHt:720 \r\n"
        "a=x-nv-video[0].maxFPS:60 \r\na=x-nv-video[0].packetSize:1392 \r\n"
        "a=x-ml-video.configuredBitrateKbps:10000 \r\na=x-nv-vqos[0].bitStreamFormat:0 \r\n"
        "a=x-nv-vqos[0].fec.minRequiredFecPackets:2 \r\na=x-ml-general.featureFlags:3 \r\n"
        "a=x-ss-general.encryptionEnabled:1 \r\n%st=0 0\r\nm=video 47998  \r\n",
        more);
    return client_request(c, "ANNOUNCE", "streamid=control/13/0", body);
}

static const char *header(const struct client *c, const char *name)
{
    const char *at = strstr(c->reply, name);
    assert_non_null(at);
    return at + strlen(name);
}

void client_handshake(struct client *c, const char *more)
{
    unsigned port = 0;
    assert_int_equal(client_request(c, "OPTIONS", "rtsp://127.0.0.1", ""), 200);
    assert_int_equal(client_request(c, "DESCRIBE", "rtsp://127.0.0.1", ""), 200);
    assert_non_null(strstr(c->reply, "a=x-ss-general.encryptionSupported:7"));
    assert_int_equal(client_request(c, "SETUP", "streamid=audio/0/0", ""), 200);
    assert_int_equal(sscanf(header(c, "server_port="), "%u", &port), 1);
    assert_int_equal(port, c->rig->audio_port);
    assert_int_equal(client_request(c, "SETUP", "streamid=video/0/0", ""), 200);
    assert_int_equal(sscanf(header(c, "server_port="), "%u", &port), 1);
    assert_int_equal(port, c->rig->video_port);
    assert_int_equal(sscanf(header(c, "X-SS-Ping-Payload: "), "%16s", c->payload), 1);
    assert_int_equal(client_request(c, "SETUP", "streamid=control/13/0", ""), 200);
    assert_int_equal(sscanf(header(c, "server_port="), "%u", &port), 1);
    assert_int_equal(port, c->rig->control_port);
    assert_int_equal(sscanf(header(c, "X-SS-Connect-Data: "), "%u", &c->connect_data), 1);
    assert_int_equal(client_announce(c, more), 200);
    assert_int_equal(client_request(c, "PLAY", "/", ""), 200);
}

/* ---- control --------------------------------------------------------------------------------------------
 */

static bool is_answered(struct client *c, uint32_t connect_data)
{
    ENetAddress to = {.port = c->rig->control_port}, from = {.port = 0};
    ENetEvent event;
    enet_address_set_host_ip(&to, "127.0.0.1");
    enet_address_set_host_ip(&from, c->from ? c->from : "127.0.0.1");
    if (c->enet)
        enet_host_destroy(c->enet);
    c->enet = enet_host_create(&from, 1, 48, 0, 0);
    assert_non_null(c->enet);
    c->peer = enet_host_connect(c->enet, &to, 48, connect_data);
    return enet_host_service(c->enet, &event, c->from ? 700 : PATIENCE_MS) > 0 &&
           event.type == ENET_EVENT_TYPE_CONNECT;
}

bool client_connect(struct client *c, uint32_t connect_data)
{
    ENetEvent event;
    /* Whoever is sent away is so soon. */
    return is_answered(c, connect_data) &&
           !(enet_host_service(c->enet, &event, 200) > 0 && event.type == ENET_EVENT_TYPE_DISCONNECT);
}

bool client_is_sent_away(struct client *c, uint32_t connect_data)
{
    ENetEvent event;
    return is_answered(c, connect_data) && enet_host_service(c->enet, &event, PATIENCE_MS) > 0 &&
           event.type == ENET_EVENT_TYPE_DISCONNECT;
}

void client_tell(struct client *c, uint16_t type, const void *payload, size_t len)
{
    uint8_t plain[256], sealed[512];
    struct pf_writer w = pf_writer_of(plain, sizeof(plain));
    pf_write_u16le(&w, type);
    pf_write_u16le(&w, (uint16_t)len);
    pf_write_bytes(&w, payload, len);
    int n = pf_gs_control_seal(&c->control, PF_GS_FROM_CLIENT, plain, w.len, sealed, sizeof(sealed));
    assert_true(n > 0);
    enet_peer_send(c->peer, 0, enet_packet_create(sealed, (size_t)n, ENET_PACKET_FLAG_RELIABLE));
    enet_host_flush(c->enet);
}

void client_await(struct client *c, uint16_t type, uint8_t *ret_payload, size_t cap)
{
    ENetEvent event;
    uint8_t plain[256];
    for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
        if (enet_host_service(c->enet, &event, 10) <= 0)
            continue;
        if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
            assert_int_equal(type, 0);
            return;
        }
        if (event.type != ENET_EVENT_TYPE_RECEIVE)
            continue;
        int n = pf_gs_control_open(
            &c->control, PF_GS_FROM_HOST, event.packet->data, event.packet->dataLength, plain, sizeof(plain));
        enet_packet_destroy(event.packet);
        assert_true(n >= 4);
        if (type && (plain[0] | plain[1] << 8) == type) {
            memcpy(ret_payload, plain + 4, (size_t)n - 4 < cap ? (size_t)n - 4 : cap);
            return;
        }
    }
    fail_msg("message %x did not come", type);
}

/* ---- media ----------------------------------------------------------------------------------------------
 */

void client_ping(struct client *c, int socket, uint16_t port, bool right)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint8_t ping[20] = {0};
    memcpy(ping, right ? c->payload : "0123456789abcdef", 16);
    ping[19] = 1;
    assert_int_equal(sendto(socket, ping, sizeof(ping), 0, (struct sockaddr *)&to, sizeof(to)), 20);
}

int client_receive(int socket, uint8_t *out, size_t cap, int ms)
{
    struct pollfd p = {.fd = socket, .events = POLLIN};
    if (poll(&p, 1, ms) <= 0)
        return 0;
    return (int)patient_recv(socket, out, cap);
}

bool is_destroyed(void *arg)
{
    return ((struct fake_feed *)arg)->destroyed;
}

void begin_stream(struct client *c, struct rig *r, const struct pf_gs_launch *launch, const char *more)
{
    client_init(c, r, launch);
    client_handshake(c, more);
    assert_true(client_connect(c, c->connect_data));
    client_ping(c, c->video, r->video_port, true);
}
