/* What gamescope writes, in pieces of any size, and what command lines of gamescope may be. */
#include "fuzz.h"

#include "display/gamescope/scan.h"
#include "display/gamescope/seat.h"
#include "display/gamescope/units.h"
#include "display/gamescope/words.h"

#include <string.h>

static void check_log(const char *text, size_t len, size_t piece)
{
    struct pf_gamescope_log whole = {0}, cut = {0};
    bool found = pf_gamescope_log_feed(&whole, text, len);
    for (size_t at = 0; at < len; at += piece)
        pf_gamescope_log_feed(&cut, text + at, len - at < piece ? len - at : piece);
    FUZZ_ASSERT(cut.has_node == found && cut.node == whole.node && cut.len == whole.len);
    FUZZ_ASSERT(!found || memmem(text, len, "node ID:", 8));
}

static void check_version(const char *text, size_t len)
{
    struct pf_gamescope_version v;
    if (!pf_gamescope_version_parse(text, len, &v))
        return;
    FUZZ_ASSERT(v.major < 1000000 && v.minor < 1000000 && v.patch < 1000000);
    pf_gamescope_version_is_sound(&v);
}

static void check_arguments(const char *text, size_t len)
{
    struct pf_mode mode = pf_gamescope_mode_of(text, len);
    FUZZ_ASSERT(mode.width <= 16384 && mode.height <= 16384 && mode.refresh_mhz <= 1000000);
    pf_gamescope_is_command(text, len);
}

static void check_units(const char *bytes, size_t len)
{
    struct pf_unit_state state;
    struct pf_unit_list list;
    char text[4096];
    len = len < sizeof(text) - 1 ? len : sizeof(text) - 1;
    memcpy(text, bytes, len);
    text[len] = 0;
    pf_unit_state_parse(text, &state);
    FUZZ_ASSERT(memchr(state.cgroup, 0, sizeof(state.cgroup)));
    pf_units_parse(text, &list);
    FUZZ_ASSERT(list.count <= PF_UNITS_MAX);
    pf_seat_parse(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const char *text = (const char *)data + 1;
    check_log(text, size - 1, 1 + data[0]);
    check_version(text, size - 1);
    check_arguments(text, size - 1);
    check_units(text, size - 1);
    return 0;
}
