#include "base/bytes.h"
#include "base/cancel.h"
#include "base/env.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/queue.h"
#include "base/thread.h"
#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void reader_stops_at_the_end(void **state)
{
    const uint8_t data[] = {1, 2, 3, 4, 5};
    struct pf_reader r = pf_reader_of(data, sizeof(data));
    assert_int_equal(pf_read_u16le(&r), 0x0201);
    assert_int_equal(pf_read_be(&r, 2), 0x0304);
    assert_int_equal(pf_read_u32le(&r), 0);
    assert_true(r.failed);
    assert_int_equal(pf_read_u8(&r), 0); /* a failed reader stays failed although a byte is left */
}

static void writer_never_overflows(void **state)
{
    uint8_t buf[3] = {0, 0, 0xAA};
    struct pf_writer w = pf_writer_of(buf, 2);
    pf_write_u16le(&w, 0x1234);
    pf_write_u8(&w, 0xFF);
    assert_true(w.failed);
    assert_int_equal(w.len, 2);
    assert_int_equal(buf[0], 0x34);
    assert_int_equal(buf[2], 0xAA);
}

static void hex_round_trip_and_refusals(void **state)
{
    uint8_t out[2];
    char text[5];
    assert_true(pf_hex_decode("aB01", out, 2));
    assert_string_equal(pf_hex_encode(out, 2, text), "ab01");
    assert_false(pf_hex_decode("ab0", out, 2));
    assert_false(pf_hex_decode("ab0g", out, 2));
}

static void env_values(void **state)
{
    setenv("PF_TEST", "Yes", 1);
    assert_true(pf_env_bool("PF_TEST", false));
    setenv("PF_TEST", "0", 1);
    assert_false(pf_env_bool("PF_TEST", true));
    setenv("PF_TEST", "maybe", 1);
    assert_true(pf_env_bool("PF_TEST", true));
    setenv("PF_TEST", "12", 1);
    assert_int_equal(pf_env_long("PF_TEST", 0, 20, 5), 12);
    assert_int_equal(pf_env_long("PF_TEST", 0, 10, 5), 5);
    setenv("PF_TEST", "  ", 1);
    assert_null(pf_env_get("PF_TEST"));
}

static void file_is_replaced_whole(void **state)
{
    char dir[] = "/tmp/pf-base-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *sub = pf_path_join(dir, "a/b");
    assert_int_equal(pf_dir_make_private(sub, NULL), 0);
    struct stat st;
    assert_int_equal(stat(sub, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);

    char *path = pf_path_join(sub, "state.json"), *data;
    size_t len;
    assert_int_equal(pf_file_write(path, "one", 3, 0600, NULL), 0);
    assert_int_equal(pf_file_write(path, "second", 6, 0600, NULL), 0);
    assert_int_equal(pf_file_read(path, 100, &data, &len), 0);
    assert_string_equal(data, "second");
    free(data);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(pf_file_read(path, 5, &data, &len), -EFBIG);
    assert_int_equal(pf_file_set_aside(path, NULL), 0);
    assert_int_equal(pf_file_read(path, 100, &data, &len), -ENOENT);

    struct pf_error err;
    assert_int_equal(pf_file_write("/nonexistent/x", "", 0, 0600, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent/x"));

    char bad[64];
    snprintf(bad, sizeof(bad), "%s.bad", path);
    assert_int_equal(unlink(bad), 0);
    char *a = pf_path_join(dir, "a");
    assert_int_equal(rmdir(sub), 0);
    assert_int_equal(rmdir(a), 0);
    assert_int_equal(rmdir(dir), 0);
    free(a);
    free(path);
    free(sub);
}

static void count_warnings(
    void *user, enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text)
{
    *(unsigned *)user += level == PF_LOG_WARN && strstr(text, "chmod 700") != NULL;
}

/* A folder that the user made is the user's. */
static void an_old_folder_keeps_its_mode(void **state)
{
    char dir[] = "/tmp/pf-base-XXXXXX";
    unsigned warnings = 0;
    struct stat st;
    assert_non_null(mkdtemp(dir));
    pf_log_set_sink(count_warnings, &warnings);
    assert_int_equal(pf_dir_make_private(dir, NULL), 0);
    assert_int_equal(warnings, 0);
    assert_int_equal(chmod(dir, 0750), 0);
    assert_int_equal(pf_dir_make_private(dir, NULL), 0);
    assert_int_equal(pf_dir_make_private(dir, NULL), 0);
    assert_int_equal(warnings, 1);
    pf_log_set_sink(NULL, NULL);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0750);

    char *file = pf_path_join(dir, "file");
    assert_int_equal(pf_file_write(file, "x", 1, 0600, NULL), 0);
    assert_int_equal(pf_dir_make_private(file, NULL), -ENOTDIR);
    unlink(file);
    free(file);
    assert_int_equal(rmdir(dir), 0);
}

static void a_lock_has_one_owner(void **state)
{
    char dir[] = "/tmp/pf-base-XXXXXX";
    int first, second;
    assert_non_null(mkdtemp(dir));
    char *path = pf_path_join(dir, "lock");
    assert_int_equal(pf_file_lock(path, &first), 0);
    assert_int_equal(pf_file_lock(path, &second), -EWOULDBLOCK);
    close(first);
    assert_int_equal(pf_file_lock(path, &second), 0);
    close(second);
    assert_int_equal(pf_file_lock("/nonexistent/lock", &second), -ENOENT);
    unlink(path);
    free(path);
    assert_int_equal(rmdir(dir), 0);
}

static void push_five(void *arg)
{
    static int items[5];
    for (int i = 0; i < 5; i++) {
        items[i] = i;
        pf_queue_push(arg, &items[i]);
    }
    pf_queue_close(arg);
}

static void queue_keeps_order_and_blocks(void **state)
{
    struct pf_queue q;
    assert_int_equal(pf_queue_init(&q, 2), 0);
    pthread_t t;
    assert_int_equal(pf_thread_start(&t, "pusher", PF_THREAD_NORMAL, push_five, &q), 0);
    for (int i = 0; i < 5; i++) {
        int *item = pf_queue_pop(&q, UINT64_MAX);
        assert_non_null(item);
        assert_int_equal(*item, i);
    }
    assert_null(pf_queue_pop(&q, UINT64_MAX));
    pthread_join(t, NULL);
    int x;
    assert_int_equal(pf_queue_push(&q, &x), -EPIPE);
    pf_queue_finish(&q);
}

static void read_name(void *arg)
{
    pthread_getname_np(pthread_self(), arg, 16);
}

static void threads_have_names(void **state)
{
    char name[16] = "";
    pthread_t t;
    assert_int_equal(pf_thread_start(&t, "twelve-chars", PF_THREAD_NORMAL, read_name, name), 0);
    pthread_join(t, NULL);
    assert_string_equal(name, "pf-twelve-chars");
}

static int released;

static void count_release(void *item)
{
    released++;
}

static void mailbox_keeps_the_newest(void **state)
{
    struct pf_mailbox m;
    int a, b, c;
    pf_mailbox_init(&m, count_release);
    assert_null(pf_mailbox_take(&m, 0));
    assert_false(pf_mailbox_put(&m, &a));
    assert_true(pf_mailbox_put(&m, &b));
    assert_int_equal(released, 1);
    assert_ptr_equal(pf_mailbox_take(&m, 0), &b);
    pf_mailbox_poke(&m);
    assert_null(pf_mailbox_take(&m, pf_time_mono_ns() + 60 * PF_NS_PER_S));
    pf_mailbox_close(&m);
    pf_mailbox_put(&m, &c);
    assert_int_equal(released, 2);
    pf_mailbox_finish(&m);
}

static void *set_later(void *token)
{
    pf_time_sleep_until(pf_time_mono_ns() + 5 * PF_NS_PER_MS);
    pf_cancel_set(token);
    return NULL;
}

static void a_token_ends_sleep(void **state)
{
    struct pf_cancel c;
    pthread_t thread;
    assert_int_equal(pf_cancel_init(&c), 0);
    uint64_t start = pf_time_mono_ns();
    assert_false(pf_cancel_sleep_until(&c, start + PF_NS_PER_MS));
    assert_true(pf_time_mono_ns() >= start + PF_NS_PER_MS);
    assert_false(pf_cancel_sleep_until(NULL, start + 2 * PF_NS_PER_MS));
    assert_true(pf_time_mono_ns() >= start + 2 * PF_NS_PER_MS);
    struct pollfd p = {.fd = pf_cancel_fd(&c), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 0), 0);
    assert_int_equal(pthread_create(&thread, NULL, set_later, &c), 0);
    assert_true(pf_cancel_sleep_until(&c, start + 3600 * PF_NS_PER_S));
    pthread_join(thread, NULL);
    pf_cancel_set(&c); /* again */
    assert_true(pf_cancel_is_set(&c));
    assert_int_equal(poll(&p, 1, 0), 1);
    assert_int_equal(poll(&p, 1, 0), 1); /* it stays so */
    pf_cancel_finish(&c);
    assert_false(pf_cancel_is_set(NULL));
    assert_int_equal(pf_cancel_fd(NULL), -1);
}

static void rate_limit_counts_what_it_holds_back(void **state)
{
    struct pf_rate_limit r = {.interval_ns = 100, .burst = 1, .window_start_ns = 1000};
    unsigned held = 9;
    assert_true(pf_rate_limit_pass(&r, 1000, &held));
    assert_int_equal(held, 0);
    assert_false(pf_rate_limit_pass(&r, 1050, &held));
    assert_true(pf_rate_limit_pass(&r, 1100, &held));
    assert_int_equal(held, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_stops_at_the_end),
        cmocka_unit_test(writer_never_overflows),
        cmocka_unit_test(hex_round_trip_and_refusals),
        cmocka_unit_test(env_values),
        cmocka_unit_test(file_is_replaced_whole),
        cmocka_unit_test(an_old_folder_keeps_its_mode),
        cmocka_unit_test(a_lock_has_one_owner),
        cmocka_unit_test(queue_keeps_order_and_blocks),
        cmocka_unit_test(threads_have_names),
        cmocka_unit_test(mailbox_keeps_the_newest),
        cmocka_unit_test(a_token_ends_sleep),
        cmocka_unit_test(rate_limit_counts_what_it_holds_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
