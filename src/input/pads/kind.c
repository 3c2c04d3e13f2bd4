#include "input/pads/kind.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *word;
    enum pf_pad_kind kind;
} words[] = {
    {"xbox", PF_PAD_KIND_XBOX_360},
    {"xbox360", PF_PAD_KIND_XBOX_360},
    {"x360", PF_PAD_KIND_XBOX_360},
    {"uinput", PF_PAD_KIND_XBOX_360},
    {"xboxone", PF_PAD_KIND_XBOX_ONE},
    {"xbox-one", PF_PAD_KIND_XBOX_ONE},
    {"xone", PF_PAD_KIND_XBOX_ONE},
    {"xbox1", PF_PAD_KIND_XBOX_ONE},
    {"series", PF_PAD_KIND_XBOX_ONE},
    {"xboxseries", PF_PAD_KIND_XBOX_ONE},
    {"dualsense", PF_PAD_KIND_DUALSENSE},
    {"ds", PF_PAD_KIND_DUALSENSE},
    {"ps5", PF_PAD_KIND_DUALSENSE},
    {"dualshock4", PF_PAD_KIND_DUALSHOCK_4},
    {"dualshock", PF_PAD_KIND_DUALSHOCK_4},
    {"ds4", PF_PAD_KIND_DUALSHOCK_4},
    {"ps4", PF_PAD_KIND_DUALSHOCK_4},
};

enum pf_pad_kind pf_pad_kind_of_word(const char *word)
{
    for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
        if (!strcasecmp(word, words[i].word))
            return words[i].kind;
    return PF_PAD_KIND_AUTO;
}

bool pf_pad_kind_needs_uhid(enum pf_pad_kind kind)
{
    return kind == PF_PAD_KIND_DUALSENSE || kind == PF_PAD_KIND_DUALSHOCK_4;
}

enum pf_pad_kind pf_pad_kind_choose(unsigned wish, enum pf_pad_kind preferred, bool has_uhid)
{
    enum pf_pad_kind kind = wish != PF_PAD_KIND_AUTO ? (enum pf_pad_kind)wish : preferred;
    bool can = kind == PF_PAD_KIND_XBOX_ONE || (has_uhid && pf_pad_kind_needs_uhid(kind));
    return can ? kind : PF_PAD_KIND_XBOX_360;
}

const char *pf_pad_kind_name(enum pf_pad_kind kind)
{
    static const char *const names[] = {"gamepad", "Xbox 360", "DualSense", "Xbox One", "DualShock 4"};
    return (unsigned)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : names[0];
}
