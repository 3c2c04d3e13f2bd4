/* `punktfunk-host pair` as a process, against a management server whose window the test uses as devices
 * would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../errand.h"
#include "../mgmt/fixture.h"
#include "cli/endpoint.h"
#include "mgmt/server.h"
#include "net/identity.h"
#include "net/loop.h"
#include "trust/token.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static struct {
    struct fixture f;
    struct pf_loop *loop;
    struct pf_identity *identity;
    struct pf_mgmt_server *server;
    pthread_t thread;
    char *token;
} S;

static void *run_loop(void *arg)
{
    (void)arg;
    pf_loop_run(S.loop);
    return NULL;
}

static int start(void **state)
{
    (void)state;
    fixture_init(&S.f);
    unsetenv("PUNKTFUNK_MGMT_TOKEN");
    if (errand_loop_create(&S.loop) < 0 || pf_identity_load_host(S.f.dir.path, &S.identity, NULL) < 0 ||
        pf_token_obtain(S.f.dir.path, NULL, &S.token, NULL) < 0)
        return -1;
    const struct pf_mgmt_config config = {
        .bind = "127.0.0.1", .token = S.token, .identity = S.identity, .host = &S.f.host};
    if (pf_mgmt_server_start(S.loop, &config, &S.server, NULL) < 0 ||
        pf_endpoint_write(S.f.dir.path, pf_mgmt_server_port(S.server), NULL) < 0)
        return -1;
    setenv("PUNKTFUNK_CONFIG_DIR", S.f.dir.path, 1);
    return pthread_create(&S.thread, NULL, run_loop, NULL);
}

static void stop_server(void *arg)
{
    (void)arg;
    pf_mgmt_server_stop(S.server);
    pf_loop_stop(S.loop);
}

static int stop(void **state)
{
    (void)state;
    errand_post(stop_server, NULL);
    pthread_join(S.thread, NULL);
    errand_loop_destroy(S.loop);
    pf_identity_destroy(S.identity);
    free(S.token);
    fixture_finish(&S.f);
    return 0;
}

/* ---- the command ---- */

struct command {
    pid_t pid;
    FILE *output; /* both streams */
    char text[2000];
};

static struct command run_with(const char *option, const char *value, const char *more, const char *its_value)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct command c = {.pid = fork()};
    if (c.pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(HOST_PROGRAM, HOST_PROGRAM, "pair", option, value, more, its_value, NULL);
        _exit(127);
    }
    close(ends[1]);
    c.output = fdopen(ends[0], "r");
    return c;
}

static struct command run(const char *option, const char *value)
{
    return run_with(option, value, NULL, NULL);
}

/* Reads what the command says up to its PIN. */
static void read_pin(struct command *c, char pin[5])
{
    char line[300];
    assert_non_null(fgets(line, sizeof(line), c->output));
    if (sscanf(line, "PIN: %4s", pin) != 1)
        fail_msg("no PIN: %s", line);
}

/* Exit status; c->text gets the rest of the output. */
static int finish(struct command *c)
{
    int status = 0;
    size_t n = fread(c->text, 1, sizeof(c->text) - 1, c->output);
    c->text[n] = 0;
    fclose(c->output);
    waitpid(c->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect(struct command *c, int status, const char *words)
{
    assert_int_equal(finish(c), status);
    if (!strstr(c->text, words))
        fail_msg("\"%s\" is not in: %s", words, c->text);
}

/* ---- devices, on the loop's thread ---- */

static struct {
    char pin[5];
    enum pf_pairing_outcome outcome;
    enum pf_pairing_verdict verdict;
    atomic_bool done, armed;
} device;

static void device_tries(void *arg)
{
    (void)arg;
    char pin[PF_PAIRING_PIN_MAX + 1];
    uint64_t now = pf_time_mono_ns();
    S.f.pairing.attempted = false; /* no waiting for the cool-down here */
    device.verdict = pf_pairing_begin(&S.f.pairing, now, STRANGER, pin);
    if (device.verdict == PF_PAIRING_ACCEPT) {
        enum pf_pairing_outcome ok = strcmp(pin, device.pin) == 0 ? device.outcome : PF_PAIRING_WRONG_PIN;
        pf_pairing_conclude(&S.f.pairing, pf_pairing_consume(&S.f.pairing, now), ok, "Sofa", STRANGER);
    }
    atomic_store(&device.done, true);
}

static enum pf_pairing_verdict try_as_device(const char *pin, enum pf_pairing_outcome outcome)
{
    memcpy(device.pin, pin, sizeof(device.pin));
    device.outcome = outcome;
    atomic_store(&device.done, false);
    errand_post(device_tries, NULL);
    while (!atomic_load(&device.done))
        usleep(1000);
    return device.verdict;
}

static void arm_elsewhere(void *arg)
{
    (void)arg;
    pf_pairing_arm(&S.f.pairing, pf_time_mono_ns(), "12345", 60, NULL);
}

/* ---- tests ---- */

static void says_who_paired(void **state)
{
    (void)state;
    char pin[5];
    struct command c = run("--ttl", "60");
    read_pin(&c, pin);
    assert_int_equal(try_as_device(pin, PF_PAIRING_OK), PF_PAIRING_ACCEPT);
    expect(&c, 0, "paired with \"Sofa\"");
}

static void says_that_a_wrong_pin_was_tried(void **state)
{
    (void)state;
    char pin[5];
    struct command c = run("--ttl", "60");
    read_pin(&c, pin);
    assert_int_equal(try_as_device(pin, PF_PAIRING_WRONG_PIN), PF_PAIRING_ACCEPT);
    expect(&c, 1, "wrong PIN");
}

static void says_how_else_it_failed(void **state)
{
    (void)state;
    static const struct {
        enum pf_pairing_outcome outcome;
        const char *words;
    } table[] = {{PF_PAIRING_LEFT, "left"}, {PF_PAIRING_NOT_STORED, "could not be written"}};
    for (size_t i = 0; i < 2; i++) {
        char pin[5];
        struct command c = run("--ttl", "60");
        read_pin(&c, pin);
        assert_int_equal(try_as_device(pin, table[i].outcome), PF_PAIRING_ACCEPT);
        expect(&c, 1, table[i].words);
        assert_null(strstr(c.text, "wrong PIN"));
    }
}

static void look_at_window(void *arg)
{
    (void)arg;
    atomic_store(&device.armed, pf_pairing_status(&S.f.pairing, pf_time_mono_ns()).armed);
    atomic_store(&device.done, true);
}

static bool window_is_open(void)
{
    atomic_store(&device.done, false);
    errand_post(look_at_window, NULL);
    while (!atomic_load(&device.done))
        usleep(1000);
    return atomic_load(&device.armed);
}

/* Stopped while it sleeps, so that it learns of both at once. */
static void interruption_leaves_the_window_of_another_alone(void **state)
{
    (void)state;
    char pin[5];
    struct command c = run("--ttl", "60");
    read_pin(&c, pin);
    kill(c.pid, SIGSTOP);
    errand_post(arm_elsewhere, NULL);
    kill(c.pid, SIGINT);
    kill(c.pid, SIGCONT);
    assert_int_equal(finish(&c), 1);
    assert_true(window_is_open());
}

static void interruption_closes_the_window(void **state)
{
    (void)state;
    char pin[5];
    struct command c = run("--ttl", "60");
    read_pin(&c, pin);
    kill(c.pid, SIGINT);
    expect(&c, 1, "the window is closed");
    assert_int_equal(try_as_device(pin, PF_PAIRING_OK), PF_PAIRING_REFUSE_NOT_ARMED);
}

static void notices_another_window(void **state)
{
    (void)state;
    char pin[5];
    struct command c = run("--ttl", "60");
    read_pin(&c, pin);
    errand_post(arm_elsewhere, NULL);
    expect(&c, 1, "elsewhere");
}

static void binds_the_window_to_a_device(void **state)
{
    (void)state;
    char pin[5], hex[65];
    struct command c = run("--fingerprint", pf_hex_encode(WAITING, 32, hex));
    read_pin(&c, pin);
    assert_int_equal(try_as_device(pin, PF_PAIRING_OK), PF_PAIRING_REFUSE_OTHER_DEVICE);
    kill(c.pid, SIGTERM);
    expect(&c, 1, "closed");
}

static void explains_why_it_cannot(void **state)
{
    (void)state;
    struct command c = run("--mgmt-port", "1");
    expect(&c, 1, "punktfunk-host serve");

    setenv("PUNKTFUNK_MGMT_TOKEN", "another", 1);
    c = run("--ttl", "60");
    expect(&c, 1, "token");
    unsetenv("PUNKTFUNK_MGMT_TOKEN");

    /* Somebody else took the port: the token must not be sent. */
    struct temp_dir other = temp_dir_make();
    struct pf_identity *identity;
    char *token;
    assert_int_equal(pf_identity_load_host(other.path, &identity, NULL), 0);
    assert_int_equal(pf_token_obtain(other.path, NULL, &token, NULL), 0);
    pf_endpoint_write(other.path, pf_mgmt_server_port(S.server), NULL);
    setenv("PUNKTFUNK_CONFIG_DIR", other.path, 1);
    c = run("--ttl", "60");
    expect(&c, 1, "certificate");
    setenv("PUNKTFUNK_CONFIG_DIR", S.f.dir.path, 1);
    pf_identity_destroy(identity);
    free(token);
    temp_dir_remove(&other);
}

static void set_waiting(void *arg)
{
    S.f.waiting = (unsigned)(uintptr_t)arg;
}

/* The loop carries things out in order, so the commands that follow find it so. */
static void moonlight_devices_wait(uintptr_t count)
{
    errand_post(set_waiting, (void *)count);
}

static void types_the_pin_of_a_moonlight_device(void **state)
{
    (void)state;
    struct command c = run("--gamestream", "4711");
    expect(&c, 1, "no device waits");
    moonlight_devices_wait(1);
    c = run("--gamestream", "4711");
    expect(&c, 0, "request 1: a device at 192.168.1.9, for 5 s\npaired");
    moonlight_devices_wait(1);
    c = run("--moonlight", "0815");
    expect(&c, 1, "the PIN was wrong");
    moonlight_devices_wait(2);
    c = run("--gamestream", "4711");
    expect(&c, 1, "request 2: a device at");
    assert_non_null(strstr(c.text, "--request"));
    c = run_with("--gamestream", "4711", "--request", "2");
    expect(&c, 0, "paired");
    moonlight_devices_wait(1);
    c = run_with("--gamestream", "4711", "--request", "7");
    expect(&c, 1, "waits for a PIN any more");
    moonlight_devices_wait(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_who_paired),
        cmocka_unit_test(says_that_a_wrong_pin_was_tried),
        cmocka_unit_test(says_how_else_it_failed),
        cmocka_unit_test(interruption_leaves_the_window_of_another_alone),
        cmocka_unit_test(interruption_closes_the_window),
        cmocka_unit_test(notices_another_window),
        cmocka_unit_test(binds_the_window_to_a_device),
        cmocka_unit_test(types_the_pin_of_a_moonlight_device),
        cmocka_unit_test(explains_why_it_cannot),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
