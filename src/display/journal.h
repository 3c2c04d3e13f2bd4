/* The crash journal: what this host has changed on the desktop, on disk before it is done, so that whatever a
 * host that died left behind can be undone: at the next start, or by `punktfunk-host recover`
 * (displays-and-capture.md 2.2, 3.3; management-and-operations.md 2.3).
 *
 * One file for each host process, <dir>/desktop-journal-<pid>.json, 0600, replaced atomically at each change
 * and deleted when nothing is left to undo. Any thread. Every note costs an fsync, so none belongs on a hot
 * path.
 */
#ifndef PF_DISPLAY_JOURNAL_H
#define PF_DISPLAY_JOURNAL_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PF_JOURNAL_MAX          128 /* entries of one host */
#define PF_JOURNAL_SESSION_SIZE 160

/* One change. Two entries are the same if owner, kind, session and name are. */
struct pf_journal_entry {
    char owner[16];                        /* who knows how to undo it: a back end's name, "audio" */
    char kind[16];                         /* "output", "head", "focus", …: the owner's business */
    char session[PF_JOURNAL_SESSION_SIZE]; /* the run of the compositor in which it was made */
    char name[128];                        /* what was changed: "DP-1" */
    bool lasting;   /* the desktop remembers it when it starts again: undo it in the next run too */
    json_t *before; /* how it was, in the owner's own shape; may be NULL. Belongs to the list that it is in */
};

/* Copies of entries, oldest first. finish frees them. */
struct pf_journal_list {
    struct pf_journal_entry *item;
    size_t count;
};
void pf_journal_list_finish(struct pf_journal_list *list);
/* Takes one entry out. */
void pf_journal_list_remove(struct pf_journal_list *list, size_t index);

struct pf_journal;

/* Opens the journal of this process in the private folder `dir`; NULL: in memory only, for tests. Nothing is
 * read or written yet. -ENOMEM. */
int pf_journal_open(const char *dir, struct pf_journal **ret_journal);
/* The file stays if something is left to undo. NULL is allowed. */
void pf_journal_close(struct pf_journal *journal);

/* Notes a change that is about to be made. An entry that is there already stays as it is: its `before` was
 * seen before any change of ours. `before` is borrowed. 0: it is on disk. Else nobody would undo it after a
 * crash: make the change all the same, or forget it and do without. -ENOSPC (full) and -ENOMEM: it is not
 * noted at all; -EINVAL (a name is no UTF-8) and what pf_file_write returns: in memory only. */
int pf_journal_note(struct pf_journal *journal, const struct pf_journal_entry *entry, struct pf_error *err);
/* The same, but replaces the entry that is there. */
int pf_journal_set(struct pf_journal *journal, const struct pf_journal_entry *entry, struct pf_error *err);

/* It is undone. Name NULL: all of this kind; kind NULL: all of this session. Nothing happens if there is
 * none. */
void pf_journal_forget(
    struct pf_journal *journal, const char *owner, const char *kind, const char *session, const char *name);

/* The owner's entries: of one session and kind, or of all (NULL). -ENOMEM. */
int pf_journal_entries(struct pf_journal *journal, const char *owner, const char *kind, const char *session,
    struct pf_journal_list *ret_list);

/* What a recovery found. */
struct pf_journal_report {
    unsigned dead;    /* journals of hosts that died */
    unsigned undone;  /* entries that are settled now, stale ones included */
    unsigned left;    /* entries that could not be undone now: they stay on file for the next time */
    unsigned damaged; /* files that could not be read: set aside with the ending .bad */
    pid_t live;       /* a host that runs now and has changes on file; 0: none */
};

/* Undoes what entries say and takes them out of the list; leaves in what cannot be undone now. */
typedef void (*pf_journal_undo)(void *user, struct pf_journal *own, struct pf_journal_list *dead);

/* Reads the journals of hosts that died. Entries of another boot are dropped unless they are lasting; `undo`
 * gets the others. Hosts that run are left alone. One process at a time does it; blocks. */
void pf_journal_recover(
    struct pf_journal *own, pf_journal_undo undo, void *user, struct pf_journal_report *ret_report);

/* Copies of what hosts have on file: of those that run, or else of those that died. Changes nothing; files
 * that cannot be read are passed over. -ENOMEM. */
int pf_journal_survey(const char *dir, bool of_live, struct pf_journal_list *ret_list);

/* The compositor runs anew: lets `undo` put back what this process changed in a former run and the desktop
 * remembers. Entries that are not lasting are left alone. Blocks. */
void pf_journal_settle_lasting(struct pf_journal *own, pf_journal_undo undo, void *user);

/* The socket of a session that is named "SOCKET PID.START". False: it is not. */
bool pf_journal_socket_of(const char *session, char ret_socket[108]);

/* One file, as pf_journal_recover reads it: for tests. *ret_live: its host still runs; *ret_same_boot: it is
 * of this boot. -EPROTO if it is damaged. */
int pf_journal_read(const char *path, struct pf_journal_list *ret_list, pid_t *ret_live, bool *ret_same_boot);

#endif
