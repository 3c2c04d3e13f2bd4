#include "base/thread.h"
#include "base/time.h"
#include "net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

enum { NEWS = 1000 };

struct rig {
    struct pf_loop *loop;
    struct pf_signal *signal;
    pthread_t runs_on;
    atomic_uint written;
    unsigned seen, calls;
};

static void read_news(void *user)
{
    struct rig *rig = user;
    assert_true(pthread_equal(rig->runs_on, pthread_self()));
    rig->calls++;
    rig->seen = atomic_load(&rig->written);
    if (rig->seen == NEWS)
        pf_loop_stop(rig->loop);
}

static void write_news(void *arg)
{
    struct rig *rig = arg;
    for (unsigned i = 0; i < NEWS; i++) {
        atomic_fetch_add(&rig->written, 1);
        pf_signal_raise(rig->signal);
    }
}

static void a_signal_never_loses_the_last_news(void **state)
{
    struct rig rig = {.runs_on = pthread_self()};
    pthread_t thread;
    assert_int_equal(pf_loop_create(&rig.loop), 0);
    assert_int_equal(pf_signal_create(rig.loop, read_news, &rig, &rig.signal), 0);
    assert_int_equal(pf_thread_start(&thread, "news", PF_THREAD_NORMAL, write_news, &rig), 0);
    assert_int_equal(pf_loop_run(rig.loop), 0);
    pthread_join(thread, NULL);
    assert_int_equal(rig.seen, NEWS);
    assert_in_range(rig.calls, 1, NEWS);
    pf_signal_destroy(rig.signal);
    pf_loop_destroy(rig.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_never_loses_the_last_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
