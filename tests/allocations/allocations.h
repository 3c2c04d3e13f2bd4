/* How often the heap was asked for memory. A program has one of two counters: wrapped.c sees what our objects
 * ask for, interposed.c what libraries do, too. Under sanitizers it is always the former. */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include <stdatomic.h>

/* Since the program began: of all threads, and of the calling one. */
unsigned long allocations(void);
unsigned long own_allocations(void);

/* For the two counters. */
extern atomic_ulong allocations_of_all;
extern _Thread_local unsigned long allocations_of_thread;

static inline void count_allocation(void)
{
    atomic_fetch_add_explicit(&allocations_of_all, 1, memory_order_relaxed);
    allocations_of_thread++;
}

#endif
