/* The file display-settings.json as the API shows and writes it (management-and-operations.md 2.5). What the
 * policy does is the business of display/policy.h, which reads the same file.
 */
#ifndef PF_MGMT_DISPLAY_SETTINGS_H
#define PF_MGMT_DISPLAY_SETTINGS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* The whole policy of a request or a file: what is absent takes its default, numbers are moved into their
 * ranges. `policy` has the form of DisplayPolicy. A new reference. */
json_t *pf_display_settings_complete(const json_t *policy);

/* The members that count: those of the preset, or the policy's own. `policy` is complete. */
json_t *pf_display_settings_effective(const json_t *policy);

/* What is stored in the folder; *ret_configured: there is a valid file. Otherwise the defaults. */
json_t *pf_display_settings_load(const char *dir, bool *ret_configured);

int pf_display_settings_save(const char *dir, const json_t *policy, struct pf_error *err);

/* PresetInfo of every named preset. */
json_t *pf_display_settings_presets(void);

#endif
