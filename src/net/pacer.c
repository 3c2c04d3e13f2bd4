#include "net/pacer.h"

#include "base/env.h"
#include "base/time.h"

#include <stdbool.h>

#define BURST_KB      128
#define FACTOR        3
#define CHUNK_MIN     16u
#define CHUNK_MAX     64u
#define STEP_NS       (500 * PF_NS_PER_US) /* shorter sleeps are not worth it */
#define BUDGET_MAX_NS (100 * PF_NS_PER_MS)

struct pf_pace_rule pf_pace_rule_from_env(void)
{
    return (struct pf_pace_rule){
        .burst_bytes = (size_t)pf_env_long("PUNKTFUNK_PACE_BURST_KB", 0, 1 << 20, BURST_KB) * 1024,
        .factor = (unsigned)pf_env_long("PUNKTFUNK_PACE_FACTOR", 0, 1000, FACTOR),
    };
}

/* Packets until their bytes reach the limit, the one that crosses it included. */
static unsigned packets_of(size_t bytes, size_t datagram_bytes, unsigned most)
{
    size_t count = (bytes + datagram_bytes - 1) / datagram_bytes;
    return count < most ? (unsigned)count : most;
}

/* Time for `bytes` at `factor` times the bitrate. */
static uint64_t budget_of(uint64_t bytes, unsigned factor, uint32_t bitrate_kbps)
{
    if (bitrate_kbps == 0)
        return 0;
    uint64_t ns = bytes * 8 * PF_NS_PER_MS / ((uint64_t)factor * bitrate_kbps);
    return ns < BUDGET_MAX_NS ? ns : BUDGET_MAX_NS;
}

/* The smallest chunk whose share of the budget is worth a sleep. */
static unsigned chunk_of(unsigned packets, uint64_t budget_ns)
{
    if (budget_ns == 0)
        return CHUNK_MAX;
    uint64_t chunk = (STEP_NS * packets + budget_ns - 1) / budget_ns;
    return chunk < CHUNK_MIN ? CHUNK_MIN : chunk > CHUNK_MAX ? CHUNK_MAX : (unsigned)chunk;
}

void pf_pace_begin(struct pf_pace *pace, const struct pf_pace_rule *rule, unsigned packets,
    size_t datagram_bytes, uint64_t deadline_ns, uint32_t bitrate_kbps)
{
    size_t burst_bytes = rule->burst_bytes, quarter = packets * datagram_bytes / 4;
    if (rule->factor > 0 && burst_bytes < quarter)
        burst_bytes = quarter;
    *pace = (struct pf_pace){
        .packets = packets,
        .burst = packets_of(burst_bytes, datagram_bytes, packets),
        .chunk = CHUNK_MIN,
        .deadline_ns = deadline_ns,
        .factor = rule->factor,
    };
    if (rule->factor > 0) {
        unsigned rest = packets - pace->burst;
        pace->budget_ns = budget_of((uint64_t)rest * datagram_bytes, rule->factor, bitrate_kbps);
        pace->chunk = chunk_of(rest, pace->budget_ns);
    }
}

/* Packets from the start of the part, burst or rest, that the next packet belongs to; and its end. */
static unsigned part_position(const struct pf_pace *pace, unsigned *ret_end)
{
    bool in_burst = pace->sent < pace->burst;
    *ret_end = in_burst ? pace->burst : pace->packets;
    return in_burst ? pace->sent : pace->sent - pace->burst;
}

unsigned pf_pace_chunk(const struct pf_pace *pace)
{
    unsigned end, left_in_chunk = pace->chunk - part_position(pace, &end) % pace->chunk;
    unsigned left = end - pace->sent;
    return left < left_in_chunk ? left : left_in_chunk;
}

/* The burst is out: the rest has its budget from now on. */
static void start_rest(struct pf_pace *pace, uint64_t now_ns)
{
    pace->start_ns = now_ns;
    if (pace->factor == 0)
        pace->budget_ns = pace->deadline_ns > now_ns ? (pace->deadline_ns - now_ns) * 9 / 10 : 0;
}

uint64_t pf_pace_sent(struct pf_pace *pace, unsigned count, uint64_t now_ns)
{
    if (pace->sent == 0 && pace->burst == 0)
        start_rest(pace, now_ns);
    pace->sent += count;
    if (pace->sent == pace->burst)
        start_rest(pace, now_ns);
    if (pace->sent <= pace->burst || pace->sent >= pace->packets)
        return 0;
    unsigned done = pace->sent - pace->burst,
             chunks = (pace->packets - pace->burst + pace->chunk - 1) / pace->chunk;
    if (done % pace->chunk != 0)
        return 0;
    uint64_t due = pace->start_ns + pace->budget_ns * (done / pace->chunk) / chunks;
    return due > now_ns + STEP_NS ? due : 0;
}
