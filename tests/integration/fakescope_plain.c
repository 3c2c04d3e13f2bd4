#include "fakescope_eis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un addr = {.sun_family = AF_UNIX};

void fakescope_eis_start(struct pw_loop *loop, unsigned width, unsigned height, char *ret_name, size_t cap)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int n = 0; n < 10; n++) {
        snprintf(ret_name, cap, "gamescope-%d-ei", n);
        snprintf(addr.sun_path, sizeof(addr.sun_path), "%.80s/%.20s", getenv("XDG_RUNTIME_DIR"), ret_name);
        if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(fd, 8) == 0)
            return;
    }
    exit(1);
}

void fakescope_eis_stop(void)
{
    unlink(addr.sun_path);
}

void fakescope_eis_pause(void)
{
}

void fakescope_eis_replace_seat(void)
{
}

void fakescope_eis_hang_up(void)
{
}
