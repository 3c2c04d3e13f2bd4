/* A stream with a real encoder and the test picture: after warm-up our code allocates nothing for a picture.
 *
 * What our objects allocate is counted; libraries keep their own.
 * What the stream produces is counted too: one unit for each picture.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../skip.h"
#include "allocations/allocations.h"

#include "base/time.h"
#include "capture/synthetic/synthetic.h"
#include "session/stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- a machine with the test picture ---- */

static const char *encoder_name;

static int acquire(void *user, const struct pf_session_plan *plan, const struct pf_mode *mode,
    const struct pf_lease *supersedes, const struct pf_cancel *cancel, struct pf_lease *ret_lease,
    struct pf_error *err)
{
    *ret_lease = (struct pf_lease){
        .source = {.kind = PF_SOURCE_SYNTHETIC, .mode = *mode, .node_id = PF_SYNTHETIC_MOVING}};
    return 0;
}

static void give_up(void *user, struct pf_lease *lease)
{
}

static void release(void *user, struct pf_lease *lease, bool quit)
{
}

static int open_capture(
    void *user, const struct pf_source *source, struct pf_capture **ret_capture, struct pf_error *err)
{
    return pf_capture_backend_synthetic.open(source, NULL, ret_capture, err);
}

static int open_encoder(
    void *user, const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err)
{
    return pf_encoder_open(encoder_name, params, ret_encoder, err);
}

static const struct pf_machine_ops ops = {
    .acquire = acquire,
    .release = release,
    .retire = give_up,
    .mark_failed = give_up,
    .open_capture = open_capture,
    .open_encoder = open_encoder,
};

/* ---- a sink that counts ---- */

enum { WARM_UP = 60, MEASURED = 120 };

struct counter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned units, idrs, fresh;
    unsigned long before, after; /* allocations at the two ends of what is measured */
};

static int submit(void *user, struct pf_access_unit *au)
{
    struct counter *c = user;
    pthread_mutex_lock(&c->lock);
    c->units++;
    c->idrs += au->idr;
    c->fresh += !au->repeat;
    if (c->units == WARM_UP)
        c->before = allocations();
    if (c->units == WARM_UP + MEASURED)
        c->after = allocations();
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
    pf_access_unit_return(au);
    return 0;
}

static void ended(void *user, enum pf_stream_end end, int rc, const char *why)
{
}

static void nothing_is_allocated_for_a_picture(void **state)
{
    (void)state;
    for (size_t i = 0; pf_encoder_backends[i]; i++) {
        struct counter c = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
        encoder_name = pf_encoder_backends[i]->name;
        struct pf_stream_config config = {
            .plan = {.mode = {640, 360, 120000}, .codec = PF_CODEC_H264, .bitrate_kbps = 8000},
            .machine = {.ops = &ops},
            .sink = {.user = &c, .submit = submit, .ended = ended},
        };
        struct pf_stream *stream;
        assert_int_equal(pf_stream_start(&config, &stream, NULL), 0);
        pthread_mutex_lock(&c.lock);
        while (c.units < WARM_UP + MEASURED) {
            pthread_cond_wait(&c.changed, &c.lock);
            if (c.units % 10 == 0)
                pf_stream_request_idr(stream);
        }
        pthread_mutex_unlock(&c.lock);
        pf_stream_destroy(stream);
        assert_true(c.before > 0); /* the counter works */
        assert_int_equal(c.after - c.before, 0);
        assert_true(c.idrs >= 2);
        assert_true(c.fresh > 0);
    }
    if (!pf_encoder_backends[0])
        skip_because("this build has no encoder");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_allocated_for_a_picture)};
    return exit_status(cmocka_run_group_tests(tests, NULL, NULL));
}
