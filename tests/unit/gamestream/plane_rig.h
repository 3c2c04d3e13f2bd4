/* The front end over real sockets, with a playing half that only remembers: its loop runs on a thread of its
 * own, the clients block. */
#ifndef PF_TEST_PLANE_RIG_H
#define PF_TEST_PLANE_RIG_H

#include "../trust/temp_dir.h"
#include "fake_play.h"
#include "gamestream/gamestream.h"
#include "moonlight.h"
#include "net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

struct plane {
    struct temp_dir dir;
    struct pf_loop *loop;
    struct pf_identity *identity;
    struct pf_gamestream_store *store;
    struct pf_gamestream *g;
    struct pf_gs_certificate certificate; /* the host's */
    struct party client;
    struct moonlight m, stranger; /* with that certificate, and without any */
    pthread_t thread;
};
extern struct plane S;

struct attempts {
    struct pf_gamestream_attempt list[8];
    size_t count;
};

/* For each test. */
int set_up(void **state);
int tear_down(void **state);
/* After the group. */
int drop_client(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Returns once run(arg) has returned on the loop's thread. */
void on_loop(void (*run)(void *arg), void *arg);
struct fake_play played(void);
void set_play(struct fake_play play);
struct attempts wait_for_attempts(size_t count);
int submit(uint32_t id, const char *text);
/* Of the newest PIN that was typed. */
enum pf_gs_pin_result pin_result(void);
void remove_client(void *arg);
void pair_at_once(const struct party *p);
int start_plane(const struct pf_gamestream_config *changes, struct pf_error *err);
void check(const struct moonlight *m, bool secure, const char *path, unsigned status, int code);

#endif
