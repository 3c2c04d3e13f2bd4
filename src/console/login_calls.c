/* Logging in and out: the addresses under /_auth (management-and-operations.md 4.2, 4.3). */
#include "base/log.h"
#include "base/time.h"
#include "console/setup_link.h"
#include "console/visit.h"
#include "net/address.h"
#include "net/loop.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCOPE "console"

/* ---- hashing, on a worker thread ---- */

struct attempt {
    uv_work_t work;
    struct pf_visit *visit; /* control loop only */
    const struct pf_password *password;
    struct sockaddr_storage peer;
    bool sets; /* the password is chosen, not guessed */
    bool matches;
    int rc;
    struct pf_error err;
    char text[PF_PASSWORD_MAX + 2];
    char hash[PF_PASSWORD_HASH_SIZE]; /* of what was chosen */
};

static void on_work(uv_work_t *work)
{
    struct attempt *a = work->data;
    if (a->sets)
        a->rc = pf_password_hash(a->text, a->hash, &a->err);
    else
        a->matches = pf_password_matches(a->password, a->text);
}

static void set_cookie(struct pf_visit *v, const char *value, unsigned seconds)
{
    snprintf(v->cookie, sizeof(v->cookie),
        PF_VISIT_COOKIE "=%s; Path=/; Max-Age=%u; HttpOnly; Secure; SameSite=Lax", value, seconds);
}

static void let_in(struct pf_visit *v)
{
    char value[PF_LOGIN_COOKIE_SIZE];
    pf_logins_begin(v->console->logins, time(NULL), value);
    set_cookie(v, value, PF_LOGIN_SECONDS);
    pf_visit_answer(v, 200, json_pack("{s:b}", "ok", 1));
}

static void tell_guess(const struct attempt *a, struct pf_console *c, struct pf_visit *v)
{
    char shown[PF_ADDRESS_TEXT];
    const struct sockaddr *peer = (const struct sockaddr *)&a->peer;
    if (a->matches) {
        pf_throttle_succeeded(&c->throttle, peer);
        let_in(v);
        return;
    }
    pf_throttle_failed(&c->throttle, peer, pf_time_mono_ns());
    pf_log_warn(SCOPE, "wrong password from %s", pf_address_format_ip(peer, shown));
    pf_visit_refuse(v, 401, "wrong password");
}

static void tell_choice(struct attempt *a, struct pf_console *c, struct pf_visit *v)
{
    if (a->rc == 0)
        a->rc = pf_password_keep(c->password, a->hash, &a->err);
    if (a->rc == 0) {
        pf_setup_link_void(c->dir);
        pf_log_info(SCOPE, "the password was set");
        let_in(v);
        return;
    }
    pf_visit_refuse(v, a->rc == -EEXIST ? 409 : a->rc == -EINVAL ? 400 : 500, a->err.text);
}

static void on_worked(uv_work_t *work, int status)
{
    struct attempt *a = work->data;
    struct pf_visit *v = a->visit;
    struct pf_console *c = v->console;
    (void)status;
    c->hashing = false;
    v->running = false;
    if (a->sets)
        tell_choice(a, c, v);
    else
        tell_guess(a, c, v);
    sodium_memzero(a, sizeof(*a));
    free(a);
    if (v->connection)
        pf_http_resume(v->connection);
    else
        pf_visit_free(v);
}

static void try(struct pf_visit *v, const char *text, bool sets)
{
    struct pf_console *c = v->console;
    struct attempt *a = calloc(1, sizeof(*a));
    if (!a) {
        pf_visit_refuse(v, 500, "out of memory");
        return;
    }
    a->work.data = a;
    a->visit = v;
    a->password = c->password;
    a->sets = sets;
    memcpy(&a->peer, pf_http_address(v->connection), sizeof(a->peer));
    snprintf(a->text, sizeof(a->text), "%s", text); /* one character more than allowed stays too long */
    c->hashing = v->running = true;
    if (uv_queue_work(pf_loop_uv(c->loop), &a->work, on_work, on_worked) == 0)
        return;
    on_work(&a->work);
    on_worked(&a->work, 0);
}

/* ---- the calls ---- */

/* True if the peer has to wait; then that is the answer. */
static bool must_wait(struct pf_visit *v)
{
    const struct pf_console *c = v->console;
    unsigned s = pf_throttle_wait_s(&c->throttle, pf_http_address(v->connection), pf_time_mono_ns());
    if (!s && !c->hashing)
        return false;
    v->retry_after_s = s ? s : 1;
    pf_visit_refuse(
        v, 429, s ? "too many wrong passwords; wait a moment" : "somebody else is logging in; try again");
    return true;
}

static json_t *read_body(struct pf_visit *v)
{
    json_t *root = json_loadb(v->body, v->len, JSON_REJECT_DUPLICATES, NULL);
    sodium_memzero(v->body, sizeof(v->body));
    return root;
}

static void log_in(struct pf_visit *v)
{
    json_t *root = read_body(v);
    const char *given = json_string_value(json_object_get(root, "password"));
    if (!pf_password_is_set(v->console->password))
        pf_visit_refuse(v, 503, PF_CONSOLE_UNSET);
    else if (!given)
        pf_visit_refuse(v, 400, "the body has to be {\"password\": \"…\"}");
    else if (!must_wait(v))
        try(v, given, false);
    json_decref(root);
}

static void set_up(struct pf_visit *v)
{
    struct pf_console *c = v->console;
    json_t *root = read_body(v);
    const char *token = json_string_value(json_object_get(root, "token"));
    const char *chosen = json_string_value(json_object_get(root, "password"));
    if (pf_password_is_set(c->password)) {
        pf_visit_refuse(v, 409, "the console has a password already");
    } else if (!token || !chosen) {
        pf_visit_refuse(v, 400, "the body has to be {\"token\": \"…\", \"password\": \"…\"}");
    } else if (!must_wait(v)) {
        if (pf_setup_link_opens(c->dir, token, time(NULL))) {
            try(v, chosen, true);
        } else {
            pf_throttle_failed(&c->throttle, pf_http_address(v->connection), pf_time_mono_ns());
            pf_visit_refuse(v, 403,
                "the link is wrong, was used or is too old; punktfunk-host console-link shows a new one");
        }
    }
    json_decref(root);
}

static void log_out(struct pf_visit *v)
{
    json_t *root = read_body(v);
    struct pf_error err;
    const char *cookie = pf_visit_cookie(v);
    bool known = pf_visit_is_logged_in(v);
    int rc = 0;
    if (known && json_is_true(json_object_get(root, "everywhere")))
        rc = pf_logins_end_all(v->console->logins, &err);
    else if (known)
        rc = pf_logins_end(v->console->logins, cookie, time(NULL), &err);
    json_decref(root);
    if (rc < 0)
        pf_log_warn(SCOPE, "logging out lasts only until the host ends: %s", err.text);
    set_cookie(v, "", 0);
    pf_visit_answer(v, 200, json_pack("{s:b}", "ok", 1));
}

static void tell_state(struct pf_visit *v)
{
    pf_visit_answer(v, 200,
        json_pack("{s:b, s:b}", "configured", (int)pf_password_is_set(v->console->password), "signed_in",
            (int)pf_visit_is_logged_in(v)));
}

void (*pf_login_call(const char *path, const char **ret_method))(struct pf_visit *visit)
{
    static const struct {
        const char *path, *method;
        void (*act)(struct pf_visit *visit);
    } calls[] = {{"/_auth/login", "POST", log_in}, {"/_auth/logout", "POST", log_out},
        {"/_auth/setup", "POST", set_up}, {"/_auth/state", "GET", tell_state}};
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (strcmp(calls[i].path, path) == 0) {
            *ret_method = calls[i].method;
            return calls[i].act;
        }
    return NULL;
}
