/* SPDX-License-Identifier: MIT */
/* A sheet in Markdown: what a student gets, and its key. */
#include <cr2/view_learn.h>

#include "../../test.h"

static void draw(bool answers, struct cr2_text *text)
{
	const struct cr2_sheet sheet = {
		.id = "ada", .name = "Ada\nLovelace", .n_items = 1,
		.items = &(struct cr2_sheet_item){.kind = CR2_EXERCISE_BITS, .seed = 3, .level = 1, .profile = CR2_PROFILE_6_18},
		.has_force = true, .force = {.demand = CR2_DEMAND_TOUCH, .seed = 7, .n = 12},
	};

	assert_int_equal(cr2_view_sheet_markdown(&sheet, answers, text), 0);
}

static void has(const struct cr2_text *text, const char *part)
{
	if (!strstr(text->data, part))
		fail_msg("no '%s' in:\n%s", part, text->data);
}

static void test_sheet(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	draw(false, &text);
	assert_memory_equal(text.data, "# Page faults\n\nSheet: ada\n\nName: Ada\\x0aLovelace\n\n", 49);
	/* Values and answers are code blocks of Markdown, the latter in their list: shown line by line, as they stand. */
	has(&text, "\n\n## 1. bits\n\n");
	has(&text, "\n\n## Program: force\n\nWrite a C program for this: Write to 12 fresh pages of anonymous memory, and\ntake one fault for each.");
	has(&text, "\n\n    cr2 learn force touch --seed 7 --skeleton FOLDER\n    cr2 learn force touch --seed 7 PROGRAM.c\n");
	has(&text, "\n\n    error  0x1\n\n- Bit 0, P: 0 or 1? (bit)\n\n      1.P =\n\n- ");
	cr2_text_finish(&text);
}

static void test_key(void **state)
{
	struct cr2_text text = {0};

	(void)state;
	draw(true, &text);
	assert_memory_equal(text.data, "# Page faults: the key\n\nSheet: ada\n", 34);
	has(&text, "\n\n      1.P = 1\n\n- ");
	has(&text, "\n\n      1.mode = kernel\n\n");
	has(&text, "\n  1.   0x1 is 00001b in binary");
	cr2_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sheet),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
