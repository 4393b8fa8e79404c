/* SPDX-License-Identifier: MIT */
/* One step in the exchange format, for those that write more on its line. */
#ifndef RECORD_OBSERVATION_JSON_H
#define RECORD_OBSERVATION_JSON_H

#include <jansson.h>

#include <cr2/state.h>

/* state: after the observation. NULL: no memory. */
json_t *observation_json(const struct cr2_names *names, const struct cr2_state *state,
			 const struct cr2_observation *o);

#endif
