/* AES-128-GCM by Intel IPsec Multi-Buffer: one packet per call, the expanded key with its hash-key powers is
 * kept. Three times as fast as GnuTLS where the CPU has vector AES. */
#include "base/bytes.h"
#include "core/crypto/aead.h"

#include <errno.h>
#include <intel-ipsec-mb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct schedule {
    struct gcm_key_data key; /* wants 64-byte alignment */
    struct gcm_context_data context;
};

/* Only the function table of the manager is used, so that all threads may share it. */
static IMB_MGR *manager;
static pthread_once_t manager_once = PTHREAD_ONCE_INIT;

static void make_manager(void)
{
    IMB_MGR *m = alloc_mb_mgr(0);
    if (!m)
        return;
    IMB_ARCH arch = IMB_ARCH_NONE;
    init_mb_mgr_auto(m, &arch);
    if (imb_get_errno(m) == 0 && (m->features & IMB_FEATURE_AESNI) && m->gcm128_enc)
        manager = m;
    else
        free_mb_mgr(m);
}

static bool supports(enum pf_wire_cipher cipher)
{
    if (cipher != PF_WIRE_CIPHER_AES128_GCM)
        return false;
    pthread_once(&manager_once, make_manager);
    return manager != NULL;
}

static int create(enum pf_wire_cipher cipher, const uint8_t *key, void **ret_key)
{
    struct schedule *s = aligned_alloc(_Alignof(struct schedule), sizeof(*s));
    if (!s)
        return -ENOMEM;
    memset(s, 0, sizeof(*s));
    IMB_AES128_GCM_PRE(manager, key, &s->key);
    *ret_key = s;
    return 0;
}

static void destroy(void *key)
{
    explicit_bzero(key, sizeof(struct schedule));
    free(key);
}

static int seal(
    void *key, const uint8_t nonce[PF_AEAD_NONCE], const uint8_t aad[PF_AEAD_AAD], uint8_t *text, size_t len)
{
    struct schedule *s = key;
    IMB_AES128_GCM_ENC(
        manager, &s->key, &s->context, text, text, len, nonce, aad, PF_AEAD_AAD, text + len, PF_SEAL_TAG);
    return 0;
}

static int open_(
    void *key, const uint8_t nonce[PF_AEAD_NONCE], const uint8_t aad[PF_AEAD_AAD], uint8_t *text, size_t len)
{
    struct schedule *s = key;
    uint8_t tag[PF_SEAL_TAG];
    IMB_AES128_GCM_DEC(
        manager, &s->key, &s->context, text, text, len, nonce, aad, PF_AEAD_AAD, tag, PF_SEAL_TAG);
    return pf_bytes_equal_ct(tag, text + len, PF_SEAL_TAG) ? 0 : -EBADMSG;
}

const struct pf_aead_backend pf_aead_ipsec_mb = {
    .name = "ipsec-mb",
    .id = PF_SEAL_IPSEC_MB,
    .supports = supports,
    .create = create,
    .destroy = destroy,
    .seal = seal,
    .open = open_,
};
