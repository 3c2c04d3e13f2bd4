/* The parts of the running host; for the files of cli/host only. */
#ifndef PF_CLI_HOST_PARTS_H
#define PF_CLI_HOST_PARTS_H

#include "audio/audio.h"
#include "audio/mic.h"
#include "cli/host.h"
#include "display/journal.h"
#include "display/scales.h"
#include "gamestream/gamestream.h"
#include "mgmt/api.h"
#include "net/discovery.h"
#include "net/loop.h"
#include "session/launcher.h"
#include "session/machine.h"
#include "session/recorder.h"
#include "session/seats.h"
#include "trust/knocks.h"
#include "trust/pairing.h"
#include "trust/uniqueid.h"

struct pf_host {
    const struct pf_host_config *config;
    char *dir; /* configuration folder */
    int lock;  /* its lock; −1: none */
    char *token;
    struct pf_log_ring *logs; /* NULL without the management API */
    struct pf_loop *loop;
    struct pf_identity *identity;
    struct pf_native_store *store;
    struct pf_pairing pairing;
    struct pf_knocks knocks;
    struct pf_host_events *events; /* NULL without the management API */
    struct pf_recorder recorder;
    struct pf_seats seats; /* who plays, by either protocol */
    struct pf_library *library;
    struct pf_journal *journal;   /* of what is changed on the desktop */
    struct pf_registry *registry; /* NULL with the synthetic source */
    struct pf_display_identities *identities;
    struct pf_display_scales *scales;
    struct pf_launcher *launcher; /* likewise */

    struct pf_real_machine machine;
    struct pf_audio *audio; /* NULL: none, or the synthetic source */
    struct pf_mic *mic;     /* likewise */
    struct pf_native *native;
    struct pf_gamestream_store *gamestream_store;
    struct pf_identity *gamestream_identity; /* NULL without that plane */
    struct pf_gamestream *gamestream;        /* likewise */
    struct pf_host_titles *titles;           /* likewise */
    struct pf_mgmt_server *server;
    struct pf_mgmt_host api;
    struct pf_console *console;     /* NULL: there is none */
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

/* The part of it that is about sessions. */
void pf_host_make_session_api(struct pf_host *host);

/* What the API's listeners hear. 0, or negative if memory is exhausted. */
int pf_host_start_events(struct pf_host *host);
/* Sessions, displays or the like may have changed. */
void pf_host_tell_changed(struct pf_host *host);
/* "client.paired" or "client.unpaired". */
void pf_host_tell_client(
    struct pf_host *host, const char *kind, const char *name, const uint8_t fingerprint[32]);
/* Nothing more is noticed. May be called twice. */
void pf_host_stop_events(struct pf_host *host);
/* After the server. */
void pf_host_free_events(struct pf_host *host);
/* The paired Moonlight clients, whether they are served or not. */
int pf_host_load_gamestream(struct pf_host *host, struct pf_error *err);
/* If the host is to serve them. */
int pf_host_start_gamestream(struct pf_host *host, struct pf_error *err);
/* Fills the members of host->api that belong to it. */
void pf_host_make_gamestream_api(struct pf_host *host);
/* The titles of the library that Moonlight clients can start. NULL: out of memory. */
struct pf_host_titles *pf_host_titles_create(struct pf_loop *loop, struct pf_library *library);
/* After the loop. NULL is allowed. */
void pf_host_titles_destroy(struct pf_host_titles *titles);
/* They have changed. */
void pf_host_titles_look(struct pf_host_titles *titles);
/* As pf_gs_titles_fn. */
size_t pf_host_titles_get(void *titles, struct pf_gs_title *ret_titles, size_t max);
/* The web console, if the host is to have one; failures are logged. */
void pf_host_start_console(struct pf_host *host);
void pf_host_announce_console(const struct pf_host *host);
/* May be called twice. */
void pf_host_stop_console(struct pf_host *host);
/* Every part that stops by and by has stopped: ends the loop. */
void pf_host_part_stopped(struct pf_host *host);

/* Announces the host, whose servers listen already, on the local network, if it is to be. Failures are
 * logged. */
void pf_host_start_discovery(struct pf_host *host);
/* Says goodbye. May be called twice. */
void pf_host_stop_discovery(struct pf_host *host);

#endif
