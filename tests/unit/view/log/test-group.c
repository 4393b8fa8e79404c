/* SPDX-License-Identifier: MIT */
/* Equal crashes and the summary of all, as people and programs get them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cr2/view_log.h>

#include "../../test.h"
#include "../golden.h"

static int add(void *data, const struct cr2_log_report *report)
{
	return cr2_log_groups_add(data, report, "dmesg.txt");
}

static void add_file(struct cr2_log_groups *groups, const char *name)
{
	struct cr2_log_config config = {.size = sizeof(config), .report = add, .data = groups, .no_symbols = true};
	char path[512], text[65536];
	struct cr2_log *log;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/../data/log/%s", getenv("CR2_TEST_SOURCE"), name);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_int_equal(cr2_log_create(&config, &log), 0);
	assert_int_equal(cr2_log_feed(log, text, n), 0);
	assert_int_equal(cr2_log_end(log), 0);
	cr2_log_destroy(log);
}

static struct cr2_log_groups *two_kernels(size_t most)
{
	struct cr2_log_groups_config config = {.size = sizeof(config), .most = most};
	struct cr2_log_groups *groups;

	assert_int_equal(cr2_log_groups_create(&config, &groups), 0);
	add_file(groups, "linux-6.1.txt");
	add_file(groups, "linux-6.12.txt");
	return groups;
}

static int draw_largest(struct cr2_log_groups *groups, const struct cr2_style *style,
			struct cr2_text *text)
{
	return cr2_view_log_group(cr2_log_groups_get(groups, 0), style, text);
}

static void expect(const char *name, struct cr2_log_groups *groups,
		   int (*draw)(struct cr2_log_groups *groups, const struct cr2_style *style,
			       struct cr2_text *text))
{
	static const unsigned widths[] = {80, 100};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(widths); i++) {
		struct cr2_style style = {.width = widths[i]};
		struct cr2_text plain = {0}, coloured = {0};
		char golden[64];

		assert_int_equal(draw(groups, &style, &plain), 0);
		style.colour = true;
		assert_int_equal(draw(groups, &style, &coloured), 0);
		snprintf(golden, sizeof(golden), "log-%s-%u", name, widths[i]);
		assert_golden(golden, &plain);
		assert_fits(&plain, widths[i]);
		assert_same_without_colour(&coloured, &plain);
		cr2_text_finish(&plain);
		cr2_text_finish(&coloured);
	}
}

static void group_for_people(void **state)
{
	struct cr2_log_groups *groups = two_kernels(0);

	(void)state;
	expect("group", groups, draw_largest);
	cr2_log_groups_destroy(groups);
}

static void summary_for_people(void **state)
{
	struct cr2_log_groups *groups = two_kernels(8);

	(void)state;
	expect("summary", groups, cr2_view_log_summary);
	cr2_log_groups_destroy(groups);
}

static const char *string(json_t *json, const char *key)
{
	const char *value = json_string_value(json_object_get(json, key));

	return value ? value : "";
}

static void group_for_programs(void **state)
{
	struct cr2_log_groups *groups = two_kernels(0);
	json_t *json, *varies, *same, *report, *addr;
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_view_log_group_json(cr2_log_groups_get(groups, 0), &text), 0);
	json = json_loads(text.data, 0, NULL);
	assert_string_equal(string(json, "kind"), "group");
	assert_int_equal(json_integer_value(json_object_get(json, "count")), 4);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "first"), "line")), 187);
	assert_string_equal(string(json_object_get(json, "last"), "source"), "dmesg.txt");
	varies = json_object_get(json, "varies");
	addr = json_object_get(varies, "addr");
	assert_string_equal(string(addr, "min"), "0x4141414141414141");
	assert_string_equal(string(addr, "max"), "0x6b6b6b6b6b6b6b83");
	assert_true(json_is_true(json_object_get(json, "kernel_varies")));
	assert_true(json_is_false(json_object_get(json, "comm_varies")));
	same = json_object_get(json, "same");
	assert_string_equal(string(same, "rax"), "0x0");
	assert_null(json_object_get(same, "addr"));
	report = json_object_get(json, "report");
	assert_string_equal(string(report, "kind"), "oops");
	assert_string_equal(string(report, "function"), "touch");
	json_decref(json);
	cr2_text_finish(&text);
	cr2_log_groups_destroy(groups);
}

static void summary_for_programs(void **state)
{
	struct cr2_log_groups *groups = two_kernels(8);
	struct cr2_text text = {0};
	json_t *json, *list;

	(void)state;
	assert_int_equal(cr2_view_log_summary_json(groups, &text), 0);
	json = json_loads(text.data, 0, NULL);
	assert_string_equal(string(json, "kind"), "summary");
	assert_int_equal(json_integer_value(json_object_get(json, "reports")), 74);
	assert_int_equal(json_integer_value(json_object_get(json, "distinct")), 8);
	assert_true(json_integer_value(json_object_get(json, "left_out")) > 0);
	list = json_object_get(json, "groups");
	assert_int_equal(json_array_size(list), 8);
	assert_string_equal(string(json_array_get(list, 0), "pattern"), "jump_to_null");
	json_decref(json);
	cr2_text_finish(&text);
	cr2_log_groups_destroy(groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_for_people),
		cmocka_unit_test(summary_for_people),
		cmocka_unit_test(group_for_programs),
		cmocka_unit_test(summary_for_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
