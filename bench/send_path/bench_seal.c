/* Cost of sealing one packet of 1448 plain bytes: pf_sealer against the libraries called directly, in turns,
 * so that a noisy machine is noisy for all of them. CPU time of the thread; the median of the rounds.
 *
 *     bench_seal
 */
#include "bench.h"
#include "common.h"

#include "punktfunk/seal.h"

#include <gnutls/crypto.h>
#ifdef PF_HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN = 1448, STRIDE = PLAIN + PF_SEAL_OVERHEAD, PACKETS = 64, REPEAT = 300, ROUNDS = 15 };

static const uint8_t key[16] = {1, 2, 3};
static uint8_t *arena, *output;

struct contender {
    const char *name;
    void (*seal_all)(void); /* PACKETS packets */
    double ns[ROUNDS];
};

/* ---- ours ---- */

static struct pf_sealer *automatic, *portable;

static struct pf_sealer *make(enum pf_seal_backend backend)
{
    const struct pf_seal_config config = {.key = key, .backend = backend};
    struct pf_sealer *s;
    bench_need(pf_sealer_create(&config, &s), "sealer");
    return s;
}

static void ours(void)
{
    bench_need(pf_sealer_seal(automatic, arena, PACKETS, STRIDE, PLAIN), "seal");
}

static void ours_portable(void)
{
    bench_need(pf_sealer_seal(portable, arena, PACKETS, STRIDE, PLAIN), "seal");
}

/* ---- the libraries: a new nonce per packet, everything else kept ---- */

static uint64_t counter;

static void next_nonce(uint8_t nonce[12])
{
    counter++;
    memcpy(nonce + 4, &counter, sizeof(counter));
}

static gnutls_aead_cipher_hd_t gnutls;

static void gnutls_two_buffers(void)
{
    uint8_t nonce[12] = {0};
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t *d = arena + i * STRIDE;
        size_t out = PLAIN + PF_SEAL_TAG;
        next_nonce(nonce);
        bench_need(gnutls_aead_cipher_encrypt(gnutls, nonce, sizeof(nonce), d, PF_SEAL_PREFIX, PF_SEAL_TAG,
                       d + PF_SEAL_PREFIX, PLAIN, output + i * STRIDE, &out),
            "gnutls");
    }
}

static void gnutls_in_place(void)
{
    uint8_t nonce[12] = {0};
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t *d = arena + i * STRIDE;
        giovec_t aad = {d, PF_SEAL_PREFIX}, text = {d + PF_SEAL_PREFIX, PLAIN};
        size_t tag = PF_SEAL_TAG;
        next_nonce(nonce);
        bench_need(gnutls_aead_cipher_encryptv2(
                       gnutls, nonce, sizeof(nonce), &aad, 1, &text, 1, d + PF_SEAL_PREFIX + PLAIN, &tag),
            "gnutls");
    }
}

#ifdef PF_HAVE_IPSEC_MB
static IMB_MGR *manager;
static struct gcm_key_data schedule;
static struct gcm_context_data context;

static void ipsec_mb_direct(void)
{
    uint8_t nonce[12] = {0};
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t *d = arena + i * STRIDE, *text = d + PF_SEAL_PREFIX;
        next_nonce(nonce);
        IMB_AES128_GCM_ENC(manager, &schedule, &context, text, text, PLAIN, nonce, d, PF_SEAL_PREFIX,
            text + PLAIN, PF_SEAL_TAG);
    }
}
#endif

static double measure(void (*seal_all)(void))
{
    uint64_t start = pf_time_thread_cpu_ns();
    for (unsigned i = 0; i < REPEAT; i++)
        seal_all();
    return (double)(pf_time_thread_cpu_ns() - start) / (REPEAT * PACKETS);
}

/* Rounds are compared with themselves, then the median is taken. */
static double speed_against(const struct contender *mine, const struct contender *other)
{
    double ratio[ROUNDS];
    for (unsigned round = 0; round < ROUNDS; round++)
        ratio[round] = other->ns[round] / mine->ns[round];
    return bench_median(ratio, ROUNDS);
}

/* The first two are ours. */
static void report(struct contender *list, size_t count)
{
    double slowest_lead = 0;
    for (size_t i = 2; i < count; i++) {
        double lead = speed_against(&list[0], &list[i]);
        if (i == 2 || lead < slowest_lead)
            slowest_lead = lead;
    }
    printf("AES-128-GCM, %d plain bytes, 8 bytes of associated data; automatic is %s\n", PLAIN,
        pf_sealer_backend(automatic));
    for (size_t i = 0; i < count; i++) {
        double ns = bench_median(list[i].ns, ROUNDS);
        printf("  %-22s %6.0f ns/packet  %5.2f GB/s\n", list[i].name, ns, PLAIN / ns);
    }
    printf("speed against the best library call: %.2f\n", slowest_lead);
}

int main(void)
{
    struct contender list[] = {
        {.name = "ours, automatic", .seal_all = ours},
        {.name = "ours, gnutls back end", .seal_all = ours_portable},
#ifdef PF_HAVE_IPSEC_MB
        {.name = "ipsec-mb, direct", .seal_all = ipsec_mb_direct},
#endif
        {.name = "gnutls, two buffers", .seal_all = gnutls_two_buffers},
        {.name = "gnutls, in place", .seal_all = gnutls_in_place},
    };
    const size_t count = sizeof(list) / sizeof(list[0]);
    const gnutls_datum_t datum = {(unsigned char *)key, sizeof(key)};
    arena = calloc(PACKETS, STRIDE);
    output = calloc(PACKETS, STRIDE);
    automatic = make(PF_SEAL_AUTO);
    portable = make(PF_SEAL_GNUTLS);
    bench_need(gnutls_aead_cipher_init(&gnutls, GNUTLS_CIPHER_AES_128_GCM, &datum), "gnutls");
#ifdef PF_HAVE_IPSEC_MB
    manager = alloc_mb_mgr(0);
    init_mb_mgr_auto(manager, NULL);
    IMB_AES128_GCM_PRE(manager, key, &schedule);
#endif

    for (unsigned round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < count; i++)
            list[i].ns[round] = measure(list[i].seal_all);

    report(list, count);
    pf_sealer_destroy(automatic);
    pf_sealer_destroy(portable);
    gnutls_aead_cipher_deinit(gnutls);
#ifdef PF_HAVE_IPSEC_MB
    free_mb_mgr(manager);
#endif
    free(arena);
    free(output);
    return 0;
}
