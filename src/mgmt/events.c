#include "mgmt/events.h"

#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_NS (10 * PF_NS_PER_S)
#define GREETING   "retry: 2000\n\n"
#define HEARTBEAT  ":\n\n"

struct event {
    char kind[40];
    char *text; /* as it is sent */
};

struct pf_mgmt_events {
    uint64_t last;                     /* number of the newest event; 0: none yet */
    struct event ring[PF_MGMT_EVENTS]; /* event n is at n % EVENTS */
    struct pf_mgmt_stream *streams;
    unsigned stream_count;
};

struct pf_mgmt_stream {
    struct pf_mgmt_events *events;
    struct pf_mgmt_stream *prev, *next_stream;
    struct pf_mgmt_stream_wish wish;
    uint64_t next; /* event to send */
    char *text;    /* being sent */
    size_t at;
    bool waits; /* told that there is nothing */
    uint64_t sent_ns;
    void (*ready)(void *user);
    void *user;
};

struct pf_mgmt_events *pf_mgmt_events_create(void)
{
    return calloc(1, sizeof(struct pf_mgmt_events));
}

void pf_mgmt_events_destroy(struct pf_mgmt_events *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < PF_MGMT_EVENTS; i++)
        free(e->ring[i].text);
    free(e);
}

static uint64_t oldest(const struct pf_mgmt_events *e)
{
    return e->last > PF_MGMT_EVENTS ? e->last - PF_MGMT_EVENTS + 1 : 1;
}

static void wake(struct pf_mgmt_stream *s)
{
    if (!s->waits)
        return;
    s->waits = false;
    if (s->ready)
        s->ready(s->user);
}

/* "session.started" is of "session.*", of itself and of "*". */
static bool is_of_kind(const char *kind, const char *pattern, size_t n)
{
    if (n && pattern[n - 1] == '*')
        return strncmp(kind, pattern, n - 1) == 0;
    return strlen(kind) == n && strncmp(kind, pattern, n) == 0;
}

static bool is_wanted(const struct pf_mgmt_stream *s, const char *kind)
{
    const char *at = s->wish.kinds;
    if (!*at)
        return true;
    for (;;) {
        size_t n = strcspn(at, ",");
        if (is_of_kind(kind, at, n))
            return true;
        if (!at[n])
            return false;
        at += n + 1;
    }
}

void pf_mgmt_publish(struct pf_mgmt_events *e, const char *kind, json_t *data)
{
    char *text = NULL;
    if (!data)
        data = json_object();
    if (e && data) {
        json_object_set_new(data, "kind", json_string(kind));
        json_object_set_new(data, "ts_ms", json_integer((json_int_t)(pf_time_real_ns() / PF_NS_PER_MS)));
        char *json = json_dumps(data, JSON_COMPACT);
        if (!json || asprintf(&text, "id: %llu\nevent: %s\ndata: %s\n\n", (unsigned long long)e->last + 1,
                         kind, json) < 0)
            text = NULL;
        free(json);
    }
    json_decref(data);
    if (!text)
        return;
    struct event *event = &e->ring[++e->last % PF_MGMT_EVENTS];
    free(event->text);
    event->text = text;
    snprintf(event->kind, sizeof(event->kind), "%s", kind);
    for (struct pf_mgmt_stream *s = e->streams, *next; s; s = next) {
        next = s->next_stream;
        wake(s);
    }
}

/* ---- streams ---- */

struct pf_mgmt_stream *pf_mgmt_stream_open(struct pf_mgmt_events *e, const struct pf_mgmt_stream_wish *wish)
{
    struct pf_mgmt_stream *s = e->stream_count < PF_MGMT_STREAMS_MAX ? calloc(1, sizeof(*s)) : NULL;
    if (!s)
        return NULL;
    s->events = e;
    s->wish = *wish;
    /* A number that was not given out yet is from an earlier run of the host. */
    bool known = wish->after <= e->last;
    s->next = wish->resume && known ? wish->after + 1 : wish->resume ? oldest(e) : e->last + 1;
    s->text = strdup(GREETING);
    s->sent_ns = pf_time_mono_ns();
    s->next_stream = e->streams;
    if (s->next_stream)
        s->next_stream->prev = s;
    e->streams = s;
    e->stream_count++;
    return s;
}

void pf_mgmt_stream_on_ready(struct pf_mgmt_stream *s, void (*ready)(void *user), void *user)
{
    s->ready = ready;
    s->user = user;
}

void pf_mgmt_stream_close(struct pf_mgmt_stream *s)
{
    if (!s)
        return;
    if (s->next_stream)
        s->next_stream->prev = s->prev;
    if (s->prev)
        s->prev->next_stream = s->next_stream;
    else
        s->events->streams = s->next_stream;
    s->events->stream_count--;
    free(s->text);
    free(s);
}

/* The next text to send, NULL: none. Events that are gone are announced as such. */
static char *next_text(struct pf_mgmt_stream *s)
{
    struct pf_mgmt_events *e = s->events;
    char *text = NULL;
    uint64_t first = oldest(e);
    if (s->next < first) {
        uint64_t lost = first - s->next;
        s->next = first;
        if (s->wish.after != 0 || !s->wish.resume)
            return asprintf(&text, "event: lost\ndata: {\"events\":%llu}\n\n", (unsigned long long)lost) < 0
                       ? NULL
                       : text;
    }
    while (s->next <= e->last) {
        const struct event *event = &e->ring[s->next++ % PF_MGMT_EVENTS];
        if (is_wanted(s, event->kind))
            return strdup(event->text);
    }
    return NULL;
}

size_t pf_mgmt_stream_read(struct pf_mgmt_stream *s, char *out, size_t max)
{
    if (!s->text) {
        s->text = next_text(s);
        s->at = 0;
    }
    if (!s->text) {
        s->waits = true;
        return 0;
    }
    size_t n = strlen(s->text + s->at);
    n = n < max ? n : max;
    memcpy(out, s->text + s->at, n);
    s->at += n;
    if (!s->text[s->at]) {
        free(s->text);
        s->text = NULL;
    }
    s->sent_ns = pf_time_mono_ns();
    return n;
}

void pf_mgmt_events_tick(struct pf_mgmt_events *e, uint64_t mono_ns)
{
    for (struct pf_mgmt_stream *s = e ? e->streams : NULL, *next; s; s = next) {
        next = s->next_stream;
        if (!s->waits || mono_ns - s->sent_ns < SILENCE_NS)
            continue;
        s->text = strdup(HEARTBEAT);
        s->at = 0;
        wake(s);
    }
}
