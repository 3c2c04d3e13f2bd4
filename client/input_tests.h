/* The input tests of the reference client, as scripts. Pure. */
#ifndef PF_CLIENT_INPUT_TESTS_H
#define PF_CLIENT_INPUT_TESTS_H

#include "client/input_script.h"

/* All fill an all-zero script; 0 or -ENOMEM. From 2 s on, 160 steps of 40 ms on a display of that size. */

/* Moves in a square, sweeps over the display, and at every 20th step taps A and touches pad 0. */
int probe_input_test_mouse(uint32_t width, uint32_t height, struct probe_input_script *ret_script);
/* One finger draws a square around the middle; it goes up at every 40th step and down again. */
int probe_input_test_touch(uint32_t width, uint32_t height, struct probe_input_script *ret_script);
/* Pad 0 comes, a finger sweeps over its touchpad, it turns, and at every 20th step taps A. */
int probe_input_test_rich(struct probe_input_script *ret_script);

#endif
