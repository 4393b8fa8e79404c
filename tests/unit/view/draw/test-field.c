/* SPDX-License-Identifier: MIT */
/* One list of fields, drawn for people and for programs. */
#include "view/draw/field.h"

#include "../../test.h"

static const struct cr2_style plain = {.width = 40};
static const struct field_block rows = {.columns = 2, .at = 2, .first = 6, .joined = true};

typedef void filler(struct fields *f);

static void assert_draws(filler *make, const char *wanted)
{
	struct cr2_text text = {0};
	struct fields f = {0};

	make(&f);
	assert_int_equal(fields_draw(&f, &plain, &text), 0);
	assert_string_equal(text.data ? text.data : "", wanted);
	cr2_text_finish(&text);
}

static void assert_json(filler *make, const char *wanted)
{
	struct cr2_text text = {0};
	struct fields f = {0};

	make(&f);
	assert_int_equal(fields_json(&f, &text), 0);
	assert_string_equal(text.data, wanted);
	cr2_text_finish(&text);
}

static void one_of_each(struct fields *f)
{
	static const char *const list[] = {"a", "b"};

	fields_block(f, &rows);
	fields_row(f, "access");
	field_text(f, OP, "write", .form = "%");
	field_hex(f, ADDR, 0x1000, .form = " at %,");
	field_number(f, PID, 42, .form = " by %");
	fields_row(f, "fault");
	field_bool(f, MAJOR, false, .form = "%", .words = {"minor", "major"});
	field_text(f, EVIDENCE, "seen");
	fields_say(f, INK_PLAIN, " as %s", "told");
	fields_row(f, "flags");
	field_flags(f, FLAGS, fields_decode(f, CR2_FLAGS_FAULT, 0x41, 6018), .form = "%");
	fields_texts(f, CR2_KEY_WARNINGS, list, 2);
}

static void both_faces_say_the_same(void **state)
{
	(void)state;
	assert_draws(one_of_each, "  access  write at 0x1000, by 42\n"
				  "  fault   minor as told\n"
				  "  flags   WRITE USER\n");
	assert_json(one_of_each, "{\"op\":\"write\",\"addr\":\"0x1000\",\"pid\":42,\"major\":false,"
				 "\"evidence\":\"seen\",\"flags\":[\"WRITE\",\"USER\"],"
				 "\"warnings\":[\"a\",\"b\"]}\n");
}

static void not_known(struct fields *f)
{
	fields_block(f, &rows);
	fields_row(f, "frame");
	field_hex(f, PFN, 0, .absent = true, .form = "%", .none = "-");
	fields_row(f, "path");
	field_text(f, PATH, NULL, .form = "%");
	fields_say(f, INK_PLAIN, "?");
}

static void what_is_not_known_is_null(void **state)
{
	(void)state;
	assert_draws(not_known, "  frame   -\n  path    ?\n");
	assert_json(not_known, "{\"pfn\":null,\"path\":null}\n");
}

static void nested(struct fields *f)
{
	fields_object(f, CR2_KEY_MAPPING);
	field_hex(f, START, 0x1000);
	fields_end(f);
	fields_list(f, CR2_KEY_LEVELS);
	for (uint64_t i = 0; i < 2; i++) {
		fields_object(f, CR2_KEY_NONE);
		field_number(f, INDEX, i);
		fields_end(f);
	}
	fields_end(f);
}

static void objects_nest_for_programs_only(void **state)
{
	(void)state;
	assert_draws(nested, "");
	assert_json(nested, "{\"mapping\":{\"start\":\"0x1000\"},\"levels\":[{\"index\":0},{\"index\":1}]}\n");
}

static void column(struct fields *f, enum cr2_key key, const char *heading, uint64_t n)
{
	fields_column(f, key, heading);
	fields_row(f, "maps");
	field_number(f, MAPS, n, .form = "%");
	fields_row(f, "pfn");
	field_hex(f, PFN, n, .form = "%");
	fields_end(f);
}

static void two_columns(struct fields *f)
{
	static const struct field_block pages = {
		.columns = 3, .at = 2, .first = 6, .joined = true, .beside = true,
	};

	fields_block(f, &pages);
	column(f, CR2_KEY_BEFORE, "before", 2);
	column(f, CR2_KEY_AFTER, "after", 1);
}

static void objects_stand_beside_each_other(void **state)
{
	(void)state;
	assert_draws(two_columns, "          before  after\n"
				  "  maps    2       1\n"
				  "  pfn     0x2     0x1\n");
	assert_json(two_columns, "{\"before\":{\"maps\":2,\"pfn\":\"0x2\"},"
				 "\"after\":{\"maps\":1,\"pfn\":\"0x1\"}}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_faces_say_the_same),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(objects_nest_for_programs_only),
		cmocka_unit_test(objects_stand_beside_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
