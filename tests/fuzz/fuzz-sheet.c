/* SPDX-License-Identifier: MIT */
/* Any file is a roster, or a key, or refused with a message; what was read writes and reads back to the same. */
#include <assert.h>
#include <string.h>

#include <cr2/sheet.h>

#include "fuzz.h"

static void round_trip(const struct cr2_sheets *sheets)
{
	struct cr2_text first = {0}, second = {0};
	struct cr2_sheets again = {0};
	struct cr2_diag diag = {0};

	assert(cr2_sheets_to_json(sheets, &first) == 0);
	assert(cr2_sheets_from_json(first.data, first.length, &again, &diag) == 0);
	assert(cr2_sheets_to_json(&again, &second) == 0);
	assert(strcmp(first.data, second.data) == 0);
	cr2_sheets_finish(&again);
	cr2_text_finish(&first);
	cr2_text_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cr2_sheets sheets = {0};
	struct cr2_diag diag = {0};
	bool json = size && *data == '{';
	int r = json ? cr2_sheets_from_json((const char *)data, size, &sheets, &diag) :
		       cr2_sheets_read_roster((const char *)data, size, &sheets, &diag);

	assert((r == 0) == (diag.message == NULL));
	if (r == 0 && json)
		round_trip(&sheets);
	cr2_sheets_finish(&sheets);
	cr2_diag_finish(&diag);
	return 0;
}
