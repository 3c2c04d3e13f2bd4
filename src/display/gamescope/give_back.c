#include "display/gamescope/give_back.h"

#include "base/log.h"
#include "display/gamescope/claim.h"
#include "display/gamescope/notes.h"
#include "display/gamescope/seat.h"
#include "display/gamescope/session_files.h"
#include "display/gamescope/units.h"

#include <errno.h>
#include <string.h>

#define SCOPE "gamescope"

/* ---- one note -------------------------------------------------------------------------------------------
 */

int pf_gamescope_end_ours(struct pf_error *err)
{
    struct pf_unit_list list;
    int rc = pf_units_not_ended(PF_GAMESCOPE_OUR_UNIT, &list, err);
    return rc == 0 && list.count ? pf_units_tell("stop", NULL, PF_GAMESCOPE_OUR_UNIT, err) : rc;
}

static int give_unit_back(const char *unit, bool desktop, struct pf_error *err)
{
    if (strncmp(unit, PF_GAMESCOPE_PLUS_PREFIX, strlen(PF_GAMESCOPE_PLUS_PREFIX)) != 0)
        return 0; /* no note of ours */
    int rc = pf_units_tell("unmask", "--runtime", unit, err);
    if (rc == 0 && !desktop)
        rc = pf_units_tell("start", NULL, unit, err);
    return rc;
}

static int remove_drop_in(const char *path, bool desktop, struct pf_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || strcmp(slash + 1, PF_GAMESCOPE_DROP_IN) != 0)
        return 0; /* no note of ours */
    pf_gamescope_drop_in_remove(path);
    int rc = pf_units_tell("daemon-reload", NULL, NULL, err);
    if (rc == 0)
        rc = pf_units_tell(desktop ? "stop" : "restart", NULL, PF_GAMESCOPE_STEAMOS_TARGET, err);
    return rc;
}

/* The unit of ours has ended before. */
static int undo_one(const struct pf_journal_entry *e, bool desktop, struct pf_error *err)
{
    if (!strcmp(e->kind, PF_GAMESCOPE_NOTE_STOPPED))
        return give_unit_back(e->name, desktop, err);
    return !strcmp(e->kind, PF_GAMESCOPE_NOTE_DROP_IN) ? remove_drop_in(e->name, desktop, err) : 0;
}

/* ---- all of them ----------------------------------------------------------------------------------------
 */

static bool is_ours(const struct pf_journal_entry *e)
{
    return !strcmp(e->owner, PF_GAMESCOPE_OWNER);
}

/* NULL: of any kind. */
static bool has_ours(const struct pf_journal_list *list, const char *kind)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_ours(&list->item[i]) && (!kind || !strcmp(list->item[i].kind, kind)))
            return true;
    return false;
}

/* Noted here or not: notes may be older than our unit, or of another host; nothing starts while it runs. */
static int end_ours_first(const struct pf_journal_list *list, struct pf_error *err)
{
    bool about_units = has_ours(list, PF_GAMESCOPE_NOTE_OURS) || has_ours(list, PF_GAMESCOPE_NOTE_STOPPED);
    return about_units ? pf_gamescope_end_ours(err) : 0;
}

/* Takes out what it could undo, and stops at a step that fails. Whether there is a desktop is asked before
 * anything ends that it may run in. */
static void undo_all(struct pf_journal_list *list)
{
    struct pf_error err = {"unknown reason"};
    bool desktop = has_ours(list, NULL) && pf_seat_has_desktop();
    int rc = end_ours_first(list, &err);
    for (size_t i = 0; rc == 0 && i < list->count;) {
        bool ours = is_ours(&list->item[i]);
        rc = ours ? undo_one(&list->item[i], desktop, &err) : 0;
        if (ours && rc == 0)
            pf_journal_list_remove(list, i);
        i += !ours;
    }
    if (rc < 0)
        pf_log_warn(SCOPE, "the machine's own gamescope session is not given back yet: %s", err.text);
}

/* What is in `all` and not in `left`, which is what is left of it, in its order. */
static void forget_undone(
    struct pf_journal *journal, const struct pf_journal_list *all, const struct pf_journal_list *left)
{
    for (size_t i = 0, k = 0; i < all->count; i++) {
        const struct pf_journal_entry *e = &all->item[i];
        if (k < left->count && !strcmp(left->item[k].kind, e->kind) && !strcmp(left->item[k].name, e->name))
            k++;
        else
            pf_journal_forget(journal, e->owner, e->kind, e->session, e->name);
    }
}

/* Two copies of the notes: one shrinks as steps succeed, as the list of a dead host does; the other one tells
 * what it lacks, which the journal is to forget. */
bool pf_gamescope_give_back(const struct pf_desktop_env *env, struct pf_journal *journal)
{
    struct pf_journal_list all, left = {0};
    if (pf_journal_entries(journal, PF_GAMESCOPE_OWNER, NULL, NULL, &all) < 0)
        return false;
    bool done = pf_journal_entries(journal, PF_GAMESCOPE_OWNER, NULL, NULL, &left) == 0;
    if (done) {
        undo_all(&left);
        forget_undone(journal, &all, &left);
        done = left.count == 0;
    }
    if (done && all.count)
        pf_log_info(SCOPE, "the machine's own session is given back");
    pf_journal_list_finish(&left);
    pf_journal_list_finish(&all);
    pf_gamescope_scripts_remove(env->runtime_dir);
    return done;
}

/* ---- later ----------------------------------------------------------------------------------------------
 */

bool pf_gamescope_settle(const struct pf_desktop_env *env, struct pf_journal *own)
{
    struct pf_journal_list notes = {0};
    int rc = own ? pf_journal_entries(own, PF_GAMESCOPE_OWNER, NULL, NULL, &notes) : 0;
    bool nothing = rc == 0 && !notes.count;
    pf_journal_list_finish(&notes);
    if (nothing)
        return true;
    rc = pf_gamescope_claim_to_return(env);
    if (rc == -EBUSY)
        return true;   /* its output gives all back that is noted */
    if (rc == -EUSERS) /* who undoes only what it has noted itself */
        pf_log_info(SCOPE, "the machine's own gamescope session is not given back yet: another host of this "
                           "user has it");
    else if (rc < 0 && rc != -EAGAIN) /* that may be about the notes of a dead host only */
        pf_log_warn(SCOPE, "the machine's own gamescope session is not given back yet: %s", strerror(-rc));
    if (rc < 0)
        return false;
    bool done = pf_gamescope_give_back(env, own);
    pf_gamescope_claim_end();
    return done;
}

void pf_gamescope_undo(const struct pf_desktop_env *env, struct pf_journal *own, struct pf_journal_list *dead)
{
    size_t before = dead->count;
    (void)own;
    if (!has_ours(dead, NULL) || pf_gamescope_claim_to_return(env) < 0)
        return;
    undo_all(dead);
    if (dead->count != before)
        pf_gamescope_scripts_remove(env->runtime_dir);
    pf_gamescope_claim_end();
}

bool pf_gamescope_owes(
    const struct pf_desktop_env *env, const struct pf_journal_list *notes, struct pf_error *ret_sentence)
{
    if (!has_ours(notes, NULL) || !pf_gamescope_claim_is_free(env))
        return false;
    pf_error_set(ret_sentence, 0, "this machine's own gamescope session is still to be given back");
    return true;
}
