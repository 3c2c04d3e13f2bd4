/* Files that this program, another version of it, or a disk that fails has left behind. The first byte says
 * which: damaged ones are repaired or set aside, so a second look finds nothing to complain about. */
#include "folder.h"

#include "display/identity.h"
#include "display/journal.h"
#include "display/policy.h"
#include "display/scales.h"
#include "net/advert.h"
#include "trust/gamestream_store.h"
#include "trust/native_store.h"
#include "trust/token.h"
#include "trust/uniqueid.h"

#include <string.h>

static size_t open_paired(void)
{
    struct pf_native_store *s;
    struct pf_error err;
    FUZZ_ASSERT(pf_native_store_open(fuzz_folder, &s, &err) == 0);
    size_t n = pf_native_store_count(s);
    for (size_t i = 0; i < n; i++) {
        const struct pf_native_client *c = pf_native_store_at(s, i);
        FUZZ_ASSERT(pf_native_store_find(s, c->fingerprint) == c);
        FUZZ_ASSERT(memchr(c->name, 0, sizeof(c->name)) && !(c->grants & ~PF_GRANT_ALL));
    }
    pf_native_store_destroy(s);
    return n;
}

static size_t open_gamestream(void)
{
    struct pf_gamestream_store *s;
    struct pf_error err;
    FUZZ_ASSERT(pf_gamestream_store_open(fuzz_folder, &s, &err) == 0);
    size_t n = pf_gamestream_store_count(s);
    pf_gamestream_store_destroy(s);
    return n;
}

static void load_id(void)
{
    char first[PF_UNIQUEID_SIZE], second[PF_UNIQUEID_SIZE];
    struct pf_error err;
    FUZZ_ASSERT(
        pf_uniqueid_load(fuzz_folder, first, &err) == 0 && pf_uniqueid_load(fuzz_folder, second, &err) == 0);
    FUZZ_ASSERT(strlen(first) == 32 && strcmp(first, second) == 0);
}

static void find_token(void)
{
    char *token = NULL;
    struct pf_error err;
    if (pf_token_find(fuzz_folder, &token, &err) == 0)
        FUZZ_ASSERT(token && token[0]);
    free(token);
}

static void load_journal(void)
{
    struct pf_journal_list list;
    pid_t live;
    bool same_boot;
    char *path = fuzz_path("journal");
    if (pf_journal_read(path, &list, &live, &same_boot) == 0) {
        FUZZ_ASSERT(list.count <= PF_JOURNAL_MAX);
        while (list.count)
            pf_journal_list_remove(&list, list.count / 2);
        pf_journal_list_finish(&list);
    }
    free(path);
}

static void check_policy(const uint8_t *data, size_t size)
{
    struct pf_display_policy policy;
    struct pf_error err;
    if (pf_display_policy_parse((const char *)data, size, &policy, &err) == 0)
        FUZZ_ASSERT(policy.max_displays >= 1 && policy.max_displays <= 16);
    else
        FUZZ_ASSERT(err.text[0]);
}

/* What is accepted is written so that it reads the same. */
static void check_sent_policy(const uint8_t *data, size_t size)
{
    struct pf_display_policy policy, back;
    struct pf_error err;
    json_t *json = json_loadb((const char *)data, size, 0, NULL);
    if (json && pf_display_policy_check(json, &policy, &err) == 0) {
        json_t *whole = pf_display_policy_to_json(&policy);
        FUZZ_ASSERT(whole && pf_display_policy_check(whole, &back, &err) == 0);
        FUZZ_ASSERT(back.max_displays == policy.max_displays && back.linger.kind == policy.linger.kind);
        FUZZ_ASSERT(back.linger.duration_ns == policy.linger.duration_ns && back.preset == policy.preset);
        FUZZ_ASSERT(!strcmp(back.capture_monitor, policy.capture_monitor));
        json_decref(whole);
    }
    json_decref(json);
}

static void check_identities(const uint8_t *data, size_t size)
{
    struct pf_display_identity_map map;
    if (pf_display_identity_parse((const char *)data, size, &map))
        return;
    unsigned slot = pf_display_identity_assign(&map, "somebody", 0);
    FUZZ_ASSERT(slot >= 1 && slot <= PF_IDENTITY_SLOTS);
    FUZZ_ASSERT(pf_display_identity_assign(&map, "somebody", 0xffff) == slot);
}

static void check_scales(const uint8_t *data, size_t size)
{
    struct pf_display_scale_map map;
    if (pf_display_scales_parse((const char *)data, size, &map))
        return;
    for (unsigned slot = 0; slot <= PF_IDENTITY_SLOTS; slot++)
        FUZZ_ASSERT(map.scale[slot] >= 0 && map.scale[slot] < 100);
}

static void check_os(void)
{
    char os[32], *path = fuzz_path("os-release");
    FUZZ_ASSERT(strncmp(pf_advert_os(path, os), "linux", 5) == 0);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    fuzz_folder_prepare();
    const uint8_t what = *data++;
    size--;
    switch (what) {
    case 'n':
        fuzz_put("punktfunk1-paired.json", data, size);
        FUZZ_ASSERT(open_paired() == open_paired());
        break;
    case 'g':
        fuzz_put("paired.json", data, size);
        FUZZ_ASSERT(open_gamestream() == open_gamestream());
        break;
    case 'i':
        fuzz_put("uniqueid", data, size);
        load_id();
        break;
    case 't':
        fuzz_put("mgmt-token", data, size);
        find_token();
        break;
    case 'r':
        fuzz_put("journal", data, size);
        load_journal();
        break;
    case 'o':
        fuzz_put("os-release", data, size);
        check_os();
        break;
    default:
        check_policy(data, size);
        check_sent_policy(data, size);
        check_identities(data, size);
        check_scales(data, size);
    }
    fuzz_folder_clear();
    return 0;
}
