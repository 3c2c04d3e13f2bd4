#include "impair.h"

#define NS_PER_S 1000000000ull

/* xorshift64*, the upper bits as a fraction of 1. */
static double fraction(struct impair *i)
{
    i->state ^= i->state >> 12;
    i->state ^= i->state << 25;
    i->state ^= i->state >> 27;
    return (double)((i->state * 0x2545F4914F6CDD1Du) >> 11) / (double)(1ull << 53);
}

/* Draws even when the answer is clear, so that one rule does not shift the chances of another. */
static bool happens(struct impair *i, double probability)
{
    return fraction(i) < probability;
}

static bool is_in_burst(struct impair *i)
{
    bool change = happens(i, i->in_burst ? i->rule.leave_burst : i->rule.enter_burst);
    i->in_burst = i->in_burst != change;
    return i->in_burst;
}

/* When the last bit of the frame has left the rate limit; false if the queue in front of it is full. */
static bool pass_line(struct impair *i, size_t bytes, uint64_t now, uint64_t *ret_out)
{
    const struct impair_rule *r = &i->rule;
    *ret_out = now;
    if (!r->rate_bps)
        return true;
    uint64_t free_at = i->line_free_ns > now ? i->line_free_ns : now;
    double waiting = (double)(free_at - now) * (double)r->rate_bps / 8.0 / (double)NS_PER_S;
    if (waiting + (double)bytes > (double)r->queue_bytes)
        return false;
    i->line_free_ns = free_at + bytes * 8 * NS_PER_S / r->rate_bps;
    *ret_out = i->line_free_ns;
    return true;
}

static void count_frame(struct impair_tally *t, const struct frame_facts *f, size_t bytes)
{
    t->frames++;
    t->bytes += bytes;
    t->fragments += f->fragment;
    t->udp_bytes += f->payload_bytes;
    if (f->ip_bytes > t->largest)
        t->largest = f->ip_bytes;
}

unsigned impair_decide(struct impair *i, const struct frame_facts *facts, size_t frame_bytes, bool exempt,
    uint64_t now, uint64_t ret_due_ns[2])
{
    const struct impair_rule *r = &i->rule;
    uint64_t out;
    count_frame(&i->tally, facts, frame_bytes);
    if (r->mtu && facts->ip_bytes > r->mtu) {
        i->tally.too_large++;
        return 0;
    }
    ret_due_ns[0] = ret_due_ns[1] = now;
    if (exempt || !facts->udp)
        return 1;
    i->tally.datagrams++;
    if (!pass_line(i, frame_bytes, now, &out)) {
        i->tally.lost_in_queue++;
        return 0;
    }
    bool burst = is_in_burst(i), unlucky = happens(i, r->loss);
    if (burst || unlucky) {
        i->tally.lost++;
        return 0;
    }
    bool hold = happens(i, r->reorder), twice = happens(i, r->duplicate);
    i->tally.reordered += hold;
    i->tally.duplicated += twice;
    out += r->delay_ns + (hold ? r->hold_ns : 0);
    for (unsigned copy = 0; copy < 2; copy++)
        ret_due_ns[copy] = out + (uint64_t)(fraction(i) * (double)r->jitter_ns);
    return twice ? 2 : 1;
}

/* ---- frames ---- */

static unsigned at16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void look_at_udp(struct frame_facts *f, const uint8_t *udp, size_t len)
{
    if (len < 8)
        return;
    f->udp = true;
    f->source = (uint16_t)at16(udp);
    f->destination = (uint16_t)at16(udp + 2);
    f->payload_bytes = at16(udp + 4) >= 8 ? at16(udp + 4) - 8 : 0;
}

static void look_at_ipv4(struct frame_facts *f, const uint8_t *ip, size_t len)
{
    if (len < 20)
        return;
    size_t header = (ip[0] & 15u) * 4;
    f->ip_bytes = at16(ip + 2);
    f->fragment = (at16(ip + 6) & 0x3fff) != 0; /* more to come, or not the first */
    if (ip[9] == 17 && !f->fragment && header >= 20 && header <= len)
        look_at_udp(f, ip + header, len - header);
}

static void look_at_ipv6(struct frame_facts *f, const uint8_t *ip, size_t len)
{
    if (len < 40)
        return;
    f->ip_bytes = 40 + at16(ip + 4);
    f->fragment = ip[6] == 44;
    if (ip[6] == 17)
        look_at_udp(f, ip + 40, len - 40);
}

struct frame_facts frame_look(const uint8_t *frame, size_t len)
{
    struct frame_facts f = {0};
    if (len < 14)
        return f;
    if (at16(frame + 12) == 0x0800)
        look_at_ipv4(&f, frame + 14, len - 14);
    else if (at16(frame + 12) == 0x86dd)
        look_at_ipv6(&f, frame + 14, len - 14);
    return f;
}
