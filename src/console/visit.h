/* One request of a browser and its answer. Private to this room. */
#ifndef PF_CONSOLE_VISIT_H
#define PF_CONSOLE_VISIT_H

#include "console/assets.h"
#include "console/logins.h"
#include "console/password.h"
#include "console/throttle.h"
#include "mgmt/exchange.h"
#include "net/http.h"

#include <jansson.h>

#define PF_VISIT_BODY_MAX 4096u
#define PF_VISIT_COOKIE   "pf_session"
#define PF_CONSOLE_UNSET  "no password is set yet; punktfunk-host console-link shows where to choose one"

struct pf_console {
    struct pf_http *transport; /* NULL: it stops */
    struct pf_loop *loop;
    const struct pf_mgmt_host *host;
    uint16_t mgmt_port;
    struct pf_password *password;
    struct pf_logins *logins;
    struct pf_throttle throttle;
    char *dir;    /* configuration folder */
    bool hashing; /* one at a time */
    struct pf_visit *visits;
};

struct pf_visit {
    struct pf_visit *prev, *next;
    struct pf_console *console;
    struct pf_http_connection *connection; /* NULL: the browser, or the console, is gone */
    struct pf_mgmt_exchange *api;          /* the request is one of the API's; else NULL */
    void (*act)(
        struct pf_visit *visit); /* takes the body, answers now or later; NULL: answered by the head */
    char body[PF_VISIT_BODY_MAX + 1];
    size_t len;   /* of the body; more than fits: it is too long */
    bool running; /* `act` has not answered yet */

    unsigned status; /* of the answer; 0: none yet */
    json_t *json;    /* its body; or */
    const struct pf_asset *asset;
    bool shell; /* the asset is the page, not a file that never changes */
    char location[1024], cookie[PF_LOGIN_COOKIE_SIZE + 96]; /* headers; "": none */
    unsigned retry_after_s;
    const char *allow; /* methods; NULL: no such header */
};

/* Each gives the answer, once. */
void pf_visit_answer(struct pf_visit *visit, unsigned status, json_t *json);
void pf_visit_refuse(struct pf_visit *visit, unsigned status, const char *sentence);
void pf_visit_show(struct pf_visit *visit, const struct pf_asset *asset, bool shell);

/* A path as the value of a query ("/host" is "%2Fhost"), cut where the room ends; size is at least 4. */
void pf_visit_encode(const char *text, char *out, size_t size);

/* Queues the response. False: cut the connection. */
bool pf_visit_respond(struct pf_visit *visit);

/* Nothing of it runs any more. */
void pf_console_free(struct pf_console *console);

/* Frees it; the connection is done with it, and no attempt runs. */
void pf_visit_free(struct pf_visit *visit);

/* NULL: the request has none. */
const char *pf_visit_header(const struct pf_visit *visit, const char *name);
const char *pf_visit_cookie(const struct pf_visit *visit);
bool pf_visit_is_logged_in(const struct pf_visit *visit);

/* False if a page of another site made the browser send it. */
bool pf_visit_is_own(const struct pf_visit *visit);

/* The function for an address under /_auth, NULL if there is none. ret_method: the one it takes. */
void (*pf_login_call(const char *path, const char **ret_method))(struct pf_visit *visit);

#endif
