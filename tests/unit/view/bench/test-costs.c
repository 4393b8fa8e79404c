/* SPDX-License-Identifier: MIT */
/* What faults cost, and the course's questions answered, as text and JSON. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <cr2/view_bench.h>

#include "../golden.h"
#include "../../test.h"

static struct cr2_calibration costs = {
	.machine = {.cpu = "Some CPU", .kernel = "6.18.44", .cores = 2},
	.load = 0.5, .stolen = 0.013, .preempted = 7,
	.n = 5,
	.costs = {
		{.name = "anon_zero", .unit = "fault", .path = CR2_PATH_ANON_ZERO,
		 .ns = {31, 280, 300, 312, 330, 2000}, .units = 1024, .faults = 1024},
		{.name = "file_read_around", .unit = "fault", .path = CR2_PATH_FILE_READ,
		 .ns = {29, 1200, 1225, 1234.5, 1300, 1400}, .units = 64, .faults = 64, .refused = 2,
		 .note = "65 faults where 64 were expected"},
		{.name = "major", .unit = "fault", .path = CR2_PATH_FILE_READ, .major = true, .wall = true,
		 .group = CR2_COST_IO, .ns = {31, 45600, 50000, 99960, 200000, 1234567},
		 .note = "a note on what was measured"},
		{.name = "swap_in", .unit = "fault", .path = CR2_PATH_SWAP_IN, .group = CR2_COST_IO,
		 .note = "this machine has no swap: swapon FILE, then measure again"},
		{.name = "munmap_page", .unit = "page", .group = CR2_COST_PROCESSES,
		 .ns = {31, 30.5, 32, 33.25, 34, 35}},
	},
};

static const struct cr2_bench_answer answer = {
	.number = 4, .of = 7, .name = "fork", .bytes = 64 << 20,
	.question = "How many page-table entries does fork of 1 GiB copy, and how long does it take?",
	.scaled = "measured with 64 MiB, since 200 MiB are free; the course's times are scaled "
		  "down accordingly",
	.n_steps = 2,
	.steps = {"64 MiB / 4096 bytes a page = 16384 entries × 8 bytes = 128 KiB of page tables",
		  "the course: 0.0125 ms / 16384 = 0.76 ns an entry"},
	.n_rows = 4,
	.rows = {
		{"fork", CR2_AMOUNT_TIME, true, 12500, {5, 1e6, 1.1e6, 1.2e6, 1.3e6, 2e6}},
		{"  entries copied", CR2_AMOUNT_COUNT, true, 16384, {5, 16384, 16384, 16384, 16384, 16384}},
		{"  page tables of the child", CR2_AMOUNT_BYTES, true, 131072,
		 {1, 135168, 135168, 135168, 135168, 135168}},
		{"faults a second", CR2_AMOUNT_COUNT, false, 0, {1, 0, 0, 1234567, 0, 0}},
	},
	.verdict = CR2_BENCH_ANSWER_DIFFERS,
	.because = "96 times the course's. It copies entry by entry: it finds each page's struct page, "
		   "counts a reference and a mapping more, takes the right to write from parent and child.",
};

static int draw_costs(const struct cr2_style *style, struct cr2_text *text)
{
	return cr2_view_costs(&costs, style, text);
}

static int draw_answer(const struct cr2_style *style, struct cr2_text *text)
{
	return cr2_view_answer(&answer, style, text);
}

static void check(const char *name, int (*draw)(const struct cr2_style *, struct cr2_text *))
{
	for (unsigned width = 80; width <= 100; width += 20) {
		const struct cr2_style plain = {.width = width}, colour = {.colour = true, .width = width};
		struct cr2_text text = {0}, coloured = {0};
		char file[32];

		snprintf(file, sizeof(file), "%s-%u", name, width);
		assert_int_equal(draw(&plain, &text), 0);
		assert_golden(file, &text);
		assert_fits(&text, width);
		assert_int_equal(draw(&colour, &coloured), 0);
		assert_same_without_colour(&coloured, &text);
		cr2_text_finish(&text);
		cr2_text_finish(&coloured);
	}
}

static void costs_are_tables_on_one_axis(void **state)
{
	(void)state;
	check("costs", draw_costs);
}

static void answers_fit_a_screen(void **state)
{
	const struct cr2_style style = {.width = 80};
	struct cr2_text text = {0};
	unsigned lines = 0;

	(void)state;
	check("answer", draw_answer);
	assert_int_equal(cr2_view_answer(&answer, &style, &text), 0);
	for (const char *s = text.data; *s; s++)
		lines += *s == '\n';
	assert_true(lines <= 24);
	cr2_text_finish(&text);
}

/* Nothing measured, and times that no axis is made for. */
static void extremes_are_drawn(void **state)
{
	const struct cr2_style narrow = {.width = 40};
	struct cr2_calibration *c = calloc(1, sizeof(*c));
	struct cr2_text text = {0};

	(void)state;
	assert_non_null(c);
	assert_int_equal(cr2_view_costs(c, &narrow, &text), 0);
	c->n = 3;
	strcpy(c->costs[0].name, "none");
	assert_int_equal(cr2_view_costs(c, &narrow, &text), 0);
	strcpy(c->costs[1].name, "tiny");
	c->costs[1].ns = (struct cr2_bench_figure){1, 0, 0, 0, 0, 1e-3};
	strcpy(c->costs[2].name, "vast");
	c->costs[2].ns = (struct cr2_bench_figure){1, 1e-3, 1, 1e12, 1e15, 1e18};
	assert_int_equal(cr2_view_costs(c, &narrow, &text), 0);
	assert_non_null(strstr(text.data, "1000 s"));
	cr2_text_finish(&text);
	free(c);
}

static void json_has_what_the_text_has(void **state)
{
	struct cr2_text text = {0};
	json_t *first, *last, *root;
	const char *line;

	(void)state;
	assert_int_equal(cr2_view_costs_json(&costs, &text), 0);
	first = json_loads(text.data, JSON_DISABLE_EOF_CHECK, NULL);
	assert_string_equal(json_string_value(json_object_get(first, "case")), "anon_zero");
	assert_true(json_real_value(json_object_get(first, "ns")) == 312);
	assert_string_equal(json_string_value(json_object_get(first, "path")), "anon_zero");
	assert_null(json_object_get(first, "absent"));
	line = strstr(text.data, "{\"case\":\"swap_in\"");
	assert_non_null(line);
	last = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
	assert_true(json_is_null(json_object_get(last, "ns")));
	assert_non_null(strstr(json_string_value(json_object_get(last, "absent")), "no swap"));
	cr2_text_clear(&text);
	assert_int_equal(cr2_view_answer_json(&answer, &text), 0);
	root = json_loads(text.data, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(root, "verdict")), "differs");
	assert_int_equal(json_array_size(json_object_get(root, "measured")), 4);
	assert_int_equal(json_array_size(json_object_get(root, "calculation")), 2);
	json_decref(first);
	json_decref(last);
	json_decref(root);
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(costs_are_tables_on_one_axis),
		cmocka_unit_test(answers_fit_a_screen),
		cmocka_unit_test(extremes_are_drawn),
		cmocka_unit_test(json_has_what_the_text_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
