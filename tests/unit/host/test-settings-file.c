/* SPDX-License-Identifier: MIT */
/* The file that keeps settings: what was written is read; anything else is not believed. */
#include <errno.h>
#include <stdio.h>

#include <host/settings_file.h>

#include "../test.h"

#define BOOT "6b2b6a56-4d7c-4f5b-8e57-53a3fa0d8c1c"
#define THP "/sys/kernel/mm/transparent_hugepage/"
#define HEAD "boot " BOOT " pid 4711\n"
#define ITEM THP "enabled madvise always\n"

static int parse(const char *text, struct settings_list *ret_list)
{
	return settings_list_parse(text, strlen(text), BOOT, ret_list);
}

static void what_is_written_is_read(void **state)
{
	struct settings_list list = {.n = 2, .pid = 4711, .items = {
		{{THP "enabled", "always"}, "madvise"},
		{{THP "hugepages-2048kB/enabled", "inherit"}, "within_size"},
	}};
	struct settings_list read;
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(settings_list_append(&list, BOOT, &text), 0);
	assert_string_equal(text.data, HEAD ITEM THP "hugepages-2048kB/enabled within_size inherit\nend\n");
	assert_int_equal(parse(text.data, &read), 0);
	assert_int_equal(read.n, 2);
	assert_int_equal(read.pid, 4711);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(read.items[i].wanted.path, list.items[i].wanted.path);
		assert_string_equal(read.items[i].wanted.value, list.items[i].wanted.value);
		assert_string_equal(read.items[i].saved, list.items[i].saved);
	}
	cr2_text_finish(&text);
}

static void every_setting_may_stand_there(void **state)
{
	(void)state;
	for (enum cr2_setting_id id = 0; id < CR2_SETTING_COUNT; id++) {
		struct settings_list list;
		char text[256];

		snprintf(text, sizeof(text), HEAD "%s 1 2\nend\n", cr2_setting_pattern(id));
		assert_int_equal(parse(text, &list), 0);
	}
	assert_null(cr2_setting_pattern(CR2_SETTING_COUNT));
}

/* Cut short anywhere, with any byte another. */
static void a_damaged_file_is_seen(void **state)
{
	static const char good[] = HEAD ITEM "end\n";
	struct settings_list list;

	(void)state;
	assert_int_equal(parse(good, &list), 0);
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		char text[sizeof(good)];

		snprintf(text, sizeof(text), "%.*s", (int)n, good);
		assert_int_not_equal(parse(text, &list), 0);
	}
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		char text[sizeof(good)];

		strcpy(text, good);
		text[i] = '/';
		if (text[i] != good[i])
			assert_int_not_equal(parse(text, &list), 0);
		text[i] = '\0';
		assert_int_not_equal(settings_list_parse(text, sizeof(good) - 1, BOOT, &list), 0);
	}
}

static void nothing_else_may_stand_there(void **state)
{
	static const char *const texts[] = {
		"", "\n", "end\n", HEAD, HEAD ITEM, HEAD ITEM "end", HEAD ITEM "end\n\n",
		HEAD ITEM "end\nend\n", HEAD " " ITEM "end\n", HEAD ITEM "\nend\n",
		"boot " BOOT " pid 0\n" ITEM "end\n", "boot " BOOT " pid -1\n" ITEM "end\n",
		"boot " BOOT " pid 04\n" ITEM "end\n",
		HEAD "/etc/passwd a b\nend\n",
		HEAD THP "../../../../etc/passwd a b\nend\n",
		HEAD THP "enabled/../../x a b\nend\n",
		HEAD THP "hugepages-1/../../enabled a b\nend\n",
		HEAD THP "hugepages-*/../enabled a b\nend\n",
		HEAD THP "enabled a\tb c\nend\n",
		HEAD THP "enabled [a] b\nend\n",
		HEAD THP "enabled a\nend\n",
		HEAD THP "enabled a b c\nend\n",
		HEAD THP "enabled 01234567890123456789012345678901234567 b\nend\n",
		HEAD "enabled a b\nend\n",
	};
	struct settings_list list;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts); i++)
		if (parse(texts[i], &list) != -EBADMSG)
			fail_msg("taken for a file of settings: '%s'", texts[i]);
}

static void more_than_there_are_is_refused(void **state)
{
	struct settings_list list;
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_text_append(&text, HEAD), 0);
	for (size_t i = 0; i <= CR2_ARRAY_SIZE(list.items); i++)
		assert_int_equal(cr2_text_append(&text, ITEM), 0);
	assert_int_equal(cr2_text_append(&text, "end\n"), 0);
	assert_int_equal(parse(text.data, &list), -EBADMSG);
	cr2_text_finish(&text);
}

static void another_boot_is_told_apart(void **state)
{
	struct settings_list list;

	(void)state;
	assert_int_equal(parse("boot 00000000-0000-0000-0000-000000000000 pid 1\n" ITEM "end\n", &list),
			 -ESTALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(every_setting_may_stand_there),
		cmocka_unit_test(a_damaged_file_is_seen),
		cmocka_unit_test(nothing_else_may_stand_there),
		cmocka_unit_test(more_than_there_are_is_refused),
		cmocka_unit_test(another_boot_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
