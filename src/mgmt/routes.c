#include "mgmt/query.h"
#include "mgmt/route.h"
#include "mgmt/types.h"

#include <string.h>

#define OPEN   PF_MGMT_LANE_OPEN
#define LOCAL  PF_MGMT_LANE_LOOPBACK
#define CERT   PF_MGMT_LANE_CERTIFICATE
#define BEARER PF_MGMT_LANE_BEARER

/* clang-format off */
const struct pf_mgmt_route pf_mgmt_routes[] = {
    /* ---- host ---- */
    {"GET", "/health", "getHealth", "host", OPEN, .handle = pf_mgmt_get_health,
        .summary = "Whether the host answers.", .results = {{200, &pf_type_health}}},
    {"GET", "/host", "getHostInfo", "host", CERT, .handle = pf_mgmt_get_host_info,
        .summary = "Who this host is and what it can do.", .results = {{200, &pf_type_host_info}}},
    {"GET", "/compositors", "listCompositors", "host", CERT, .handle = pf_mgmt_list_compositors,
        .summary = "Which compositors can show virtual displays now.", .results = {{200, &pf_type_compositors}}},

    /* ---- graphics cards ---- */
    {"GET", "/gpus", "listGpus", "gpu", BEARER, .handle = pf_mgmt_list_gpus,
        .summary = "Graphics cards: which there are, which is wanted, which encodes.",
        .results = {{200, &pf_type_gpu_state}}},
    {"PUT", "/gpus/preference", "setGpuPreference", "gpu", BEARER,
        .request = &pf_type_set_gpu_preference, .handle = pf_mgmt_set_gpu_preference,
        .summary = "Chooses the card for the sessions to come.", .results = {{200, &pf_type_gpu_state}},
        .errors = {400, 500}},

    /* ---- displays ---- */
    {"GET", "/display/settings", "getDisplaySettings", "display", BEARER, .handle = pf_mgmt_get_display_settings,
        .summary = "The display policy.", .results = {{200, &pf_type_display_settings_state}}},
    {"PUT", "/display/settings", "setDisplaySettings", "display", BEARER,
        .request = &pf_type_display_policy, .handle = pf_mgmt_set_display_settings,
        .summary = "Replaces the display policy; it counts from the next connect or end of a session on.",
        .results = {{200, &pf_type_display_settings_state}}, .errors = {400, 500}},
    {"GET", "/display/state", "getDisplayState", "display", BEARER, .handle = pf_mgmt_get_display_state,
        .summary = "Virtual displays that exist now.", .results = {{200, &pf_type_display_state}}},
    {"POST", "/display/release", "releaseDisplay", "display", BEARER,
        .request = &pf_type_release_display_request, .handle = pf_mgmt_release_display,
        .summary = "Removes a kept display, or all of them; never one that is in use.",
        .results = {{200, &pf_type_release_display_result}}},

    /* ---- what happens ---- */
    {"GET", "/status", "getStatus", "host", CERT, .handle = pf_mgmt_get_status,
        .summary = "What the host does now.", .results = {{200, &pf_type_runtime_status}}},
    {"GET", "/local/summary", "getLocalSummary", "host", LOCAL, .handle = pf_mgmt_get_local_summary,
        .summary = "Counts for a status icon.", .results = {{200, &pf_type_local_summary}}},

    /* ---- GameStream devices ---- */
    {"GET", "/clients", "listPairedClients", "clients", CERT, .handle = pf_mgmt_list_clients,
        .summary = "Paired GameStream clients.", .results = {{200, &pf_type_paired_clients}}},
    {"DELETE", "/clients/{fingerprint}", "unpairClient", "clients", BEARER,
        .param = PF_MGMT_PARAM_TEXT, .param_pattern = "^[0-9A-Fa-f]{64}$", .handle = pf_mgmt_unpair_client,
        .summary = "Removes a client for good and ends its stream.", .results = {{204}}, .errors = {400, 404, 500}},
    {"GET", "/pair", "getPairingStatus", "pairing", BEARER, .handle = pf_mgmt_get_pairing,
        .summary = "Whether a client waits for its PIN.", .results = {{200, &pf_type_pairing_status}}},
    {"POST", "/pair/pin", "submitPairingPin", "pairing", BEARER,
        .request = &pf_type_submit_pin, .handle = pf_mgmt_submit_pin,
        .summary = "The PIN that a waiting client shows.", .results = {{204}}, .errors = {400, 409}},

    /* ---- native devices ---- */
    {"GET", "/native/pair", "getNativePairing", "native", BEARER, .handle = pf_mgmt_get_native_pairing,
        .summary = "The pairing window.", .results = {{200, &pf_type_native_pair_status}}},
    {"POST", "/native/pair/arm", "armNativePairing", "native", BEARER,
        .request = &pf_type_arm_native_pairing, .handle = pf_mgmt_arm_native_pairing,
        .summary = "Opens the pairing window with a new PIN; a window that is open already ends.",
        .results = {{200, &pf_type_native_pair_status}}, .errors = {400, 503}},
    {"DELETE", "/native/pair", "disarmNativePairing", "native", BEARER, .handle = pf_mgmt_disarm_native_pairing,
        .summary = "Closes the pairing window.", .results = {{204}}, .errors = {503}},
    {"GET", "/native/clients", "listNativeClients", "native", CERT, .handle = pf_mgmt_list_native_clients,
        .summary = "Paired punktfunk devices.", .results = {{200, &pf_type_native_clients}}},
    {"DELETE", "/native/clients/{fingerprint}", "unpairNativeClient", "native", BEARER,
        .param = PF_MGMT_PARAM_TEXT, .handle = pf_mgmt_unpair_native_client,
        .summary = "Removes a device for good and ends its sessions.", .results = {{204}}, .errors = {404, 500, 503}},
    {"GET", "/native/pending", "listPendingDevices", "native", BEARER, .handle = pf_mgmt_list_pending_devices,
        .summary = "Devices that wait for approval.", .results = {{200, &pf_type_pending_devices}}},
    {"POST", "/native/pending/{id}/approve", "approvePendingDevice", "native", BEARER,
        .param = PF_MGMT_PARAM_U32, .request = &pf_type_approve_pending, .handle = pf_mgmt_approve_pending_device,
        .summary = "Pairs a waiting device, which goes on at once.", .results = {{200, &pf_type_native_client}},
        .errors = {404, 500, 503}},
    {"POST", "/native/pending/{id}/deny", "denyPendingDevice", "native", BEARER,
        .param = PF_MGMT_PARAM_U32, .handle = pf_mgmt_deny_pending_device,
        .summary = "Sends a waiting device away; it may knock again.", .results = {{204}}, .errors = {404, 503}},

    /* ---- sessions ---- */
    {"GET", "/sessions", "listSessions", "session", BEARER, .handle = pf_mgmt_list_sessions,
        .summary = "Clients that are connected, of both protocols.", .results = {{200, &pf_type_active_sessions}},
        .added = true},
    {"DELETE", "/session", "stopSession", "session", BEARER, .handle = pf_mgmt_stop_session,
        .summary = "Ends every session.", .results = {{204}}},
    {"POST", "/session/idr", "requestIdr", "session", BEARER, .handle = pf_mgmt_request_idr,
        .summary = "Makes the next picture of every stream a key frame.", .results = {{202}}, .errors = {409}},

    /* ---- games ---- */
    {"GET", "/library", "getLibrary", "library", CERT, .handle = pf_mgmt_get_library,
        .summary = "Every game of this machine, by name.", .results = {{200, &pf_type_game_entries}}},
    {"POST", "/library/custom", "createCustomGame", "library", BEARER,
        .request = &pf_type_custom_input, .handle = pf_mgmt_create_custom_game,
        .summary = "Adds a title of one's own.", .results = {{201, &pf_type_custom_entry}}, .errors = {400, 500}},
    {"PUT", "/library/custom/{id}", "updateCustomGame", "library", BEARER, .param = PF_MGMT_PARAM_TEXT,
        .request = &pf_type_custom_input, .handle = pf_mgmt_update_custom_game,
        .summary = "Replaces a title of one's own.", .results = {{200, &pf_type_custom_entry}},
        .errors = {400, 404, 500}},
    {"DELETE", "/library/custom/{id}", "deleteCustomGame", "library", BEARER, .param = PF_MGMT_PARAM_TEXT,
        .handle = pf_mgmt_delete_custom_game,
        .summary = "Removes a title of one's own.", .results = {{204}}, .errors = {404, 500}},
    {"GET", "/library/art/{id}/{kind}", "getLibraryArt", "library", CERT, .param = PF_MGMT_PARAM_TEXT,
        .handle = pf_mgmt_get_library_art, .summary = "A picture of a title of Steam.",
        .results = {{200, NULL, "image/jpeg"}, {200, NULL, "image/png"}}, .errors = {404}},

    /* ---- recordings ---- */
    {"POST", "/stats/capture/start", "statsCaptureStart", "stats", BEARER, .handle = pf_mgmt_stats_capture_start,
        .summary = "Begins to record how streams do; what is being recorded goes on.",
        .results = {{200, &pf_type_stats_status}}},
    {"POST", "/stats/capture/stop", "statsCaptureStop", "stats", BEARER, .handle = pf_mgmt_stats_capture_stop,
        .summary = "Ends the recording and keeps it; 204: nothing was being recorded.",
        .results = {{200, &pf_type_capture_meta}, {204}}, .errors = {500}},
    {"GET", "/stats/capture/status", "statsCaptureStatus", "stats", BEARER, .handle = pf_mgmt_stats_capture_status,
        .summary = "Whether something is being recorded.", .results = {{200, &pf_type_stats_status}}},
    {"GET", "/stats/capture/live", "statsCaptureLive", "stats", BEARER, .handle = pf_mgmt_stats_capture_live,
        .summary = "What was recorded so far.", .results = {{200, &pf_type_capture}}, .errors = {404}},
    {"GET", "/stats/recordings", "statsRecordingsList", "stats", BEARER, .handle = pf_mgmt_stats_recordings_list,
        .summary = "Recordings that were kept, the newest first.", .results = {{200, &pf_type_capture_metas}}},
    {"GET", "/stats/recordings/{id}", "statsRecordingGet", "stats", BEARER, .param = PF_MGMT_PARAM_TEXT,
        .handle = pf_mgmt_stats_recording_get,
        .summary = "A recording.", .results = {{200, &pf_type_capture}}, .errors = {404, 500}},
    {"DELETE", "/stats/recordings/{id}", "statsRecordingDelete", "stats", BEARER, .param = PF_MGMT_PARAM_TEXT,
        .handle = pf_mgmt_stats_recording_delete,
        .summary = "Deletes a recording.", .results = {{204}}, .errors = {404, 500}},
    {"GET", "/stats/recordings/{id}/csv", "statsRecordingCsv", "stats", BEARER, .param = PF_MGMT_PARAM_TEXT,
        .handle = pf_mgmt_stats_recording_csv,
        .summary = "A recording as comma-separated values.", .results = {{200, NULL, "text/csv"}},
        .errors = {404, 500}, .added = true},

    /* ---- logs ---- */
    {"GET", "/logs", "logsGet", "logs", BEARER, .handle = pf_mgmt_logs_get,
        .summary = "The newest lines of the log, DEBUG and above.",
        .query = {{"after", &pf_schema_u64, "lines after the one with this number; 0: from the oldest on"},
            {"limit", &pf_schema_u32, "how many at most, 1 to 1000; 1000 if absent"}},
        .results = {{200, &pf_type_log_page}}},

    /* ---- what happens, at once ---- */
    {"GET", "/events", "streamEvents", "host", BEARER, .handle = pf_mgmt_stream_events,
        .summary = "Tells what happens as it happens: server-sent events.",
        .query = {{"since", &pf_schema_u64, "go on after this event (or send Last-Event-ID); 0: from the oldest kept"},
            {"kinds", &pf_schema_string, "only these, comma-separated: session.*, display.added"}},
        .results = {{200, NULL, "text/event-stream"}}, .errors = {503}, .added = true},

    /* ---- the API's own documents ---- */
    {"GET", "/openapi.json", "getDocument", "host", OPEN, .handle = pf_mgmt_get_document, .base = PF_MGMT_BASE_PATH},
    {"GET", "/docs", "getDocsPage", "host", OPEN, .handle = pf_mgmt_get_docs_page, .base = "/api"},
};
/* clang-format on */
const size_t pf_mgmt_route_count = sizeof(pf_mgmt_routes) / sizeof(pf_mgmt_routes[0]);

static bool match_segment(const char **pattern, const char **path, char *out, size_t size)
{
    size_t n = strcspn(*path, "/");
    if (n == 0)
        return false;
    if (!pf_mgmt_percent_decode(*path, n, out, size))
        *out = 0;
    *path += n;
    *pattern = strchr(*pattern, '}') + 1;
    return true;
}

bool pf_mgmt_route_matches(
    const struct pf_mgmt_route *route, const char *path, struct pf_mgmt_params *ret_params)
{
    const char *base = route->base ? route->base : PF_MGMT_BASE_PATH, *pattern = route->path;
    if (strncmp(path, base, strlen(base)) != 0)
        return false;
    path += strlen(base);
    char *out = ret_params->first;
    size_t size = sizeof(ret_params->first);
    while (*pattern && *pattern != '{' && *pattern == *path) {
        pattern++;
        path++;
        if (*pattern != '{')
            continue;
        if (!match_segment(&pattern, &path, out, size))
            return false;
        out = ret_params->second;
        size = sizeof(ret_params->second);
    }
    return !*pattern && !*path;
}
