/* SPDX-License-Identifier: MIT */
/* Any line is read or refused; what was read writes and reads back to the same line. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/record.h>

#include "fuzz.h"

static void round_trip(const struct cr2_observation *o)
{
	struct cr2_text first = {0}, second = {0};
	struct cr2_observation again;

	assert(cr2_observation_to_json(o, &first) == 0);
	assert(cr2_observation_from_json(first.data, &again) == 0);
	assert(cr2_observation_to_json(&again, &second) == 0);
	assert(strcmp(first.data, second.data) == 0);
	cr2_observation_finish(&again);
	cr2_text_finish(&first);
	cr2_text_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size);
	struct cr2_observation o;

	if (line && cr2_observation_from_json(line, &o) == 0) {
		round_trip(&o);
		cr2_observation_finish(&o);
	}
	free(line);
	return 0;
}
