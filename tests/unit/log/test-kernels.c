/* SPDX-License-Identifier: MIT */
/*
 * The logs of real kernels, tests/data/log/: what cr2 says of each crash agrees with what the
 * program or module did. The tables below are that, in its order (see the README there).
 */
#include <stdio.h>

#include "collect.h"

#define P(id) CR2_LOG_PATTERN_##id
enum { READ, WRITE, FETCH, UNKNOWN };

struct crash {
	const char *what; /* it did, for messages */
	enum cr2_log_pattern pattern;
	int access;
	uint64_t addr; /* 0: varies, or not known */
};

static const struct crash programs[] = {
	{"read NULL", P(NULL), READ, 0},
	{"write NULL", P(NULL), WRITE, 0},
	{"write member 0x18 of NULL", P(NEAR_NULL), WRITE, 0x18},
	{"call NULL", P(JUMP_TO_NULL), FETCH, 0},
	{"call a variable", P(JUMP_TO_DATA), FETCH, 0},
	{"call a wild address", P(JUMP_TO_UNMAPPED), FETCH, 0x123456789000},
	{"call 0x4141414141414141", P(NON_CANONICAL), UNKNOWN, 0},
	{"endless recursion", P(STACK), WRITE, 0},
	{"write a constant", P(WRITE_TO_READONLY), WRITE, 0},
	{"write main()", P(WRITE_TO_TEXT), WRITE, 0},
	{"read 0x4141414141414141", P(NON_CANONICAL), UNKNOWN, 0},
	{"push with a bad sp", P(NON_CANONICAL), UNKNOWN, 0},
	{"read kernel memory", P(KERNEL_ADDRESS), READ, 0xffffffff81000000},
	{"read the end of user space", P(KERNEL_ADDRESS), READ, 0x7ffffffff000},
	{"ud2", P(INVALID_INSTRUCTION), UNKNOWN, 0},
	/* Without the file at hand, hlt cannot be told from the commonest cause. */
	{"hlt", P(NON_CANONICAL), UNKNOWN, 0},
	{"int3", P(BREAKPOINT), UNKNOWN, 0},
	{"call a page without PROT_EXEC", P(JUMP_TO_DATA), FETCH, 0},
	{"copy from the end of the stack to 16", P(COUNT), UNKNOWN, 0}, /* either end may fault first */
};

struct oops {
	struct crash crash;
	const char *function; /* NULL: not one that the log can name */
	const char *operand; /* where the Code: line is readable */
	uint64_t base; /* the register that made the address */
};

static const struct oops oopses[] = {
	{{"read NULL", P(NULL), READ, 0}, "null_read", "[rax]", 0},
	{{"write member 0x18 of NULL", P(NEAR_NULL), WRITE, 0x18}, "near_write", "[rdi + 0x18]", 0},
	{{"call NULL", P(JUMP_TO_NULL), FETCH, 0}, NULL, "", 0},
	{{"call a variable", P(JUMP_TO_DATA), FETCH, 0}, NULL, "", 0},
	{{"write LIST_POISON1->prev", P(NON_CANONICAL), UNKNOWN, 0xdead000000000108}, "list_twice",
	 "[rax + 8]", 0xdead000000000100},
	{{"read poison", P(NON_CANONICAL), UNKNOWN, 0x6b6b6b6b6b6b6b83}, "touch", "[rdi]",
	 0x6b6b6b6b6b6b6b83},
	{{"read letters", P(NON_CANONICAL), UNKNOWN, 0x4141414141414141}, "touch", "[rdi]",
	 0x4141414141414141},
	{{"write a constant", P(WRITE_TO_READONLY), WRITE, 0}, "put", "[rdi]", 0},
	{{"write the module's text", P(WRITE_TO_TEXT), WRITE, 0}, "put", "[rdi]", 0},
	{{"write the kernel's text", P(WRITE_TO_TEXT), WRITE, 0}, "put", "[rdi]", 0},
	{{"read a user page", P(SMAP), READ, 0x10000000}, "touch", "[rdi]", 0x10000000},
	{{"write a user page", P(SMAP), WRITE, 0x10000000}, "put", "[rdi]", 0x10000000},
	{{"call a user page", P(SMEP), FETCH, 0x10000000}, NULL, "", 0},
	{{"write member 0x18 of -ENOMEM", P(ERROR_POINTER), WRITE, 0xc}, "near_write", "[rdi + 0x18]",
	 (uint64_t)-12},
	{{"read a freed vmalloc page", P(UNMAPPED), READ, 0}, "touch", "[rdi]", 0},
	{{"read a wild address", P(UNMAPPED), READ, 0xffff8f0012345678}, "touch", "[rdi]",
	 0xffff8f0012345678},
	{{"read 0x40000000", P(USER_ADDRESS), READ, 0x40000000}, "touch", "[rdi]", 0x40000000},
};

static int access_of(const struct cr2_log_report *report)
{
	if (!(report->has & LOG_HAS_ACCESS))
		return UNKNOWN;
	return report->fetch ? FETCH : report->write ? WRITE : READ;
}

static void expect_crash(const char *file, const struct crash *crash,
			 const struct cr2_log_report *report, enum cr2_log_pattern pattern)
{
	const char *seen = cr2_log_pattern_name(report->pattern);

	if (report->pattern != pattern || access_of(report) != crash->access)
		print_error("%s:%u: %s: %s\n", file, (unsigned)report->line, crash->what,
			    seen ? seen : "no pattern");
	assert_int_equal(report->pattern, pattern);
	assert_int_equal(access_of(report), crash->access);
	if (crash->addr)
		assert_true(report->addr == crash->addr);
	assert_false(report->interleaved);
}

static void expect_oops(const char *file, const struct oops *oops,
			const struct cr2_log_report *report)
{
	enum cr2_log_pattern pattern = oops->crash.pattern;
	bool readable = !report->code_unreadable;

	/* Without the instruction, 0xc is only close to NULL. */
	if (pattern == P(ERROR_POINTER) && !readable)
		pattern = P(NEAR_NULL);
	expect_crash(file, &oops->crash, report, pattern);
	assert_false(report->truncated);
	assert_false(report->user);
	assert_int_equal(report->kind, CR2_LOG_OOPS);
	assert_string_equal(report->comm, "init");
	if (oops->function) {
		assert_string_equal(report->function, oops->function);
		assert_string_equal(report->module, "crash");
	}
	if (!readable || !oops->operand[0])
		return;
	assert_string_equal(report->insn.operand, oops->operand);
	assert_true(report->insn.address == report->addr);
	if (oops->base)
		assert_true(report->insn.base_value == oops->base);
}

static void expect_programs(const char *file, const struct collected *collected)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(programs); i++) {
		assert_true(i < collected->n);
		if (programs[i].pattern != P(COUNT))
			expect_crash(file, &programs[i], &collected->reports[i], programs[i].pattern);
		assert_string_equal(collected->reports[i].comm, "crash");
		assert_true(collected->reports[i].user);
	}
}

static void expect_kernel(const char *file, const char *release)
{
	struct collected collected;
	char *text = load_log(file);

	collect_string(text, &collected);
	expect_programs(file, &collected);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(oopses); i++) {
		const struct cr2_log_report *report = &collected.reports[CR2_ARRAY_SIZE(programs) + i];

		assert_true(CR2_ARRAY_SIZE(programs) + i < collected.n);
		expect_oops(file, &oopses[i], report);
		assert_string_equal(report->release, release);
		assert_int_equal(report->number, i + 1);
	}
	collect_finish(&collected);
	free(text);
}

static void kernel_4_4(void **state)
{
	(void)state;
	expect_kernel("linux-4.4.txt", "4.4.0-21-generic");
}

static void kernel_4_15(void **state)
{
	(void)state;
	expect_kernel("linux-4.15.txt", "4.15.0-20-generic");
}

static void kernel_4_18(void **state)
{
	(void)state;
	expect_kernel("linux-4.18.txt", "4.18.0-25-generic");
}

static void kernel_5_0(void **state)
{
	(void)state;
	expect_kernel("linux-5.0.txt", "5.0.0-23-generic");
}

static void kernel_5_10(void **state)
{
	(void)state;
	expect_kernel("linux-5.10.txt", "5.10.0-32-amd64");
}

static void kernel_6_1(void **state)
{
	(void)state;
	expect_kernel("linux-6.1.txt", "6.1.0-55-amd64");
}

static void kernel_6_12(void **state)
{
	(void)state;
	expect_kernel("linux-6.12.txt", "6.12.117+deb12-amd64");
}

/* After the warning comes the last oops: a stack that ran into its guard page (not in 4.4). */
static void stack_overflows_of_kernels(void **state)
{
	static const char *const files[] = {"linux-4.15.txt", "linux-4.18.txt", "linux-5.0.txt",
					    "linux-5.10.txt", "linux-6.1.txt", "linux-6.12.txt"};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(files); i++) {
		struct collected collected;
		char *text = load_log(files[i]);
		const struct cr2_log_report *last;

		collect_string(text, &collected);
		assert_int_equal(collected.n, CR2_ARRAY_SIZE(programs) + CR2_ARRAY_SIZE(oopses) + 1);
		last = &collected.reports[collected.n - 1];
		assert_int_equal(last->pattern, P(STACK));
		assert_string_equal(last->function, "deep.isra.0");
		assert_int_equal(last->number, 18);
		collect_finish(&collected);
		free(text);
	}
}

/* Kernels until 5.19 name the next mapping where ip is in none; the offset is printed since 6.12. */
static void objects_as_kernels_name_them(void **state)
{
	char *text = load_log("linux-5.10.txt");
	struct collected collected;

	(void)state;
	collect_string(text, &collected);
	assert_string_equal(collected.reports[3].object, "crash");
	assert_true(collected.reports[3].ip < collected.reports[3].object_start);
	assert_false(collected.reports[0].has & LOG_HAS_FILE_OFFSET);
	collect_finish(&collected);
	free(text);
	text = load_log("linux-6.12.txt");
	collect_string(text, &collected);
	assert_true(collected.reports[0].has & LOG_HAS_FILE_OFFSET);
	assert_int_equal(collected.reports[0].file_offset, 0x1655);
	assert_false(collected.reports[3].has & LOG_HAS_OBJECT);
	collect_finish(&collected);
	free(text);
}

/* Its address is what the registers say, not what 5.10 prints without the displacement. */
static void protection_address_is_corrected(void **state)
{
	char *text = load_log("linux-5.10.txt");
	const struct cr2_log_report *list;
	struct collected collected;

	(void)state;
	collect_string(text, &collected);
	list = &collected.reports[CR2_ARRAY_SIZE(programs) + 4];
	assert_true(list->addr_corrected);
	assert_true(list->addr_logged == 0xdead000000000100);
	assert_string_equal(cr2_poison_find(list->addr)->name, "LIST_POISON1");
	collect_finish(&collected);
	free(text);
}

static void page_tables_name_the_entry_that_refused(void **state)
{
	char *text = load_log("linux-6.1.txt");
	const struct cr2_log_report *report;
	struct collected collected;

	(void)state;
	collect_string(text, &collected);
	report = &collected.reports[CR2_ARRAY_SIZE(programs) + 3];
	assert_int_equal(report->refused, CR2_LEVEL_PTE); /* NX */
	assert_true(report->entries[CR2_LEVEL_PTE] >> 63);
	report = &collected.reports[CR2_ARRAY_SIZE(programs) + 9];
	assert_int_equal(report->refused, CR2_LEVEL_PMD); /* a huge page */
	report = &collected.reports[CR2_ARRAY_SIZE(programs)];
	assert_int_equal(report->refused, 0);
	/* down to the PMD, which is 0 */
	assert_int_equal(report->entries_known, 1 << CR2_LEVEL_PGD | 1 << CR2_LEVEL_P4D |
			 1 << CR2_LEVEL_PUD | 1 << CR2_LEVEL_PMD);
	collect_finish(&collected);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_4_4),
		cmocka_unit_test(kernel_4_15),
		cmocka_unit_test(kernel_4_18),
		cmocka_unit_test(kernel_5_0),
		cmocka_unit_test(kernel_5_10),
		cmocka_unit_test(kernel_6_1),
		cmocka_unit_test(kernel_6_12),
		cmocka_unit_test(stack_overflows_of_kernels),
		cmocka_unit_test(objects_as_kernels_name_them),
		cmocka_unit_test(protection_address_is_corrected),
		cmocka_unit_test(page_tables_name_the_entry_that_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
