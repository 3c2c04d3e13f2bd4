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

/* Kind of the `{…}` in a path. */
enum pf_mgmt_param { PF_MGMT_PARAM_NONE, PF_MGMT_PARAM_TEXT, PF_MGMT_PARAM_U32 };

struct pf_mgmt_route {
    const char *method;
    const char *path; /* below /api/v1; at most one {name}, which stands for one segment */
    const char *operation_id, *tag;
    enum pf_mgmt_lane lane;
    enum pf_mgmt_param param;
    const struct pf_schema *request; /* NULL: takes no body */
    void (*handle)(struct pf_mgmt_call *call);
};

extern const struct pf_mgmt_route pf_mgmt_routes[];
extern const size_t pf_mgmt_route_count;

#define PF_MGMT_BASE_PATH "/api/v1"

/* True if the path, as sent, is the route's; then the variable part is decoded into ret_param. A part that is
 * not decodable matches and gives an empty text. */
bool pf_mgmt_route_matches(const struct pf_mgmt_route *route, const char *path, char *ret_param, size_t size);

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

#endif
