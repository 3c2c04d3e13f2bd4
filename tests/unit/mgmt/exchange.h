/* Requests without a transport. */
#ifndef PF_TESTS_MGMT_EXCHANGE_H
#define PF_TESTS_MGMT_EXCHANGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "mgmt/call.h"

struct exchange {
    struct pf_mgmt_call call;
    bool answered;
};

static void on_answered(struct pf_mgmt_call *call)
{
    struct exchange *x = (struct exchange *)call;
    assert_false(x->answered);
    x->answered = true;
}

/* Runs the request through head, body and operation. Clear the result with done(). */
static struct exchange run(struct fixture *f, struct pf_mgmt_request request, const char *body)
{
    struct exchange x = {.call = {.host = &f->host,
                             .token = TOKEN,
                             .mgmt_port = 47990,
                             .request = request,
                             .answered = on_answered}};
    if (!x.call.request.host)
        x.call.request.host = "127.0.0.1:47990";
    if (pf_mgmt_call_begin(&x.call))
        pf_mgmt_call_finish(&x.call, body ? body : "", body ? strlen(body) : 0);
    assert_true(x.answered);
    pf_mgmt_call_clear(&x.call);
    return x;
}

static void done(struct exchange *x)
{
    json_decref(x->call.response.json);
    free(x->call.response.data);
}

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void check_subset(const json_t *want, const json_t *have)
{
    const char *name;
    json_t *member;
    if (!json_is_object(want)) {
        assert_true(json_equal((json_t *)want, (json_t *)have));
        return;
    }
    const json_t *range = json_object_get(want, "range"), *max = json_object_get(want, "max_items");
    if (max) {
        assert_true(json_array_size(have) <= (size_t)json_integer_value(max));
        return;
    }
    if (range) {
        assert_true(json_integer_value(have) >= json_integer_value(json_array_get(range, 0)));
        assert_true(json_integer_value(have) <= json_integer_value(json_array_get(range, 1)));
        return;
    }
    json_object_foreach((json_t *)want, name, member) check_subset(member, json_object_get(have, name));
}

/* A paired Moonlight client; its fingerprint in upper case. */
static const char *pair_moonlight(struct fixture *f, const char *der, char ret_hex[65])
{
    uint8_t fingerprint[32];
    if (pf_gamestream_store_add(f->gamestream_store, (const uint8_t *)der, strlen(der), NULL) < 0)
        abort();
    pf_fingerprint_of(der, strlen(der), fingerprint);
    pf_hex_encode(fingerprint, 32, ret_hex);
    for (char *p = ret_hex; *p; p++)
        if (*p >= 'a')
            *p = (char)(*p - 'a' + 'A');
    return ret_hex;
}

#define ADMIN .authorization = "Bearer " TOKEN, .peer_is_loopback = true
#define JSON  .content_type = "application/json"

#endif
