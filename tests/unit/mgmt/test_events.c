/* Streams of events: what they get, what they missed, and that nobody takes all places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/time.h"
#include "mgmt/events.h"

#include <stdlib.h>
#include <string.h>

static struct pf_mgmt_events *events;
static unsigned woken;

static int set_up(void **state)
{
    (void)state;
    woken = 0;
    events = pf_mgmt_events_create();
    return events ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    pf_mgmt_events_destroy(events);
    return 0;
}

static void on_ready(void *user)
{
    (void)user;
    woken++;
}

static struct pf_mgmt_stream *listen_to(bool resume, uint64_t after, const char *kinds)
{
    struct pf_mgmt_stream_wish wish = {.resume = resume, .after = after};
    strcpy(wish.kinds, kinds);
    struct pf_mgmt_stream *s = pf_mgmt_stream_open(events, &wish);
    if (s)
        pf_mgmt_stream_on_ready(s, on_ready, NULL);
    return s;
}

/* Everything there is, in pieces of an odd size. */
static const char *take_all(struct pf_mgmt_stream *s)
{
    static char text[400000];
    size_t n = 0, got;
    while ((got = pf_mgmt_stream_read(s, text + n, 7)))
        n += got;
    text[n] = 0;
    return text;
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static void streams_get_what_comes(void **state)
{
    (void)state;
    pf_mgmt_publish(events, "a.before", NULL);
    struct pf_mgmt_stream *s = listen_to(false, 0, "");
    assert_string_equal(take_all(s), "retry: 2000\n\n");
    pf_mgmt_publish(events, "a.one", json_pack("{s:i}", "x", 1));
    pf_mgmt_publish(events, "a.two", NULL);
    assert_int_equal(woken, 1);
    const char *text = take_all(s);
    assert_int_equal(
        strncmp(text, "id: 2\nevent: a.one\ndata: {\"x\":1,\"kind\":\"a.one\",\"ts_ms\":", 52), 0);
    assert_non_null(strstr(text, "\n\nid: 3\nevent: a.two\n"));
    pf_mgmt_stream_close(s);
    pf_mgmt_publish(NULL, "nobody", json_object());
}

static void streams_resume_and_hear_of_losses(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 1100; i++)
        pf_mgmt_publish(events, i % 2 ? "odd.x" : "even.x", NULL);
    struct pf_mgmt_stream *s = listen_to(true, 1098, "");
    assert_int_equal(count(take_all(s), "\nevent: "), 2);
    pf_mgmt_stream_close(s);
    s = listen_to(true, 10, "");
    const char *text = take_all(s);
    assert_non_null(strstr(text, "event: lost\ndata: {\"events\":66}\n\n"));
    assert_int_equal(count(text, "id: "), PF_MGMT_EVENTS);
    pf_mgmt_stream_close(s);
    s = listen_to(true, 0, "odd.*,nothing");
    text = take_all(s);
    assert_int_equal(count(text, "event: odd.x\n"), PF_MGMT_EVENTS / 2);
    assert_int_equal(count(text, "even.x") + count(text, "event: lost"), 0);
    pf_mgmt_stream_close(s);
    s = listen_to(true, 5000, "even.x"); /* of an earlier run of the host */
    assert_int_equal(count(take_all(s), "event: even.x\n"), PF_MGMT_EVENTS / 2);
    pf_mgmt_stream_close(s);
}

static void there_are_places_for_32(void **state)
{
    (void)state;
    struct pf_mgmt_stream *all[PF_MGMT_STREAMS_MAX];
    for (size_t i = 0; i < PF_MGMT_STREAMS_MAX; i++)
        assert_non_null(all[i] = listen_to(false, 0, ""));
    assert_null(listen_to(false, 0, ""));
    pf_mgmt_stream_close(all[7]);
    assert_non_null(all[7] = listen_to(false, 0, ""));
    for (size_t i = 0; i < PF_MGMT_STREAMS_MAX; i++)
        pf_mgmt_stream_close(all[i]);
}

static void silence_is_broken(void **state)
{
    (void)state;
    struct pf_mgmt_stream *s = listen_to(false, 0, "");
    uint64_t now = pf_time_mono_ns();
    take_all(s);
    pf_mgmt_events_tick(events, now + PF_NS_PER_S);
    assert_int_equal(woken, 0);
    pf_mgmt_events_tick(events, now + 60 * PF_NS_PER_S);
    assert_int_equal(woken, 1);
    assert_string_equal(take_all(s), ":\n\n");
    pf_mgmt_stream_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(streams_get_what_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(streams_resume_and_hear_of_losses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_are_places_for_32, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_is_broken, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
