/* SPDX-License-Identifier: MIT */
/* Any file is read or refused with a message; what was read writes and reads back to the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/calibration.h>

#include "fuzz.h"

static void round_trip(const struct cr2_calibration *c)
{
	struct cr2_calibration *again = malloc(sizeof(*again));
	struct cr2_text first = {0}, second = {0};
	struct cr2_diag diag;

	assert(again);
	assert(cr2_calibration_to_json(c, &first) == 0);
	assert(cr2_calibration_from_json(first.data, first.length, again, &diag) == 0);
	assert(cr2_calibration_to_json(again, &second) == 0);
	assert(strcmp(first.data, second.data) == 0);
	free(again);
	cr2_text_finish(&first);
	cr2_text_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cr2_calibration *c = malloc(sizeof(*c));
	struct cr2_diag diag = {0};

	if (c && cr2_calibration_from_json((const char *)data, size, c, &diag) == 0) {
		round_trip(c);
	} else {
		assert(!c || diag.message);
		cr2_diag_finish(&diag);
	}
	free(c);
	return 0;
}
