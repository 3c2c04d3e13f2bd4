/* What nvhttp answers: routes, pairing, the list of apps, and the hand-over of /launch, /resume and /cancel
 * to the playing half (docs/spec/gamestream.md 2). It knows no sockets. Control loop's thread.
 */
#ifndef PF_GAMESTREAM_NVHTTP_SERVICE_H
#define PF_GAMESTREAM_NVHTTP_SERVICE_H

#include "base/log.h"
#include "gamestream/nvhttp/apps.h"
#include "gamestream/nvhttp/covers.h"
#include "gamestream/nvhttp/http.h"
#include "gamestream/nvhttp/pairing.h"
#include "gamestream/nvhttp/pin_result.h"
#include "gamestream/nvhttp/xml.h"

struct pf_gamestream_store;
struct pf_gs_play;
struct pf_timer;

struct pf_gs_service_config {
    const char *hostname, *uniqueid, *config_dir; /* borrowed */
    unsigned codecs;                              /* mask of enum pf_codec that can be encoded */
    const struct pf_identity *identity;           /* RSA */
    struct pf_gamestream_store *store;
    struct pf_gs_play *play;
    pf_gs_titles_fn titles; /* of the library; NULL: none */
    void *titles_user;
    struct pf_library *library; /* for their pictures; NULL: none. Workers use it until the loop ends */
};

struct pf_gs_service {
    struct pf_gs_service_config config;
    uint16_t http_port, https_port; /* as bound; the owner sets them */
    gnutls_privkey_t key;
    struct pf_gs_pairing pairing;
    struct pf_gs_covers covers;
    struct pf_timer *timer; /* the oldest attempt is over */
    uint32_t pin_id;        /* attempt of the last PIN */
    enum pf_gs_pin_result pin_result;
    struct pf_rate_limit log_limit;
};

/* -EINVAL: the identity is not RSA; -ENOMEM. */
int pf_gs_service_init(struct pf_gs_service *s, struct pf_loop *loop,
    const struct pf_gs_service_config *config, struct pf_error *err);
/* Ends held requests; the transport must still be there. */
void pf_gs_service_finish(struct pf_gs_service *s);

/* For the transport; `user` is the service. */
void pf_gs_service_handle(void *user, const struct pf_gs_request *request, struct pf_gs_reply *ret_reply);
void pf_gs_service_lost(void *user, struct pf_gs_exchange *exchange);

/* As pf_gs_pairing_submit_pin. */
int pf_gs_service_submit_pin(struct pf_gs_service *s, uint32_t id, const char *pin);

/* ---- for the files of the service only ---- */

/* Something happened to the attempts; `paired`: one of them has just paired. */
void pf_gs_service_judge(struct pf_gs_service *s, bool paired);
/* Whether the caller is a paired client, on the connection that can prove it. */
bool pf_gs_service_knows(const struct pf_gs_service *s, const struct pf_gs_request *r);
/* The finished document as the reply. */
void pf_gs_reply_xml(struct pf_gs_reply *ret, struct pf_gs_xml *x);
/* A refusal that the player may read: `element` (may be NULL) is 0. */
void pf_gs_reply_failure(struct pf_gs_reply *ret, int code, const char *message, const char *element);

void pf_gs_service_pair(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);
void pf_gs_service_unpair(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);
void pf_gs_service_applist(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);
void pf_gs_service_appasset(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);
void pf_gs_service_launch(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);
void pf_gs_service_resume(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);
void pf_gs_service_cancel(struct pf_gs_service *s, const struct pf_gs_request *r, struct pf_gs_reply *ret);

#endif
