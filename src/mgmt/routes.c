#include "mgmt/route.h"

#include <string.h>

#define SCHEMA(type, ...)                                                                                    \
    static const struct pf_schema_field type##_fields[] = {__VA_ARGS__};                                     \
    static const struct pf_schema type = {                                                                   \
        #type, type##_fields, sizeof(type##_fields) / sizeof(type##_fields[0])}

SCHEMA(ReleaseDisplayRequest, {"slot", PF_SCHEMA_U64, .nullable = true,
                                  .description = "the display to remove; absent: every kept display"});
SCHEMA(ArmNativePairing,
    {"ttl_secs", PF_SCHEMA_U32, .nullable = true,
        .description = "how long the window stays open, 15 to 600 seconds; 120 if absent"},
    {"fingerprint", PF_SCHEMA_STRING, .nullable = true,
        .description = "only the device with this certificate may pair; absent or blank: any device"});
SCHEMA(ApprovePending,
    {"name", PF_SCHEMA_STRING, .nullable = true, .description = "name to store instead of the device's own"});

SCHEMA(SubmitPin,
    {"pin", PF_SCHEMA_STRING, .required = true, .description = "the four digits that the device shows"},
    {"id", PF_SCHEMA_U32, .nullable = true,
        .description = "which of the waiting devices, as GET /pair lists them; absent: the only one"});

#define OPEN   PF_MGMT_LANE_OPEN
#define LOCAL  PF_MGMT_LANE_LOOPBACK
#define CERT   PF_MGMT_LANE_CERTIFICATE
#define BEARER PF_MGMT_LANE_BEARER

/* clang-format off */
const struct pf_mgmt_route pf_mgmt_routes[] = {
    {"GET", "/health", "getHealth", "host", OPEN, .handle = pf_mgmt_get_health},
    {"GET", "/host", "getHostInfo", "host", CERT, .handle = pf_mgmt_get_host_info},
    {"GET", "/compositors", "listCompositors", "host", CERT, .handle = pf_mgmt_list_compositors},
    {"GET", "/display/state", "getDisplayState", "display", BEARER, .handle = pf_mgmt_get_display_state},
    {"POST", "/display/release", "releaseDisplay", "display", BEARER,
        .request = &ReleaseDisplayRequest, .handle = pf_mgmt_release_display},
    {"GET", "/status", "getStatus", "host", CERT, .handle = pf_mgmt_get_status},
    {"GET", "/local/summary", "getLocalSummary", "host", LOCAL, .handle = pf_mgmt_get_local_summary},
    {"GET", "/clients", "listPairedClients", "clients", CERT, .handle = pf_mgmt_list_clients},
    {"DELETE", "/clients/{fingerprint}", "unpairClient", "clients", BEARER,
        .param = PF_MGMT_PARAM_TEXT, .handle = pf_mgmt_unpair_client},
    {"GET", "/pair", "getPairingStatus", "pairing", BEARER, .handle = pf_mgmt_get_pairing},
    {"POST", "/pair/pin", "submitPairingPin", "pairing", BEARER,
        .request = &SubmitPin, .handle = pf_mgmt_submit_pin},
    {"GET", "/native/pair", "getNativePairing", "native", BEARER, .handle = pf_mgmt_get_native_pairing},
    {"POST", "/native/pair/arm", "armNativePairing", "native", BEARER,
        .request = &ArmNativePairing, .handle = pf_mgmt_arm_native_pairing},
    {"DELETE", "/native/pair", "disarmNativePairing", "native", BEARER, .handle = pf_mgmt_disarm_native_pairing},
    {"GET", "/native/clients", "listNativeClients", "native", CERT, .handle = pf_mgmt_list_native_clients},
    {"DELETE", "/native/clients/{fingerprint}", "unpairNativeClient", "native", BEARER,
        .param = PF_MGMT_PARAM_TEXT, .handle = pf_mgmt_unpair_native_client},
    {"GET", "/native/pending", "listPendingDevices", "native", BEARER, .handle = pf_mgmt_list_pending_devices},
    {"POST", "/native/pending/{id}/approve", "approvePendingDevice", "native", BEARER,
        .param = PF_MGMT_PARAM_U32, .request = &ApprovePending, .handle = pf_mgmt_approve_pending_device},
    {"POST", "/native/pending/{id}/deny", "denyPendingDevice", "native", BEARER,
        .param = PF_MGMT_PARAM_U32, .handle = pf_mgmt_deny_pending_device},
    {"DELETE", "/session", "stopSession", "session", BEARER, .handle = pf_mgmt_stop_session},
    {"POST", "/session/idr", "requestIdr", "session", BEARER, .handle = pf_mgmt_request_idr},
};
/* clang-format on */
const size_t pf_mgmt_route_count = sizeof(pf_mgmt_routes) / sizeof(pf_mgmt_routes[0]);

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent-decodes n characters. False if they are malformed, hold a NUL or do not fit. */
static bool decode_segment(const char *text, size_t n, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (used + 1 >= size)
            return false;
        out[used++] = c;
    }
    out[used] = 0;
    return true;
}

bool pf_mgmt_route_matches(const struct pf_mgmt_route *route, const char *path, char *ret_param, size_t size)
{
    size_t base = strlen(PF_MGMT_BASE_PATH);
    if (strncmp(path, PF_MGMT_BASE_PATH, base) != 0)
        return false;
    path += base;
    size_t fixed = strcspn(route->path, "{");
    if (strncmp(path, route->path, fixed) != 0)
        return false;
    const char *rest = path + fixed;
    if (!route->path[fixed])
        return !*rest;

    const char *tail = strchr(route->path + fixed, '}') + 1;
    size_t n = strcspn(rest, "/");
    if (n == 0 || strcmp(rest + n, tail) != 0)
        return false;
    if (!decode_segment(rest, n, ret_param, size))
        *ret_param = 0;
    return true;
}
