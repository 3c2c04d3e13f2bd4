#include "mgmt/route.h"

void pf_mgmt_stop_session(struct pf_mgmt_call *call)
{
    call->host->stop_sessions(call->host->user);
    pf_mgmt_answer(call, 204, NULL);
}

void pf_mgmt_request_idr(struct pf_mgmt_call *call)
{
    if (call->host->request_idr(call->host->user))
        pf_mgmt_answer(call, 202, NULL);
    else
        pf_mgmt_answer_error(call, 409, "nothing streams, so there is no key frame to ask for");
}
