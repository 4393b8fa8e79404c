/* SPDX-License-Identifier: MIT */
/* Any line is read or refused; what was read writes and reads back to the same line. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/state.h>

#include "fuzz.h"

static struct cr2_observations read_lines(const char *lines)
{
	struct cr2_observations list = {0};
	struct cr2_reader *reader;
	char *copy = strdup(lines), *rest = copy, *line;

	assert(copy && cr2_reader_create(NULL, NULL, &reader) == 0);
	while ((line = strsep(&rest, "\n")))
		cr2_reader_line(reader, line, &list);
	cr2_reader_destroy(reader);
	free(copy);
	return list;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines = strndup((const char *)data, size);
	struct cr2_text first = {0}, second = {0};
	struct cr2_observations list, again;

	assert(lines);
	list = read_lines(lines);
	assert(cr2_observations_to_json(&list, &first) == 0);
	again = read_lines(first.data ? first.data : "");
	assert(again.count == list.count);
	assert(cr2_observations_to_json(&again, &second) == 0);
	assert(list.count == 0 || strcmp(first.data, second.data) == 0);
	cr2_observations_finish(&list);
	cr2_observations_finish(&again);
	cr2_text_finish(&first);
	cr2_text_finish(&second);
	free(lines);
	return 0;
}
