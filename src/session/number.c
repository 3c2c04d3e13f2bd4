#include "session/number.h"

#include <stdatomic.h>

uint32_t pf_session_number(void)
{
    static atomic_uint last;
    return atomic_fetch_add(&last, 1) + 1;
}
