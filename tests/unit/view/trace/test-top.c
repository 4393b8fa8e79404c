/* SPDX-License-Identifier: MIT */
/* The rows of cr2 top: told apart, sorted, filtered; and in any width no line is wider. */
#include <stdio.h>
#include <stdlib.h>

#include <cr2/view_top.h>

#include "../../test.h"

static const char *name(void *data, uint64_t pid)
{
	(void)data;
	return pid == 7 ? "seven" : pid == 8 ? "\xe4\xb8\x83\xe5\x85\xab\x1b[" : NULL;
}

static struct cr2_trace_count items[] = {
	{.who = 7, .path = CR2_PATH_WP_COPY, .mapping = CR2_TRACE_MAPPING_HEAP, .n = 10, .ns = 5000, .copied = 40960},
	{.who = 7, .path = CR2_PATH_WP_COPY, .mapping = CR2_TRACE_MAPPING_ANON, .n = 5, .ns = 500, .copied = 20480},
	{.who = 7, .path = CR2_PATH_FILE_READ, .mapping = CR2_TRACE_MAPPING_FILE, .n = 2, .ns = 900000, .major = true},
	{.who = 8, .path = CR2_PATH_ANON_ALLOC, .mapping = CR2_TRACE_MAPPING_HEAP, .n = 100000000, .ns = 80000000,
	 .zeroed = 409600000000},
	{.who = 0, .path = CR2_PATH_FILE_READ, .mapping = CR2_TRACE_MAPPING_FILE, .n = 3, .ns = 30},
};
static const struct cr2_trace_counts counts = {
	.n = CR2_ARRAY_SIZE(items), .items = items, .recorded = 100000020, .kernel_counted = 100000021,
	.by_reference = 1,
};

static struct cr2_view_top view_by(unsigned by)
{
	return (struct cr2_view_top){.title = "all processes", .by = by, .sort = CR2_TOP_SHARE, .filter = "",
		.elapsed_ns = 2000000000, .window_ns = 1000000000, .cpus = 2, .counts = &counts, .books = &counts,
		.name = name};
}

/* "pid path, ..." of the rows in their order. */
static void expect(const struct cr2_view_top *top, const char *expected)
{
	struct cr2_top_row *rows;
	struct cr2_text text = {0};
	size_t n;

	assert_int_equal(cr2_top_rows(top, &rows, &n), 0);
	assert_int_equal(cr2_text_append(&text, ""), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cr2_text_printf(&text, "%s%d %s %d", i ? ", " : "", (int)rows[i].count.who,
						 cr2_path_name(rows[i].count.path), (int)rows[i].count.n), 0);
	assert_string_equal(text.data, expected);
	cr2_text_finish(&text);
	free(rows);
}

static void rows_are_told_apart(void **state)
{
	struct cr2_view_top top = view_by(CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH);

	(void)state;
	expect(&top, "8 anon_alloc 100000000, 7 file_read 2, 7 wp_copy 15, 0 file_read 3");
	top.by = CR2_VIEW_BY_PATH;
	expect(&top, "8 anon_alloc 100000000, 7 file_read 5, 7 wp_copy 15");
	top.by |= CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_MAPPING;
	expect(&top, "8 anon_alloc 100000000, 7 file_read 2, 7 wp_copy 10, 7 wp_copy 5, 0 file_read 3");
}

static void rows_are_sorted(void **state)
{
	struct cr2_view_top top = view_by(CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH);

	(void)state;
	top.sort = CR2_TOP_MAJOR;
	expect(&top, "7 file_read 2, 8 anon_alloc 100000000, 7 wp_copy 15, 0 file_read 3");
	top.sort = CR2_TOP_PID;
	top.reverse = true;
	expect(&top, "0 file_read 3, 7 file_read 2, 7 wp_copy 15, 8 anon_alloc 100000000");
	top.sort = CR2_TOP_MEAN;
	top.reverse = false;
	expect(&top, "7 file_read 2, 7 wp_copy 15, 0 file_read 3, 8 anon_alloc 100000000");
}

static void rows_are_filtered(void **state)
{
	struct cr2_view_top top = view_by(CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH);

	(void)state;
	top.filter = "SEV";
	expect(&top, "7 file_read 2, 7 wp_copy 15");
	top.filter = "  seven !file ! ";
	expect(&top, "7 wp_copy 15");
	top.filter = "8";
	expect(&top, "8 anon_alloc 100000000");
	top.filter = "ended";
	expect(&top, "0 file_read 3");
	top.filter = "nothing";
	expect(&top, "");
}

/* Columns of text: continuation bytes take none, the characters of our name two. */
static size_t width_of(const char *s, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += ((unsigned char)s[i] & 0xc0) == 0x80 ? 0 : (unsigned char)s[i] == 0xe4 ||
			   (unsigned char)s[i] == 0xe5 ? 2 : 1;
	return columns;
}

static void no_line_is_wider(void **state)
{
	static const unsigned ways[] = {CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH, CR2_VIEW_BY_PATH, CR2_VIEW_BY_PROCESS,
					CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH | CR2_VIEW_BY_MAPPING};

	(void)state;
	for (size_t way = 0; way < CR2_ARRAY_SIZE(ways); way++)
		for (unsigned width = 60; width < 200; width++) {
			struct cr2_view_top top = view_by(ways[way]);
			struct cr2_style style = {.width = width};
			struct cr2_text text = {0};
			struct cr2_top_row *rows;
			size_t n, lines = 0;

			assert_int_equal(cr2_top_rows(&top, &rows, &n), 0);
			assert_int_equal(cr2_view_top(&top, rows, n, &style, &text), 0);
			for (const char *at = text.data; *at; lines++) {
				size_t length = strcspn(at, "\n");

				assert_in_range(width_of(at, length), 0, width);
				at += length + 1;
			}
			assert_true(lines >= n + 5);
			assert_non_null(strstr(text.data, "none lost"));
			assert_null(strchr(text.data, '\033'));
			cr2_text_finish(&text);
			free(rows);
		}
}

static bool has(const struct cr2_view_top *top, unsigned width, enum cr2_top_column column)
{
	struct cr2_top_place places[CR2_TOP_COLUMNS];
	size_t n = cr2_view_top_layout(top, width, places);

	for (size_t i = 0; i < n; i++)
		if (places[i].column == column)
			return true;
	return false;
}

static void what_is_sorted_by_is_seen(void **state)
{
	struct cr2_view_top top = view_by(CR2_VIEW_BY_PROCESS | CR2_VIEW_BY_PATH);

	(void)state;
	assert_true(has(&top, 60, CR2_TOP_MAJOR));
	assert_false(has(&top, 60, CR2_TOP_MEAN));
	assert_false(has(&top, 200, CR2_TOP_MAPPING));
	assert_true(has(&top, 200, CR2_TOP_MEAN));
	top.sort = CR2_TOP_MEAN;
	assert_true(has(&top, 60, CR2_TOP_MEAN));
}

/* Each letter sorts by one column, and each name is that of its column. */
static void columns_have_names_and_letters(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_TOP_COLUMNS; i++) {
		assert_int_equal(cr2_top_column_parse(cr2_top_column_name((enum cr2_top_column)i)), i);
		assert_true(cr2_top_column_sentence((enum cr2_top_column)i)[0]);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(cr2_top_column_key((enum cr2_top_column)i),
					     cr2_top_column_key((enum cr2_top_column)k));
		/* Those that the screen has other uses for. */
		assert_null(strchr("qQ?h/p+- krjGbw<>", cr2_top_column_key((enum cr2_top_column)i)));
	}
	assert_true(cr2_top_column_parse("x") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_told_apart),
		cmocka_unit_test(rows_are_sorted),
		cmocka_unit_test(rows_are_filtered),
		cmocka_unit_test(no_line_is_wider),
		cmocka_unit_test(what_is_sorted_by_is_seen),
		cmocka_unit_test(columns_have_names_and_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
