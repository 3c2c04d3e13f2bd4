/* bench_capture_sway [SECONDS]: what it costs to take a 1080p60 picture of a headless Sway and to hand it to
 * the thread that would encode it.
 *
 * Three times are taken for each picture: when the compositor presented it, when its message that the copy is
 * finished reached our capture thread, and when the other thread held the frame. The last distance is ours
 * alone. Allocations of our own objects are counted by the linker's help. Then CPU time, in turns with
 * wf-recorder, which takes the same output and writes raw pictures to /dev/null. */
#include "common.h"

#include "capture/wlr/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void __real_pf_wl_stream_deliver(
    struct pf_wl_stream *s, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns);
void __wrap_pf_wl_stream_deliver(
    struct pf_wl_stream *s, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns);

void __wrap_pf_wl_stream_deliver(
    struct pf_wl_stream *s, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns)
{
    bench_note_delivery(s->sequence);
    __real_pf_wl_stream_deliver(s, buffer, capture_mono_ns);
}

static void wf_recorder(const struct pf_output *output, const char *argv[16])
{
    const char *const command[] = {"wf-recorder", "-o", output->source.output_name, "-c", "rawvideo", "-m",
        "rawvideo", "-x", "bgr0", "-f", "/dev/null", NULL};
    memcpy(argv, command, sizeof(command));
}

int main(int argc, char **argv)
{
    static struct bench_result r;
    unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10;
    bench_run_inside(WITH_SWAY, argv);
    bench_capture_run(&(struct bench_capture){.peer_of = wf_recorder}, seconds, &r);
    printf("1920x1080 at 60 Hz on headless Sway, %d pictures in %u s (%.1f/s)\n", r.frames,
        BENCH_CAPTURE_ROUNDS * seconds, (double)r.frames / (BENCH_CAPTURE_ROUNDS * seconds));
    printf("presented to our thread (the compositor's copy)  p50 %7.1f us  p99 %7.1f us\n",
        bench_percentile(r.copy_us, r.frames, 0.5), bench_percentile(r.copy_us, r.frames, 0.99));
    printf("our thread to the encoder's (hand-over)          p50 %7.1f us  p99 %7.1f us\n",
        bench_percentile(r.hand_over_us, r.frames, 0.5), bench_percentile(r.hand_over_us, r.frames, 0.99));
    bench_print_cpu(&r, "wf-recorder");
    return 0;
}
