#include "audio/ring.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_whole_pieces_only(void **state)
{
    struct pf_audio_ring r;
    float in[64], out[64];
    for (int i = 0; i < 64; i++)
        in[i] = (float)i;
    assert_int_equal(pf_audio_ring_init(&r, 50), 0);
    assert_int_equal(pf_audio_ring_read(&r, out, 1), 0);
    assert_int_equal(pf_audio_ring_write(&r, in, 40), 40);
    assert_int_equal(pf_audio_ring_write(&r, in, 40), 0); /* does not fit: nothing of it is kept */
    assert_int_equal(pf_audio_ring_len(&r), 40);
    assert_int_equal(pf_audio_ring_read(&r, out, 41), 0);
    assert_int_equal(pf_audio_ring_read(&r, out, 30), 30);
    assert_int_equal(pf_audio_ring_write(&r, in, 50), 50); /* round the end */
    assert_int_equal(pf_audio_ring_read(&r, out, 60), 60);
    assert_true(out[0] == 30 && out[9] == 39 && out[10] == 0 && out[59] == 49);
    assert_int_equal(pf_audio_ring_write(&r, in, 20), 20);
    pf_audio_ring_drop(&r, 15);
    assert_int_equal(pf_audio_ring_read(&r, out, 5), 5);
    assert_true(out[0] == 15);
    pf_audio_ring_drop(&r, 100);
    assert_int_equal(pf_audio_ring_len(&r), 0);
    pf_audio_ring_finish(&r);
}

#define COUNT 200000u

static void *write_all(void *arg)
{
    struct pf_audio_ring *r = arg;
    for (uint32_t next = 0; next < COUNT;) {
        float piece[7];
        for (unsigned i = 0; i < 7; i++)
            piece[i] = (float)(next + i);
        next += (uint32_t)pf_audio_ring_write(r, piece, 7);
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    struct pf_audio_ring r;
    pthread_t writer;
    assert_int_equal(pf_audio_ring_init(&r, 128), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_all, &r), 0);
    for (uint32_t next = 0; next + 5 <= COUNT;) {
        float piece[5];
        if (!pf_audio_ring_read(&r, piece, 5))
            continue;
        for (unsigned i = 0; i < 5; i++)
            assert_true(piece[i] == (float)(next + i));
        next += 5;
    }
    pthread_join(writer, NULL);
    pf_audio_ring_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_pieces_only),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
