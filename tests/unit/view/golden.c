/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include <base/safe.h>

#include "../test.h"
#include "golden.h"

static void path_of(const char *name, char *path, size_t size)
{
	const char *source = getenv("CR2_TEST_SOURCE");

	snprintf(path, size, "%s/view/golden/%s.txt", source ? source : "tests/unit", name);
}

static void write_golden(const char *path, const struct cr2_text *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text->data, 1, text->length, file), text->length);
	assert_int_equal(fclose(file), 0);
}

static void read_golden(const char *path, struct cr2_text *text)
{
	FILE *file = fopen(path, "r");
	char buffer[4096];
	size_t n;

	if (!file)
		fail_msg("%s is missing; CR2_GOLDEN=write makes it", path);
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		assert_int_equal(cr2_text_append_n(text, buffer, n), 0);
	fclose(file);
}

void assert_golden(const char *name, const struct cr2_text *text)
{
	const char *mode = getenv("CR2_GOLDEN");
	struct cr2_text golden = {0};
	char path[512];

	path_of(name, path, sizeof(path));
	if (mode && strcmp(mode, "write") == 0) {
		write_golden(path, text);
		return;
	}
	read_golden(path, &golden);
	assert_string_equal(text->data, golden.data ? golden.data : "");
	cr2_text_finish(&golden);
}

/* Copies s without the escape sequences that switch colours. */
static void strip(const char *s, struct cr2_text *plain)
{
	while (*s) {
		size_t n = strcspn(s, "\033");

		assert_int_equal(cr2_text_append_n(plain, s, n), 0);
		s += n;
		if (*s)
			s += strcspn(s, "m") + 1;
	}
}

static unsigned text_width(const char *s)
{
	unsigned columns = 0, w;

	for (size_t n = strlen(s), bytes; n; s += bytes, n -= bytes) {
		bytes = safe_step(s, n, &w);
		columns += w;
	}
	return columns;
}

void assert_fits(const struct cr2_text *text, unsigned width)
{
	struct cr2_text plain = {0};
	char *line;

	strip(text->data, &plain);
	for (line = strtok(plain.data, "\n"); line; line = strtok(NULL, "\n")) {
		if (text_width(line) > width)
			fail_msg("%u columns, not %u: %s", text_width(line), width, line);
		if (line[strlen(line) - 1] == ' ')
			fail_msg("blank at the end of: %s", line);
	}
	cr2_text_finish(&plain);
}

void assert_same_without_colour(const struct cr2_text *coloured, const struct cr2_text *plain)
{
	struct cr2_text stripped = {0};

	assert_non_null(strchr(coloured->data, '\033'));
	assert_null(strchr(plain->data, '\033'));
	strip(coloured->data, &stripped);
	assert_string_equal(stripped.data, plain->data);
	cr2_text_finish(&stripped);
}
