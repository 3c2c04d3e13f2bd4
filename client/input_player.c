#include "client/input_player.h"

#include "base/file.h"
#include "base/log.h"
#include "base/time.h"
#include "client/input_script.h"
#include "client/input_tests.h"
#include "net/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_MAX (1u << 20)
#define TELL_NS    PF_NS_PER_MS /* saying what was sent must not delay the packet */
#define UNTOLD_MAX 64u

struct probe_input_player {
    struct probe_input_script script;
    struct pf_timer *timer, *teller;
    struct pf_quic_conn *conn; /* NULL: does not play */
    uint64_t start_ns;
    bool tells;
    struct {
        const struct pf_input_event *event; /* of the script */
        uint64_t sent_ns;
    } untold[UNTOLD_MAX];
    unsigned untold_count;
    bool may_go_on; /* somebody said so, maybe before the script waits */
};

static void say(struct probe_input_player *p)
{
    for (unsigned i = 0; i < p->untold_count; i++) {
        const struct pf_input_event *e = p->untold[i].event;
        printf("input %u %" PRIu32 " %" PRId32 " %" PRId32 " %" PRIu64 "\n", e->kind, e->code, e->x, e->y,
            p->untold[i].sent_ns);
    }
    p->untold_count = 0;
}

static void note(struct probe_input_player *p, const struct pf_input_event *event, uint64_t now)
{
    if (p->untold_count == UNTOLD_MAX)
        say(p);
    p->untold[p->untold_count].event = event;
    p->untold[p->untold_count++].sent_ns = now;
}

static void send_event(struct probe_input_player *p, const struct pf_datagram *message)
{
    uint8_t buf[PF_DATAGRAM_SMALL_MAX];
    int len = pf_datagram_encode(message, buf, sizeof(buf));
    uint64_t now = pf_time_mono_ns();
    int rc = len > 0 ? pf_quic_datagram_send(p->conn, buf, (size_t)len) : len;
    if (rc < 0)
        pf_log_warn("input", "an event was not sent: %s", strerror(-rc));
    else if (p->tells && message->tag == PF_DATAGRAM_INPUT)
        note(p, &message->input, now);
}

static void tell(void *user)
{
    say(user);
    fflush(stdout);
}

static void play(void *user);

static void go_on(struct probe_input_player *p)
{
    p->may_go_on = false;
    p->start_ns = pf_time_mono_ns() - probe_input_script_go_on(&p->script);
    pf_timer_arm(p->timer, 0);
}

static void play(void *user)
{
    struct probe_input_player *p = user;
    const struct pf_datagram *e;
    if (!p->conn)
        return;
    while ((e = probe_input_script_due(&p->script, pf_time_mono_ns() - p->start_ns)))
        send_event(p, e);
    pf_timer_arm(p->teller, TELL_NS);
    if (probe_input_script_is_waiting(&p->script, pf_time_mono_ns() - p->start_ns)) {
        if (p->may_go_on)
            go_on(p);
        return;
    }
    uint64_t at = probe_input_script_deadline(&p->script), now = pf_time_mono_ns() - p->start_ns;
    if (at != UINT64_MAX)
        pf_timer_arm(p->timer, at > now ? at - now : 0);
}

static int read_script(
    const struct probe_options *o, struct probe_input_script *ret_script, struct pf_error *err)
{
    char *text;
    size_t len;
    int rc = 1;
    if (o->input_test)
        rc = probe_input_test_mouse(o->mode.width, o->mode.height, ret_script);
    else if (o->touch_test)
        rc = probe_input_test_touch(o->mode.width, o->mode.height, ret_script);
    else if (o->rich_input_test)
        rc = probe_input_test_rich(ret_script);
    if (rc <= 0)
        return rc < 0 ? pf_error_set(err, rc, "out of memory") : 0;
    rc = pf_file_read(o->input, SCRIPT_MAX, &text, &len);
    if (rc < 0)
        return pf_error_set(err, rc, "%s cannot be read: %s", o->input, strerror(-rc));
    rc = probe_input_script_parse(text, ret_script, err);
    free(text);
    return rc < 0 ? pf_error_prefix(err, rc, "%s", o->input) : 0;
}

int probe_input_player_create(struct pf_loop *loop, const struct probe_options *o,
    struct probe_input_player **ret_player, struct pf_error *err)
{
    if (!o->input_test && !o->touch_test && !o->rich_input_test && !o->input) {
        *ret_player = NULL;
        return 0;
    }
    struct probe_input_player *p = calloc(1, sizeof(*p));
    if (!p)
        return pf_error_set(err, -ENOMEM, "out of memory");
    p->tells = o->input != NULL;
    int rc = read_script(o, &p->script, err);
    if (rc == 0 && ((rc = pf_timer_create(loop, play, p, &p->timer)) < 0 ||
                       (rc = pf_timer_create(loop, tell, p, &p->teller)) < 0))
        pf_error_set(err, rc, "the control loop has no room: %s", strerror(-rc));
    if (rc < 0) {
        probe_input_player_destroy(p);
        return rc;
    }
    *ret_player = p;
    return 0;
}

void probe_input_player_start(struct probe_input_player *p, struct pf_quic_conn *conn)
{
    if (!p)
        return;
    p->conn = conn;
    p->start_ns = pf_time_mono_ns();
    play(p);
}

void probe_input_player_go_on(struct probe_input_player *p)
{
    if (!p)
        return;
    p->may_go_on = true;
    play(p);
}

bool probe_input_player_is_over(const struct probe_input_player *p)
{
    return p && p->conn && probe_input_script_is_over(&p->script, pf_time_mono_ns() - p->start_ns);
}

void probe_input_player_stop(struct probe_input_player *p)
{
    if (!p)
        return;
    p->conn = NULL;
    tell(p);
}

void probe_input_player_destroy(struct probe_input_player *p)
{
    if (!p)
        return;
    pf_timer_destroy(p->timer);
    pf_timer_destroy(p->teller);
    probe_input_script_finish(&p->script);
    free(p);
}
