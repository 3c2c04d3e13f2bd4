#include "net/avahi_log.h"

#include "base/log.h"

#include <avahi-core/log.h>

static void on_line(AvahiLogLevel level, const char *text)
{
    pf_log_debug("avahi", "%s", text);
}

void pf_avahi_take_log(void)
{
    avahi_set_log_function(on_line);
}
