/* A bad network between two interfaces: takes every Ethernet frame of one and gives it to the other, late,
 * twice or not at all. The kernel's own means for this (netem) are missing on many test machines.
 *
 *     netlab_link SEED DOWN-INTERFACE UP-INTERFACE
 *
 * "down" is what comes in at the first interface, "up" what comes in at the second. Commands come line by
 * line on standard input, each is answered by a line; the end of input ends the program:
 *
 *     down loss=0.05 burst=0.01:0.25 reorder=0.05 hold_ms=5 duplicate=0.05 delay_ms=10 jitter_ms=20
 *          rate_kbps=20000 queue_bytes=65536 mtu=1400     → ok      (what is not named is off)
 *     up …                                                → ok
 *     spare PORT                                          → ok      (UDP from or to this port is not
 * impaired) stats                                               → one JSON object
 */
#include "impair.h"
#include "waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000.0
#define UNDER_WAY 16384u /* frames: more than any test keeps in the air */
#define BUFFER    (32 << 20)
#define READ_MAX  64 /* frames of one end before the other has its turn */

enum { DOWN, UP, ENDS };

struct link {
    int fd[ENDS]; /* of the interface where that direction comes in */
    struct impair impair[ENDS];
    uint64_t kernel_drops[ENDS], unsent; /* our own failures: a test must see none */
    unsigned spare;
    struct waiting *waiting;
    char line[512]; /* of standard input */
    size_t line_len;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int open_end(const char *interface)
{
    const int size = BUFFER, on = 1;
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};
    to.sll_ifindex = all.mr_ifindex = (int)if_nametoindex(interface);
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || !to.sll_ifindex || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0 ||
        bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        fprintf(stderr, "netlab_link: %s: %s\n", interface, strerror(errno));
        exit(1);
    }
    return fd;
}

/* ---- frames ---- */

static void take_frame(struct link *l, unsigned direction, const uint8_t *data, size_t len)
{
    uint64_t due[2], now = now_ns();
    struct frame_facts facts = frame_look(data, len);
    bool spared = l->spare && facts.udp && (facts.source == l->spare || facts.destination == l->spare);
    unsigned copies = impair_decide(&l->impair[direction], &facts, len, spared, now, due);
    for (unsigned i = 0; i < copies; i++)
        if (!waiting_put(l->waiting, due[i], !direction, data, len))
            l->unsent++;
}

static void read_frames(struct link *l, unsigned direction)
{
    uint8_t data[FRAME_MAX];
    for (int i = 0; i < READ_MAX; i++) {
        ssize_t n = recv(l->fd[direction], data, sizeof(data), MSG_TRUNC);
        if (n < 0)
            return;
        if ((size_t)n > sizeof(data)) /* segmentation offload is on somewhere */
            l->unsent++;
        else
            take_frame(l, direction, data, (size_t)n);
    }
}

static void send_due(struct link *l)
{
    const struct waiting_frame *f;
    while ((f = waiting_first(l->waiting)) && f->due_ns <= now_ns()) {
        if (send(l->fd[f->to], f->data, f->len, 0) < 0)
            l->unsent++;
        waiting_drop_first(l->waiting);
    }
}

/* ---- commands ---- */

static bool set_rule(struct impair_rule *r, const char *key, const char *value)
{
    const char *second = strchr(value, ':');
    double n = strtod(value, NULL);
    if (strcmp(key, "loss") == 0)
        r->loss = n;
    else if (strcmp(key, "burst") == 0 && second) {
        r->enter_burst = n;
        r->leave_burst = strtod(second + 1, NULL);
    } else if (strcmp(key, "reorder") == 0)
        r->reorder = n;
    else if (strcmp(key, "hold_ms") == 0)
        r->hold_ns = (uint64_t)(n * NS_PER_MS);
    else if (strcmp(key, "duplicate") == 0)
        r->duplicate = n;
    else if (strcmp(key, "delay_ms") == 0)
        r->delay_ns = (uint64_t)(n * NS_PER_MS);
    else if (strcmp(key, "jitter_ms") == 0)
        r->jitter_ns = (uint64_t)(n * NS_PER_MS);
    else if (strcmp(key, "rate_kbps") == 0)
        r->rate_bps = (uint64_t)(n * 1000);
    else if (strcmp(key, "queue_bytes") == 0)
        r->queue_bytes = (size_t)n;
    else if (strcmp(key, "mtu") == 0)
        r->mtu = (unsigned)n;
    else
        return false;
    return true;
}

static bool set_direction(struct impair *i)
{
    struct impair_rule rule = {0};
    for (char *word; (word = strtok(NULL, " "));) {
        char *value = strchr(word, '=');
        if (!value)
            return false;
        *value++ = 0;
        if (!set_rule(&rule, word, value))
            return false;
    }
    i->rule = rule;
    i->in_burst = false;
    return true;
}

static void print_tally(const char *name, const struct impair_tally *t)
{
    printf("\"%s\": {\"frames\": %lu, \"bytes\": %lu, \"datagrams\": %lu, \"lost\": %lu, \"lost_in_queue\": "
           "%lu, "
           "\"too_large\": %lu, \"reordered\": %lu, \"duplicated\": %lu, \"fragments\": %lu, \"udp_bytes\": "
           "%lu, "
           "\"largest\": %u}, ",
        name, t->frames, t->bytes, t->datagrams, t->lost, t->lost_in_queue, t->too_large, t->reordered,
        t->duplicated, t->fragments, t->udp_bytes, t->largest);
}

static void print_stats(struct link *l)
{
    for (unsigned i = 0; i < ENDS; i++) {
        struct tpacket_stats s;
        socklen_t len = sizeof(s);
        if (getsockopt(l->fd[i], SOL_PACKET, PACKET_STATISTICS, &s, &len) == 0)
            l->kernel_drops[i] += s.tp_drops; /* reading sets them back */
    }
    printf("{");
    print_tally("down", &l->impair[DOWN].tally);
    print_tally("up", &l->impair[UP].tally);
    printf("\"failures\": %lu}\n", l->kernel_drops[DOWN] + l->kernel_drops[UP] + l->unsent);
}

static void obey(struct link *l, char *line)
{
    char *word = strtok(line, " "), *port;
    bool ok = false;
    if (!word)
        return;
    if (strcmp(word, "stats") == 0) {
        print_stats(l);
        return;
    }
    if (strcmp(word, "down") == 0)
        ok = set_direction(&l->impair[DOWN]);
    else if (strcmp(word, "up") == 0)
        ok = set_direction(&l->impair[UP]);
    else if (strcmp(word, "spare") == 0 && (port = strtok(NULL, " ")))
        ok = (l->spare = (unsigned)atoi(port)) > 0;
    puts(ok ? "ok" : "not understood");
}

/* False at the end of input. */
static bool read_commands(struct link *l)
{
    ssize_t n = read(STDIN_FILENO, l->line + l->line_len, sizeof(l->line) - 1 - l->line_len);
    if (n <= 0)
        return false;
    l->line_len += (size_t)n;
    l->line[l->line_len] = 0;
    for (char *end; (end = strchr(l->line, '\n'));) {
        *end = 0;
        size_t rest = l->line_len - (size_t)(end + 1 - l->line);
        obey(l, l->line);
        memmove(l->line, end + 1, rest + 1);
        l->line_len = rest;
    }
    return true;
}

/* ---- life ---- */

static void wait_for_work(const struct link *l, struct pollfd *polls)
{
    const struct waiting_frame *first = waiting_first(l->waiting);
    struct timespec timeout = {0};
    if (first) {
        uint64_t now = now_ns(), ns = first->due_ns > now ? first->due_ns - now : 0;
        timeout =
            (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    }
    ppoll(polls, ENDS + 1, first ? &timeout : NULL, NULL);
}

int main(int argc, char **argv)
{
    static struct link l;
    if (argc != 4) {
        fprintf(stderr, "usage: netlab_link SEED DOWN-INTERFACE UP-INTERFACE\n");
        return 2;
    }
    l.waiting = waiting_create(UNDER_WAY);
    if (!l.waiting)
        return 1;
    for (unsigned i = 0; i < ENDS; i++) {
        l.fd[i] = open_end(argv[2 + i]);
        l.impair[i].state = (strtoull(argv[1], NULL, 10) * ENDS + i) * 0x9E3779B97F4A7C15u + 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    struct pollfd polls[] = {{l.fd[DOWN], POLLIN, 0}, {l.fd[UP], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    do {
        wait_for_work(&l, polls);
        for (unsigned i = 0; i < ENDS; i++)
            read_frames(&l, i);
        send_due(&l);
    } while (!polls[ENDS].revents || read_commands(&l));
    waiting_destroy(l.waiting);
    return 0;
}
