#include "mgmt/route.h"

#include "base/hex.h"
#include "base/log.h"
#include "base/time.h"
#include "trust/knocks.h"
#include "trust/native_store.h"
#include "trust/pairing.h"

#include <errno.h>
#include <string.h>

#define SCOPE "mgmt"

/* True if there is a native plane; otherwise the call has been answered. */
static bool needs_native(struct pf_mgmt_call *call)
{
    if (call->host->pairing)
        return true;
    pf_mgmt_answer_error(call, 503, "this host runs without the native protocol");
    return false;
}

static json_t *client_info(const char *name, const uint8_t fingerprint[32])
{
    char hex[65];
    return json_pack("{s:s, s:s}", "name", name, "fingerprint", pf_hex_encode(fingerprint, 32, hex));
}

static const char *result_name(enum pf_pairing_result result)
{
    static const char *const names[] = {
        [PF_PAIRING_NONE] = "none",
        [PF_PAIRING_OPEN] = "open",
        [PF_PAIRING_TRYING] = "trying",
        [PF_PAIRING_PAIRED] = "paired",
        [PF_PAIRING_FAILED] = "failed",
        [PF_PAIRING_EXPIRED] = "expired",
        [PF_PAIRING_DISARMED] = "disarmed",
    };
    return names[result];
}

/* NULL unless a ceremony failed. */
static const char *failure_name(const struct pf_pairing_status *s)
{
    static const char *const names[] = {
        [PF_PAIRING_WRONG_PIN] = "wrong-pin",
        [PF_PAIRING_LEFT] = "left",
        [PF_PAIRING_NOT_STORED] = "not-stored",
    };
    return s->result == PF_PAIRING_FAILED ? names[s->why] : NULL;
}

static json_t *pairing_info(const struct pf_mgmt_host *h)
{
    struct pf_pairing_status s = {0};
    if (h->pairing)
        s = pf_pairing_status(h->pairing, pf_time_boot_ns());
    size_t paired = h->pairing && h->store ? pf_native_store_count(h->store) : 0;
    uint64_t seconds = (s.left_ns + PF_NS_PER_S - 1) / PF_NS_PER_S;
    return json_pack("{s:b, s:b, s:s?, s:o, s:I, s:s, s:s?, s:o}", "enabled", h->pairing != NULL, "armed",
        s.armed, "pin", s.pin, "expires_in_secs", s.expires ? json_integer((json_int_t)seconds) : json_null(),
        "paired_clients", (json_int_t)paired, "last_result", result_name(s.result), "last_failure",
        failure_name(&s), "last_device",
        s.device_name ? client_info(s.device_name, s.device_fingerprint) : json_null());
}

void pf_mgmt_get_native_pairing(struct pf_mgmt_call *call)
{
    pf_mgmt_answer(call, 200, pairing_info(call->host));
}

/* Trimmed; blank means no binding. False if it is neither blank nor a fingerprint. */
static bool parse_binding(const char *text, uint8_t ret_fingerprint[32], bool *ret_bound)
{
    char digits[65];
    text += strspn(text, " \t\r\n");
    size_t n = strcspn(text, " \t\r\n");
    if (text[n + strspn(text + n, " \t\r\n")] || (n != 0 && n != 64))
        return false;
    memcpy(digits, text, n);
    digits[n] = 0;
    *ret_bound = n > 0;
    return n == 0 || pf_hex_decode(digits, ret_fingerprint, 32);
}

void pf_mgmt_arm_native_pairing(struct pf_mgmt_call *call)
{
    if (!needs_native(call))
        return;
    const json_t *ttl = json_object_get(call->body, "ttl_secs");
    const char *binding = json_string_value(json_object_get(call->body, "fingerprint"));
    uint8_t fingerprint[32];
    bool bound = false;
    if (binding && !parse_binding(binding, fingerprint, &bound)) {
        pf_mgmt_answer_error(
            call, 400, "\"fingerprint\" must be the 64 hexadecimal digits of a client's certificate");
        return;
    }
    json_int_t wanted = json_is_integer(ttl) ? json_integer_value(ttl) : PF_PAIRING_TTL_DEFAULT_S;
    /* 0 would mean "for ever" to the window; asked for by a client it is merely short. */
    unsigned seconds = wanted < PF_PAIRING_TTL_MIN_S ? PF_PAIRING_TTL_MIN_S : (unsigned)wanted;
    char pin[5];
    pf_pairing_make_pin(pin);
    pf_pairing_arm(call->host->pairing, pf_time_boot_ns(), pin, seconds, bound ? fingerprint : NULL);
    explicit_bzero(pin, sizeof(pin));
    pf_log_info(SCOPE, "pairing is open%s", bound ? " for one device" : "");
    pf_mgmt_answer(call, 200, pairing_info(call->host));
}

void pf_mgmt_disarm_native_pairing(struct pf_mgmt_call *call)
{
    if (!needs_native(call))
        return;
    pf_pairing_disarm(call->host->pairing, pf_time_boot_ns());
    pf_mgmt_answer(call, 204, NULL);
}

void pf_mgmt_list_native_clients(struct pf_mgmt_call *call)
{
    const struct pf_native_store *store = call->host->store;
    json_t *list = json_array();
    for (size_t i = 0; store && i < pf_native_store_count(store); i++) {
        const struct pf_native_client *c = pf_native_store_at(store, i);
        json_array_append_new(list, client_info(c->name, c->fingerprint));
    }
    pf_mgmt_answer(call, 200, list);
}

void pf_mgmt_unpair_native_client(struct pf_mgmt_call *call)
{
    if (!needs_native(call))
        return;
    uint8_t fingerprint[32];
    struct pf_error err = {"no such device is paired"};
    int rc = -ENOENT;
    if (pf_hex_decode(call->params.first, fingerprint, 32))
        rc = pf_native_store_remove(call->host->store, fingerprint, &err);
    if (rc == 0)
        pf_mgmt_answer(call, 204, NULL);
    else
        pf_mgmt_answer_error(call, rc == -ENOENT ? 404 : 500, "%s", err.text);
}

void pf_mgmt_list_pending_devices(struct pf_mgmt_call *call)
{
    struct pf_knocks *knocks = call->host->knocks;
    uint64_t now = pf_time_mono_ns();
    const struct pf_knock *entries = NULL;
    if (knocks)
        pf_knocks_expire(knocks, now);
    size_t n = knocks ? pf_knocks_list(knocks, &entries) : 0;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *device = client_info(entries[i].name, entries[i].fingerprint);
        json_object_set_new(device, "id", json_integer(entries[i].id));
        json_object_set_new(
            device, "age_secs", json_integer((json_int_t)((now - entries[i].last_ns) / PF_NS_PER_S)));
        json_array_append_new(list, device);
    }
    pf_mgmt_answer(call, 200, list);
}

/* The waiting device that the path names, or NULL and the call has been answered. */
static const struct pf_knock *pending_device(struct pf_mgmt_call *call)
{
    if (!needs_native(call))
        return NULL;
    pf_knocks_expire(call->host->knocks, pf_time_mono_ns());
    const struct pf_knock *knock = pf_knocks_find(call->host->knocks, call->number);
    if (!knock)
        pf_mgmt_answer_error(call, 404, "no device with this id waits any more");
    return knock;
}

/* Stores first and wakes the connection then, so that it finds itself paired. */
void pf_mgmt_approve_pending_device(struct pf_mgmt_call *call)
{
    const struct pf_knock *knock = pending_device(call);
    if (!knock)
        return;
    uint8_t fingerprint[32];
    char name[PF_NAME_MAX + 1];
    memcpy(fingerprint, knock->fingerprint, sizeof(fingerprint));
    const char *wanted = json_string_value(json_object_get(call->body, "name"));
    if (wanted && wanted[strspn(wanted, " \t\r\n")])
        pf_name_sanitise(wanted, strlen(wanted), fingerprint, name);
    else
        strcpy(name, knock->name);

    struct pf_error err;
    int rc = pf_native_store_add(call->host->store, fingerprint, name, &err);
    if (rc < 0) {
        pf_mgmt_answer_error(call, 500, "%s", err.text);
        return;
    }
    pf_log_info(SCOPE, "the device \"%s\" was approved", name);
    pf_knocks_admit(call->host->knocks, fingerprint);
    pf_mgmt_answer(call, 200, client_info(name, fingerprint));
}

void pf_mgmt_deny_pending_device(struct pf_mgmt_call *call)
{
    if (!pending_device(call))
        return;
    pf_knocks_deny(call->host->knocks, call->number);
    pf_mgmt_answer(call, 204, NULL);
}
