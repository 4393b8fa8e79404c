/* SPDX-License-Identifier: MIT */
/* The kernel's functions from lines of /proc/kallsyms. */
#include "trace/kernel_names.h"

#include "../test.h"

static void add_all(struct kernel_names *names, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(kernel_names_add(names, lines[i]), 0);
	kernel_names_sort(names);
	names->read = true;
}

static void functions_are_found(void **state)
{
	static const char *const lines[] = {
		"ffffffff81002000 t second\n",
		"ffffffff81001000 T first\n",
		"ffffffff81001000 T alias\n",
		"ffffffff81001800 D data\n",
		"ffffffffc0000000 t in_module\t[module]\n",
		"no line\n",
	};
	struct kernel_names names = {0};
	struct kernel_name name;

	(void)state;
	add_all(&names, lines, CR2_ARRAY_SIZE(lines));
	assert_false(kernel_names_find(&names, 0xffffffff81000fff, &name));
	assert_true(kernel_names_find(&names, 0xffffffff81001fff, &name));
	assert_string_equal(names.text.data + name.name, "first");
	assert_true(kernel_names_find(&names, 0xffffffff81002000, &name));
	assert_string_equal(names.text.data + name.name, "second");
	assert_true(kernel_names_find(&names, 0xffffffffc0000010, &name));
	assert_string_equal(names.text.data + name.name, "in_module");
	/* Far behind the last one: no function. */
	assert_false(kernel_names_find(&names, 0xffffffffc1000000, &name));
	assert_false(names.hidden);
	kernel_names_finish(&names);
}

static void hidden_addresses_are_no_functions(void **state)
{
	static const char *const lines[] = {"0000000000000000 T first\n", "0000000000000000 T second\n"};
	struct kernel_names names = {0};
	struct kernel_name name;

	(void)state;
	add_all(&names, lines, CR2_ARRAY_SIZE(lines));
	assert_true(names.hidden);
	assert_false(kernel_names_find(&names, 0, &name));
	kernel_names_finish(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_found),
		cmocka_unit_test(hidden_addresses_are_no_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
