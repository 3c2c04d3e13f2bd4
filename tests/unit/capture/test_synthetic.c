/* The test picture as a capture source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "capture/synthetic/picture.h"
#include "capture/synthetic/synthetic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct pf_capture *open_picture(enum pf_synthetic_picture picture, uint32_t mhz)
{
    const struct pf_source source = {.kind = PF_SOURCE_SYNTHETIC, .mode = {128, 96, mhz}, .node_id = picture};
    struct pf_capture *capture = NULL;
    assert_int_equal(pf_capture_backend_synthetic.open(&source, NULL, &capture, NULL), 0);
    return capture;
}

static struct pf_frame *take(struct pf_capture *capture)
{
    return pf_mailbox_take(&capture->frames, pf_time_mono_ns() + 20 * PF_NS_PER_S);
}

static void pictures_are_those_that_were_drawn(void **state)
{
    (void)state;
    uint8_t *want = malloc(128 * 96 * 4);
    struct pf_capture *capture = open_picture(PF_SYNTHETIC_MOVING, 500000);
    uint64_t last = 0;
    for (int i = 0; i < 20; i++) {
        struct pf_frame *frame = take(capture);
        assert_non_null(frame);
        assert_true(i == 0 || frame->sequence > last);
        last = frame->sequence;
        assert_int_equal(frame->width, 128);
        assert_int_equal(frame->format, PF_FORMAT_XRGB8888);
        pf_test_picture_draw(want, 128 * 4, 128, 96, frame->sequence);
        for (unsigned y = 0; y < 96; y++)
            assert_memory_equal(frame->pixels + (size_t)y * frame->stride, want + y * 128 * 4, 128 * 4);
        pf_frame_unref(frame);
    }
    pf_capture_destroy(capture);
    free(want);
}

static void a_still_picture_comes_once(void **state)
{
    (void)state;
    struct pf_capture *capture = open_picture(PF_SYNTHETIC_STILL, 500000);
    struct pf_frame *frame = take(capture);
    assert_non_null(frame);
    assert_null(pf_mailbox_take(&capture->frames, pf_time_mono_ns() + 20 * PF_NS_PER_MS));
    pf_frame_unref(frame);
    pf_capture_destroy(capture);
}

/* A taker that keeps every picture stops nothing, and its pictures outlive the capture. */
static void pictures_outlive_the_capture(void **state)
{
    (void)state;
    struct pf_capture *capture = open_picture(PF_SYNTHETIC_MOVING, 1000000);
    struct pf_frame *kept[3];
    for (int i = 0; i < 3; i++)
        assert_non_null(kept[i] = take(capture));
    uint8_t *before = malloc(128 * 4);
    memcpy(before, kept[0]->pixels, 128 * 4);
    pf_time_sleep_until(pf_time_mono_ns() + 10 * PF_NS_PER_MS);
    pf_capture_destroy(capture);
    assert_memory_equal(kept[0]->pixels, before, 128 * 4);
    for (int i = 0; i < 3; i++)
        pf_frame_unref(kept[i]);
    free(before);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    static const struct pf_mode bad[] = {{0, 96, 60000}, {128, 0, 60000}, {128, 96, 0}, {8194, 96, 60000}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct pf_source source = {.kind = PF_SOURCE_SYNTHETIC, .mode = bad[i]};
        struct pf_capture *capture = NULL;
        assert_int_equal(pf_capture_backend_synthetic.open(&source, NULL, &capture, NULL), -EINVAL);
        assert_null(capture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_those_that_were_drawn),
        cmocka_unit_test(a_still_picture_comes_once),
        cmocka_unit_test(pictures_outlive_the_capture),
        cmocka_unit_test(impossible_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
