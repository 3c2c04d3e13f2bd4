/* The files of the recorder: <config>/captures/<id>.json (management-and-operations.md 6.3). All of it
 * blocks. Ids come from the network: what is no id is simply not there. */
#ifndef PF_SESSION_RECORDINGS_H
#define PF_SESSION_RECORDINGS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define PF_RECORDING_ID_SIZE 64u

/* "2026-07-04T12-00-00Z_1920x1080". */
void pf_recording_make_id(uint64_t unix_s, uint32_t width, uint32_t height, char out[PF_RECORDING_ID_SIZE]);

/* Letters, digits, dot, underscore and dash; neither "." nor "..". */
bool pf_recording_is_id(const char *id);

/* Writes the capture under the id of its meta, which is changed if a recording has it already, and removes
 * the oldest recordings if there are too many. */
int pf_recording_save(const char *dir, json_t *capture, struct pf_error *err);

json_t *pf_recordings_list(const char *dir);
int pf_recording_read(const char *dir, const char *id, json_t **ret_capture, struct pf_error *err);
int pf_recording_remove(const char *dir, const char *id, struct pf_error *err);

#endif
