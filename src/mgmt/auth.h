/* Who may do what (management-and-operations.md 3.3). */
#ifndef PF_MGMT_AUTH_H
#define PF_MGMT_AUTH_H

#include "mgmt/call.h"

enum pf_mgmt_verdict {
    PF_MGMT_AUTH_PASS,
    PF_MGMT_AUTH_NO_CREDENTIAL, /* 401 */
    PF_MGMT_AUTH_FOREIGN,       /* 403: a web page of another site made the browser send it */
};

/* `any` is some operation on the request's path; `exact` the one with its method, NULL if there is none. */
enum pf_mgmt_verdict pf_mgmt_authorise(const struct pf_mgmt_host *host, const char *token,
    const struct pf_mgmt_request *request, const struct pf_mgmt_route *any,
    const struct pf_mgmt_route *exact);

#endif
