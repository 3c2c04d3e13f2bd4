/* The types of the API's document (management-and-operations.md 3, tests/data/vectors/mgmt-api.json). */
#ifndef PF_MGMT_TYPES_H
#define PF_MGMT_TYPES_H

#include "mgmt/schema.h"

extern const struct pf_schema pf_type_api_error;

/* host */
extern const struct pf_schema pf_type_health, pf_type_host_info, pf_type_compositors, pf_type_runtime_status,
    pf_type_local_summary;

/* gpu */
extern const struct pf_schema pf_type_gpu_state, pf_type_set_gpu_preference;

/* display */
extern const struct pf_schema pf_type_display_policy, pf_type_display_settings_state, pf_type_display_state,
    pf_type_release_display_request, pf_type_release_display_result;

/* clients, pairing */
extern const struct pf_schema pf_type_paired_clients, pf_type_pairing_status, pf_type_submit_pin;

/* native */
extern const struct pf_schema pf_type_native_pair_status, pf_type_arm_native_pairing, pf_type_native_client,
    pf_type_native_clients, pf_type_pending_devices, pf_type_approve_pending;

/* session */
extern const struct pf_schema pf_type_active_sessions;

/* library */
extern const struct pf_schema pf_type_game_entries, pf_type_custom_entry, pf_type_custom_input;

/* stats */
extern const struct pf_schema pf_type_stats_status, pf_type_capture_meta, pf_type_capture_metas,
    pf_type_capture;

/* logs */
extern const struct pf_schema pf_type_log_page;

#endif
