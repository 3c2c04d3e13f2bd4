/* Types of host, graphics cards, sessions, logs and native devices. */
#include "mgmt/types.h"

#include "mgmt/types_macros.h"

OBJECT(PUBLIC, pf_type_api_error, "ApiError", "Why a request was refused.",
    MUST("error", pf_schema_string, "a sentence for people"));

/* ---- host ---- */

OBJECT(PUBLIC, pf_type_health, "Health", "The host answers.",
    MUST("status", pf_schema_string, "always \"ok\""),
    MUST("version", pf_schema_string, "of the host program"),
    MUST("abi_version", pf_schema_u32, "of libpunktfunk"));

OBJECT(static, port_map, "PortMap", "Ports, whether the planes run or not.",
    MUST("mgmt", pf_schema_u16, "this API, as bound"), MUST("http", pf_schema_u16, "GameStream, plain"),
    MUST("https", pf_schema_u16, "GameStream, paired"), MUST("rtsp", pf_schema_u16, "GameStream, set-up"),
    MUST("video", pf_schema_u16, "GameStream, UDP"), MUST("control", pf_schema_u16, "GameStream, UDP"),
    MUST("audio", pf_schema_u16, "GameStream, UDP"));

ENUM(static, api_codec, "ApiCodec", "A video codec.", "h264", "h265", "av1");
LIST(static, api_codecs, api_codec);

OBJECT(PUBLIC, pf_type_host_info, "HostInfo", "Who this host is and what it can do.",
    MUST("hostname", pf_schema_string, "the name that clients list"),
    MUST("uniqueid", pf_schema_string, "stays the same for ever"),
    MUST("local_ip", pf_schema_string, "address in the local network"),
    MUST("version", pf_schema_string, "of the host program"),
    MUST("abi_version", pf_schema_u32, "of libpunktfunk"),
    MUST("app_version", pf_schema_string, "that GameStream clients are told"),
    MUST("gfe_version", pf_schema_string, "that GameStream clients are told"),
    MUST("codecs", api_codecs, "what can be encoded here"), MUST("ports", port_map, "where things are"));

OBJECT(static, available_compositor, "AvailableCompositor", "A compositor that this host knows.",
    MUST("id", pf_schema_string, "kwin, gamescope, mutter or wlroots"),
    MUST("label", pf_schema_string, "its name for people"),
    MUST("available", pf_schema_bool, "virtual displays can be made in it now"),
    MUST("default", pf_schema_bool, "what a client that does not care gets"));
LIST(PUBLIC, pf_type_compositors, available_compositor);

OBJECT(static, session_info, "SessionInfo", "The mode that the client asked for.",
    MUST("width", pf_schema_u32, "pixels"), MUST("height", pf_schema_u32, "pixels"),
    MUST("fps", pf_schema_u32, "pictures per second"));

OBJECT(static, stream_info, "StreamInfo", "What streams.", MUST("width", pf_schema_u32, "pixels"),
    MUST("height", pf_schema_u32, "pixels"), MUST("fps", pf_schema_u32, "pictures per second"),
    MUST("bitrate_kbps", pf_schema_u32, "of the video"),
    MUST("packet_size", pf_schema_u32, "bytes; 0 for punktfunk clients"),
    MUST("min_fec", pf_schema_u8, "parity packets at least; 0 for punktfunk clients"),
    MUST("codec", api_codec, "of the video"));

OBJECT(PUBLIC, pf_type_runtime_status, "RuntimeStatus", "What the host does now, for both protocols.",
    MUST("video_streaming", pf_schema_bool, "a picture is on its way to a client"),
    MUST("audio_streaming", pf_schema_bool, "sound is on its way to a client"),
    MUST("pin_pending", pf_schema_bool, "a GameStream client waits for its PIN"),
    MUST("paired_clients", pf_schema_u32, "GameStream clients that are paired"),
    NULL_OR("session", session_info, "the session that is shown; null: none"),
    NULL_OR("stream", stream_info, "its stream; null: none yet"));

OBJECT(PUBLIC, pf_type_local_summary, "LocalSummary",
    "Counts for a status icon; for programs of this machine, without a credential.",
    MUST("version", pf_schema_string, "of the host program"),
    MUST("video_streaming", pf_schema_bool, "a picture is on its way to a client"),
    MUST("audio_streaming", pf_schema_bool, "sound is on its way to a client"),
    NULL_OR("session", session_info, "the session that is shown; null: none"),
    MUST("paired_clients", pf_schema_u32, "GameStream clients that are paired"),
    MUST("native_paired_clients", pf_schema_u32, "punktfunk clients that are paired"),
    MUST("pin_pending", pf_schema_bool, "a GameStream client waits for its PIN"),
    MUST("pending_approvals", pf_schema_u32, "devices that wait for approval"));

/* ---- graphics cards ---- */

OBJECT(static, api_gpu, "ApiGpu", "A graphics card.",
    MUST("id", pf_schema_string, "PCI vendor, device and ordinal among twins"),
    MUST("name", pf_schema_string, "for people"),
    MUST("vendor", pf_schema_string, "nvidia, amd, intel or other"),
    MUST("vram_mb", pf_schema_u64, "0: not known"));
LIST(static, api_gpus, api_gpu);

OBJECT(static, api_selected_gpu, "ApiSelectedGpu", "The card that the next session encodes on.",
    MUST("id", pf_schema_string, "as in the list"), MUST("name", pf_schema_string, "for people"),
    MUST("vendor", pf_schema_string, "nvidia, amd, intel or other"),
    MUST("source", pf_schema_string, "preference, env, auto or preference_missing"));

OBJECT(static, api_active_gpu, "ApiActiveGpu", "What encodes now.",
    MUST("id", pf_schema_string, "as in the list; empty for a software encoder"),
    MUST("name", pf_schema_string, "for people"),
    MUST("vendor", pf_schema_string, "nvidia, amd, intel or other"),
    MUST("backend", pf_schema_string, "nvenc, vaapi, amf, qsv or software"),
    MUST("sessions", pf_schema_u32, "that it encodes for"));

OBJECT(PUBLIC, pf_type_gpu_state, "GpuState", "Cards, wish and reality.",
    MUST("gpus", api_gpus, "every card of this machine"), MUST("mode", pf_schema_string, "auto or manual"),
    NULL_OR("preferred_id", pf_schema_string, "the card that was chosen"),
    NULL_OR("preferred_name", pf_schema_string, "its name when it was chosen"),
    MUST("preferred_available", pf_schema_bool, "it is there now"),
    NULL_OR("env_override", pf_schema_string, "PUNKTFUNK_RENDER_ADAPTER"),
    NULL_OR("selected", api_selected_gpu, "for the next session; null: there is no card"),
    NULL_OR("active", api_active_gpu, "null: nothing is encoded"));

OBJECT(PUBLIC, pf_type_set_gpu_preference, "SetGpuPreference", "Which card is to encode from now on.",
    {"mode", PF_SCHEMA_STRING, .required = true, .description = "auto or manual, in any case",
        .pattern = "^([aA][uU][tT][oO]|[mM][aA][nN][uU][aA][lL])$"},
    NULL_OR("gpu_id", pf_schema_string, "id of a listed card, for manual"));

/* ---- GameStream devices ---- */

OBJECT(static, paired_client, "PairedClient", "A GameStream client.",
    MUST("fingerprint", pf_schema_string, "of its certificate"),
    NULL_OR("subject", pf_schema_string, "what its certificate says"),
    NULL_OR("not_before_unix", pf_schema_i64, "what its certificate says"),
    NULL_OR("not_after_unix", pf_schema_i64, "what its certificate says"));
LIST(PUBLIC, pf_type_paired_clients, paired_client);

OBJECT(static, pairing_attempt, "PairingAttempt", "A GameStream client that waits for its PIN.",
    MUST("id", pf_schema_u32, "for the PIN's request"), MUST("address", pf_schema_string, "where it is"),
    MUST("age_secs", pf_schema_u32, "how long it has been waiting"));
LIST(static, pairing_attempts, pairing_attempt);
OBJECT(PUBLIC, pf_type_pairing_status, "PairingStatus", "Whether a GameStream client waits for its PIN.",
    MUST("pin_pending", pf_schema_bool, "one does"), MAY("attempts", pairing_attempts, "which"),
    MAY("last_result", pf_schema_string, "none, trying, paired or failed: what became of the last PIN"),
    NULL_OR("last_id", pf_schema_u32, "which client that was"));

OBJECT(PUBLIC, pf_type_submit_pin, "SubmitPin", "The PIN that a GameStream client shows.",
    {"pin", PF_SCHEMA_STRING, .required = true, .description = "its four digits", .pattern = "^[0-9]{4}$"},
    NULL_OR("id", pf_schema_u32, "which of the waiting clients; absent: the only one"));

/* ---- native devices ---- */

OBJECT(PUBLIC, pf_type_native_client, "NativeClient", "A punktfunk device.",
    MUST("name", pf_schema_string, "as stored"), MUST("fingerprint", pf_schema_string, "of its certificate"));
LIST(PUBLIC, pf_type_native_clients, pf_type_native_client);

OBJECT(PUBLIC, pf_type_native_pair_status, "NativePairStatus", "The pairing window.",
    MUST("enabled", pf_schema_bool, "the punktfunk protocol runs"),
    MUST("armed", pf_schema_bool, "a device may pair now"),
    NULL_OR("pin", pf_schema_string, "what to type on the device"),
    NULL_OR("expires_in_secs", pf_schema_u64, "until the window closes"),
    MUST("paired_clients", pf_schema_u32, "devices that are paired"),
    MAY("last_result", pf_schema_string,
        "none, open, trying, paired, failed, expired or disarmed: what became of the last window"),
    NULL_OR("last_device", pf_type_native_client, "the device that used it"));

OBJECT(PUBLIC, pf_type_arm_native_pairing, "ArmNativePairing", "Opens the pairing window.",
    NULL_OR("ttl_secs", pf_schema_u32, "how long it stays open, 15 to 600 seconds; 120 if absent"),
    {"fingerprint", PF_SCHEMA_STRING, .nullable = true,
        .description = "only the device with this certificate may pair; absent or blank: any device",
        .pattern = "^([0-9A-Fa-f]{64})?$"});

OBJECT(static, pending_device, "PendingDevice", "A device that waits for approval.",
    MUST("id", pf_schema_u32, "while it waits"), MUST("name", pf_schema_string, "what it calls itself"),
    MUST("fingerprint", pf_schema_string, "of its certificate"),
    MUST("age_secs", pf_schema_u64, "since it last knocked"));
LIST(PUBLIC, pf_type_pending_devices, pending_device);

OBJECT(PUBLIC, pf_type_approve_pending, "ApprovePending", "How the device is to be stored.",
    NULL_OR("name", pf_schema_string, "instead of the name that the device gave"));

/* ---- sessions ---- */

OBJECT(static, active_session, "ActiveSession", "A client that is connected.",
    MUST("id", pf_schema_u32, "while the host runs"), MUST("kind", pf_schema_string, "native or gamestream"),
    MUST("name", pf_schema_string, "what the client calls itself"),
    MUST("client", pf_schema_string, "12 digits of its fingerprint, else its address"),
    MUST("state", pf_schema_string, "starting, streaming or ending"), MUST("width", pf_schema_u32, "pixels"),
    MUST("height", pf_schema_u32, "pixels"), MUST("fps", pf_schema_u32, "that were agreed on"),
    NULL_OR("codec", api_codec, "null: test frames"), MUST("bitrate_kbps", pf_schema_u32, "agreed on"),
    MUST("sent_fps", pf_schema_u32, "pictures that were sent in the last second"),
    MUST("sent_kbps", pf_schema_u32, "that took in the last second, with headers and parity"),
    NULL_OR("latency_us", pf_schema_u32,
        "from capture to sent, on average in the last second; null: nothing was sent"),
    MUST("fec_percent", pf_schema_u32, "parity now"),
    MUST("started_unix_ms", pf_schema_u64, "when it began"));
LIST(PUBLIC, pf_type_active_sessions, active_session);

/* ---- logs ---- */

OBJECT(static, log_entry, "LogEntry", "A line of the log.", MUST("seq", pf_schema_u64, "from 1"),
    MUST("ts_ms", pf_schema_u64, "Unix time"),
    MUST("level", pf_schema_string, "ERROR, WARN, INFO, DEBUG or TRACE"),
    MUST("target", pf_schema_string, "part of the program"), MUST("msg", pf_schema_string, "what happened"));
LIST(static, log_entries, log_entry);

OBJECT(PUBLIC, pf_type_log_page, "LogPage", "Lines of the log, oldest first.",
    MUST("entries", log_entries, "at most as many as asked for"),
    MUST("next", pf_schema_u64, "for the next request's \"after\""),
    MUST("dropped", pf_schema_bool, "lines after \"after\" are gone already"));
