/* SPDX-License-Identifier: MIT */
/* Any words are registers or are refused with a reason; what was read can be explained. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/view_decode.h>

#include "fuzz.h"

static void explain(const char *function, const struct cr2_registers *registers)
{
	static const struct cr2_style style = {.width = 80};
	struct cr2_text text = {0};
	struct cr2_probe probe;

	if (cr2_probe_decode(function, registers, 0, &probe) < 0)
		return;
	assert(cr2_view_probe(&probe, &style, &text) == 0);
	assert(cr2_probe_to_json(&probe, &text) == 0);
	cr2_text_finish(&text);
	cr2_probe_finish(&probe);
}

/* The first word is the function, the others its registers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *rest = NULL;
	char *function = text ? strtok_r(text, " \n", &rest) : NULL;
	struct cr2_registers registers = {0};

	for (char *word = function; word; word = strtok_r(NULL, " \n", &rest)) {
		uint32_t before = registers.given;
		const char *reason = NULL;
		int r = cr2_registers_parse(&registers, word, &reason);

		assert((r == 0) == (registers.given != before));
		assert((r == 0) == (reason == NULL));
	}
	if (function)
		explain(function, &registers);
	free(text);
	return 0;
}
