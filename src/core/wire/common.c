#include "punktfunk/wire_common.h"

#include <string.h>

enum pf_wire_family pf_wire_family_of(const void *data, size_t len)
{
    if (len >= 4 && memcmp(data, "PKF1", 4) == 0)
        return PF_WIRE_FAMILY_HANDSHAKE;
    if (len >= 4 && memcmp(data, "PKFc", 4) == 0)
        return PF_WIRE_FAMILY_TYPED;
    if (len >= 4 && memcmp(data, "PKFs", 4) == 0)
        return PF_WIRE_FAMILY_CLIPBOARD;
    return PF_WIRE_FAMILY_UNKNOWN;
}

static const struct {
    uint64_t code;
    const char *name, *text;
} closes[] = {
    {PF_CLOSE_DONE, "done", "the session is over"},
    {PF_CLOSE_ERROR, "error", "the host ran into an error"},
    {PF_CLOSE_BUSY, "busy", "the host is busy with another session"},
    {PF_CLOSE_USER_QUIT, "user-quit", "the user ended the session"},
    {PF_CLOSE_PROGRAM_ENDED, "program-ended", "the launched program has ended"},
    {PF_CLOSE_PAIRING_NOT_ARMED, "pairing-not-armed",
        "the host is not waiting for a device to pair: arm pairing on the host first"},
    {PF_CLOSE_PAIRING_OTHER_DEVICE, "pairing-other-device", "the host is waiting to pair a different device"},
    {PF_CLOSE_PAIRING_RATE_LIMIT, "pairing-rate-limit",
        "another pairing attempt was made just before: wait a moment and try again"},
    {PF_CLOSE_CERTIFICATE_REQUIRED, "certificate-required", "the host wants a client certificate"},
    {PF_CLOSE_DENIED, "denied", "the request was denied on the host"},
    {PF_CLOSE_APPROVAL_TIMEOUT, "approval-timeout", "nobody approved the request on the host in time"},
    {PF_CLOSE_SUPERSEDED, "superseded", "a newer connection of this device took over"},
    {PF_CLOSE_WIRE_VERSION, "wire-version", "the host speaks another version of the protocol"},
    {PF_CLOSE_SETUP_FAILED, "setup-failed", "the host could not set the session up"},
    {PF_CLOSE_ACCESS_ENDED, "access-ended", "the access of this device expired or was revoked"},
    {PF_CLOSE_LAUNCH_DENIED, "launch-denied", "this device may not start programs on the host"},
};

#define CLOSE_COUNT (sizeof(closes) / sizeof(closes[0]))

const char *pf_close_name(uint64_t code)
{
    for (size_t i = 0; i < CLOSE_COUNT; i++)
        if (closes[i].code == code)
            return closes[i].name;
    return NULL;
}

const char *pf_close_text(uint64_t code)
{
    for (size_t i = 0; i < CLOSE_COUNT; i++)
        if (closes[i].code == code)
            return closes[i].text;
    return "the connection was closed with a code this program does not know";
}
