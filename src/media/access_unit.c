#include "media/access_unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct pf_access_unit_pool {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closed, orphan; /* orphan: destroyed while units were out */
    unsigned count, free_count;
    struct pf_access_unit **free; /* stack of free units */
    struct pf_access_unit *units;
};

static void pool_free(struct pf_access_unit_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++)
        free(pool->units[i].data);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool->free);
    free(pool->units);
    free(pool);
}

struct pf_access_unit_pool *pf_access_unit_pool_create(unsigned count, size_t initial_cap)
{
    struct pf_access_unit_pool *pool = calloc(1, sizeof(*pool));
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->free = calloc(count, sizeof(struct pf_access_unit *));
    pool->units = calloc(count, sizeof(*pool->units));
    bool ok = pool->free && pool->units;
    for (unsigned i = 0; ok && i < count; i++) {
        struct pf_access_unit *au = &pool->units[i];
        pool->count = i + 1;
        au->pool = pool;
        ok = pf_access_unit_reserve(au, initial_cap) == 0;
        pool->free[pool->free_count++] = au;
    }
    if (ok)
        return pool;
    pool_free(pool);
    return NULL;
}

void pf_access_unit_pool_destroy(struct pf_access_unit_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->orphan = true;
    bool idle = pool->free_count == pool->count;
    pthread_mutex_unlock(&pool->lock);
    if (idle)
        pool_free(pool);
}

struct pf_access_unit *pf_access_unit_take(struct pf_access_unit_pool *pool)
{
    struct pf_access_unit *au = NULL;
    pthread_mutex_lock(&pool->lock);
    while (!pool->free_count && !pool->closed)
        pthread_cond_wait(&pool->changed, &pool->lock);
    if (!pool->closed)
        au = pool->free[--pool->free_count];
    pthread_mutex_unlock(&pool->lock);
    if (!au)
        return NULL;
    uint8_t *data = au->data;
    size_t cap = au->cap;
    *au = (struct pf_access_unit){.pool = pool, .data = data, .cap = cap};
    return au;
}

void pf_access_unit_pool_close(struct pf_access_unit_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->closed = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

int pf_access_unit_reserve(struct pf_access_unit *au, size_t n)
{
    if (au->cap >= n)
        return 0;
    size_t cap = au->cap ? au->cap : 4096;
    while (cap < n)
        cap *= 2;
    uint8_t *data = realloc(au->data, cap);
    if (!data)
        return -ENOMEM;
    au->data = data;
    au->cap = cap;
    return 0;
}

void pf_access_unit_return(struct pf_access_unit *au)
{
    if (!au)
        return;
    struct pf_access_unit_pool *pool = au->pool;
    pthread_mutex_lock(&pool->lock);
    pool->free[pool->free_count++] = au;
    bool last = pool->orphan && pool->free_count == pool->count;
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    if (last)
        pool_free(pool);
}
