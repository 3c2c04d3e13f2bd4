#include "stream_rig.h"

struct fake_machine machine;
struct fake_sink sink;
struct pf_stream_config config;
struct pf_stream *stream;

int set_up(void **state)
{
    (void)state;
    fake_machine_init(&machine);
    fake_sink_init(&sink);
    config = (struct pf_stream_config){
        .plan = {.mode = {640, 480, 200000},
            .codec = PF_CODEC_H264,
            .bitrate_kbps = 5000,
            .label = "test client"},
        .machine = fake_machine_of(&machine),
        .sink = fake_sink_of(&sink),
        .limits = {.first_frame_ns = 100 * MS,
            .backoff_ns = 1 * MS,
            .backoff_max_ns = 4 * MS,
            .recovery_ns = 2000 * MS,
            .recovery_pause_ns = 2 * MS,
            .idr_cooldown_ns = 60 * MS},
    };
    stream = NULL;
    return 0;
}

void start(void)
{
    assert_int_equal(pf_stream_start(&config, &stream, NULL), 0);
}

void start_streaming(void)
{
    start();
    fake_sink_wait_units(&sink, 3);
}

int tear_down(void **state)
{
    (void)state;
    pf_stream_destroy(stream);
    stream = NULL;
    if (sink.ended != 1)
        return -1;
    int given = machine.releases + machine.quits + machine.retires + machine.marked_failed;
    fake_machine_finish(&machine);
    fake_sink_finish(&sink);
    return given <= machine.acquires ? 0 : -1;
}

int leases_given_back(void)
{
    return SEE(machine.releases + machine.quits + machine.retires + machine.marked_failed);
}
