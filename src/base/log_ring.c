#include "base/log_ring.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pf_log_ring {
    pthread_mutex_t lock;
    uint64_t last;                               /* number of the newest line; 0: none yet */
    struct pf_log_line lines[PF_LOG_RING_LINES]; /* line n is at n % LINES */
};

struct pf_log_ring *pf_log_ring_create(void)
{
    struct pf_log_ring *ring = calloc(1, sizeof(*ring));
    if (ring)
        pthread_mutex_init(&ring->lock, NULL);
    return ring;
}

void pf_log_ring_destroy(struct pf_log_ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < PF_LOG_RING_LINES; i++)
        free(ring->lines[i].text);
    pthread_mutex_destroy(&ring->lock);
    free(ring);
}

void pf_log_ring_take(
    void *user, enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text)
{
    struct pf_log_ring *ring = user;
    char *copy = strdup(text);
    if (!copy)
        return;
    pthread_mutex_lock(&ring->lock);
    struct pf_log_line *line = &ring->lines[++ring->last % PF_LOG_RING_LINES];
    free(line->text);
    *line = (struct pf_log_line){.seq = ring->last, .real_ns = real_ns, .level = level, .text = copy};
    snprintf(line->scope, sizeof(line->scope), "%s", scope);
    pthread_mutex_unlock(&ring->lock);
}

size_t pf_log_ring_read(
    struct pf_log_ring *ring, uint64_t after, struct pf_log_line *ret_lines, size_t max, bool *ret_dropped)
{
    size_t n = 0;
    pthread_mutex_lock(&ring->lock);
    uint64_t first = ring->last > PF_LOG_RING_LINES ? ring->last - PF_LOG_RING_LINES + 1 : 1;
    *ret_dropped = after != 0 && after < first - 1;
    uint64_t seq = after < first ? first : after < UINT64_MAX ? after + 1 : UINT64_MAX;
    for (; seq <= ring->last && n < max; seq++) {
        const struct pf_log_line *line = &ring->lines[seq % PF_LOG_RING_LINES];
        char *text = strdup(line->text);
        if (!text)
            break;
        ret_lines[n] = *line;
        ret_lines[n++].text = text;
    }
    pthread_mutex_unlock(&ring->lock);
    return n;
}
