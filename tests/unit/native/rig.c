#include "rig.h"

#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 10000 };

static struct {
    char dir[3][64];
    struct pf_identity *host, *alice, *bob;
} people;

static struct pf_identity *make_identity(char dir[64], bool host)
{
    struct pf_identity *identity;
    struct pf_error err;
    strcpy(dir, "/tmp/pf-native-XXXXXX");
    assert_non_null(mkdtemp(dir));
    int rc =
        host ? pf_identity_load_host(dir, &identity, &err) : pf_identity_load_client(dir, &identity, &err);
    assert_int_equal(rc, 0);
    return identity;
}

static void remove_dir(const char *dir)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

int rig_setup_group(void **state)
{
    people.host = make_identity(people.dir[0], true);
    people.alice = make_identity(people.dir[1], false);
    people.bob = make_identity(people.dir[2], false);
    return 0;
}

int rig_teardown_group(void **state)
{
    pf_identity_destroy(people.host);
    pf_identity_destroy(people.alice);
    pf_identity_destroy(people.bob);
    for (int i = 0; i < 3; i++)
        remove_dir(people.dir[i]);
    return 0;
}

const struct pf_identity *rig_alice(void)
{
    return people.alice;
}

const struct pf_identity *rig_bob(void)
{
    return people.bob;
}

/* ---- the loop -------------------------------------------------------------------------------------------
 */

struct waiting {
    struct rig *rig;
    rig_condition condition;
    void *arg;
    unsigned left_ms; /* by ticks: a busy machine has more time for a condition */
    uint64_t end_ns;  /* by the clock: there is nothing to wait for */
    struct pf_timer *timer;
    bool met;
};

enum { TICK_MS = 2 };

static void look(void *user)
{
    struct waiting *w = user;
    w->met = w->condition && w->condition(w->arg);
    bool over = w->condition ? w->left_ms < TICK_MS : pf_time_mono_ns() >= w->end_ns;
    if (w->met || over) {
        pf_loop_stop(w->rig->loop);
        return;
    }
    w->left_ms -= TICK_MS;
    pf_timer_arm(w->timer, TICK_MS * PF_NS_PER_MS);
}

static bool run(struct rig *r, rig_condition condition, void *arg, unsigned ms)
{
    struct waiting w = {.rig = r,
        .condition = condition,
        .arg = arg,
        .left_ms = ms,
        .end_ns = pf_time_mono_ns() + ms * PF_NS_PER_MS};
    assert_int_equal(pf_timer_create(r->loop, look, &w, &w.timer), 0);
    pf_timer_arm(w.timer, 0);
    pf_loop_run(r->loop);
    pf_timer_destroy(w.timer);
    return w.met;
}

void rig_run_until(struct rig *r, rig_condition condition, void *arg)
{
    assert_true(run(r, condition, arg, PATIENCE_MS));
}

void rig_run_for(struct rig *r, unsigned ms)
{
    run(r, NULL, NULL, ms);
}

/* ---- fake feed ------------------------------------------------------------------------------------------
 */

static struct fake_feed *fake_of(struct pf_feed *feed)
{
    return (struct fake_feed *)feed;
}

static void fake_stop(struct pf_feed *feed, bool quit)
{
    struct fake_feed *f = fake_of(feed);
    bool first = !f->stopped;
    f->stopped = true;
    f->quit |= quit;
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

static void fake_reconfigure(struct pf_feed *feed, const struct pf_mode *mode)
{
    fake_of(feed)->modes++;
    fake_of(feed)->mode = *mode;
}

static void fake_set_bitrate(struct pf_feed *feed, uint32_t kbps)
{
    fake_of(feed)->rates++;
    fake_of(feed)->kbps = kbps;
}

static void fake_input(struct pf_feed *feed, const struct pf_input *event)
{
    fake_of(feed)->inputs++;
    fake_of(feed)->input = *event;
}

static const struct pf_feed_ops fake_ops = {.stop = fake_stop,
    .destroy = fake_destroy,
    .keyframe = fake_keyframe,
    .reconfigure = fake_reconfigure,
    .set_bitrate = fake_set_bitrate,
    .input = fake_input};

static int fake_start(void *user, const struct pf_session_plan *plan, const struct pf_feed_sink *sink,
    struct pf_feed **ret_feed, struct pf_error *err)
{
    struct rig *r = user;
    if (r->feed_start_rc)
        return pf_error_set(err, r->feed_start_rc, "the fake feed does not start");
    assert_true(r->feed_count < FAKE_FEEDS);
    struct fake_feed *f = &r->feeds[r->feed_count++];
    f->base.ops = &fake_ops;
    f->sink = *sink;
    f->plan = *plan;
    f->started = true;
    *ret_feed = &f->base;
    return 0;
}

void fake_feed_push(struct rig *r, struct fake_feed *f, size_t len, bool idr)
{
    struct pf_access_unit *au = pf_access_unit_take(r->pool);
    assert_int_equal(pf_access_unit_reserve(au, len), 0);
    memset(au->data, 0xA5, len);
    au->len = len;
    au->idr = idr;
    au->capture_mono_ns = au->submit_mono_ns = au->encoded_mono_ns = pf_time_mono_ns();
    if (f->sink.push(f->sink.user, au) < 0)
        pf_access_unit_return(au);
}

void fake_feed_end(struct fake_feed *f, int rc, const char *why)
{
    f->stopped = true;
    f->sink.ended(f->sink.user, rc, why);
}

static struct pf_host_facts fake_facts(void *user)
{
    return ((struct rig *)user)->facts;
}

static void fake_policy(void *user, struct pf_display_policy *ret_policy)
{
    *ret_policy = ((struct rig *)user)->policy;
}

/* ---- the host -------------------------------------------------------------------------------------------
 */

static void finished(void *user)
{
    ((struct rig *)user)->finished = true;
}

static void stopped(void *user)
{
    ((struct rig *)user)->native = NULL;
}

static void changed(void *user)
{
    ((struct rig *)user)->changes++;
}

static void write_paired(const char *dir, const char *json)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/punktfunk1-paired.json", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(json, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

void rig_open(struct rig *r, const struct pf_native_config *config)
{
    rig_open_paired(r, config, NULL);
}

void rig_open_paired(struct rig *r, const struct pf_native_config *config, const char *json)
{
    struct pf_error err = {""};
    struct pf_native_config full = *config;
    *r = (struct rig){.host = people.host, .alice = people.alice, .bob = people.bob};
    full.bind_address = "127.0.0.1";
    r->facts = (struct pf_host_facts){.codecs = PF_CODEC_H264,
        .compositors = 1u << PF_COMPOSITOR_WLROOTS,
        .compositor = PF_COMPOSITOR_WLROOTS};
    r->policy = pf_display_policy_default();
    r->pool = pf_access_unit_pool_create(8, 4096);
    strcpy(r->dir[0], "/tmp/pf-native-XXXXXX");
    assert_non_null(mkdtemp(r->dir[0]));
    if (json)
        write_paired(r->dir[0], json);
    assert_int_equal(pf_native_store_open(r->dir[0], &r->store, &err), 0);
    pf_pairing_init(&r->pairing);
    pf_knocks_init(&r->knocks);
    pf_seats_init(&r->seats);
    assert_int_equal(pf_loop_create(&r->loop), 0);
    const struct pf_native_deps deps = {.identity = r->host,
        .store = r->store,
        .pairing = &r->pairing,
        .knocks = &r->knocks,
        .seats = &r->seats};
    const struct pf_native_callbacks callbacks = {
        .user = r, .finished = finished, .stopped = stopped, .changed = changed};
    const struct pf_native_hooks hooks = {
        .user = r, .facts = fake_facts, .policy = fake_policy, .start_feed = fake_start};
    assert_int_equal(pf_native_start(r->loop, &full, &deps, &callbacks, &r->native, &err), 0);
    pf_native_set_hooks(r->native, &hooks);
}

static bool is_stopped(void *arg)
{
    return !((struct rig *)arg)->native;
}

void rig_close(struct rig *r)
{
    if (r->native)
        pf_native_stop(r->native);
    rig_run_until(r, is_stopped, r);
    for (unsigned i = 0; i < r->feed_count; i++)
        assert_true(r->feeds[i].destroyed);
    rig_run_for(r, 0);
    pf_loop_destroy(r->loop);
    pf_access_unit_pool_destroy(r->pool);
    pf_native_store_destroy(r->store);
    remove_dir(r->dir[0]);
}

/* ---- clients --------------------------------------------------------------------------------------------
 */

static void on_ready(struct pf_quic_conn *conn)
{
    ((struct client *)pf_quic_user(conn))->ready = true;
}

static void on_data(struct pf_quic_conn *conn, int64_t stream, const uint8_t *data, size_t len, bool fin)
{
    struct client *c = pf_quic_user(conn);
    const uint8_t *payload;
    size_t n;
    while (pf_frame_reader_next(&c->reader, &data, &len, &payload, &n) > 0) {
        if (c->frame_count == CLIENT_FRAMES)
            continue;
        assert_true(n <= sizeof(c->frames[0].data));
        memcpy(c->frames[c->frame_count].data, payload, n);
        c->frames[c->frame_count++].len = n;
    }
}

static void on_reset(struct pf_quic_conn *conn, int64_t stream, uint64_t code)
{
    ((struct client *)pf_quic_user(conn))->stream_reset_code = code + 1;
}

static void on_datagram(struct pf_quic_conn *conn, const uint8_t *data, size_t len)
{
    struct client *c = pf_quic_user(conn);
    assert_int_equal(pf_datagram_decode(PF_WIRE_V31, data, len, &c->last_timing), 0);
    assert_int_equal(c->last_timing.tag, PF_DATAGRAM_HOST_TIMING);
    c->datagrams++;
}

static void on_closed(struct pf_quic_conn *conn, const struct pf_quic_close_info *info)
{
    struct client *c = pf_quic_user(conn);
    c->closed = true;
    c->info = *info;
    snprintf(c->reason, sizeof(c->reason), "%s", info->reason);
    c->conn = NULL;
}

static const struct pf_quic_handlers client_handlers = {.ready = on_ready,
    .stream_data = on_data,
    .stream_reset = on_reset,
    .datagram = on_datagram,
    .closed = on_closed};

static bool is_up(void *arg)
{
    struct client *c = arg;
    return c->ready || c->closed;
}

static bool is_closed(void *arg)
{
    return ((struct client *)arg)->closed;
}

void client_connect(struct rig *r, struct client *c, const struct pf_identity *identity)
{
    struct pf_error err;
    struct sockaddr_storage host = loopback(pf_native_port(r->native));
    *c = (struct client){.rig = r, .identity = identity, .stream = -1};
    assert_int_equal(pf_quic_connect(r->loop, (struct sockaddr *)&host, identity,
                         pf_identity_fingerprint(r->host), NULL, &client_handlers, c, &c->conn, &err),
        0);
    rig_run_until(r, is_up, c);
    assert_true(c->ready);
}

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

void client_finish(struct client *c)
{
    if (c->poll) {
        uv_poll_stop(c->poll);
        uv_close((uv_handle_t *)c->poll, free_poll);
        c->poll = NULL;
    }
    if (c->media.socket)
        media_client_close(&c->media);
    pf_frame_reader_finish(&c->reader);
}

void client_close(struct client *c, uint64_t code)
{
    if (!c->closed)
        pf_quic_close(c->conn, code, "");
    rig_run_until(c->rig, is_closed, c);
    client_finish(c);
}

void client_write(struct client *c, const void *data, size_t len)
{
    if (c->stream < 0)
        assert_int_equal(pf_quic_stream_open(c->conn, &c->stream), 0);
    assert_int_equal(pf_quic_stream_write(c->conn, c->stream, data, len), 0);
}

void client_send(struct client *c, const void *payload, size_t len)
{
    uint8_t *frame = malloc(PF_FRAME_PREFIX + len);
    memcpy(frame + PF_FRAME_PREFIX, payload, len);
    client_write(c, frame, (size_t)pf_frame_seal(frame, len));
    free(frame);
}

void client_send_control(struct client *c, const struct pf_control *msg)
{
    uint8_t buf[64];
    int len = pf_control_encode(msg, buf, sizeof(buf));
    assert_true(len > 0);
    client_send(c, buf, (size_t)len);
}

struct pf_hello plain_hello(void)
{
    struct pf_hello h = pf_hello_default();
    h.width = 1280;
    h.height = 720;
    h.refresh = 60;
    h.video_codecs = PF_WIRE_CODEC_H264 | PF_WIRE_CODEC_HEVC | PF_WIRE_CODEC_AV1;
    h.video_caps = PF_VIDEO_CAP_HOST_TIMING;
    return h;
}

void client_hello(struct client *c, const struct pf_hello *hello)
{
    c->newer = hello->video_caps & PF_VIDEO_CAP_PROBE_SEQ;
    uint8_t buf[PF_HELLO_MAX];
    int len = pf_hello_encode(hello, buf, sizeof(buf));
    assert_true(len > 0);
    client_send(c, buf, (size_t)len);
}

struct frame_wait {
    struct client *c;
    unsigned n;
};

static bool has_frame(void *arg)
{
    struct frame_wait *w = arg;
    return w->c->frame_count >= w->n || w->c->closed;
}

const uint8_t *client_frame(struct client *c, unsigned n, size_t *ret_len)
{
    struct frame_wait w = {c, n};
    rig_run_until(c->rig, has_frame, &w);
    if (c->frame_count < n)
        fail_msg("closed before frame %u: code %llu, %s", n, (unsigned long long)c->info.code, c->reason);
    *ret_len = c->frames[n - 1].len;
    return c->frames[n - 1].data;
}

struct pf_control client_control(struct client *c, unsigned n)
{
    struct pf_control msg;
    size_t len;
    const uint8_t *data = client_frame(c, n, &len);
    assert_int_equal(pf_control_decode(PF_WIRE_V31, data, len, &msg), 0);
    return msg;
}

void client_expect_close(struct client *c, uint64_t code)
{
    rig_run_until(c->rig, is_closed, c);
    assert_int_equal(c->info.kind, PF_QUIC_CLOSED_BY_PEER);
    if (c->info.code != code)
        fail_msg("closed with 0x%llx (%s), not 0x%llx", (unsigned long long)c->info.code, c->reason,
            (unsigned long long)code);
    client_finish(c);
}

/* ---- video ----------------------------------------------------------------------------------------------
 */

static void on_frame(void *user, const struct pf_received_frame *frame)
{
    struct client *c = user;
    c->last_flags = frame->user_flags;
    if (frame->frame_index == c->intact && pf_synthetic_check(c->intact, frame->data, frame->len))
        c->intact++;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct client *c = poll->data;
    media_client_receive(&c->media, 0);
}

void client_welcomed(struct client *c)
{
    size_t len;
    const uint8_t *data = client_frame(c, 1, &len);
    assert_int_equal(pf_welcome_decode(PF_WIRE_V31, data, len, &c->welcome), 0);
    if (c->welcome.grants == PF_GRANT_ALL && !c->welcome.expires_in_s)
        assert_int_equal(len, PF_WELCOME_BASELINE_LEN + c->newer); /* host_caps */
    media_client_open(&c->media, c->welcome.udp_port, c->welcome.key, c->welcome.salt, false);
    c->media.frame = on_frame;
    c->media.user = c;
    c->poll = malloc(sizeof(*c->poll));
    c->poll->data = c;
    assert_int_equal(uv_poll_init(pf_loop_uv(c->rig->loop), c->poll, pf_media_socket_fd(c->media.socket)), 0);
    uv_poll_start(c->poll, UV_READABLE, on_readable);
}

void client_start(struct client *c, bool punch)
{
    uint8_t buf[PF_START_LEN];
    int len = pf_start_encode(pf_media_socket_port(c->media.socket), buf, sizeof(buf));
    client_send(c, buf, (size_t)len);
    if (punch)
        assert_int_equal(pf_media_socket_punch(c->media.socket), 0);
}

void client_clock(struct client *c, unsigned first, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        client_send_control(
            c, &(struct pf_control){.type = PF_CONTROL_CLOCK_PROBE, .clock = {.t1_ns = i + 1}});
        struct pf_control echo = client_control(c, first + i);
        assert_int_equal(echo.type, PF_CONTROL_CLOCK_ECHO);
        assert_int_equal(echo.clock.t1_ns, i + 1);
        assert_true(echo.clock.t3_ns >= echo.clock.t2_ns);
    }
}

void client_stream(struct client *c, const struct pf_hello *hello)
{
    client_hello(c, hello);
    client_welcomed(c);
    client_start(c, true);
}
