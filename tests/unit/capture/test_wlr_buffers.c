/* Pools of frame buffers and the ways opening a capture can fail, without a compositor. */
#include "base/time.h"
#include "capture/capture.h"
#include "capture/wlr/buffers.h"
#include "capture/wlr/connection.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static const struct pf_wl_shape shape = {
    .memory = PF_FRAME_SHM, .format = 1, .width = 4, .height = 3, .stride = 16};

static int wake_fd;
static bool memory_freed;

static void note_free(struct pf_wl_pool *pool, void *user)
{
    memory_freed = true;
}

static struct pf_wl_pool *make_pool(void)
{
    struct pf_wl_pool *pool = pf_wl_pool_new(&shape, wake_fd);
    assert_non_null(pool);
    memory_freed = false;
    pf_wl_pool_on_free(pool, note_free, NULL);
    return pool;
}

static int set_up(void **state)
{
    wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return wake_fd < 0;
}

static int tear_down(void **state)
{
    return close(wake_fd);
}

static bool woken(void)
{
    uint64_t count;
    return read(wake_fd, &count, sizeof(count)) == sizeof(count);
}

static void frames_say_what_they_are(void **state)
{
    struct pf_wl_pool *pool = make_pool();
    struct pf_wl_buffer *b = pf_wl_pool_take(pool);
    assert_true(b->fresh);
    struct pf_frame *frame = pf_wl_buffer_publish(b, 123, 7);
    assert_false(b->fresh);
    assert_int_equal(frame->format, PF_FORMAT_XRGB8888);
    assert_int_equal(frame->width, 4);
    assert_int_equal(frame->height, 3);
    assert_int_equal(frame->stride, 16);
    assert_int_equal(frame->capture_mono_ns, 123);
    assert_int_equal(frame->sequence, 7);
    pf_frame_unref(frame);
    pf_wl_pool_destroy(pool);
    assert_true(memory_freed);
}

static void all_in_use_until_one_comes_back(void **state)
{
    struct pf_wl_pool *pool = make_pool();
    struct pf_frame *frames[PF_WL_BUFFERS];
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++)
        frames[i] = pf_wl_buffer_publish(pf_wl_pool_take(pool), i, i);
    pf_frame_ref(frames[2]);
    pf_frame_unref(frames[2]);
    assert_false(woken()); /* nobody waits yet */
    assert_null(pf_wl_pool_take(pool));
    pf_frame_unref(frames[2]);
    assert_true(woken());
    struct pf_wl_buffer *b = pf_wl_pool_take(pool);
    assert_ptr_equal(&b->frame, frames[2]);
    pf_wl_buffer_give_back(b);
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++)
        if (i != 2)
            pf_frame_unref(frames[i]);
    assert_false(woken());
    pf_wl_pool_destroy(pool);
    assert_true(memory_freed);
}

static void frames_outlive_the_capture(void **state)
{
    struct pf_wl_pool *pool = make_pool();
    struct pf_frame *a = pf_wl_buffer_publish(pf_wl_pool_take(pool), 1, 1);
    struct pf_frame *b = pf_wl_buffer_publish(pf_wl_pool_take(pool), 2, 2);
    pf_wl_pool_destroy(pool);
    assert_false(memory_freed);
    pf_frame_unref(a);
    assert_false(memory_freed);
    assert_int_equal(b->width, 4);
    pf_frame_unref(b);
    assert_true(memory_freed);
}

static void *release_all(void *arg)
{
    struct pf_mailbox *box = arg;
    for (;;) {
        struct pf_frame *frame = pf_mailbox_take(box, UINT64_MAX);
        if (!frame)
            return NULL;
        pf_frame_unref(frame);
    }
}

static void unref_item(void *item)
{
    pf_frame_unref(item);
}

static void threads_never_lose_a_buffer(void **state)
{
    struct pf_wl_pool *pool = make_pool();
    struct pf_mailbox box;
    pthread_t thread;
    pf_mailbox_init(&box, unref_item);
    assert_int_equal(pthread_create(&thread, NULL, release_all, &box), 0);
    for (uint64_t sent = 0; sent < 20000;) {
        struct pf_wl_buffer *b = pf_wl_pool_take(pool);
        if (b) {
            pf_mailbox_put(&box, pf_wl_buffer_publish(b, sent, sent));
            sent++;
        } else {
            while (!woken()) /* must come: a frame is out there */
                sched_yield();
        }
    }
    pf_mailbox_close(&box);
    pthread_join(thread, NULL);
    pf_mailbox_finish(&box);
    pf_wl_pool_destroy(pool);
    assert_true(memory_freed);
}

static void pictures_are_turned_over(void **state)
{
    struct pf_wl_pool *pool = make_pool();
    struct pf_wl_buffer *b = pf_wl_pool_take(pool);
    uint8_t rows[3 * 16], want[3 * 16];
    for (int i = 0; i < 48; i++) {
        rows[i] = (uint8_t)i;
        want[i] = (uint8_t)((2 - i / 16) * 16 + i % 16);
    }
    b->map = rows;
    pf_wl_buffer_flip(b);
    assert_memory_equal(rows, want, sizeof(rows));
    pf_wl_buffer_give_back(b);
    pf_wl_pool_destroy(pool);
}

static void impossible_shapes_are_refused(void **state)
{
    struct pf_wl_pool *pool;
    struct pf_wl_shape s = shape;
    s.width = 0;
    assert_int_equal(pf_wl_pool_create_shm(NULL, &s, wake_fd, &pool), -EINVAL);
    s = shape;
    s.stride = 12; /* less than a row */
    assert_int_equal(pf_wl_pool_create_shm(NULL, &s, wake_fd, &pool), -EINVAL);
    s = shape;
    s.width = 20000;
    s.stride = 80000;
    assert_int_equal(pf_wl_pool_create_shm(NULL, &s, wake_fd, &pool), -EINVAL);
    s = shape;
    s.format = PF_FOURCC('X', 'R', '3', '0');
    assert_int_equal(pf_wl_pool_create_shm(NULL, &s, wake_fd, &pool), -ENOTSUP);
    s = (struct pf_wl_shape){PF_FRAME_SHM, 1, 16384, 16384, 65536}; /* more than the protocol can say */
    assert_int_equal(pf_wl_pool_create_shm(NULL, &s, wake_fd, &pool), -EINVAL);
}

static void stamps_must_be_plausible(void **state)
{
    struct pf_wl_connection c = {.monotonic = true};
    uint64_t now = pf_time_mono_ns(), sec = now / PF_NS_PER_S;
    assert_int_equal(pf_wl_time(&c, 0, (uint32_t)sec, 0), sec * PF_NS_PER_S);
    assert_true(pf_wl_time(&c, 0, (uint32_t)sec + 100, 0) >= now); /* the future */
    assert_true(pf_wl_time(&c, UINT32_MAX, UINT32_MAX, 0) >= now);
    assert_true(pf_wl_time(&c, 0, (uint32_t)sec, UINT32_MAX) >= now);
    if (sec > 60)
        assert_true(pf_wl_time(&c, 0, (uint32_t)sec - 60, 0) >= now); /* stale */
    c.monotonic = false;
    assert_true(pf_wl_time(&c, 0, (uint32_t)sec, 0) >= now); /* another clock */
}

static void sources_that_cannot_be_opened(void **state)
{
    struct pf_capture *capture = NULL;
    struct pf_error err;
    struct pf_source source = {.kind = PF_SOURCE_NONE};
    assert_int_equal(pf_capture_open(&source, NULL, &capture, &err), -ENOTSUP);

    source.kind = PF_SOURCE_WAYLAND;
    strcpy(source.output_name, "HEADLESS-1");
    assert_int_equal(pf_capture_open(&source, NULL, &capture, &err), -ECONNREFUSED);
    strcpy(source.wayland_socket, "/nonexistent/wayland-0");
    assert_int_equal(pf_capture_open(&source, NULL, &capture, &err), -ECONNREFUSED);
    assert_non_null(strstr(err.text, "/nonexistent/wayland-0"));
    assert_null(capture);
}

/* A compositor that takes the connection and goes away. */
static void *hang_up(void *arg)
{
    int fd = accept(*(int *)arg, NULL, NULL);
    char byte;
    ssize_t n = recv(fd, &byte, 1, 0);
    (void)n;
    close(fd);
    return NULL;
}

static void compositor_that_hangs_up(void **state)
{
    struct pf_source source = {.kind = PF_SOURCE_WAYLAND, .output_name = "HEADLESS-1"};
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    char folder[] = "/tmp/pf-capture-XXXXXX";
    assert_non_null(mkdtemp(folder));
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/wayland-0", folder);
    strcpy(source.wayland_socket, addr.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(listen(fd, 1), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, hang_up, &fd), 0);

    struct pf_capture *capture = NULL;
    struct pf_error err;
    assert_int_equal(pf_capture_open(&source, NULL, &capture, &err), -ECONNRESET);
    assert_non_null(strstr(err.text, "closed the connection"));

    pthread_join(thread, NULL);
    close(fd);
    unlink(addr.sun_path);
    rmdir(folder);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(frames_say_what_they_are),
        T(all_in_use_until_one_comes_back),
        T(frames_outlive_the_capture),
        T(threads_never_lose_a_buffer),
        T(pictures_are_turned_over),
        T(impossible_shapes_are_refused),
        T(stamps_must_be_plausible),
        cmocka_unit_test(sources_that_cannot_be_opened),
        cmocka_unit_test(compositor_that_hangs_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
