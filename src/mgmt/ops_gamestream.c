/* Pairing and devices of the GameStream plane (management-and-operations.md 3.7). */
#include "mgmt/route.h"

#include "base/hex.h"
#include "trust/gamestream_store.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <string.h>

/* ---- pairing --------------------------------------------------------------------------------------------
 */

static size_t attempts_of(const struct pf_mgmt_host *h, struct pf_mgmt_attempt *ret)
{
    return h->pair_attempts ? h->pair_attempts(h->user, ret, PF_MGMT_ATTEMPTS_MAX) : 0;
}

void pf_mgmt_get_pairing(struct pf_mgmt_call *call)
{
    struct pf_mgmt_attempt attempts[PF_MGMT_ATTEMPTS_MAX];
    size_t n = attempts_of(call->host, attempts);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:I, s:s, s:I}", "id", (json_int_t)attempts[i].id, "address",
                                        attempts[i].address, "age_secs", (json_int_t)attempts[i].age_s));
    uint32_t id = 0;
    const char *result = call->host->pin_result ? call->host->pin_result(call->host->user, &id) : "none";
    pf_mgmt_answer(call, 200,
        json_pack("{s:b, s:o, s:s, s:o}", "pin_pending", n > 0, "attempts", list, "last_result", result,
            "last_id", id ? json_integer(id) : json_null()));
}

/* Trimmed. False if it cannot be a PIN. */
static bool read_pin(const char *text, char ret_pin[5])
{
    text += strspn(text, " \t\r\n");
    size_t n = strspn(text, "0123456789");
    if (n != 4 || text[n + strspn(text + n, " \t\r\n")])
        return false;
    memcpy(ret_pin, text, 4);
    ret_pin[4] = 0;
    return true;
}

void pf_mgmt_submit_pin(struct pf_mgmt_call *call)
{
    const struct pf_mgmt_host *h = call->host;
    const json_t *id = json_object_get(call->body, "id");
    char pin[5];
    if (!read_pin(json_string_value(json_object_get(call->body, "pin")), pin)) {
        pf_mgmt_answer_error(call, 400, "the PIN must be the four digits that the device shows");
        return;
    }
    if (json_is_integer(id) && !json_integer_value(id)) {
        pf_mgmt_answer_error(call, 400, "no device has the id 0");
        return;
    }
    int rc = h->submit_pin ? h->submit_pin(h->user, (uint32_t)json_integer_value(id), pin) : -ENOENT;
    explicit_bzero(pin, sizeof(pin));
    if (rc == 0)
        pf_mgmt_answer(call, 204, NULL);
    else if (rc == -EEXIST)
        pf_mgmt_answer_error(call, 409, "several devices wait for a PIN; say which one with \"id\"");
    else if (json_is_integer(id))
        pf_mgmt_answer_error(call, 409, "no device with this id waits for a PIN any more");
    else
        pf_mgmt_answer_error(call, 409, "no device waits for a PIN; begin to pair on the device first");
}

/* ---- devices --------------------------------------------------------------------------------------------
 */

static json_t *time_or_null(time_t t)
{
    return t == (time_t)-1 ? json_null() : json_integer((json_int_t)t);
}

/* Adds what the certificate says about itself; nothing of it is proven. */
static void add_details(json_t *info, gnutls_x509_crt_t crt)
{
    gnutls_datum_t name;
    if (gnutls_x509_crt_get_dn3(crt, &name, 0) == 0) {
        json_t *text = json_stringn((char *)name.data, name.size);
        if (text)
            json_object_set_new(info, "subject", text);
        gnutls_free(name.data);
    }
    json_object_set_new(info, "not_before_unix", time_or_null(gnutls_x509_crt_get_activation_time(crt)));
    json_object_set_new(info, "not_after_unix", time_or_null(gnutls_x509_crt_get_expiration_time(crt)));
}

static json_t *client_info(const struct pf_gamestream_client *c)
{
    const gnutls_datum_t der = {(unsigned char *)c->der, (unsigned)c->der_len};
    gnutls_x509_crt_t crt;
    char hex[65];
    json_t *info = json_pack("{s:s, s:n, s:n, s:n}", "fingerprint", pf_hex_encode(c->fingerprint, 32, hex),
        "subject", "not_before_unix", "not_after_unix");
    if (!info || gnutls_x509_crt_init(&crt) < 0)
        return info;
    if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0)
        add_details(info, crt);
    gnutls_x509_crt_deinit(crt);
    return info;
}

void pf_mgmt_list_clients(struct pf_mgmt_call *call)
{
    const struct pf_gamestream_store *store = call->host->gamestream_store;
    json_t *list = json_array();
    for (size_t i = 0; store && i < pf_gamestream_store_count(store); i++)
        json_array_append_new(list, client_info(pf_gamestream_store_at(store, i)));
    pf_mgmt_answer(call, 200, list);
}

void pf_mgmt_unpair_client(struct pf_mgmt_call *call)
{
    uint8_t fingerprint[32];
    struct pf_error err = {"no such device is paired"};
    if (strlen(call->param) != 64 || !pf_hex_decode(call->param, fingerprint, 32)) {
        pf_mgmt_answer_error(call, 400, "a fingerprint has 64 hexadecimal digits");
        return;
    }
    int rc = call->host->gamestream_store
                 ? pf_gamestream_store_remove(call->host->gamestream_store, fingerprint, &err)
                 : -ENOENT;
    if (rc == 0)
        pf_mgmt_answer(call, 204, NULL);
    else
        pf_mgmt_answer_error(call, rc == -ENOENT ? 404 : 500, "%s", err.text);
}
