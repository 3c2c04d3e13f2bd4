/* Names that devices give themselves, made safe to show (management-and-operations.md 3.7). */
#ifndef PF_TRUST_DEVICE_NAME_H
#define PF_TRUST_DEVICE_NAME_H

#include <stddef.h>
#include <stdint.h>

#define PF_DEVICE_NAME_MAX  64u /* bytes of UTF-8 */
#define PF_DEVICE_NAME_SIZE (PF_DEVICE_NAME_MAX + 1)

/* Cleans `len` bytes of a peer's text: invalid UTF-8, control, bidirectional and other format characters are
 * dropped, whitespace collapses to one space, at most 64 bytes on a character boundary remain. If nothing
 * remains the name is "device " and the first 8 hex digits of the fingerprint. NUL-terminated. */
void pf_device_name_clean(
    const char *text, size_t len, const uint8_t fingerprint[32], char ret_name[PF_DEVICE_NAME_SIZE]);

#endif
