#include "base/log.h"
#include "base/time.h"
#include "input/ei/ei.h"
#include "input/ei/locate.h"
#include "input/ei/portal_talk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE      "input"
#define PROMPT_NS  (3 * PF_NS_PER_S) /* for a portal that need not ask the user */
#define REFUSED_NS (600 * PF_NS_PER_S)

/* The way, shared by the injector that waits and the one that plays. One thread. */
struct way {
    struct pf_portal_talk talk;
    struct pf_ei_locator locator;
};

/* Waits for the user; events meanwhile are dropped. Then it passes everything on. */
struct portal_injector {
    struct pf_injector base;
    struct way *way;
    struct pf_ei_server server;
    struct pf_injector *inner; /* NULL while the user has not agreed */
};

/* ---- a user who refused is left in peace ----------------------------------------------------------------
 */

static struct {
    pthread_mutex_t lock;
    uint64_t until_ns;
} refused = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note_refusal(void)
{
    pthread_mutex_lock(&refused.lock);
    refused.until_ns = pf_time_mono_ns() + REFUSED_NS;
    pthread_mutex_unlock(&refused.lock);
    pf_log_warn(SCOPE, "the user refused to lend input through the portal; it asks again in ten minutes");
}

static bool was_refused(void)
{
    pthread_mutex_lock(&refused.lock);
    bool was = pf_time_mono_ns() < refused.until_ns;
    pthread_mutex_unlock(&refused.lock);
    return was;
}

/* ---- the way --------------------------------------------------------------------------------------------
 */

static int attend(void *user, struct pf_ei_place *place)
{
    struct way *w = user;
    struct pf_error err;
    int rc = pf_portal_talk_step(&w->talk, &err);
    if (rc == -EACCES)
        note_refusal();
    return rc < 0 ? rc : pf_ei_locator_look(&w->locator, place);
}

static void leave(void *user)
{
    struct way *w = user;
    pf_ei_locator_close(&w->locator);
    pf_portal_talk_finish(&w->talk);
    free(w);
}

/* ---- the injector ---------------------------------------------------------------------------------------
 */

/* One step of the conversation, until input is lent. */
static int advance(struct portal_injector *p, struct pf_error *err)
{
    struct way *w = p->way;
    int rc = pf_portal_talk_step(&w->talk, err);
    if (rc == -EACCES)
        note_refusal();
    if (rc < 0 || w->talk.stage != PF_PORTAL_GRANTED)
        return rc;
    if (w->talk.token[0])
        pf_portal_token_save(w->talk.token);
    int fd = pf_portal_talk_connect(&w->talk, err);
    if (fd < 0)
        return fd;
    p->way = NULL; /* it is the inner one's now */
    rc = pf_ei_open(&p->server, fd, &p->inner, err);
    if (rc == 0) {
        p->base.fd = p->inner->fd;
        pf_log_info(SCOPE, "the portal lends keyboard and pointer");
    }
    return rc;
}

static int dispatch(struct pf_injector *injector)
{
    struct portal_injector *p = (struct portal_injector *)injector;
    struct pf_error err;
    return p->inner ? p->inner->ops->dispatch(p->inner) : advance(p, &err);
}

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    struct portal_injector *p = (struct portal_injector *)injector;
    int rc = p->inner ? 0 : dispatch(injector);
    return rc == 0 && p->inner ? p->inner->ops->inject(p->inner, events, count) : rc;
}

static void destroy(struct pf_injector *injector)
{
    struct portal_injector *p = (struct portal_injector *)injector;
    pf_injector_destroy(p->inner);
    if (p->way)
        leave(p->way);
    free(p);
}

/* Long enough for a portal that knows our token. */
static int await_portal(struct portal_injector *p, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + PROMPT_NS, now;
    int rc = advance(p, err);
    while (rc == 0 && !p->inner && (now = pf_time_mono_ns()) < deadline) {
        sd_bus_wait(p->way->talk.bus, (deadline - now) / PF_NS_PER_US);
        rc = advance(p, err);
    }
    return rc;
}

static int begin(struct portal_injector *p, const struct pf_source *source, struct pf_error *err)
{
    char token[PF_PORTAL_TOKEN_SIZE];
    pf_portal_token_load(token);
    int rc = pf_portal_talk_begin(&p->way->talk, source->dbus_address, token, err);
    if (rc == 0)
        rc = pf_ei_locator_open(&p->way->locator, source, err);
    if (rc == 0)
        rc = pf_ei_locator_look(&p->way->locator, &p->server.place);
    return rc < 0 ? rc : await_portal(p, err);
}

int pf_ei_open_portal(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    static const struct pf_injector_ops ops = {.inject = inject, .dispatch = dispatch, .destroy = destroy};
    if (was_refused())
        return pf_error_set(err, -EACCES, "the user refused to lend input a short time ago");
    struct portal_injector *p = calloc(1, sizeof(*p));
    struct way *w = calloc(1, sizeof(*w));
    if (!p || !w) {
        free(p);
        free(w);
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    }
    *p = (struct portal_injector){.base = {.ops = &ops, .fd = -1},
        .way = w,
        .server = {.place = pf_ei_place_of(&target->source),
            .shares_pointer = target->source.output_name[0] != 0,
            .user = w,
            .attend = attend,
            .leave = leave}};
    int rc = begin(p, &target->source, err);
    if (rc < 0) {
        destroy(&p->base);
        return rc;
    }
    if (!p->inner) {
        p->base.fd = sd_bus_get_fd(w->talk.bus);
        pf_log_warn(SCOPE,
            "a dialog on the desktop waits for the user to allow remote input; until then what "
            "the client does is lost");
    }
    *ret_injector = &p->base;
    return 0;
}
