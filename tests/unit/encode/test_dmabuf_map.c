/* Shared memory stands in for a dmabuf: it is mapped the same way and has an inode of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "encode/dmabuf_map.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int buffer_with(uint8_t value, size_t len)
{
    uint8_t bytes[4096];
    memset(bytes, value, sizeof(bytes));
    int fd = memfd_create("picture", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t at = 0; at < len; at += sizeof(bytes))
        assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
    return fd;
}

static struct pf_frame frame_on(int fd, uint32_t offset)
{
    struct pf_frame f = {.memory = PF_FRAME_DMABUF, .format = PF_FORMAT_XRGB8888, .width = 16, .height = 32};
    f.dmabuf.plane_count = 1;
    f.dmabuf.plane[0] = (struct pf_frame_plane){.fd = fd, .offset = offset, .stride = 128};
    return f;
}

static void a_reused_number_shows_the_new_buffer(void **state)
{
    (void)state;
    struct pf_dmabuf_maps maps = {0};
    const uint8_t *pixels;
    int first = buffer_with(11, 4096), number = dup(first);
    struct pf_frame f = frame_on(number, 0);
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), 0);
    assert_int_equal(pixels[0], 11);
    pf_dmabuf_end_read(&f);
    const uint8_t *again;
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &again), 0);
    assert_ptr_equal(again, pixels); /* mapped once */
    pf_dmabuf_end_read(&f);

    int second = buffer_with(22, 4096);
    assert_int_equal(dup2(second, number), number);
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), 0);
    assert_int_equal(pixels[0], 22);
    pf_dmabuf_end_read(&f);
    pf_dmabuf_maps_finish(&maps);
    close(first);
    close(second);
    close(number);
}

static void many_buffers_push_out_the_oldest(void **state)
{
    (void)state;
    struct pf_dmabuf_maps maps = {0};
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2 * PF_DMABUF_MAPS; i++) {
            int fd = buffer_with((uint8_t)i, 8192);
            struct pf_frame f = frame_on(fd, 64);
            const uint8_t *pixels;
            assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), 0);
            assert_int_equal(pixels[31 * 128 + 63], i);
            pf_dmabuf_end_read(&f);
            close(fd);
        }
    pf_dmabuf_maps_finish(&maps);
}

static void impossible_frames_are_refused(void **state)
{
    (void)state;
    struct pf_dmabuf_maps maps = {0};
    const uint8_t *pixels = NULL;
    int fd = buffer_with(1, 4096);
    struct pf_frame f = frame_on(fd, 64);
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), 0);
    pf_dmabuf_end_read(&f);
    f.dmabuf.plane[0].offset = 65; /* the last row ends one byte behind the buffer */
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), -EINVAL);
    f = frame_on(fd, 0);
    f.dmabuf.plane[0].stride = 60;
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), -EINVAL);
    f = frame_on(fd, 0);
    f.dmabuf.modifier = 1;
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), -ENOTSUP);
    f = frame_on(-1, 0);
    assert_int_equal(pf_dmabuf_begin_read(&maps, &f, &pixels), -EBADF);
    pf_dmabuf_maps_finish(&maps);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reused_number_shows_the_new_buffer),
        cmocka_unit_test(many_buffers_push_out_the_oldest),
        cmocka_unit_test(impossible_frames_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
