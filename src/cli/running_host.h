/* The host that runs on this machine with the same configuration, asked through its management API. For
 * commands beside it. Blocks. */
#ifndef PF_CLI_RUNNING_HOST_H
#define PF_CLI_RUNNING_HOST_H

#include "base/args.h"
#include "mgmt/client.h"
#include "net/identity.h"

struct pf_running_host {
    struct pf_mgmt_client client;
    uint8_t fingerprint[PF_FINGERPRINT_SIZE]; /* of the host that belongs to this configuration */
    char *token;
};

/* Reads where it is and how to speak to it. `port`: of its API; 0: as it wrote down. Errors: -ENOENT if no
 * host has run with this configuration. */
int pf_running_host_find(struct pf_running_host *host, uint16_t port, struct pf_error *err);
/* Forgets the token. */
void pf_running_host_finish(struct pf_running_host *host);

/* One call; answers other than 2xx become errors, -ENOENT for 404. *ret_json (ret_json may be NULL) is a new
 * reference, NULL if there is no JSON in the answer. */
int pf_running_host_call(struct pf_running_host *host, const char *method, const char *path,
    const json_t *body, json_t **ret_json, struct pf_error *err);

/* ---- for commands that show something ---- */

struct pf_show {
    long port;
    bool json;
};

#define PF_SHOW_OPTIONS(show)                                                                                \
    {"--json", 0, PF_ARG_FLAG, &(show).json, NULL, "print what the host answered, for scripts"},             \
    {                                                                                                        \
        "--mgmt-port", 0, PF_ARG_NUMBER, &(show).port, "PORT",                                               \
            "port of the management API; the one in the file mgmt-endpoint", .min = 1, .max = UINT16_MAX     \
    }

/* Finds the host, runs `run` and prints its error. Returns the exit status. */
int pf_show_run(const struct pf_show *show,
    int (*run)(struct pf_running_host *host, void *user, struct pf_error *err), void *user);

/* Asks for the path and prints the answer: as JSON, or with `print`. */
int pf_show_get(struct pf_running_host *host, const struct pf_show *show, const char *path,
    void (*print)(const json_t *answer), struct pf_error *err);

#endif
