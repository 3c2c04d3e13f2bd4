#include "input/merge.h"

static int32_t add(int32_t a, int32_t b)
{
    int32_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (a < 0 ? INT32_MIN : INT32_MAX) : sum;
}

bool pf_input_merge(struct pf_input *earlier, const struct pf_input *next)
{
    if (earlier->type != next->type || earlier->horizontal != next->horizontal ||
        (next->type != PF_INPUT_MOTION && next->type != PF_INPUT_WHEEL))
        return false;
    earlier->x = add(earlier->x, next->x);
    earlier->y = add(earlier->y, next->y);
    return true;
}
