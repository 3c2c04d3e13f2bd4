#include "client/parity_log.h"

static bool is_news(const struct probe_parity_log *log, const struct pf_packet_header *h)
{
    if (h->block_index != 0 || (h->user_flags & PF_FRAME_PROBE))
        return false;
    return !log->started || (int32_t)(h->frame_index - log->newest) > 0;
}

void probe_parity_log_packet(struct probe_parity_log *log, const uint8_t *packet, size_t len)
{
    struct pf_packet_header h;
    if (pf_packet_header_read(packet, len, &h) < 0 || !is_news(log, &h))
        return;
    bool same = log->started && log->data == h.data_shards && log->parity == h.recovery_shards;
    log->started = true;
    log->newest = h.frame_index;
    log->data = h.data_shards;
    log->parity = h.recovery_shards;
    if (same)
        return;
    if (log->count < PROBE_PARITY_CHANGES) {
        log->changes[log->count].frame = h.frame_index;
        log->changes[log->count].data = h.data_shards;
        log->changes[log->count].parity = h.recovery_shards;
    }
    log->count++;
}
