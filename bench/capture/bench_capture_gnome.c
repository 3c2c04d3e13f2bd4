/* bench_capture_gnome [SECONDS]: what it costs to take the pictures of a 1080p60 virtual monitor of a
 * headless GNOME from PipeWire and to hand them to the thread that would encode them: CPU time, in turns with
 * plain_consumer, which takes the same node and looks at nothing. Allocations of our own objects are counted
 * by the linker's help. */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Mutter 43 tells its clients no names of outputs, so the window finds it by its size. */
static const char *size_of(const struct pf_output *output)
{
    static char name[32];
    snprintf(name, sizeof(name), "%ux%u", output->source.mode.width, output->source.mode.height);
    return name;
}

static void plain_consumer(const struct pf_output *output, const char *argv[16])
{
    static char node[16];
    snprintf(node, sizeof(node), "%u", output->source.node_id);
    const char *const command[] = {PLAIN_CONSUMER, node, "1920", "1080", "60", NULL};
    memcpy(argv, command, sizeof(command));
}

int main(int argc, char **argv)
{
    static struct bench_result r;
    unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10;
    bench_run_inside(WITH_GNOME, argv);
    bench_capture_run(&(struct bench_capture){.name_of = size_of, .peer_of = plain_consumer}, seconds, &r);
    printf("1920x1080 at 60 Hz on headless GNOME, %d pictures in %u s (%.1f/s)\n", r.frames,
        BENCH_CAPTURE_ROUNDS * seconds, (double)r.frames / (BENCH_CAPTURE_ROUNDS * seconds));
    bench_print_cpu(&r, "plain consumer");
    return 0;
}
