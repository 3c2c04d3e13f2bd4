/* What a PipeWire capture offers, how it reads buffers and cursors; no PipeWire runs. */
#include "capture/pipewire/book.h"
#include "capture/pipewire/composer.h"
#include "capture/pipewire/cursor.h"
#include "capture/pipewire/timeline.h"
#include "pipewire/video.h"

#include <drm.h>
#include <errno.h>
#include <pipewire/stream.h>
#include <setjmp.h>
#include <spa/buffer/meta.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/filter.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- formats ---- */

static size_t offer(const struct pf_pw_video_wish *wish, uint8_t *bytes, const struct spa_pod **params)
{
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, PF_PW_VIDEO_BYTES);
    return pf_pw_video_offer(&b, wish, params);
}

static void an_exact_offer_has_one_size_and_one_rate(void **state)
{
    const struct pf_pw_video_wish wish = {.mode = {1366, 768, 59940}, .exact = true};
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    struct spa_rectangle size;
    struct spa_fraction most;
    assert_int_equal(offer(&wish, bytes, params), 1);
    assert_int_equal(spa_pod_parse_object(params[0], SPA_TYPE_OBJECT_Format, NULL, SPA_FORMAT_VIDEO_size,
                         SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_Fraction(&most)),
        2);
    assert_int_equal(size.width, 1366);
    assert_int_equal(size.height, 768);
    assert_int_equal(most.num, 2997);
    assert_int_equal(most.denom, 50);
    assert_null(spa_pod_find_prop(params[0], NULL, SPA_FORMAT_VIDEO_modifier));
}

static void gpu_memory_is_offered_alone_and_fixed_when_asked(void **state)
{
    const struct pf_pw_video_wish wish = {.mode = {640, 480, 60000}, .dmabuf = true};
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    size_t n = offer(&wish, bytes, params);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        const struct spa_pod_prop *modifier = spa_pod_find_prop(params[i], NULL, SPA_FORMAT_VIDEO_modifier);
        assert_non_null(modifier);
        assert_true(modifier->flags & SPA_POD_PROP_FLAG_MANDATORY);
        assert_true(modifier->flags & SPA_POD_PROP_FLAG_DONT_FIXATE);
    }
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    const struct pf_pw_video_format format = {
        .fourcc = PF_FORMAT_ARGB8888, .has_modifier = true, .unfixed = true};
    assert_int_equal(pf_pw_video_fixate(&b, &wish, &format, params), 3);
    const struct spa_pod_prop *fixed = spa_pod_find_prop(params[0], NULL, SPA_FORMAT_VIDEO_modifier);
    assert_int_equal(fixed->flags, SPA_POD_PROP_FLAG_MANDATORY);
    assert_int_equal(fixed->value.type, SPA_TYPE_Long);
}

static int parse(uint32_t format, uint32_t width, uint32_t height, struct pf_pw_video_format *ret)
{
    uint8_t bytes[512];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    struct spa_rectangle size = SPA_RECTANGLE(width, height);
    const struct spa_pod *pod =
        spa_pod_builder_add_object(&b, SPA_TYPE_OBJECT_Format, SPA_PARAM_Format, SPA_FORMAT_mediaType,
            SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
            SPA_FORMAT_VIDEO_format, SPA_POD_Id(format), SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size));
    return pf_pw_video_parse(pod, ret);
}

static void agreed_formats_are_checked(void **state)
{
    struct pf_pw_video_format f;
    assert_int_equal(parse(SPA_VIDEO_FORMAT_RGBx, 1280, 720, &f), 0);
    assert_int_equal(f.fourcc, PF_FORMAT_XBGR8888);
    assert_int_equal(f.width, 1280);
    assert_false(f.has_modifier);
    assert_int_equal(parse(SPA_VIDEO_FORMAT_NV12, 1280, 720, &f), -ENOTSUP);
    assert_int_equal(parse(SPA_VIDEO_FORMAT_BGRx, 0, 720, &f), -EINVAL);
    assert_int_equal(parse(SPA_VIDEO_FORMAT_BGRx, 16385, 720, &f), -EINVAL);
}

/* ---- buffers ---- */

struct buffer {
    struct pw_buffer pw;
    struct spa_buffer spa;
    struct spa_data data;
    struct spa_chunk chunk;
};

static const struct pf_pw_video_format small = {.fourcc = PF_FORMAT_XRGB8888, .width = 4, .height = 3};

static void make_buffer(struct buffer *b, size_t len, uint8_t fill)
{
    uint8_t bytes[4096];
    memset(bytes, fill, sizeof(bytes));
    *b = (struct buffer){.spa = {.n_datas = 1}};
    b->chunk = (struct spa_chunk){.size = 48, .stride = 16};
    b->data = (struct spa_data){.type = SPA_DATA_MemFd, .fd = memfd_create("test", 0), .chunk = &b->chunk};
    b->spa.datas = &b->data;
    b->pw.buffer = &b->spa;
    assert_int_equal(write((int)b->data.fd, bytes, len), len);
}

static unsigned woken;
static void wake(void *user)
{
    woken++;
}

static void frames_outlive_buffer_and_book(void **state)
{
    struct buffer b;
    make_buffer(&b, 4096, 7);
    struct pf_pw_book *book = pf_pw_book_create(wake, NULL);
    assert_int_equal(pf_pw_book_add(book, &b.pw), 0);
    const struct pf_frame *look = pf_pw_book_look(&b.pw, &small);
    assert_non_null(look);
    struct pf_frame *frame = pf_pw_book_lend(&b.pw, 5, 9);
    assert_true(pf_pw_book_is_lent(&b.pw));
    assert_int_equal(frame->sequence, 9);
    pf_pw_book_remove(book, &b.pw);
    close((int)b.data.fd);
    pf_pw_book_close(book);
    woken = 0;
    assert_int_equal(frame->pixels[47], 7);
    pf_frame_unref(frame);
    assert_int_equal(woken, 0);
}

static void a_frame_that_comes_back_frees_its_buffer(void **state)
{
    struct buffer b[4];
    struct pf_frame *frame[4];
    struct pf_pw_book *book = pf_pw_book_create(wake, NULL);
    for (unsigned i = 0; i < 4; i++) {
        make_buffer(&b[i], 4096, (uint8_t)i);
        assert_int_equal(pf_pw_book_add(book, &b[i].pw), 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_true(pf_pw_book_may_lend(book));
        assert_non_null(pf_pw_book_look(&b[i].pw, &small));
        frame[i] = pf_pw_book_lend(&b[i].pw, 0, i);
    }
    assert_false(pf_pw_book_may_lend(book)); /* the producer keeps two */
    assert_null(pf_pw_book_collect(book));
    woken = 0;
    pf_frame_unref(frame[1]);
    assert_int_equal(woken, 1);
    assert_true(pf_pw_book_may_lend(book));
    assert_ptr_equal(pf_pw_book_collect(book), &b[1].pw);
    assert_null(pf_pw_book_collect(book));
    pf_frame_unref(frame[0]); /* returned, but removed before it is collected */
    for (unsigned i = 0; i < 4; i++) {
        pf_pw_book_remove(book, &b[i].pw);
        close((int)b[i].data.fd);
    }
    assert_null(pf_pw_book_collect(book));
    pf_pw_book_close(book);
}

/* KWin has three buffers. One is held, to be repeated, until the next picture is there. */
static void a_new_picture_can_be_lent_while_the_last_one_is_kept(void **state)
{
    for (unsigned buffers = 2; buffers <= 4; buffers++) {
        struct buffer b[4];
        struct pf_frame *frame[2];
        struct pf_pw_book *book = pf_pw_book_create(wake, NULL);
        for (unsigned i = 0; i < buffers; i++) {
            make_buffer(&b[i], 4096, (uint8_t)i);
            assert_int_equal(pf_pw_book_add(book, &b[i].pw), 0);
        }
        for (unsigned i = 0; i < 2; i++) {
            assert_true(pf_pw_book_may_lend(book));
            assert_non_null(pf_pw_book_look(&b[i].pw, &small));
            frame[i] = pf_pw_book_lend(&b[i].pw, 0, i);
        }
        assert_false(pf_pw_book_may_lend(book));
        pf_frame_unref(frame[0]);
        assert_true(pf_pw_book_may_lend(book));
        pf_frame_unref(frame[1]);
        for (unsigned i = 0; i < buffers; i++) {
            pf_pw_book_remove(book, &b[i].pw);
            close((int)b[i].data.fd);
        }
        pf_pw_book_close(book);
    }
}

static void descriptions_beyond_the_memory_are_refused(void **state)
{
    static const struct {
        int32_t stride;
        uint32_t offset;
        bool fits;
    } cases[] = {{16, 0, true}, {0, 0, true}, {20, 8, true}, {16, 16, true}, {16, 17, false}, {-16, 0, false},
        {12, 0, false}, {0x7fffffff, 0, false}, {16, 0xffffffff, false}, {25, 0, false}};
    struct buffer b;
    make_buffer(&b, 64, 1);
    struct pf_pw_book *book = pf_pw_book_create(wake, NULL);
    assert_int_equal(pf_pw_book_add(book, &b.pw), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        b.chunk.stride = cases[i].stride;
        b.chunk.offset = cases[i].offset;
        assert_int_equal(pf_pw_book_look(&b.pw, &small) != NULL, cases[i].fits);
    }
    pf_pw_book_remove(book, &b.pw);
    pf_pw_book_close(book);
    close((int)b.data.fd);
}

/* ---- the cursor ---- */

struct cursor_meta {
    struct spa_meta_cursor cursor;
    struct spa_meta_bitmap bitmap;
    uint32_t pixels[4];
};

static struct cursor_meta red_and_half(void)
{
    struct cursor_meta m = {.cursor = {.id = 1,
                                .position = {.x = 1, .y = 1},
                                .hotspot = {.x = 1, .y = 0},
                                .bitmap_offset = offsetof(struct cursor_meta, bitmap)},
        .bitmap = {.format = SPA_VIDEO_FORMAT_BGRA,
            .size = {2, 2},
            .stride = 8,
            .offset = sizeof(struct spa_meta_bitmap)},
        .pixels = {0xffff0000, 0, 0x80400000, 0xff0000ff}};
    return m;
}

static void a_cursor_is_painted_and_cut_at_the_edges(void **state)
{
    struct cursor_meta m = red_and_half();
    struct pf_pw_cursor c = {0};
    uint32_t picture[3 * 3];
    for (unsigned i = 0; i < 9; i++)
        picture[i] = 0x00808080;
    assert_true(pf_pw_cursor_update(&c, &m.cursor, sizeof(m), false));
    pf_pw_cursor_paint(&c, (uint8_t *)picture, 12, 3, 3);
    assert_int_equal(picture[3] & 0xffffff, 0xff0000); /* opaque */
    assert_int_equal(picture[4] & 0xffffff, 0x808080); /* transparent */
    assert_int_equal(picture[6] >> 16 & 0xff, 0x40 + 0x40);
    assert_int_equal(picture[7] & 0xffffff, 0x0000ff);
    assert_int_equal(picture[0] & 0xffffff, 0x808080);
    for (int at = -5; at < 9; at++) { /* nothing is written beside the picture */
        m.cursor.position.x = m.cursor.position.y = at;
        pf_pw_cursor_update(&c, &m.cursor, sizeof(m), false);
        pf_pw_cursor_paint(&c, (uint8_t *)picture, 12, 3, 3);
    }
    m.cursor.position.x = INT32_MAX;
    m.cursor.hotspot.x = INT32_MIN;
    pf_pw_cursor_update(&c, &m.cursor, sizeof(m), true);
    pf_pw_cursor_paint(&c, (uint8_t *)picture, 12, 3, 3);
    pf_pw_cursor_finish(&c);
}

static void damaged_cursors_change_nothing(void **state)
{
    struct pf_pw_cursor c = {0};
    struct cursor_meta good = red_and_half();
    pf_pw_cursor_update(&c, &good.cursor, sizeof(good), false);
    for (unsigned i = 0; i < 8; i++) {
        struct cursor_meta m = good;
        size_t size = sizeof(m);
        m.pixels[0] = 0x11111111;
        switch (i) {
        case 0:
            size -= 1;
            break;
        case 1:
            m.cursor.bitmap_offset = 0xfffffff0;
            break;
        case 2:
            m.bitmap.offset = 0xffffffff;
            break;
        case 3:
            m.bitmap.stride = -8;
            break;
        case 4:
            m.bitmap.stride = 0x7fffffff;
            break;
        case 5:
            m.bitmap.size.width = 0x40000001;
            break;
        case 6:
            m.bitmap.size.height = 1025;
            break;
        case 7:
            m.bitmap.format = SPA_VIDEO_FORMAT_NV12;
            break;
        }
        pf_pw_cursor_update(&c, &m.cursor, size, false);
        assert_int_equal(c.width, 2);
        assert_int_equal(c.pixels[0], 0xffff0000);
    }
    assert_false(pf_pw_cursor_update(&c, &good.cursor, sizeof(good.cursor) - 1, false));
    good.cursor.id = 0;
    assert_true(pf_pw_cursor_update(&c, &good.cursor, sizeof(good), false));
    assert_false(c.visible);
    pf_pw_cursor_finish(&c);
}

static void composed_pictures_leave_the_original_alone(void **state)
{
    uint8_t pixels[3 * 20];
    memset(pixels, 0x55, sizeof(pixels));
    const struct pf_frame picture = {
        .format = PF_FORMAT_XRGB8888, .width = 4, .height = 3, .stride = 20, .pixels = pixels};
    struct pf_pw_composer *composer = pf_pw_composer_create(4, 3);
    struct pf_pw_cursor c = {0};
    struct cursor_meta m = red_and_half();
    struct pf_frame *frame[5];
    pf_pw_cursor_update(&c, &m.cursor, sizeof(m), false);
    assert_true(pf_pw_composer_fits(composer, 4, 3));
    for (unsigned i = 0; i < 4; i++)
        assert_non_null(frame[i] = pf_pw_composer_make(composer, &picture, &c, 1, i));
    assert_null(pf_pw_composer_make(composer, &picture, &c, 1, 4));
    assert_int_equal(frame[0]->pixels[16 + 2], 0xff);
    assert_int_equal(pixels[20 + 2], 0x55);
    pf_pw_composer_destroy(composer);
    for (unsigned i = 0; i < 4; i++)
        pf_frame_unref(frame[i]);
    pf_pw_cursor_finish(&c);
}

/* ---- explicit sync ---- */

static bool has_sync(const struct spa_pod *pod)
{
    const struct spa_pod_prop *p = spa_pod_find_prop(pod, NULL, PF_SPA_PARAM_BUFFERS_META_TYPE);
    return p && p->flags & SPA_POD_PROP_FLAG_MANDATORY;
}

static void timelines_are_asked_for_but_not_insisted_on(void **state)
{
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    assert_int_equal(pf_pw_video_buffers(&b, 1u << SPA_DATA_DmaBuf, true, true, params), PF_PW_VIDEO_PARAMS);
    assert_true(
        has_sync(params[0]) && has_sync(params[1])); /* preferred, and only for a producer that has them */
    assert_false(has_sync(params[2]) || has_sync(params[3]));
    b = (struct spa_pod_builder)SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    assert_int_equal(pf_pw_video_buffers(&b, 1u << SPA_DATA_DmaBuf, false, false, params), 4);
    assert_false(has_sync(params[0]) || has_sync(params[1]));
}

/* How many buffers this wish makes of a range of the producer; 0: it is refused. */
static int agreed_buffers(const struct spa_pod *wish, int usual, int least, int most)
{
    uint8_t bytes[512], result[512];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes)),
                           r = SPA_POD_BUILDER_INIT(result, sizeof(result));
    const struct spa_pod *range = spa_pod_builder_add_object(&b, SPA_TYPE_OBJECT_ParamBuffers,
        SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers, SPA_POD_CHOICE_RANGE_Int(usual, least, most),
        SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
    struct spa_pod *agreed;
    int32_t count = 0;
    if (spa_pod_filter(&r, &agreed, range, wish) < 0)
        return 0;
    spa_pod_fixate(agreed);
    assert_true(spa_pod_parse_object(agreed, SPA_TYPE_OBJECT_ParamBuffers, NULL, SPA_PARAM_BUFFERS_buffers,
                    SPA_POD_Int(&count)) > 0);
    return count;
}

static void a_producer_that_can_is_held_to_four_buffers(void **state)
{
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    pf_pw_video_buffers(&b, 1u << SPA_DATA_MemFd, false, false, params);
    assert_int_equal(agreed_buffers(params[0], 3, 2, 4), 4); /* KWin */
    assert_true(agreed_buffers(params[0], 16, 2, 16) >= 4);
    assert_int_equal(agreed_buffers(params[1], 2, 2, 2), 2);
}

/* A GPU that notes what it is asked. */
static struct {
    unsigned opened, closed;
    int last_fd, answer;
    uint64_t waited, signalled;
} gpu;

static int control(int fd, unsigned long request, void *argument)
{
    struct drm_syncobj_handle *handle = argument;
    struct drm_syncobj_timeline_wait *wait = argument;
    struct drm_syncobj_timeline_array *points = argument;
    assert_int_equal(fd, 99);
    switch (request) {
    case DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE:
        gpu.opened++;
        gpu.last_fd = handle->fd;
        handle->handle = 7;
        return 0;
    case DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT:
        assert_true(wait->flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT && wait->timeout_nsec > 0);
        gpu.waited = *(const uint64_t *)(uintptr_t)wait->points;
        return gpu.answer;
    case DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL:
        assert_int_equal(*(const uint32_t *)(uintptr_t)points->handles, 7);
        gpu.signalled = *(const uint64_t *)(uintptr_t)points->points;
        return gpu.answer;
    case DRM_IOCTL_SYNCOBJ_DESTROY:
        gpu.closed++;
        return 0;
    default:
        fail();
        return -ENOTTY;
    }
}

static void timelines_are_waited_for_and_released(void **state)
{
    const struct pf_pw_gpu device = {.fd = 99, .control = control}, none = {.fd = -1, .control = control};
    struct pf_spa_sync_timeline timeline = {
        .flags = PF_SPA_SYNC_UNSCHEDULED_RELEASE, .acquire_point = 41, .release_point = 42};
    struct spa_meta meta = {.type = PF_SPA_META_SYNC_TIMELINE, .size = sizeof(timeline), .data = &timeline};
    struct spa_data datas[3] = {{.type = SPA_DATA_DmaBuf, .fd = 3}, {.type = PF_SPA_DATA_SYNC_OBJ, .fd = 4},
        {.type = PF_SPA_DATA_SYNC_OBJ, .fd = 5}};
    struct spa_buffer buffer = {.n_metas = 1, .n_datas = 3, .metas = &meta, .datas = datas};
    memset(&gpu, 0, sizeof(gpu));
    assert_true(pf_pw_timeline_has(&buffer));
    assert_int_equal(pf_pw_timeline_wait(&device, &buffer), 0);
    assert_int_equal(gpu.last_fd, 4);
    assert_int_equal(gpu.waited, 41);
    pf_pw_timeline_release(&device, &buffer);
    assert_int_equal(gpu.last_fd, 5);
    assert_int_equal(gpu.signalled, 42);
    assert_int_equal(timeline.flags, 0); /* promised */
    gpu.answer = -ETIME;
    timeline.flags = PF_SPA_SYNC_UNSCHEDULED_RELEASE;
    assert_int_equal(pf_pw_timeline_wait(&device, &buffer), -ETIME);
    pf_pw_timeline_release(&device, &buffer);
    assert_int_equal(timeline.flags, PF_SPA_SYNC_UNSCHEDULED_RELEASE);
    assert_int_equal(gpu.opened, gpu.closed);

    /* Nothing is asked where something is missing. */
    unsigned opened = gpu.opened;
    assert_int_equal(pf_pw_timeline_wait(&none, &buffer), -ENODEV);
    pf_pw_timeline_release(&none, &buffer);
    datas[2].type = SPA_DATA_DmaBuf;
    assert_false(pf_pw_timeline_has(&buffer));
    pf_pw_timeline_release(&device, &buffer);
    datas[2].type = PF_SPA_DATA_SYNC_OBJ;
    meta.size--;
    assert_int_equal(pf_pw_timeline_wait(&device, &buffer), 0);
    buffer.n_datas = 1;
    assert_false(pf_pw_timeline_has(&buffer));
    assert_int_equal(gpu.opened, opened);
}

static void timelines_are_no_planes(void **state)
{
    int fd = memfd_create("test", 0);
    struct spa_chunk chunks[3] = {{.stride = 16}};
    struct spa_data datas[3] = {{.type = SPA_DATA_DmaBuf, .fd = fd, .chunk = &chunks[0]},
        {.type = PF_SPA_DATA_SYNC_OBJ, .fd = -1, .chunk = &chunks[1]},
        {.type = PF_SPA_DATA_SYNC_OBJ, .fd = -1, .chunk = &chunks[2]}};
    struct spa_buffer spa = {.n_datas = 3, .datas = datas};
    struct pw_buffer pw = {.buffer = &spa};
    struct pf_pw_book *book = pf_pw_book_create(wake, NULL);
    assert_int_equal(pf_pw_book_add(book, &pw), 0);
    const struct pf_frame *look = pf_pw_book_look(&pw, &small);
    assert_non_null(look);
    assert_int_equal(look->dmabuf.plane_count, 1);
    pf_pw_book_remove(book, &pw);
    pf_pw_book_close(book);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_offer_has_one_size_and_one_rate),
        cmocka_unit_test(gpu_memory_is_offered_alone_and_fixed_when_asked),
        cmocka_unit_test(agreed_formats_are_checked),
        cmocka_unit_test(frames_outlive_buffer_and_book),
        cmocka_unit_test(a_frame_that_comes_back_frees_its_buffer),
        cmocka_unit_test(a_new_picture_can_be_lent_while_the_last_one_is_kept),
        cmocka_unit_test(descriptions_beyond_the_memory_are_refused),
        cmocka_unit_test(a_cursor_is_painted_and_cut_at_the_edges),
        cmocka_unit_test(damaged_cursors_change_nothing),
        cmocka_unit_test(composed_pictures_leave_the_original_alone),
        cmocka_unit_test(timelines_are_asked_for_but_not_insisted_on),
        cmocka_unit_test(a_producer_that_can_is_held_to_four_buffers),
        cmocka_unit_test(timelines_are_waited_for_and_released),
        cmocka_unit_test(timelines_are_no_planes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
