/* The program's own malloc family, which counts and passes on to the C library's. */
#include "allocations/allocations.h"

#include <errno.h>
#include <stdlib.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

void *malloc(size_t n)
{
    count_allocation();
    return __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    count_allocation();
    return __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    count_allocation();
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    count_allocation();
    return __libc_memalign(align, n);
}

int posix_memalign(void **ret, size_t align, size_t n)
{
    count_allocation();
    *ret = __libc_memalign(align, n);
    return *ret ? 0 : ENOMEM;
}
