#include "trust/pairing.h"

#include "base/time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define COOL_DOWN_NS (2 * PF_NS_PER_S)

void pf_pairing_init(struct pf_pairing *p)
{
    *p = (struct pf_pairing){.result = PF_PAIRING_NONE};
}

/* Ends the open window, if there is one, with the given result; the PIN is forgotten. */
static void close_window(struct pf_pairing *p, enum pf_pairing_result result)
{
    if (p->result != PF_PAIRING_OPEN)
        return;
    p->result = result;
    explicit_bzero(p->pin, sizeof(p->pin));
    p->bound = false;
}

static bool is_open(struct pf_pairing *p, uint64_t now_ns)
{
    if (p->expires_ns && now_ns >= p->expires_ns)
        close_window(p, PF_PAIRING_EXPIRED);
    return p->result == PF_PAIRING_OPEN;
}

static bool is_pin(const char *pin)
{
    size_t n = strlen(pin);
    return n >= 1 && n <= PF_PAIRING_PIN_MAX && strspn(pin, "0123456789") == n;
}

static unsigned clamp_ttl(unsigned s)
{
    return s < PF_PAIRING_TTL_MIN_S   ? PF_PAIRING_TTL_MIN_S
           : s > PF_PAIRING_TTL_MAX_S ? PF_PAIRING_TTL_MAX_S
                                      : s;
}

int pf_pairing_arm(struct pf_pairing *p, uint64_t now_ns, const char *pin, unsigned ttl_s,
    const uint8_t bound_fingerprint[32])
{
    if (!is_pin(pin))
        return -EINVAL;
    close_window(p, PF_PAIRING_DISARMED);
    p->result = PF_PAIRING_OPEN;
    if (++p->ceremony == 0)
        p->ceremony = 1;
    strcpy(p->pin, pin);
    p->expires_ns = ttl_s ? now_ns + clamp_ttl(ttl_s) * PF_NS_PER_S : 0;
    p->bound = bound_fingerprint != NULL;
    if (bound_fingerprint)
        memcpy(p->bound_fingerprint, bound_fingerprint, 32);
    return 0;
}

void pf_pairing_disarm(struct pf_pairing *p, uint64_t now_ns)
{
    if (is_open(p, now_ns))
        close_window(p, PF_PAIRING_DISARMED);
}

enum pf_pairing_verdict pf_pairing_begin(struct pf_pairing *p, uint64_t now_ns, const uint8_t fingerprint[32],
    char ret_pin[PF_PAIRING_PIN_MAX + 1])
{
    if (p->attempted && now_ns - p->last_attempt_ns < COOL_DOWN_NS)
        return PF_PAIRING_REFUSE_TOO_SOON;
    p->attempted = true;
    p->last_attempt_ns = now_ns;
    if (!is_open(p, now_ns))
        return PF_PAIRING_REFUSE_NOT_ARMED;
    if (p->bound && memcmp(p->bound_fingerprint, fingerprint, 32) != 0)
        return PF_PAIRING_REFUSE_OTHER_DEVICE;
    strcpy(ret_pin, p->pin);
    return PF_PAIRING_ACCEPT;
}

uint32_t pf_pairing_consume(struct pf_pairing *p, uint64_t now_ns)
{
    if (!is_open(p, now_ns))
        return 0;
    close_window(p, PF_PAIRING_TRYING);
    return p->ceremony;
}

void pf_pairing_conclude(struct pf_pairing *p, uint32_t ticket, enum pf_pairing_outcome outcome,
    const char *name, const uint8_t fingerprint[32])
{
    if (p->result != PF_PAIRING_TRYING || ticket != p->ceremony)
        return;
    p->outcome = outcome;
    p->result = outcome == PF_PAIRING_OK ? PF_PAIRING_PAIRED : PF_PAIRING_FAILED;
    if (outcome != PF_PAIRING_OK)
        return;
    size_t n = strnlen(name, PF_NAME_MAX);
    memcpy(p->device_name, name, n);
    p->device_name[n] = 0;
    memcpy(p->device_fingerprint, fingerprint, 32);
}

struct pf_pairing_status pf_pairing_status(struct pf_pairing *p, uint64_t now_ns)
{
    bool armed = is_open(p, now_ns);
    bool paired = p->result == PF_PAIRING_PAIRED;
    return (struct pf_pairing_status){
        .armed = armed,
        .result = p->result,
        .why = p->result == PF_PAIRING_FAILED ? p->outcome : PF_PAIRING_OK,
        .pin = armed ? p->pin : NULL,
        .expires = armed && p->expires_ns,
        .left_ns = armed && p->expires_ns ? p->expires_ns - now_ns : 0,
        .device_name = paired ? p->device_name : NULL,
        .device_fingerprint = paired ? p->device_fingerprint : NULL,
    };
}

void pf_pairing_make_pin(char ret_pin[5])
{
    uint16_t r;
    do {
        if (getrandom(&r, sizeof(r), 0) != sizeof(r))
            abort();      /* cannot happen: Linux answers short requests once it has booted */
    } while (r >= 60000); /* a multiple of 10000, so that every PIN is equally likely */
    for (int i = 3; i >= 0; i--, r /= 10)
        ret_pin[i] = (char)('0' + r % 10);
    ret_pin[4] = 0;
}
