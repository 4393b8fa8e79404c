/* SPDX-License-Identifier: MIT */
/* Each stage is one line of JSON, whatever it holds. */
#include <stdio.h>

#include <jansson.h>

#include <cr2/view.h>

#include "../../test.h"

static char *processes[] = {"parent", "child"}, *objects[] = {"lib"};
static const struct cr2_names names = {.processes = {2, processes}, .objects = {1, objects}};

/* Two faults of one access: an absent page of a file, then the kernel's fixup. */
static const struct cr2_stage stages[] = {
	{.kind = CR2_STAGE_EXCEPTION, .exception = {
		.vector = 14, .access = CR2_ACCESS_WRITE, .cr2 = 0xfffffffffffff123,
		.frame = {.error_code = 6},
		.walk = {.cr3 = 0x1002000, .levels = 5, .n = 2, .entries = {
			{CR2_LEVEL_PGD, 511, 0x1002ff8, 0x1003067}, {CR2_LEVEL_P4D, 0, 0x1003000, 0}}}}},
	{.kind = CR2_STAGE_VMA, .vma = {.found = true, .vma = {.start = 1, .end = 2, .object = 0}}},
	{.kind = CR2_STAGE_PERMISSION, .permission = {.allowed = true, .required = 2}},
	{.kind = CR2_STAGE_WALK, .walk = {.tables_allocated = 3}},
	{.kind = CR2_STAGE_ENTRY, .entry = {.entry = {.level = CR2_LEVEL_PTE},
					    .path = CR2_PATH_FILE_COW}},
	{.kind = CR2_STAGE_PAGE, .page = {
		.action = CR2_PAGE_COPIED, .object = 0, .index = 7,
		.old_page = {.pfn = CR2_NO_FRAME}, .new_page = {.pfn = 0xb3, .refs_after = 1}}},
	{.kind = CR2_STAGE_INSTALL, .install = {.entry = {.level = CR2_LEVEL_PTE, .value = 0x8000000000001067}}},
	{.kind = CR2_STAGE_RETURN, .ret = {.access = CR2_ACCESS_WRITE, .value = 67}},
	{.kind = CR2_STAGE_SIGNAL, .signal = {.signo = 11, .code = 1}},
	{.kind = CR2_STAGE_EXCEPTION, .exception = {.vector = 14}},
	{.kind = CR2_STAGE_EXTABLE, .extable = {.result = CR2_RESULT_EFAULT}},
};

static json_t *lines;

static int make_lines(void **state)
{
	struct cr2_observation o = {.step = 6, .line = 7, .process = 1};
	const struct cr2_view_step step = {.observation = &o, .names = &names};
	struct cr2_text text = {0};

	(void)state;
	lines = json_array();
	assert_int_equal(cr2_view_stages_json(&step, stages, CR2_ARRAY_SIZE(stages), &text), 0);
	for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n")) {
		json_t *json = json_loads(line, 0, NULL);

		assert_non_null(json);
		json_array_append_new(lines, json);
	}
	cr2_text_finish(&text);
	return 0;
}

static int drop_lines(void **state)
{
	(void)state;
	json_decref(lines);
	return 0;
}

#define line(i) json_array_get(lines, i)
#define assert_text(i, key, wanted) \
	assert_string_equal(json_string_value(json_object_get(line(i), key)), wanted)

static void every_stage_is_a_line_with_its_place(void **state)
{
	static const char *const kinds[] = {"exception", "vma", "permission", "walk", "entry", "page",
					    "install", "return", "signal", "exception", "extable"};

	(void)state;
	assert_int_equal(json_array_size(lines), CR2_ARRAY_SIZE(kinds));
	for (size_t i = 0; i < CR2_ARRAY_SIZE(kinds); i++) {
		assert_text(i, "stage", kinds[i]);
		assert_text(i, "proc", "child");
		assert_int_equal(json_integer_value(json_object_get(line(i), "step")), 6);
		assert_int_equal(json_integer_value(json_object_get(line(i), "line")), 7);
		assert_int_equal(json_integer_value(json_object_get(line(i), "fault_number")), i < 9 ? 1 : 2);
	}
}

static void numbers_of_64_bits_are_whole(void **state)
{
	json_t *entry = json_object_get(line(6), "entry");

	(void)state;
	assert_text(0, "addr", "0xfffffffffffff123");
	assert_string_equal(json_string_value(json_object_get(entry, "value")), "0x8000000000001067");
}

static void levels_are_named_as_the_walk_has_them(void **state)
{
	json_t *entries = json_object_get(json_object_get(line(0), "walk"), "entries");

	(void)state;
	assert_int_equal(json_array_size(entries), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(entries, 0), "level")),
			    "PGD");
	assert_string_equal(json_string_value(json_object_get(json_array_get(entries, 1), "level")),
			    "P4D");
}

static void names_are_words_and_what_is_not_there_is_null(void **state)
{
	json_t *page = line(5);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(json_object_get(line(1), "mapping"),
							      "object")), "lib");
	assert_text(4, "kind", "none");
	assert_text(4, "path", "file_cow");
	assert_text(5, "action", "copied");
	assert_text(5, "object", "lib");
	assert_true(json_is_null(json_object_get(page, "old")));
	assert_int_equal(json_integer_value(json_array_get(
		json_object_get(json_object_get(page, "new"), "refs"), 1)), 1);
	assert_true(json_is_null(json_object_get(line(3), "after")));
	assert_text(8, "result", "SEGV_MAPERR");
	assert_text(10, "result", "EFAULT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stage_is_a_line_with_its_place),
		cmocka_unit_test(numbers_of_64_bits_are_whole),
		cmocka_unit_test(levels_are_named_as_the_walk_has_them),
		cmocka_unit_test(names_are_words_and_what_is_not_there_is_null),
	};

	return cmocka_run_group_tests(tests, make_lines, drop_lines);
}
