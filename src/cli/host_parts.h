/* The parts of the running host; for the files of cli/host only. */
#ifndef PF_CLI_HOST_PARTS_H
#define PF_CLI_HOST_PARTS_H

#include "audio/audio.h"
#include "audio/mic.h"
#include "cli/host.h"
#include "gamestream/gamestream.h"
#include "mgmt/api.h"
#include "net/discovery.h"
#include "net/loop.h"
#include "session/machine.h"
#include "trust/knocks.h"
#include "trust/pairing.h"
#include "trust/uniqueid.h"

struct pf_host {
    const struct pf_host_config *config;
    char *dir; /* configuration folder */
    int lock;  /* its lock; −1: none */
    char *token;
    struct pf_loop *loop;
    struct pf_identity *identity;
    struct pf_native_store *store;
    struct pf_pairing pairing;
    struct pf_knocks knocks;
    struct pf_registry *registry; /* NULL with the synthetic source */
    struct pf_real_machine machine;
    struct pf_audio *audio; /* NULL: none, or the synthetic source */
    struct pf_mic *mic;     /* likewise */
    struct pf_native *native;
    struct pf_gamestream_store *gamestream_store;
    struct pf_identity *gamestream_identity; /* NULL without that plane */
    struct pf_gamestream *gamestream;        /* likewise */
    struct pf_mgmt_server *server;
    struct pf_mgmt_host api;
    struct pf_discovery *discovery; /* NULL if the host is not announced */
    struct pf_timer *discovery_timer;

    char hostname[PF_ADVERT_NAME_SIZE], local_ip[64], uniqueid[PF_UNIQUEID_SIZE];
    const char *codecs[4];

    uv_signal_t signals[2];
    unsigned signal_count;
    bool stopping;
};

/* Fills host->api; the parts that it shows exist already, native may follow. */
void pf_host_make_api(struct pf_host *host);

/* The paired Moonlight clients, whether they are served or not. */
int pf_host_load_gamestream(struct pf_host *host, struct pf_error *err);
/* If the host is to serve them. */
int pf_host_start_gamestream(struct pf_host *host, struct pf_error *err);
/* Fills the members of host->api that belong to it. */
void pf_host_make_gamestream_api(struct pf_host *host);
/* Every part that stops by and by has stopped: ends the loop. */
void pf_host_part_stopped(struct pf_host *host);

/* Announces the host, whose servers listen already, on the local network, if it is to be. Failures are
 * logged. */
void pf_host_start_discovery(struct pf_host *host);
/* Says goodbye. May be called twice. */
void pf_host_stop_discovery(struct pf_host *host);

#endif
