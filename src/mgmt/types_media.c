/* Types of displays, library and recordings. */
#include "mgmt/types.h"

#include "mgmt/types_macros.h"

/* ---- display policy ---- */

static const struct pf_schema_field duration_fields[] = {
    MUST("seconds", pf_schema_u32, "how long a display stays after its client")};
static const struct pf_schema keep_alive_variants[] = {
    {.kind = PF_KIND_OBJECT, .name = "off"},
    {.kind = PF_KIND_OBJECT, .name = "duration", .fields = duration_fields, .count = COUNT(duration_fields)},
    {.kind = PF_KIND_OBJECT, .name = "forever"},
};
static const struct pf_schema keep_alive = {.kind = PF_KIND_UNION,
    .name = "KeepAlive",
    .description = "What becomes of a display whose client is gone.",
    .variants = keep_alive_variants,
    .count = COUNT(keep_alive_variants)};

ENUM(static, topology, "Topology", "What happens to the other screens.", "auto", "extend", "primary",
    "exclusive");
ENUM(static, mode_conflict, "ModeConflict", "What a second client gets.", "separate", "steal", "join",
    "reject");
ENUM(static, identity, "Identity", "Which monitor the desktop takes a client for.", "shared", "per-client",
    "per-client-mode");
ENUM(static, layout_mode, "LayoutMode", "Who places the displays.", "auto-row", "manual");
ENUM(static, preset, "Preset", "A named policy; custom: the members count.", "custom", "default",
    "gaming-rig", "shared-desktop", "hotdesk", "workstation");
ENUM(static, game_session, "GameSession", "Where games are started.", "auto", "dedicated");

OBJECT(static, position, "Position", "The upper left corner.", MUST("x", pf_schema_i32, "pixels"),
    MUST("y", pf_schema_i32, "pixels"));
static const struct pf_schema positions = {.kind = PF_KIND_MAP, .of = &position};
OBJECT(static, layout, "Layout", "Where displays are placed.", MAY("mode", layout_mode, "auto-row if absent"),
    MAY("positions", positions, "by slot"));

OBJECT(PUBLIC, pf_type_display_policy, "DisplayPolicy", "What the owner wants of virtual displays.",
    MAY("version", pf_schema_u32, "of this form; stored as 1"), MAY("preset", preset, "custom if absent"),
    MAY("keep_alive", keep_alive, "10 seconds if absent"), MAY("topology", topology, "auto if absent"),
    MAY("mode_conflict", mode_conflict, "separate if absent"),
    MAY("identity", identity, "per-client if absent"), MAY("layout", layout, "a row if absent"),
    MAY("max_displays", pf_schema_u32, "1 to 16; 4 if absent"),
    MAY("game_session", game_session, "auto if absent"),
    MAY("ddc_power_off", pf_schema_bool, "for hosts on Windows"),
    MAY("pnp_disable_monitors", pf_schema_bool, "for hosts on Windows"),
    MAY("edid_lock", pf_schema_bool, "for hosts on Windows"),
    NULL_OR("capture_monitor", pf_schema_string, "connector of a screen to show instead"));

OBJECT(static, effective_policy, "EffectivePolicy", "The policy in force, preset or members.",
    MUST("keep_alive", keep_alive, NULL), MUST("topology", topology, NULL),
    MUST("mode_conflict", mode_conflict, NULL), MUST("identity", identity, NULL),
    MUST("layout", layout, NULL), MUST("max_displays", pf_schema_u32, "at once"));

OBJECT(static, preset_info, "PresetInfo", "A named policy.", MUST("id", pf_schema_string, "its name"),
    MUST("summary", pf_schema_string, "one line for people"), MUST("fields", effective_policy, NULL));
LIST(static, preset_infos, preset_info);
LIST(static, strings, pf_schema_string);

OBJECT(PUBLIC, pf_type_display_settings_state, "DisplaySettingsState", "The display policy and its presets.",
    MUST("settings", pf_type_display_policy, NULL),
    MUST("configured", pf_schema_bool, "there is a valid display-settings.json"),
    MUST("effective", effective_policy, NULL), MUST("presets", preset_infos, "what a preset means"),
    MUST("enforced", strings, "members that this host acts on, as the first clients of the API know them"));

/* ---- displays ---- */

OBJECT(static, display_info, "ApiDisplayInfo", "A virtual display.",
    MUST("slot", pf_schema_u64, "its number"), MUST("backend", pf_schema_string, "compositor that shows it"),
    MUST("mode", pf_schema_string, "WIDTHxHEIGHT@HERTZ"),
    MUST("state", pf_schema_string, "active, lingering or pinned"),
    NULL_OR("expires_in_ms", pf_schema_u64, "while lingering: until it is removed"),
    MUST("sessions", pf_schema_u32, "that use it"), NULL_OR("client", pf_schema_string, "whose it is"),
    MUST("group", pf_schema_u32, "displays of one desktop have the same; from 1"),
    MUST("display_index", pf_schema_u32, "inside the group, from 0"),
    MUST("x", pf_schema_i32, "of its left edge on that desktop"),
    MUST("y", pf_schema_i32, "of its upper edge on that desktop"),
    NULL_OR("identity_slot", pf_schema_u32, "that layouts by hand name it by"),
    MUST("topology", pf_schema_string, "extend, primary or exclusive: what it did to the other screens"),
    NULL_OR("output", pf_schema_string, "its name in the compositor"),
    MUST("age_ms", pf_schema_u64, "since the compositor made it"));
LIST(static, display_infos, display_info);
OBJECT(PUBLIC, pf_type_display_state, "DisplayStateResponse", "Virtual displays that exist.",
    MUST("displays", display_infos, NULL));

OBJECT(PUBLIC, pf_type_release_display_request, "ReleaseDisplayRequest", "Which kept display is to go.",
    NULL_OR("slot", pf_schema_u64, "the display to remove; absent: every kept display"));
OBJECT(PUBLIC, pf_type_release_display_result, "ReleaseDisplayResult", "What was removed.",
    MUST("released", pf_schema_usize, "how many displays"));

/* ---- library ---- */

OBJECT(static, artwork, "Artwork", "Pictures: a URL, a data: URL, or a path of this API.",
    NULL_OR("portrait", pf_schema_string, "2:3"), NULL_OR("hero", pf_schema_string, "wide background"),
    NULL_OR("logo", pf_schema_string, "title on transparent ground"),
    NULL_OR("header", pf_schema_string, "wide, with title"));
OBJECT(static, launch_spec, "LaunchSpec", "How a title is started.",
    MUST("kind", pf_schema_string, "steam_appid, lutris_id, heroic or command"),
    MUST("value", pf_schema_string, "what the kind needs"));
OBJECT(static, game_entry, "GameEntry", "A title of the library.",
    MUST("id", pf_schema_string, "what a client names to start it"),
    MUST("store", pf_schema_string, "steam, lutris, heroic or custom"),
    MUST("title", pf_schema_string, "for people"), MUST("art", artwork, NULL),
    NULL_OR("launch", launch_spec, "absent: it cannot be started"));
LIST(PUBLIC, pf_type_game_entries, game_entry);
OBJECT(PUBLIC, pf_type_custom_entry, "CustomEntry", "A title that the owner added.",
    MUST("id", pf_schema_string, "without the prefix custom:"), MUST("title", pf_schema_string, "for people"),
    MAY("art", artwork, NULL), NULL_OR("launch", launch_spec, "absent: it cannot be started"));
OBJECT(PUBLIC, pf_type_custom_input, "CustomInput", "A title to add, or what replaces one.",
    {"title", PF_SCHEMA_STRING, .required = true, .description = "not blank", .pattern = "[^\\s]"},
    MAY("art", artwork, NULL), NULL_OR("launch", launch_spec, "absent: it cannot be started"));

/* ---- recordings ---- */

OBJECT(static, stage_timing, "StageTiming", "How long a step took.",
    MUST("name", pf_schema_string, "queue, capture, submit, encode, packetize or send"),
    MUST("p50_us", pf_schema_f32, "median, microseconds"), MUST("p99_us", pf_schema_f32, "99 of 100"));
LIST(static, stage_timings, stage_timing);
OBJECT(static, stats_sample, "StatsSample", "A session during one window.",
    MUST("t_ms", pf_schema_u64, "since the start of the capture"),
    MUST("session_id", pf_schema_u32, "while the host runs"), MUST("stages", stage_timings, "in order"),
    MUST("fps", pf_schema_f32, "new pictures per second"),
    MUST("repeat_fps", pf_schema_f32, "repeated pictures per second"),
    MUST("mbps", pf_schema_f32, "sent, parity included"), MUST("bitrate_kbps", pf_schema_u32, "agreed on"),
    MUST("frames_dropped", pf_schema_u32, "in this window"),
    MUST("packets_dropped", pf_schema_u32, "in this window"),
    MUST("send_dropped", pf_schema_u32, "in this window"),
    MUST("fec_recovered", pf_schema_u32, "in this window"));
LIST(static, stats_samples, stats_sample);
OBJECT(PUBLIC, pf_type_capture_meta, "CaptureMeta", "A recording, without its samples.",
    MUST("id", pf_schema_string, "its file name without .json"), MUST("started_unix_ms", pf_schema_u64, NULL),
    MUST("duration_ms", pf_schema_u64, NULL),
    MUST("kind", pf_schema_string, "native, gamestream, or empty: no session"),
    MUST("width", pf_schema_u32, "pixels"), MUST("height", pf_schema_u32, "pixels"),
    MUST("fps", pf_schema_u32, "agreed on"),
    MUST("codec", pf_schema_string, "h264, hevc, av1, or empty: no session"),
    MUST("client", pf_schema_string, "digits of its fingerprint, else its address"),
    MUST("sample_count", pf_schema_u32, "at most 5400"));
LIST(PUBLIC, pf_type_capture_metas, pf_type_capture_meta);
OBJECT(PUBLIC, pf_type_capture, "Capture", "A recording.", MUST("meta", pf_type_capture_meta, NULL),
    MUST("samples", stats_samples, "by time"));
OBJECT(PUBLIC, pf_type_stats_status, "StatsStatus", "Whether something is recorded.",
    MUST("armed", pf_schema_bool, "it is"), MUST("sample_count", pf_schema_u32, "so far"),
    MUST("started_unix_ms", pf_schema_u64, "0: idle"),
    MUST("kind", pf_schema_string, "native, gamestream, or empty: no session yet"));
