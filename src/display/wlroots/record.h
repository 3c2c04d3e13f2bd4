/* Which outputs this host has made, on disk, so that the next host can remove what a dead one left behind.
 *
 * One small file for each host process: $XDG_RUNTIME_DIR/punktfunk/sway-outputs-<pid>.json. It is replaced
 * atomically before and after every change in the compositor. Used by one thread at a time.
 */
#ifndef PF_DISPLAY_WLROOTS_RECORD_H
#define PF_DISPLAY_WLROOTS_RECORD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PF_SWAY_RECORD_MAX 64

struct pf_sway_record_item {
    char socket[108]; /* control socket of the sway that has it; its name is new for every sway process */
    char name[64];    /* "HEADLESS-2" */
    bool parked;      /* not in use: this sway cannot remove outputs, the next display takes it */
};

struct pf_sway_record {
    pid_t host_pid;
    uint64_t host_start; /* start time of the process, clock ticks after boot: tells apart a reused pid */
    struct pf_sway_record_item item[PF_SWAY_RECORD_MAX];
    size_t count;
    /* A creation is under way on this socket: the output is the lowest HEADLESS-n with n > creating_after. */
    char creating_socket[108]; /* empty: none */
    unsigned creating_after;
};

/* An empty record of this process. */
void pf_sway_record_init(struct pf_sway_record *record);

/* True if the host that wrote it still runs. */
bool pf_sway_record_is_live(const struct pf_sway_record *record);

/* NULL if there is none. */
struct pf_sway_record_item *pf_sway_record_find(
    struct pf_sway_record *record, const char *socket, const char *name);

/* Finds or adds the item. -ENOSPC if the record is full. */
int pf_sway_record_put(struct pf_sway_record *record, const char *socket, const char *name, bool parked);
void pf_sway_record_remove(struct pf_sway_record *record, const char *socket, const char *name);

/* Writes the record of this process under runtime_dir, or deletes the file if the record is empty. */
int pf_sway_record_save(const struct pf_sway_record *record, const char *runtime_dir, struct pf_error *err);

/* Reads one record. -EPROTO if it is damaged, or any errno of reading. */
int pf_sway_record_load(const char *path, struct pf_sway_record *ret_record);

/* Calls visit(path, user) for every record under runtime_dir, this process's own included. */
void pf_sway_record_each(const char *runtime_dir, void (*visit)(const char *path, void *user), void *user);

#endif
