/* SPDX-License-Identifier: MIT */
/* Any text is a mapping or is refused with a reason; a mapping is sane and reads back the same. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/decode.h>

#include "fuzz.h"

static void read_back(const struct cr2_mapping *mapping)
{
	struct cr2_mapping again;
	const char *reason;
	char text[64];

	snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64 ":%c%c%c%c", mapping->start,
		 mapping->end, mapping->prot & CR2_PROT_READ ? 'r' : '-',
		 mapping->prot & CR2_PROT_WRITE ? 'w' : '-',
		 mapping->prot & CR2_PROT_EXEC ? 'x' : '-', mapping->shared ? 's' : 'p');
	assert(cr2_mapping_parse(text, &again, &reason) == 0);
	assert(again.start == mapping->start && again.end == mapping->end);
	assert(again.prot == mapping->prot && again.shared == mapping->shared);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct cr2_mapping mapping;
	const char *reason = NULL;

	if (text && cr2_mapping_parse(text, &mapping, &reason) == 0) {
		assert(mapping.start < mapping.end);
		assert(mapping.start % CR2_PAGE_SIZE == 0 && mapping.end % CR2_PAGE_SIZE == 0);
		read_back(&mapping);
	} else if (text) {
		assert(reason);
	}
	free(text);
	return 0;
}
