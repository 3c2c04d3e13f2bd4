/* The route table: the only place that knows which operations exist. Routing, authentication and the list of
 * allowed methods come from it, and so does the API's document. */
#ifndef PF_MGMT_ROUTE_H
#define PF_MGMT_ROUTE_H

#include "mgmt/call.h"
#include "mgmt/schema.h"

/* Who may call an operation (management-and-operations.md 3.3). */
enum pf_mgmt_lane {
    PF_MGMT_LANE_OPEN,        /* anybody */
    PF_MGMT_LANE_LOOPBACK,    /* every program on this machine, nobody else */
    PF_MGMT_LANE_CERTIFICATE, /* GET with the certificate of a paired native client; or as BEARER */
    PF_MGMT_LANE_BEARER,      /* from this machine, with the token */
};

/* Kind of the first `{…}` in a path; a second one is always text. */
enum pf_mgmt_param { PF_MGMT_PARAM_NONE, PF_MGMT_PARAM_TEXT, PF_MGMT_PARAM_U32 };

/* A value that may follow the path: "?name=…". */
struct pf_mgmt_query {
    const char *name;
    const struct pf_schema *type; /* string, u32 or u64 */
    const char *description;
};

/* What an operation answers when all is well. */
struct pf_mgmt_result {
    unsigned status;
    const struct pf_schema *type; /* NULL: no body, or one of another media type */
    const char *media;            /* NULL: JSON, if there is a type */
};

struct pf_mgmt_route {
    const char *method;
    const char *path; /* below the base path; at most two {name}s, which stand for one segment each */
    const char *operation_id, *tag;
    enum pf_mgmt_lane lane;
    enum pf_mgmt_param param;
    const struct pf_schema *request; /* NULL: takes no body */
    void (*handle)(struct pf_mgmt_call *call);

    const char *summary;                                     /* a sentence for people */
    const struct pf_mgmt_query query[PF_MGMT_QUERY_MAX + 1]; /* up to one without a name */
    const struct pf_mgmt_result results[3];                  /* up to one without a status */
    /* Refusals of the operation itself, 0-terminated; those of the gate and of bodies follow from the rest.
     */
    const unsigned errors[5];
    const char
        *param_pattern; /* what the first part of the path has to look like, for the document; or NULL */
    bool added;         /* not an operation of the first contract */
    const char *base;   /* NULL: PF_MGMT_BASE_PATH; else the route is not in the document */
};

extern const struct pf_mgmt_route pf_mgmt_routes[];
extern const size_t pf_mgmt_route_count;

#define PF_MGMT_BASE_PATH "/api/v1"

/* True if the path, as sent, is the route's; then the variable parts are decoded into ret_params. A part that
 * is not decodable matches and gives an empty text. */
bool pf_mgmt_route_matches(
    const struct pf_mgmt_route *route, const char *path, struct pf_mgmt_params *ret_params);

/* ---- the operations ---- */
void pf_mgmt_get_health(struct pf_mgmt_call *call);
void pf_mgmt_get_host_info(struct pf_mgmt_call *call);
void pf_mgmt_list_compositors(struct pf_mgmt_call *call);
void pf_mgmt_get_status(struct pf_mgmt_call *call);
void pf_mgmt_get_local_summary(struct pf_mgmt_call *call);

void pf_mgmt_get_display_state(struct pf_mgmt_call *call);
void pf_mgmt_release_display(struct pf_mgmt_call *call);

void pf_mgmt_get_native_pairing(struct pf_mgmt_call *call);
void pf_mgmt_arm_native_pairing(struct pf_mgmt_call *call);
void pf_mgmt_disarm_native_pairing(struct pf_mgmt_call *call);
void pf_mgmt_list_native_clients(struct pf_mgmt_call *call);
void pf_mgmt_unpair_native_client(struct pf_mgmt_call *call);
void pf_mgmt_list_pending_devices(struct pf_mgmt_call *call);
void pf_mgmt_approve_pending_device(struct pf_mgmt_call *call);
void pf_mgmt_deny_pending_device(struct pf_mgmt_call *call);

void pf_mgmt_get_pairing(struct pf_mgmt_call *call);
void pf_mgmt_submit_pin(struct pf_mgmt_call *call);
void pf_mgmt_list_clients(struct pf_mgmt_call *call);
void pf_mgmt_unpair_client(struct pf_mgmt_call *call);

void pf_mgmt_stop_session(struct pf_mgmt_call *call);
void pf_mgmt_request_idr(struct pf_mgmt_call *call);
void pf_mgmt_list_sessions(struct pf_mgmt_call *call);

void pf_mgmt_list_gpus(struct pf_mgmt_call *call);
void pf_mgmt_set_gpu_preference(struct pf_mgmt_call *call);

void pf_mgmt_get_display_settings(struct pf_mgmt_call *call);
void pf_mgmt_set_display_settings(struct pf_mgmt_call *call);

void pf_mgmt_get_library(struct pf_mgmt_call *call);
void pf_mgmt_create_custom_game(struct pf_mgmt_call *call);
void pf_mgmt_update_custom_game(struct pf_mgmt_call *call);
void pf_mgmt_delete_custom_game(struct pf_mgmt_call *call);
void pf_mgmt_get_library_art(struct pf_mgmt_call *call);

void pf_mgmt_stats_capture_start(struct pf_mgmt_call *call);
void pf_mgmt_stats_capture_stop(struct pf_mgmt_call *call);
void pf_mgmt_stats_capture_status(struct pf_mgmt_call *call);
void pf_mgmt_stats_capture_live(struct pf_mgmt_call *call);
void pf_mgmt_stats_recordings_list(struct pf_mgmt_call *call);
void pf_mgmt_stats_recording_get(struct pf_mgmt_call *call);
void pf_mgmt_stats_recording_csv(struct pf_mgmt_call *call);
void pf_mgmt_stats_recording_delete(struct pf_mgmt_call *call);

void pf_mgmt_logs_get(struct pf_mgmt_call *call);

void pf_mgmt_stream_events(struct pf_mgmt_call *call);

void pf_mgmt_get_document(struct pf_mgmt_call *call);
void pf_mgmt_get_docs_page(struct pf_mgmt_call *call);

#endif
