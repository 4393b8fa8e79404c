/* SPDX-License-Identifier: MIT */
/* Grades as people and programs get them: all that is said, within the terminal's width, and nothing of what is right. */
#include <jansson.h>
#include <stdlib.h>

#include <cr2/view_learn.h>

#include "../../test.h"

struct class {
	struct cr2_sheets sheets;
	struct cr2_grades grades;
};

/* bits of error code 0x1: P is answered wrongly, I as who reads from the left, mode by no word of it. */
static void begin(struct class *c)
{
	static const char answers[] = "Sheet: ada\n1.P = 0\n1.I = 1\n1.mode = \x1b[31m\n1.Q = 1\n";
	struct cr2_diag diag = {0};

	*c = (struct class){0};
	assert_int_equal(cr2_sheets_read_roster("ada,\"Lovelace, Ada\"\nbob\ncyd\n", 28, &c->sheets, &diag), 0);
	for (size_t i = 0; i < 3; i++) {
		c->sheets.items[i].items = calloc(1, sizeof(struct cr2_sheet_item));
		assert_non_null(c->sheets.items[i].items);
		c->sheets.items[i].items[0] = (struct cr2_sheet_item){.kind = CR2_EXERCISE_BITS, .seed = 3, .level = 1,
								      .profile = CR2_PROFILE_6_18, .points = 1};
		c->sheets.items[i].n_items = 1;
	}
	assert_int_equal(cr2_grades_begin(&c->sheets, &c->grades), 0);
	assert_int_equal(cr2_grades_read(&c->grades, "x.md", answers, sizeof(answers) - 1), 0);
	assert_int_equal(cr2_grades_read(&c->grades, "cyd.md", "", 0), 0);
	assert_int_equal(cr2_grades_read(&c->grades, "y,z.csv", "eve,1,P,1\n", 10), 0);
	assert_int_equal(cr2_grades_judge(&c->grades), 0);
}

static void finish(struct class *c)
{
	cr2_grades_finish(&c->grades);
	cr2_sheets_finish(&c->sheets);
}

static void has(const struct cr2_text *text, const char *part)
{
	if (!strstr(text->data, part))
		fail_msg("no '%s' in:\n%s", part, text->data);
}

static void test_table(void **state)
{
	static const unsigned widths[] = {60, 80, 100};
	struct class c;

	(void)state;
	begin(&c);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(widths); i++) {
		const struct cr2_style style = {.width = widths[i]};
		struct cr2_text text = {0};

		assert_int_equal(cr2_view_grades(&c.grades, &style, &text), 0);
		for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1)
			if (strcspn(line, "\n") > widths[i])
				fail_msg("wider than %u:\n%s", widths[i], text.data);
		has(&text, "ada, Lovelace, Ada: 0 of 1 points\n");
		has(&text, "bits_reversed");
		has(&text, "\\x1b[31m");
		has(&text, "not run: 1.W 1.U 1.RSVD");
		has(&text, "x.md:5: the sheet has no 1.Q");
		has(&text, "cyd\n  not read: cyd.md: nothing is in it\n");
		has(&text, "1 of 3 handed in. Not read: cyd. Not handed in: bob\n  not read: y,z.csv:1: the key has no student 'eve'\n");
		cr2_text_finish(&text);
	}
	finish(&c);
}

static void test_json(void **state)
{
	struct cr2_text text = {0};
	const char *line;
	size_t n = 0;
	struct class c;

	(void)state;
	begin(&c);
	assert_int_equal(cr2_view_grades_json(&c.grades, &text), 0);
	for (line = text.data; *line; line += strcspn(line, "\n") + 1, n++) {
		json_t *json = json_loadb(line, strcspn(line, "\n"), 0, NULL);

		assert_true(json_is_object(json));
		json_decref(json);
	}
	assert_int_equal(n, 4);
	has(&text, "\"notes\":[{\"file\":\"cyd.md\",\"line\":0,\"message\":\"nothing is in it\",\"unread\":true}]}\n");
	has(&text, "\"notes\":[{\"file\":\"y,z.csv\",\"line\":1,\"message\":\"the key has no student 'eve'\",\"unread\":true}]}\n");
	has(&text, "{\"key\":\"I\",\"answer\":\"1\",\"verdict\":\"wrong\",\"reason\":null,\"misconceptions\":[\"bits_reversed\"],"
		   "\"file\":\"x.md\",\"line\":3}");
	has(&text, "{\"key\":\"W\",\"answer\":null,\"verdict\":\"not run\"");
	cr2_text_finish(&text);
	assert_int_equal(cr2_view_grades_csv(&c.grades, &text), 0);
	has(&text, "\r\nada,\"Lovelace, Ada\",yes,0,1,0,2,1,6,0,");
	has(&text, "\r\nbob,,no,0,1,0,0,0,0,0,,\r\ncyd,,not read,0,1,0,0,0,0,0,,cyd.md: nothing is in it\r\n"
		   ",,not read,,,,,,,,,\"y,z.csv:1: the key has no student 'eve'\"\r\n");
	cr2_text_finish(&text);
	finish(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
