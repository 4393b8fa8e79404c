/* SPDX-License-Identifier: MIT */
/* Observations as another program would print them. */
#ifndef TEST_VIEW_RUN_LOAD_H
#define TEST_VIEW_RUN_LOAD_H

#include <cr2/state.h>

#include "../../test.h"

/* From JSON lines. */
static struct cr2_observations load(const char *const *lines, size_t n)
{
	struct cr2_observations list = {0};
	struct cr2_reader *reader;

	assert_int_equal(cr2_reader_create(NULL, NULL, &reader), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cr2_reader_line(reader, lines[i], &list), 0);
	cr2_reader_destroy(reader);
	return list;
}

#endif
