#include "cli/command.h"

#include "base/hex.h"
#include "cli/running_host.h"
#include "trust/pairing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS   300000000L
#define PIN_POLLS 60u /* 18 s; the device needs less than one */

struct pairing {
    struct pf_running_host host;
    uint16_t port;                    /* of its API; 0: as it wrote down */
    char pin[PF_PAIRING_PIN_MAX + 1]; /* of our window */
    bool live;                        /* the terminal shows a countdown on its last line */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static int find_host(struct pairing *p, struct pf_error *err)
{
    return pf_running_host_find(&p->host, p->port, err);
}

static int call(struct pairing *p, const char *method, const char *path, const json_t *body,
    json_t **ret_json, struct pf_error *err)
{
    return pf_running_host_call(&p->host, method, path, body, ret_json, err);
}

static int arm(struct pairing *p, long ttl, const char *fingerprint, struct pf_error *err)
{
    json_t *answer = NULL,
           *body = json_pack("{s:I, s:s?}", "ttl_secs", (json_int_t)ttl, "fingerprint", fingerprint);
    int rc = call(p, "POST", "/api/v1/native/pair/arm", body, &answer, err);
    json_decref(body);
    if (rc < 0)
        return rc;
    const char *pin = json_string_value(json_object_get(answer, "pin"));
    snprintf(p->pin, sizeof(p->pin), "%s", pin ? pin : "");
    json_decref(answer);
    return pin ? 0 : pf_error_set(err, -EPROTO, "the host opened no pairing window");
}

static bool is_ours(const struct pairing *p, const json_t *state)
{
    const char *pin = json_string_value(json_object_get(state, "pin"));
    return pin && strcmp(pin, p->pin) == 0;
}

/* Closes our window; a newer one belongs to somebody else. */
static void disarm(struct pairing *p)
{
    struct pf_error err;
    json_t *state = NULL;
    bool mine = call(p, "GET", "/api/v1/native/pair", NULL, &state, &err) < 0 || is_ours(p, state);
    json_decref(state);
    if (mine && call(p, "DELETE", "/api/v1/native/pair", NULL, NULL, &err) < 0)
        fprintf(stderr, "error: %s\n", err.text);
}

static void show_time_left(struct pairing *p, const json_t *state)
{
    if (!isatty(STDOUT_FILENO))
        return;
    p->live = true;
    printf("\r%3lld s left  (Ctrl-C closes the window) ",
        (long long)json_integer_value(json_object_get(state, "expires_in_secs")));
    fflush(stdout);
}

static const char *failure_text(const char *failure)
{
    if (failure && strcmp(failure, "left") == 0)
        return "a device began to pair and left";
    if (failure && strcmp(failure, "not-stored") == 0)
        return "the PIN was right, but the list of paired devices could not be written; see the host's log";
    return "a device tried a wrong PIN";
}

/* What became of our window; −1 while it is open. */
static int judge(struct pairing *p, const json_t *state)
{
    const char *result = json_string_value(json_object_get(state, "last_result"));
    const json_t *device = json_object_get(state, "last_device");
    result = result ? result : "";
    if (strcmp(result, "open") == 0 && is_ours(p, state)) {
        show_time_left(p, state);
        return -1;
    }
    if (strcmp(result, "trying") == 0)
        return -1;
    if (p->live)
        printf("\r%40s\r", "");
    if (strcmp(result, "paired") == 0) {
        printf("paired with \"%s\"\n", json_string_value(json_object_get(device, "name")));
        return 0;
    }
    if (strcmp(result, "failed") == 0)
        printf("%s; the window is closed. Start again for a new PIN.\n",
            failure_text(json_string_value(json_object_get(state, "last_failure"))));
    else if (strcmp(result, "expired") == 0)
        printf("nobody came; the window is closed. Start again for a new PIN.\n");
    else
        printf("the window was closed, or replaced by another one, elsewhere.\n");
    return 1;
}

static int wait_for_device(struct pairing *p, struct pf_error *err)
{
    for (;;) {
        const struct timespec pause = {.tv_nsec = POLL_NS};
        json_t *state = NULL;
        nanosleep(&pause, NULL);
        if (interrupted) {
            disarm(p);
            printf("%sthe window is closed.\n", p->live ? "\n" : "");
            return 1;
        }
        int rc = call(p, "GET", "/api/v1/native/pair", NULL, &state, err);
        if (rc < 0) {
            disarm(p);
            return rc;
        }
        rc = judge(p, state);
        json_decref(state);
        if (rc >= 0)
            return rc;
    }
}

/* ---- a Moonlight client: it shows the PIN ---- */

static void list_requests(const json_t *attempts)
{
    size_t i;
    json_t *a;
    json_array_foreach(attempts, i, a) printf("request %lld: a device at %s, for %lld s\n",
        (long long)json_integer_value(json_object_get(a, "id")),
        json_string_value(json_object_get(a, "address")),
        (long long)json_integer_value(json_object_get(a, "age_secs")));
}

/* Which request the PIN is for; it is shown, so that a stranger's is not taken for one's own. */
static int choose_request(struct pairing *p, long *request, struct pf_error *err)
{
    json_t *state = NULL;
    int rc = call(p, "GET", "/api/v1/pair", NULL, &state, err);
    if (rc < 0)
        return rc;
    const json_t *attempts = json_object_get(state, "attempts");
    size_t n = json_array_size(attempts);
    list_requests(attempts);
    if (!n)
        rc = pf_error_set(err, -ENOENT,
            "no device waits for a PIN; add this host in Moonlight first (the host must run with "
            "--gamestream)");
    else if (n > 1 && !*request)
        rc = pf_error_set(err, -EEXIST, "several devices wait; say which one with --request NUMBER");
    else if (!*request)
        *request = (long)json_integer_value(json_object_get(json_array_get(attempts, 0), "id"));
    json_decref(state);
    return rc;
}

/* 1 paired, 0 not yet, else not paired. */
static int judge_pin(struct pairing *p, long request, struct pf_error *err)
{
    json_t *state = NULL;
    int rc = call(p, "GET", "/api/v1/pair", NULL, &state, err);
    if (rc < 0)
        return rc;
    const char *result = json_string_value(json_object_get(state, "last_result"));
    bool ours = json_integer_value(json_object_get(state, "last_id")) == request;
    if (ours && result && strcmp(result, "paired") == 0)
        rc = 1;
    else if (!ours || !result || strcmp(result, "trying") != 0)
        rc = pf_error_set(err, -EACCES,
            "the device did not pair: the PIN was wrong. Pair again on the device, "
            "which then shows a new one");
    json_decref(state);
    return rc;
}

static int enter_pin(struct pairing *p, const char *pin, long request, struct pf_error *err)
{
    int rc = find_host(p, err);
    if (rc == 0)
        rc = choose_request(p, &request, err);
    if (rc < 0)
        return rc;
    json_t *body = json_pack("{s:s, s:I}", "pin", pin, "id", (json_int_t)request);
    rc = call(p, "POST", "/api/v1/pair/pin", body, NULL, err);
    json_decref(body);
    for (unsigned i = 0; rc == 0 && i < PIN_POLLS; i++) {
        const struct timespec pause = {.tv_nsec = POLL_NS};
        nanosleep(&pause, NULL);
        rc = judge_pin(p, request, err);
    }
    if (rc == 0)
        rc = pf_error_set(
            err, -ETIMEDOUT, "the device has not come back with the PIN; pair again on the device");
    if (rc == 1)
        printf("paired\n");
    return rc < 0 ? rc : 0;
}

static int parse_pin(const char *text, void *target, struct pf_error *err)
{
    if (strlen(text) != 4 || strspn(text, "0123456789") != 4)
        return pf_error_set(err, -EINVAL, "the PIN has four digits, as Moonlight shows them");
    *(const char **)target = text;
    return 0;
}

/* ---- the command ---- */

static int parse_fingerprint(const char *text, void *target, struct pf_error *err)
{
    uint8_t fingerprint[32];
    if (!pf_hex_decode(text, fingerprint, 32))
        return pf_error_set(err, -EINVAL, "a fingerprint has 64 hexadecimal digits");
    *(const char **)target = text;
    return 0;
}

static int pair(struct pairing *p, long ttl, const char *fingerprint, struct pf_error *err)
{
    int rc = find_host(p, err);
    const struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (rc == 0)
        rc = arm(p, ttl, fingerprint, err);
    if (rc < 0)
        return rc;
    printf("PIN: %s\nType it on the device within %ld seconds.\n", p->pin, ttl);
    fflush(stdout);
    return wait_for_device(p, err);
}

int pf_command_pair(int argc, char **argv)
{
    long ttl = PF_PAIRING_TTL_DEFAULT_S, port = 0, request = 0;
    const char *fingerprint = NULL, *pin = NULL;
    const struct pf_arg options[] = {
        {"--ttl", 0, PF_ARG_NUMBER, &ttl, "SECONDS", "how long the PIN is good; 120",
            .min = PF_PAIRING_TTL_MIN_S, .max = PF_PAIRING_TTL_MAX_S},
        {"--fingerprint", 0, PF_ARG_PARSED, &fingerprint, "HEX",
            "only the device with this fingerprint may use it", .parse = parse_fingerprint},
        {"--gamestream", 0, PF_ARG_PARSED, &pin, "PIN",
            "instead: the PIN that Moonlight shows on a device which waits", .parse = parse_pin},
        {"--moonlight", 0, PF_ARG_PARSED, &pin, "PIN", NULL, .parse = parse_pin}, /* the same */
        {"--request", 0, PF_ARG_NUMBER, &request, "NUMBER",
            "with --gamestream: which of several waiting devices", .min = 1, .max = UINT32_MAX},
        {"--mgmt-port", 0, PF_ARG_NUMBER, &port, "PORT",
            "port of the management API; the one in the file mgmt-endpoint", .min = 1, .max = UINT16_MAX},
    };
    const struct pf_usage usage = {"Lets one device pair with the host that runs on this machine: shows a "
                                   "PIN, waits until a device has used it and\n"
                                   "says which one it was. Moonlight shows the PIN itself: give it with "
                                   "--gamestream.\nRun it as the user who runs the host.\n",
        options, sizeof(options) / sizeof(options[0])};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    struct pairing p = {.port = (uint16_t)port};
    struct pf_error err;
    status = pin ? enter_pin(&p, pin, request, &err) : pair(&p, ttl, fingerprint, &err);
    if (status < 0)
        fprintf(stderr, "%serror: %s\n", p.live ? "\n" : "", err.text);
    pf_running_host_finish(&p.host);
    return status ? 1 : 0;
}
