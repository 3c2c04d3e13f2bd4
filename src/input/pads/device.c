#include "input/pads/device.h"

#include "base/node.h"
#include "input/pads/uhid.h"
#include "input/pads/uinput.h"

int pf_pad_device_open(enum pf_pad_kind kind, struct pf_pad_device **ret_device, struct pf_error *err)
{
    switch (kind) {
    case PF_PAD_KIND_DUALSENSE:
        return pf_uhid_pad_open(&pf_dualsense, ret_device, err);
    case PF_PAD_KIND_DUALSHOCK_4:
        return pf_uhid_pad_open(&pf_dualshock4, ret_device, err);
    case PF_PAD_KIND_AUTO:
    case PF_PAD_KIND_XBOX_360:
    case PF_PAD_KIND_XBOX_ONE:
        break;
    }
    return pf_uinput_pad_open(kind, ret_device, err);
}

int pf_pad_device_check(enum pf_pad_kind kind, struct pf_error *err)
{
    bool uhid = pf_pad_kind_needs_uhid(kind);
    const char *path = uhid ? PF_UHID_NODE : PF_UINPUT_NODE, *module = uhid ? "uhid" : "uinput";
    char command[PF_NODE_COMMAND_SIZE];
    int rc = pf_node_check(path, module, command);
    return rc < 0 ? pf_node_refused(path, module, -rc, err) : 0;
}
