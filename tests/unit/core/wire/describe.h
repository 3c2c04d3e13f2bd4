/* Decoded messages as JSON objects with the field names of tests/data/vectors/control.json. */
#ifndef PF_TEST_DESCRIBE_H
#define PF_TEST_DESCRIBE_H

#include "punktfunk/wire.h"

#include <jansson.h>

json_t *describe_hello(const struct pf_hello *m);
json_t *describe_welcome(const struct pf_welcome *m);
json_t *describe_control(const struct pf_control *m);
json_t *describe_datagram(const struct pf_datagram *m);
json_t *describe_pairing(const struct pf_pairing_message *m);

#endif
