#include "cli/undo.h"

#include "base/file.h"
#include "base/log.h"
#include "display/display.h"

#include <stdlib.h>
#include <string.h>

#define SCOPE "recover"

/* The note about the default sink: one for each host, because it has one sink at a time. */
static const struct pf_journal_entry sink_note = {
    .owner = "audio", .kind = "sink", .name = "default", .lasting = true};

/* ---- undoing ---- */

static void undo_audio(struct pf_journal_list *dead)
{
    for (size_t i = dead->count; i-- > 0;) {
        const char *before = json_string_value(dead->item[i].before);
        if (strcmp(dead->item[i].owner, sink_note.owner) == 0 && pf_audio_recover(before ? before : "") == 0)
            pf_journal_list_remove(dead, i);
    }
}

static void undo_everything(void *user, struct pf_journal *own, struct pf_journal_list *dead)
{
    undo_audio(dead);
    pf_display_undo(user, own, dead);
    for (size_t i = 0; i < dead->count; i++)
        pf_log_debug(
            SCOPE, "not undone: %s %s %s", dead->item[i].owner, dead->item[i].kind, dead->item[i].name);
}

static void undo_displays(void *user, struct pf_journal *own, struct pf_journal_list *dead)
{
    pf_display_undo(user, own, dead);
}

void pf_undo_run(
    struct pf_journal *own, const struct pf_desktop_env *env, struct pf_journal_report *ret_report)
{
    struct pf_desktop_env copy = *env;
    struct pf_journal_report report;
    pf_journal_recover(own, undo_everything, &copy, &report);
    if (report.undone)
        pf_log_info(
            SCOPE, "undid what a host that died had changed on the desktop changes=%u", report.undone);
    if (report.left)
        pf_log_warn(SCOPE,
            "%u changes of a host that died cannot be undone yet, because the desktop or its audio server "
            "does "
            "not answer, or another host uses it; they are kept for the next try",
            report.left);
    if (ret_report)
        *ret_report = report;
}

void pf_undo_session_began(struct pf_journal *own, const struct pf_desktop_env *env)
{
    struct pf_desktop_env copy = *env;
    pf_journal_settle_lasting(own, undo_displays, &copy);
    pf_undo_run(own, env, NULL);
}

/* ---- what is owed ---- */

static bool owes(
    const char *dir, const struct pf_desktop_env *env, bool of_live, struct pf_error *ret_sentence)
{
    struct pf_journal_list notes;
    if (pf_journal_survey(dir, of_live, &notes) < 0)
        return false;
    bool owed = pf_display_owes(env, &notes, ret_sentence);
    pf_journal_list_finish(&notes);
    return owed;
}

bool pf_undo_is_owed(struct pf_error *ret_sentence, bool *ret_by_host)
{
    struct pf_desktop_env env;
    char *dir = pf_config_dir();
    pf_desktop_env_detect_any(NULL, &env);
    *ret_by_host = dir && owes(dir, &env, true, ret_sentence);
    bool owed = *ret_by_host || (dir && owes(dir, &env, false, ret_sentence));
    free(dir);
    return owed;
}

/* ---- the default sink ---- */

static void settle(void *user)
{
    static const struct pf_desktop_env none;
    pf_undo_run(user, &none, NULL);
}

static void displaced(void *user, const char *before)
{
    struct pf_error err = {"out of memory"};
    struct pf_journal_entry e = sink_note;
    e.before = json_string(before);
    if (pf_journal_note(user, &e, &err) < 0)
        pf_log_warn(SCOPE, "the default sink will not come back after a crash: %s", err.text);
    json_decref(e.before);
}

static void given_back(void *user)
{
    pf_journal_forget(user, sink_note.owner, sink_note.kind, sink_note.session, sink_note.name);
}

struct pf_audio_notes pf_undo_audio_notes(struct pf_journal *own)
{
    return (struct pf_audio_notes){
        .settle = settle, .displaced = displaced, .given_back = given_back, .user = own};
}
