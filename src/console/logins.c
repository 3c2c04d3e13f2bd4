#include "console/logins.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE     "console"
#define FILE_NAME "console-logins.json"
#define FILE_MAX  (64u << 10)
#define ENDED_MAX 256u /* more of them end all */
#define KEY_SIZE  crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE     crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG       crypto_aead_xchacha20poly1305_ietf_ABYTES
#define ID_SIZE   16u
#define PLAIN     (8u + 8u + ID_SIZE)
#define VARIANT   sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct ended {
    uint8_t id[ID_SIZE];
    int64_t until; /* then it would have ended anyhow */
};

struct pf_logins {
    char *path;
    uint8_t key[KEY_SIZE];
    uint64_t age; /* sessions of another age have ended */
    struct ended ended[ENDED_MAX];
    size_t ended_count;
};

struct login {
    int64_t until;
    uint64_t age;
    uint8_t id[ID_SIZE];
};

/* ---- the file ---- */

static bool take_ended(struct pf_logins *s, const json_t *one)
{
    struct ended e = {.until = json_integer_value(json_object_get(one, "until"))};
    const char *id = json_string_value(json_object_get(one, "id"));
    if (!id || s->ended_count == ENDED_MAX || !pf_hex_decode(id, e.id, ID_SIZE))
        return false;
    s->ended[s->ended_count++] = e;
    return true;
}

static bool parse(struct pf_logins *s, const char *text, size_t len)
{
    json_t *root = json_loadb(text, len, 0, NULL), *ended = json_object_get(root, "ended"), *one;
    const char *key = json_string_value(json_object_get(root, "key"));
    json_int_t age = json_integer_value(json_object_get(root, "age"));
    bool good = key && age >= 0 && json_is_array(ended) && pf_hex_decode(key, s->key, KEY_SIZE);
    size_t i;
    json_array_foreach(ended, i, one)
    {
        good = good && take_ended(s, one);
    }
    s->age = (uint64_t)age;
    json_decref(root);
    return good;
}

static int save(const struct pf_logins *s, struct pf_error *err)
{
    char key[2 * KEY_SIZE + 1], id[2 * ID_SIZE + 1];
    json_t *ended = json_array();
    for (size_t i = 0; i < s->ended_count; i++)
        json_array_append_new(ended, json_pack("{s:s, s:I}", "id", pf_hex_encode(s->ended[i].id, ID_SIZE, id),
                                         "until", (json_int_t)s->ended[i].until));
    json_t *root = json_pack("{s:s, s:I, s:o}", "key", pf_hex_encode(s->key, KEY_SIZE, key), "age",
        (json_int_t)s->age, "ended", ended);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    sodium_memzero(key, sizeof(key));
    if (!text)
        return pf_error_set(err, -ENOMEM, "there is no memory");
    int rc = pf_file_write(s->path, text, strlen(text), 0600, err);
    sodium_memzero(text, strlen(text));
    free(text);
    return rc;
}

static int begin_anew(struct pf_logins *s, struct pf_error *err)
{
    randombytes_buf(s->key, KEY_SIZE);
    s->age = 0;
    s->ended_count = 0;
    return save(s, err);
}

static int load(struct pf_logins *s, struct pf_error *err)
{
    char *text = NULL;
    size_t len = 0;
    int rc = pf_file_read(s->path, FILE_MAX, &text, &len);
    if (rc == -ENOENT)
        return begin_anew(s, err);
    if (rc < 0 && rc != -EFBIG)
        return pf_error_set(err, rc, "cannot read %s: %s", s->path, strerror(-rc));
    bool good = rc == 0 && parse(s, text, len);
    if (text)
        sodium_memzero(text, len);
    free(text);
    if (good)
        return 0;
    pf_log_warn(
        SCOPE, "%s is damaged: everybody has to log in again (%s.bad has the old file)", s->path, s->path);
    rc = pf_file_set_aside(s->path, err);
    return rc < 0 ? rc : begin_anew(s, err);
}

int pf_logins_open(const char *dir, struct pf_logins **ret_logins, struct pf_error *err)
{
    if (sodium_init() < 0)
        return pf_error_set(err, -EIO, "the console has no random numbers");
    struct pf_logins *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "the console has no memory");
    s->path = pf_path_join(dir, FILE_NAME);
    int rc = load(s, err);
    if (rc < 0)
        pf_logins_close(s);
    else
        *ret_logins = s;
    return rc;
}

void pf_logins_close(struct pf_logins *s)
{
    if (!s)
        return;
    sodium_memzero(s->key, KEY_SIZE);
    free(s->path);
    free(s);
}

/* ---- cookies ---- */

void pf_logins_begin(struct pf_logins *s, int64_t now_s, char ret_cookie[PF_LOGIN_COOKIE_SIZE])
{
    uint8_t sealed[NONCE + PLAIN + TAG], plain[PLAIN];
    struct pf_writer w = pf_writer_of(plain, sizeof(plain));
    pf_write_u64le(&w, (uint64_t)(now_s + PF_LOGIN_SECONDS));
    pf_write_u64le(&w, s->age);
    randombytes_buf(plain + 16, ID_SIZE);
    randombytes_buf(sealed, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed + NONCE, NULL, plain, PLAIN, NULL, 0, NULL, sealed, s->key);
    sodium_bin2base64(ret_cookie, PF_LOGIN_COOKIE_SIZE, sealed, sizeof(sealed), VARIANT);
}

static bool open_cookie(const struct pf_logins *s, const char *cookie, struct login *ret)
{
    uint8_t sealed[NONCE + PLAIN + TAG], plain[PLAIN];
    size_t len = 0;
    const char *end = NULL;
    if (sodium_base642bin(sealed, sizeof(sealed), cookie, strlen(cookie), NULL, &len, &end, VARIANT) < 0 ||
        *end || len != sizeof(sealed) ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, NULL, NULL, sealed + NONCE, PLAIN + TAG, NULL, 0, sealed, s->key) < 0)
        return false;
    struct pf_reader r = pf_reader_of(plain, sizeof(plain));
    ret->until = (int64_t)pf_read_u64le(&r);
    ret->age = pf_read_u64le(&r);
    memcpy(ret->id, plain + 16, ID_SIZE);
    return true;
}

static bool was_ended(const struct pf_logins *s, const uint8_t id[ID_SIZE])
{
    for (size_t i = 0; i < s->ended_count; i++)
        if (sodium_memcmp(s->ended[i].id, id, ID_SIZE) == 0)
            return true;
    return false;
}

static bool is_alive(const struct pf_logins *s, const char *cookie, int64_t now_s, struct login *ret)
{
    /* A clock that was set back must not lengthen a session. */
    return open_cookie(s, cookie, ret) && ret->age == s->age && ret->until > now_s &&
           ret->until <= now_s + (int64_t)PF_LOGIN_SECONDS && !was_ended(s, ret->id);
}

bool pf_logins_has(const struct pf_logins *s, const char *cookie, int64_t now_s)
{
    struct login login;
    return is_alive(s, cookie, now_s, &login);
}

static void forget_the_old(struct pf_logins *s, int64_t now_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->ended_count; i++)
        if (s->ended[i].until > now_s)
            s->ended[kept++] = s->ended[i];
    s->ended_count = kept;
}

int pf_logins_end(struct pf_logins *s, const char *cookie, int64_t now_s, struct pf_error *err)
{
    struct login login;
    if (!is_alive(s, cookie, now_s, &login))
        return 0;
    forget_the_old(s, now_s);
    if (s->ended_count == ENDED_MAX)
        return pf_logins_end_all(s, err);
    struct ended *e = &s->ended[s->ended_count++];
    e->until = login.until;
    memcpy(e->id, login.id, ID_SIZE);
    return save(s, err);
}

int pf_logins_end_all(struct pf_logins *s, struct pf_error *err)
{
    s->age++;
    s->ended_count = 0;
    return save(s, err);
}
