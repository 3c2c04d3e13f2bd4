#include "input/wlr/keymap_send.h"

#include "virtual-keyboard-unstable-v1-client-protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

int pf_wlr_keymap_send(struct zwp_virtual_keyboard_v1 *keyboard, const char *text)
{
    size_t size = strlen(text) + 1;
    int fd = memfd_create("keymap", MFD_CLOEXEC);
    int rc = fd < 0 ? -errno : write_all(fd, text, size);
    if (rc == 0) /* libwayland duplicates the descriptor */
        zwp_virtual_keyboard_v1_keymap(keyboard, WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, fd, (uint32_t)size);
    if (fd >= 0)
        close(fd);
    return rc;
}
