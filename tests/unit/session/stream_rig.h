/* A stream on a fake machine, for the tests of it. Times are short; nothing is asserted about how fast the
 * test machine is, only about order, counts and least distances. */
#ifndef PF_TEST_STREAM_RIG_H
#define PF_TEST_STREAM_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "fake_machine.h"

#define MS PF_NS_PER_MS

extern struct fake_machine machine;
extern struct fake_sink sink;
extern struct pf_stream_config config;
extern struct pf_stream *stream;

/* The stream may be running while the test looks and gives orders. */
#define LOCK()                                                                                               \
    do {                                                                                                     \
        pthread_mutex_lock(&machine.lock);                                                                   \
        pthread_mutex_lock(&sink.lock);                                                                      \
    } while (0)
#define UNLOCK()                                                                                             \
    do {                                                                                                     \
        pthread_mutex_unlock(&sink.lock);                                                                    \
        pthread_mutex_unlock(&machine.lock);                                                                 \
    } while (0)
#define SEE(what)                                                                                            \
    ({                                                                                                       \
        LOCK();                                                                                              \
        __auto_type seen_ = (what);                                                                          \
        UNLOCK();                                                                                            \
        seen_;                                                                                               \
    })
#define ORDER(what, value)                                                                                   \
    do {                                                                                                     \
        LOCK();                                                                                              \
        (what) = (value);                                                                                    \
        UNLOCK();                                                                                            \
    } while (0)

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int set_up(void **state);
/* Ends the stream if the test has not, and checks that everything was given back. */
int tear_down(void **state);
void start(void);
/* And waits until it does. */
void start_streaming(void);
int leases_given_back(void);

#endif
