#include "allocations/allocations.h"

atomic_ulong allocations_of_all;
_Thread_local unsigned long allocations_of_thread;

unsigned long allocations(void)
{
    return atomic_load(&allocations_of_all);
}

unsigned long own_allocations(void)
{
    return allocations_of_thread;
}
