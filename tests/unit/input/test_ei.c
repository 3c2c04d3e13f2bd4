#include "base/time.h"
#include "input/ei/devices.h"
#include "input/ei/region.h"
#include "input/ei/socket.h"
#include "input/ei/us_text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- regions ---- */

static struct pf_area choose(
    const struct pf_ei_region *regions, size_t count, const struct pf_ei_place *place)
{
    return pf_ei_region_choose(regions, count, place);
}

static void area_is(struct pf_area area, double x, double y, double width, double height)
{
    assert_true(area.x == x && area.y == y && area.width == width && area.height == height);
}

static void endless_region_counts_pixels_of_the_output(void **state)
{
    static const struct pf_ei_region endless = {0, 0, INT32_MAX, INT32_MAX, NULL};
    const struct pf_ei_place place = {.width = 1920, .height = 1080};
    area_is(choose(&endless, 1, &place), 0, 0, 1920, 1080);
    area_is(choose(NULL, 0, &place), 0, 0, 1920, 1080);
}

static void region_of_the_output_is_chosen(void **state)
{
    static const struct pf_ei_region regions[] = {
        {0, 0, 1920, 1080, "one"}, {1920, 0, 1920, 1080, NULL}, {3840, 0, 960, 540, "two"}};
    struct pf_ei_place place = {.width = 1920, .height = 1080};
    area_is(choose(regions, 3, &place), 0, 0, 1920, 1080);      /* the first of that size */
    area_is(choose(regions + 2, 1, &place), 3840, 0, 960, 540); /* the only one */
    place.is_located = true;
    place.x = 1920;
    area_is(choose(regions, 3, &place), 1920, 0, 1920, 1080);
    strcpy(place.mapping, "two"); /* which is scaled */
    area_is(choose(regions, 3, &place), 3840, 0, 960, 540);
    strcpy(place.mapping, "three");
    area_is(choose(regions, 3, &place), 1920, 0, 1920, 1080);
}

/* ---- text ---- */

static void text_is_typed_by_american_keys(void **state)
{
    static const struct {
        uint32_t character, code;
        bool shift;
    } rows[] = {{'a', KEY_A, false}, {'Z', KEY_Z, true}, {'1', KEY_1, false}, {'!', KEY_1, true},
        {'+', KEY_EQUAL, true}, {'~', KEY_GRAVE, true}, {'`', KEY_GRAVE, false}, {'\\', KEY_BACKSLASH, false},
        {'?', KEY_SLASH, true}, {'"', KEY_APOSTROPHE, true}, {'}', KEY_RIGHTBRACE, true},
        {' ', KEY_SPACE, false}, {'\n', KEY_ENTER, false}, {'\t', KEY_TAB, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t code;
        bool shift;
        assert_true(pf_us_text_key(rows[i].character, &code, &shift));
        assert_int_equal(code, rows[i].code);
        assert_int_equal(shift, rows[i].shift);
    }
}

static void every_printable_character_has_a_key_and_no_other(void **state)
{
    uint32_t code;
    bool shift;
    for (uint32_t c = 0x20; c < 0x7f; c++)
        assert_true(pf_us_text_key(c, &code, &shift));
    static const uint32_t others[] = {0, 1, 0x7f, 0xe4, 0x20ac, 0x1f600, 0x161};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(pf_us_text_key(others[i], &code, &shift));
}

/* ---- the socket's name ---- */

static char folder[] = "/tmp/pf-ei-XXXXXX", relay[64], target[64];

static void tell(const char *text)
{
    FILE *f = fopen(relay, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int connect_now(const char *path, struct pf_error *err)
{
    int fd = pf_ei_socket_connect(path, 0, err);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

static void socket_is_found_by_its_name(void **state)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct pf_error err;
    char link[64];
    assert_non_null(mkdtemp(folder));
    snprintf(relay, sizeof(relay), "%s/relay", folder);
    snprintf(target, sizeof(target), "%s/gamescope-0-ei", folder);
    snprintf(link, sizeof(link), "%s/link", folder);
    assert_int_equal(connect_now(relay, &err), -EAGAIN);
    tell("");
    assert_int_equal(connect_now(relay, &err), -ENOTSUP);
    assert_string_equal(err.text, "this gamescope takes no input: it was built without libeis");
    tell("gamescope-0-ei");
    assert_int_equal(connect_now(relay, &err), -EAGAIN); /* the socket itself is not there */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(addr.sun_path, target);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(connect_now(relay, &err), -ECONNREFUSED);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(connect_now(relay, &err), 0);
    assert_int_equal(connect_now(target, &err), 0);
    tell(target);
    assert_int_equal(connect_now(relay, &err), 0);
    assert_int_equal(symlink(relay, link), 0);
    assert_int_equal(connect_now(link, &err), -ELOOP);
    char text[300];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    tell(text);
    assert_int_equal(connect_now(relay, &err), -EINVAL);
    assert_int_equal(connect_now(folder, &err), -EINVAL);
    assert_int_equal(connect_now("", &err), -ENOTSUP);
    close(fd);
    unlink(link);
    unlink(relay);
    unlink(target);
    rmdir(folder);
}

/* A server that dies before it has accepted us, with or without having said something. */
static void a_server_that_hangs_up_is_no_harm(void **state)
{
    (void)state;
    for (int words = 0; words < 2; words++) {
        struct pf_ei_devices d = {0};
        struct pf_error err;
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        if (words)
            assert_int_equal(write(ends[1], "\0\0\0\0\0\0\0\0", 8), 8);
        close(ends[1]);
        assert_int_equal(pf_ei_devices_init(&d, ends[0], &err), -ECONNREFUSED);
        pf_ei_devices_finish(&d);
        assert_int_equal(fcntl(ends[0], F_GETFD), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless_region_counts_pixels_of_the_output),
        cmocka_unit_test(region_of_the_output_is_chosen),
        cmocka_unit_test(text_is_typed_by_american_keys),
        cmocka_unit_test(every_printable_character_has_a_key_and_no_other),
        cmocka_unit_test(socket_is_found_by_its_name),
        cmocka_unit_test(a_server_that_hangs_up_is_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
