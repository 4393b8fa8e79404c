/* SPDX-License-Identifier: MIT */
/* What students hand in: read in every format, however it was edited, and judged. */
#include <errno.h>
#include <stdlib.h>

#include <cr2/grade.h>

#include "../test.h"

/* bits of error code 0x1 (seed 3), for two students; and a program. */
struct class {
	struct cr2_sheets sheets;
	struct cr2_grades grades;
};

static void begin(struct class *c)
{
	struct cr2_diag diag = {0};

	*c = (struct class){0};
	assert_int_equal(cr2_sheets_read_roster("ada\nalan.t\n", 11, &c->sheets, &diag), 0);
	for (size_t i = 0; i < 2; i++) {
		struct cr2_sheet *sheet = &c->sheets.items[i];

		sheet->items = calloc(1, sizeof(*sheet->items));
		assert_non_null(sheet->items);
		sheet->items[0] = (struct cr2_sheet_item){.kind = CR2_EXERCISE_BITS, .seed = 3, .level = 1,
							  .profile = CR2_PROFILE_6_18, .points = 9};
		sheet->n_items = 1;
	}
	assert_int_equal(cr2_sheets_add_program(&c->sheets, CR2_PROGRAM_COUNTER), 0);
	assert_int_equal(cr2_sheets_add_program(&c->sheets, CR2_PROGRAM_COUNTER), -EEXIST);
	assert_int_equal(cr2_grades_begin(&c->sheets, &c->grades), 0);
}

static void finish(struct class *c)
{
	cr2_grades_finish(&c->grades);
	cr2_sheets_finish(&c->sheets);
}

static void take(struct class *c, const char *path, const char *data)
{
	assert_int_equal(cr2_grades_read(&c->grades, path, data, strlen(data)), 0);
	assert_int_equal(c->grades.n_unread, 0);
}

/* Noted of ada, if it is known to be hers; and the other student is graded. */
static void unread(bool hers, const char *path, const char *data, unsigned line, const char *message)
{
	const struct cr2_grade_notes *notes;
	struct class c;

	begin(&c);
	assert_int_equal(cr2_grades_read(&c.grades, path, data, strlen(data)), 0);
	assert_int_equal(c.grades.n_unread, 1);
	notes = hers ? &c.grades.items[0].notes : &c.grades.notes;
	assert_int_equal(notes->n, 1);
	assert_true(notes->items[0].unread);
	assert_string_equal(notes->items[0].file, path);
	assert_string_equal(notes->items[0].message, message);
	assert_int_equal(notes->items[0].line, line);
	assert_int_equal(cr2_grades_read(&c.grades, "alan.t.md", "1.P = 1\n", 8), 0);
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	assert_true(c.grades.items[1].points == 1 && c.grades.items[0].points == 0);
	assert_int_equal(c.grades.items[0].counts[CR2_GRADE_WRONG], 0);
	finish(&c);
}

/* Of student i, part of item 1. */
static const struct cr2_grade_part *part(const struct class *c, size_t i, const char *key)
{
	const struct cr2_grade_item *item = &c->grades.items[i].items[0];

	for (size_t k = 0; k < item->n_parts; k++)
		if (strcmp(item->parts[k].key, key) == 0)
			return &item->parts[k];
	fail_msg("no part %s", key);
	return NULL;
}

static void is(const struct class *c, const char *key, enum cr2_grade_state state, unsigned line)
{
	assert_int_equal(part(c, 0, key)->state, state);
	assert_int_equal(part(c, 0, key)->line, line);
}

/* As the sheet has them, and as word processors, Windows and Markdown's editors leave them. */
static void test_markdown(void **state)
{
	struct class c;

	(void)state;
	begin(&c);
	take(&c, "any.md", "\xef\xbb\xbf# Page faults\r\n\r\n**Sheet:** ADA\r\n\r\n      1.P = 1\r\n1.w=\xe2\x80\x9c" "0\xe2\x80\x9d\r\n"
			   "- 1\\.U = **no**\r\n>  1.RSVD\t=\xc2\xa0" "0b0\xc2\xa0\r\n| 1. I = `0`\r\n1.access = READ\n"
			   "1.mode = 'kernel'\n1.present = yes\n   7.   I=0 and so on\n1.possible =\n");
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	is(&c, "P", CR2_GRADE_RIGHT, 5);
	is(&c, "W", CR2_GRADE_RIGHT, 6);
	is(&c, "U", CR2_GRADE_RIGHT, 7);
	is(&c, "RSVD", CR2_GRADE_RIGHT, 8);
	is(&c, "I", CR2_GRADE_RIGHT, 9);
	is(&c, "access", CR2_GRADE_RIGHT, 10);
	is(&c, "mode", CR2_GRADE_RIGHT, 11);
	is(&c, "present", CR2_GRADE_RIGHT, 12);
	is(&c, "possible", CR2_GRADE_NOT_RUN, 14);
	assert_int_equal(c.grades.items[0].notes.n, 0);
	/* 8 of 9 parts of 9 points; the program, which was not handed in, has one more. */
	assert_true(c.grades.items[0].points == 8 && c.grades.items[0].most == 10 && c.grades.items[1].most == 10);
	assert_int_equal(c.grades.items[0].counts[CR2_GRADE_NOT_RUN], 2);
	assert_int_equal(c.grades.n_handed_in, 1);
	assert_false(c.grades.items[1].handed_in);
	assert_false(cr2_grades_right(&c.grades));
	finish(&c);
}

static void test_notes(void **state)
{
	static const struct {
		unsigned line;
		const char *message;
	} wanted[] = {
		{4, "1.P is answered in line 2, too: the last counts"},
		{5, "the sheet has no 1.Q"},
		{6, "the sheet has no 2.P"},
		{0, "lines are missing: 1.RSVD 1.I 1.access 1.mode 1.present 1.possible"},
	};
	const struct cr2_grade *g;
	struct class c;

	(void)state;
	begin(&c);
	take(&c, "x/ada.md", "1.W = 0\n1.P = 0\n1.U = 0\n1.P = 1\n1.Q = 3\n2.P = 1\n1.W =\n1.W = 0\n");
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	is(&c, "P", CR2_GRADE_RIGHT, 4);
	g = &c.grades.items[0];
	assert_int_equal(g->notes.n, CR2_ARRAY_SIZE(wanted));
	for (size_t i = 0; i < g->notes.n; i++) {
		assert_string_equal(g->notes.items[i].file, "x/ada.md");
		assert_int_equal(g->notes.items[i].line, wanted[i].line);
		assert_string_equal(g->notes.items[i].message, wanted[i].message);
	}
	finish(&c);
}

static void test_wrong(void **state)
{
	struct class c;

	(void)state;
	begin(&c);
	take(&c, "a.csv", "answer;part;item;student\n1;I;1;ada\nno;present;1;ada\nmaybe;mode;1;ada\nno;present;1;alan.t\n");
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	is(&c, "I", CR2_GRADE_WRONG, 2);
	is(&c, "mode", CR2_GRADE_NOT_READ, 4);
	assert_string_equal(part(&c, 0, "mode")->reason, "neither user nor kernel");
	is(&c, "P", CR2_GRADE_NOT_RUN, 0);
	assert_int_equal(c.grades.misconceptions[CR2_MISCONCEPTION_BITS_REVERSED].students, 2);
	assert_int_equal(c.grades.misconceptions[CR2_MISCONCEPTION_BITS_REVERSED].answers, 3);
	assert_int_equal(c.grades.misconceptions[CR2_MISCONCEPTION_P_INVERTED].students, 2);
	assert_true(c.grades.items[0].points == 0);
	finish(&c);
}

static void test_json(void **state)
{
	struct class c;

	(void)state;
	begin(&c);
	take(&c, "a.json", "{\"student\": \"ada\", \"answers\": {\"1.P\": 1, \"1.W\": \"0x0\", \"1.present\": true, \"1.U\": null}}\n"
			   "[{\"student\": \"ada\", \"item\": 1, \"part\": \"mode\", \"answer\": \"kernel\"}]\n");
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	is(&c, "P", CR2_GRADE_RIGHT, 1);
	is(&c, "W", CR2_GRADE_RIGHT, 1);
	is(&c, "U", CR2_GRADE_NOT_RUN, 1);
	is(&c, "present", CR2_GRADE_RIGHT, 1);
	is(&c, "mode", CR2_GRADE_RIGHT, 2);
	finish(&c);
}

#define CASE(key, verdict) "{\"case\": \"" key "\", \"verdict\": \"" verdict "\", \"expected\": 37, \"hint\": \"look there\"}"

static void test_program(void **state)
{
	const struct cr2_grade_item *item;
	struct class c;

	(void)state;
	begin(&c);
	take(&c, "x/alan.t.counter.json", "{\"exercise\": \"counter\", \"parts\": [" CASE("fresh", "right") "," CASE("pair", "wrong") ","
					  CASE("kernel", "not run") "," CASE("threads", "right") "]}");
	/* All right, but it never ended. */
	take(&c, "x/ada/counter.json", "{\"exercise\": \"counter\", \"ended\": \"time out\", \"parts\": [" CASE("fresh", "right") "]}");
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	item = &c.grades.items[1].items[1];
	assert_string_equal(item->exercise, "counter");
	assert_true(item->points == 0.5 && item->most == 1);
	assert_int_equal(item->parts[1].state, CR2_GRADE_WRONG);
	assert_string_equal(item->parts[1].reason, "look there");
	assert_int_equal(item->parts[2].state, CR2_GRADE_NOT_RUN);
	item = &c.grades.items[0].items[1];
	assert_int_equal(item->parts[0].state, CR2_GRADE_TIMED_OUT);
	assert_true(item->points == 0);
	finish(&c);
	/* As force says it: what it may come from stands beside the parts; or it was not built. */
	begin(&c);
	take(&c, "ada.json", "{\"exercise\": \"counter\", \"verdict\": \"wrong\", \"parts\": [" CASE("a", "right") "," CASE("b", "wrong") "], \"mistakes\": "
			     "[{\"what\": \"x\", \"misconceptions\": \"end_is_inside\"}, {\"what\": \"y\"}]}");
	take(&c, "alan.t.json", "{\"exercise\": \"counter\", \"reason\": \"no main\", \"verdict\": \"wrong\"}");
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	assert_int_equal(c.grades.items[0].items[1].parts[1].n_misconceptions, 1);
	assert_true(c.grades.items[0].items[1].points == 0);
	assert_int_equal(c.grades.items[1].items[1].parts[0].state, CR2_GRADE_WRONG);
	assert_string_equal(c.grades.items[1].items[1].reason, "no main");
	finish(&c);
}

#define FORCED(task, seed, parts) "{\"exercise\": \"force\", \"task\": \"" task "\", \"seed\": " seed ", \"parts\": [" parts \
	"], \"verdict\": \"right\"}"
#define PART(key) "{\"key\": \"" key "\", \"verdict\": \"right\"}"

/* A result counts where it is of the task that the sheet demands, and of all that this consists of. */
static void test_force(void **state)
{
	static const char *const others[] = {
		"{\"exercise\": \"force\", \"parts\": [" PART("x") "], \"verdict\": \"right\"}",
		FORCED("zero", "42", PART("lent") "," PART("x")),
		FORCED("zero", "42", PART("lent")),
		FORCED("zero", "42", ""),
		FORCED("zero", "41", PART("lent") "," PART("pages")),
		FORCED("touch", "42", PART("pages")),
	};
	struct cr2_demand_part parts[CR2_DEMAND_PARTS];
	struct cr2_text text = {0};
	struct class c;

	(void)state;
	begin(&c);
	assert_int_equal(cr2_sheets_add_program(&c.sheets, CR2_PROGRAM_FORCE), 0);
	assert_int_equal(cr2_sheet_set_force(&c.sheets.items[0], CR2_DEMAND_ZERO, 1, 41), 0);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(others); i++) {
		assert_int_equal(cr2_grades_read(&c.grades, "ada.json", others[i], strlen(others[i])), 0);
		assert_int_equal(c.grades.n_unread, i + 1);
		assert_string_equal(c.grades.items[0].notes.items[i].message,
				    "this is not of the task on the sheet: cr2 learn force zero --seed 42 PROGRAM.c --json");
		assert_false(c.grades.items[0].items[2].handed_in);
	}
	assert_int_equal(cr2_demand_parts(&c.sheets.items[0].force, parts), 2);
	assert_int_equal(cr2_text_printf(&text, FORCED("zero", "42", "{\"key\": \"%s\", \"verdict\": \"right\"},{\"key\": \"%s\", "
					 "\"verdict\": \"right\"}"), parts[0].key, parts[1].key), 0);
	assert_int_equal(cr2_grades_read(&c.grades, "ada.json", text.data, text.length), 0);
	assert_int_equal(c.grades.n_unread, CR2_ARRAY_SIZE(others));
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	assert_true(c.grades.items[0].items[2].points == 1);
	cr2_text_finish(&text);
	finish(&c);
}

static void test_right(void **state)
{
	struct class c;

	(void)state;
	begin(&c);
	c.sheets.n_programs = 0;
	take(&c, "ada.md", "1.P=1\n1.W=0\n1.U=0\n1.RSVD=0\n1.I=0\n1.access=read\n1.mode=kernel\n1.present=y\n1.possible=yes\n");
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	/* Who did not hand in has not failed. */
	assert_true(cr2_grades_right(&c.grades));
	finish(&c);
	begin(&c);
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	assert_false(cr2_grades_right(&c.grades));
	finish(&c);
}

static void test_unread(void **state)
{
	(void)state;
	unread(false, "bob.md", "1.P = 1\n", 0, "whose is it? Neither does it say so, nor has its name an ID of the key's: ID.md");
	unread(true, "ada.md", "1.P = 1\nSheet: bob\n", 2, "the key has no student 'bob'");
	unread(false, "a.md", "1.P = 1\nSheet: Jos\xe9\n", 2, "the key has no student 'Jos\\xe9'");
	unread(false, "a.csv", "student,item,part,answer\nada,one,P,1\n", 2, "'one' is no item: a line is student,item,part,answer");
	unread(false, "a.csv", "ada,1,P,\nada,2\n", 2, "no part: a line is student,item,part,answer");
	unread(true, "ada.csv", "", 0, "nothing is in it");
	unread(true, "ada.txt", "P is 1,\nsays the course.\n", 0,
	       "neither a sheet (1.P = ANSWER), nor CSV (student,item,part,answer), nor JSON");
	unread(true, "ada.docx", "PK\3\4\1", 0, "this is a ZIP archive, or a document of an office program: give the text that is in it");
	unread(true, "ada.csv", "ada,1,P,\xe9\n", 1, "this is no text in UTF-8: save it as UTF-8");
	unread(false, "a.csv", "eve,1,P,1\n", 1, "the key has no student 'eve'");
	unread(true, "ada.json", "{\"answers\": {\"P\": 1}}", 1, "'P' is no part: they are called as on the sheet, 1.P");
	unread(true, "ada.json", "{\"answers\": {\"1.P\": [1]}}", 1, "1.P: an answer is a string, a whole number, true, false or null");
	unread(true, "ada.json", "{}\n", 1, "neither answers nor what became of a program: {\"student\": ID, \"answers\": {\"1.P\": ...}}");
	unread(true, "ada.json", "{\"answers\": {}}\n{\"exercise\": \"force\"}", 2,
	       "'force' is not graded by this key: cr2 learn sheet --programs force says that it is");
	unread(true, "ada.json", "{\"exercise\": \"counter\", \"parts\": [" CASE("fresh", "right") ",1]}", 1,
	       "'counter' is not as cr2 learn counter --json prints it");
}

/* What is wrong in one row, or object, takes nothing away from the others. */
static void test_rows(void **state)
{
	static const char rows[] = "student,item,part,answer\neve,1,P,1\nada,1,P,1\nada,x,P,1\nalan.t,1,P,0\n";
	static const char objects[] = "{\"student\": \"eve\", \"answers\": {}}\n{\"student\": \"ada\", \"answers\": {\"1.W\": 0}}\n{";
	struct class c;

	(void)state;
	begin(&c);
	assert_int_equal(cr2_grades_read(&c.grades, "all.csv", rows, sizeof(rows) - 1), 0);
	assert_int_equal(cr2_grades_read(&c.grades, "all.json", objects, sizeof(objects) - 1), 0);
	assert_int_equal(cr2_grades_unread(&c.grades, "ada/folder", "Is a directory"), 0);
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	is(&c, "P", CR2_GRADE_RIGHT, 3);
	is(&c, "W", CR2_GRADE_RIGHT, 2);
	assert_int_equal(part(&c, 1, "P")->state, CR2_GRADE_WRONG);
	assert_int_equal(c.grades.n_taken, 3);
	assert_int_equal(c.grades.n_unread, 5);
	assert_int_equal(c.grades.notes.n, 4);
	assert_string_equal(c.grades.items[0].notes.items[0].message, "Is a directory");
	finish(&c);
}

/* Two answers: a person has to see it, and the first counts. */
static void test_two_files(void **state)
{
	const struct cr2_grade_note *note;
	struct class c;

	(void)state;
	begin(&c);
	take(&c, "a.md", "Sheet: ada\n1.P = 1\n");
	assert_int_equal(cr2_grades_read(&c.grades, "b.md", "Sheet: ada\n1.P = 0\n1.W = 0\n", 27), 0);
	assert_int_equal(cr2_grades_judge(&c.grades), 0);
	is(&c, "P", CR2_GRADE_RIGHT, 2);
	is(&c, "W", CR2_GRADE_RIGHT, 3);
	note = &c.grades.items[0].notes.items[1];
	assert_string_equal(note->message, "1.P is answered in a.md, too, which counts: give one of the two");
	assert_int_equal(note->line, 2);
	assert_int_equal(c.grades.n_unread, 1);
	finish(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_force),
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_unread),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_two_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
