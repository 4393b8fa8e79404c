/* SPDX-License-Identifier: MIT */
/* Rosters, sheets, and sheets as JSON. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/sheet.h>

#include "../test.h"

static void roster(const char *csv, const char *wanted)
{
	struct cr2_sheets sheets = {0};
	struct cr2_text seen = {0};
	struct cr2_diag diag = {0};

	if (cr2_sheets_read_roster(csv, strlen(csv), &sheets, &diag) < 0)
		fail_msg("%s: %s", csv, diag.message);
	for (size_t i = 0; i < sheets.n; i++)
		assert_int_equal(cr2_text_printf(&seen, "%s=%s/", sheets.items[i].id, sheets.items[i].name), 0);
	assert_string_equal(seen.data, wanted);
	cr2_text_finish(&seen);
	cr2_sheets_finish(&sheets);
}

static void refused(const char *csv, unsigned line, const char *message)
{
	struct cr2_sheets sheets = {0};
	struct cr2_diag diag = {0};

	assert_int_equal(cr2_sheets_read_roster(csv, strlen(csv), &sheets, &diag), -EINVAL);
	assert_string_equal(diag.message, message);
	assert_int_equal(diag.line, line);
	cr2_diag_finish(&diag);
}

static void test_roster(void **state)
{
	(void)state;
	roster("ada,Ada Lovelace\nalan\n", "ada=Ada Lovelace/alan=/");
	roster("b\na", "a=/b=/");
	roster("ID,Name\na,A\n", "a=A/");
	roster("name,e-mail,id\r\n\"Lovelace, Ada\",x,ada\r\n", "ada=Lovelace, Ada/");
	/* Moodle's, Canvas's, Gradescope's */
	roster("First name,Surname,ID number,Email address\nAda,Lovelace,7,a@b\n", "7=Ada Lovelace/");
	roster("Student,ID,SIS User ID,SIS Login ID,Section\nAda Lovelace,12,s,al,1\n", "12=Ada Lovelace/");
	roster("First Name,Last Name,SID,Email,Role\nAda,,a7,a@b,Student\n", "a7=Ada/");
	roster("Student,ID,SIS Login ID,Section,Quiz (9)\n,,,,Manual Posting\n    Points Possible,,,,10\nAda Lovelace,12,al,1,\n",
	       "12=Ada Lovelace/");
	roster("Student,ID\n\"    Points Possible\",\nAda,12\n", "12=Ada/");
	/* A line that names columns is no student, whatever they are called. */
	refused("name,mail\nAda,ada@x\n", 1, "the first line names columns, and none of IDs: call that one id (or sid, student id, "
		"id number, login id, sis login id, username)");
	roster("mail,id\nada@x,ada\n", "ada=/");
	refused("Student,ID\nNobody,\n", 2, "an ID has letters, digits and . _ @ -, and no . in front: ID,NAME");
	refused("ada\n../x,X\n", 2, "an ID has letters, digits and . _ @ -, and no . in front: ID,NAME");
	refused("id\n\na\nb\na\n", 5, "'a' stands in line 3, too; an ID is one student's");
	refused("id,name\n", 0, "no student is in it; a line a student: ID,NAME");
	refused("a,\"b\n", 1, "a quote is not closed");
}

static void make(struct cr2_sheets *ret)
{
	static const struct cr2_sheet_plan plan = {.n_kinds = 2, .kinds = {CR2_EXERCISE_VMA, CR2_EXERCISE_COW}, .n_items = 3,
						   .level = 2, .profile = CR2_PROFILE_6_12};
	struct cr2_diag diag = {0};

	assert_int_equal(cr2_sheets_read_roster("b,B\na\n", 6, ret, &diag), 0);
	for (size_t i = 0; i < ret->n; i++)
		assert_int_equal(cr2_sheet_fill(&ret->items[i], &plan, 7 + i), 0);
}

/* A task of the level, by a small number of its own; or the one that is named. */
static void test_force(void **state)
{
	struct cr2_sheet sheet = {0};
	uint64_t first;

	(void)state;
	assert_int_equal(cr2_sheet_set_force(&sheet, -1, 3, UINT64_C(0x123456789abcdef)), 0);
	assert_true(sheet.has_force);
	assert_int_equal(cr2_demand_level(sheet.force.demand), 3);
	assert_in_range(sheet.force.seed, 1, 9999);
	first = sheet.force.seed;
	assert_int_equal(cr2_sheet_set_force(&sheet, CR2_DEMAND_COW, 3, UINT64_C(0x123456789abcdee)), 0);
	assert_int_equal(sheet.force.demand, CR2_DEMAND_COW);
	assert_int_not_equal(sheet.force.seed, first);
	assert_int_equal(cr2_sheet_set_force(&sheet, -1, 9, 1), -EINVAL);
}

static void test_fill(void **state)
{
	struct cr2_sheet_plan none = {.n_kinds = 1};
	struct cr2_sheets sheets = {0};
	const struct cr2_sheet *b;
	struct cr2_exercise e;

	(void)state;
	make(&sheets);
	b = cr2_sheets_find(&sheets, "b");
	assert_string_equal(b->name, "B");
	assert_null(cr2_sheets_find(&sheets, "c"));
	assert_int_equal(b->n_items, 3);
	assert_int_equal(b->items[1].kind, CR2_EXERCISE_COW);
	assert_int_equal(b->items[2].kind, CR2_EXERCISE_VMA);
	assert_true(b->items[0].seed != b->items[2].seed);
	assert_int_equal(cr2_sheet_exercise(b, 1, &e), 0);
	assert_int_equal(e.kind, CR2_EXERCISE_COW);
	assert_int_equal(e.seed, b->items[1].seed);
	cr2_exercise_finish(&e);
	assert_int_equal(cr2_sheet_fill(&sheets.items[0], &none, 1), -EINVAL);
	cr2_sheets_finish(&sheets);
	assert_int_equal(cr2_sheets_of_one(".a", &sheets), -EINVAL);
}

static void refuse_key(const char *key, const char *from, const char *to, const char *message)
{
	const char *at = strstr(key, from);
	struct cr2_sheets sheets = {0};
	struct cr2_diag diag = {0};
	struct cr2_text text = {0};

	assert_non_null(at);
	assert_int_equal(cr2_text_printf(&text, "%.*s%s%s", (int)(at - key), key, to, at + strlen(from)), 0);
	assert_int_equal(cr2_sheets_from_json(text.data, text.length, &sheets, &diag), -EINVAL);
	assert_string_equal(diag.message, message);
	cr2_diag_finish(&diag);
	cr2_text_finish(&text);
}

static void test_json(void **state)
{
	struct cr2_sheets sheets = {0}, again = {0};
	struct cr2_text first = {0}, second = {0};
	struct cr2_diag diag = {0};

	(void)state;
	make(&sheets);
	assert_int_equal(cr2_sheets_add_program(&sheets, CR2_PROGRAM_FORCE), 0);
	for (size_t i = 0; i < sheets.n; i++)
		assert_int_equal(cr2_sheet_set_force(&sheets.items[i], CR2_DEMAND_ZERO, 1, 40 + i), 0);
	assert_int_equal(cr2_sheets_to_json(&sheets, &first), 0);
	assert_int_equal(cr2_sheets_from_json(first.data, first.length, &again, &diag), 0);
	assert_int_equal(cr2_sheets_to_json(&again, &second), 0);
	assert_string_equal(first.data, second.data);
	assert_int_equal(again.items[1].items[0].profile, CR2_PROFILE_6_12);
	assert_int_equal(again.items[1].items[0].level, 2);
	assert_true(again.items[1].has_force && again.items[1].force.seed == 42);
	assert_int_equal(again.items[1].force.demand, CR2_DEMAND_ZERO);
	refuse_key(first.data, "\"task\": \"zero\"", "\"task\": \"one\"", "'force' of 'a': there is no such task, or seed");
	refuse_key(first.data, "\"task\": \"zero\"", "\"tusk\": 1", "'a' has no task and seed of 'force': make the sheets again");
	cr2_sheets_finish(&again);
	cr2_sheets_finish(&sheets);
	cr2_text_finish(&first);
	cr2_text_finish(&second);
}

/* What is changed in a key, and what is said of it. */
static void test_json_refused(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} changes[] = {
		{"cr2 learn sheet", "cr2 learn sheep", "this is no key of cr2 learn sheet"},
		{"\"format\": 1", "\"format\": 9", "another version of cr2 wrote this key"},
		{"\"id\": \"b\"", "\"id\": \"a\"", "'a' stands there twice; an ID is one student's"},
		{"\"id\": \"b\"", "\"id\": \"/\"", "student 2 is not as cr2 writes it"},
		{"\"level\": 2", "\"level\": 9", "item 1 of 'a': there is no such exercise, seed, level or kernel, or points are not "
						 "from 0 to 1,000,000"},
		{"\"points\": 1.0", "\"points\": -10", "item 1 of 'a': there is no such exercise, seed, level or kernel, or points are "
						    "not from 0 to 1,000,000"},
		/* An exercise that is not the one that stood on the sheet. */
		{"\"level\": 2", "\"level\": 3", "item 1 of 'a': this cr2 makes another exercise of it: take the version that made "
						 "the sheets"},
		{"\"inside\"", "\"beside\"", "item 1 of 'a': this cr2 makes another exercise of it: take the version that made the "
					     "sheets"},
	};
	struct cr2_sheets sheets = {0};
	struct cr2_text key = {0};

	(void)state;
	make(&sheets);
	assert_int_equal(cr2_sheets_to_json(&sheets, &key), 0);
	cr2_sheets_finish(&sheets);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(changes); i++)
		refuse_key(key.data, changes[i].from, changes[i].to, changes[i].message);
	cr2_text_finish(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roster),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_force),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
