/* What others write that the KWin back end reads: .desktop files, and its notes in a journal. */
#include "fuzz.h"

#include "display/kwin/topology.h"
#include "kwin/permit.h"

#include <string.h>

static void read_permit(const char *text)
{
    struct pf_kwin_permit permit;
    pf_kwin_permit_read(text, "/usr/bin/punktfunk-host", &permit);
    FUZZ_ASSERT(memchr(permit.missing, 0, sizeof(permit.missing)));
    FUZZ_ASSERT(permit.has_missing == (permit.missing[0] != 0));
}

/* A note that is taken makes the same note again. */
static void read_note(const char *text)
{
    struct pf_kwin_head head, again;
    struct pf_journal_entry entry = {
        .owner = PF_KWIN_OWNER, .kind = PF_KWIN_HEAD, .name = "DP-1", .before = json_loads(text, 0, NULL)};
    if (entry.before && pf_kwin_head_of_entry(&entry, &head)) {
        json_decref(entry.before);
        entry.before = pf_kwin_head_to_json(&head);
        FUZZ_ASSERT(pf_kwin_head_of_entry(&entry, &again));
        FUZZ_ASSERT(pf_kwin_head_is_arranged(&again, &head));
        FUZZ_ASSERT(strcmp(again.uuid, head.uuid) == 0);
    }
    json_decref(entry.before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    read_permit(text);
    read_note(text);
    free(text);
    return 0;
}
