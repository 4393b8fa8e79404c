/* SPDX-License-Identifier: MIT */
/* KASAN: its own reports, and the shadow addresses of those that it causes. */
#include <stdio.h>

#include "collect.h"

#define RULE "==================================================================\n"
#define TASK "CPU: 0 UID: 0 PID: 5 Comm: cpu line Not tainted 6.12.0 #1\n"
#define STACK "Call Trace:\n <TASK>\n kasan_report+0xce/0x100\n write_it+0x18/0x30 [mod]\n" \
	"RIP: 0033:0x7f0000000000\nCode: <0f> 05 c3\nRAX: ffffffffffffffda RBX: 0000000000000001\n </TASK>\n\n"

static const struct cr2_log_report *only(const struct collected *collected)
{
	assert_int_equal(collected->n, 1);
	return &collected->reports[0];
}

/* Since 6.3 what was asked for is printed, not what the cache holds. */
static void object_that_is_too_small(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string(RULE "BUG: KASAN: slab-out-of-bounds in write_it+0x18/0x30 [mod]\n"
		       "Write of size 8 at addr ffff88800723007b by task a/name/42\n\n" TASK STACK
		       "Allocated by task 41:\n kasan_save_stack+0x30/0x50\n make_it+0x20/0x30 [mod]\n\n"
		       "The buggy address belongs to the object at ffff888007230000\n"
		       " which belongs to the cache kmalloc-128 of size 128\n"
		       "The buggy address is located 0 bytes to the right of\n"
		       " allocated 123-byte region [ffff888007230000, ffff88800723007b)\n\n"
		       "Memory state around the buggy address:\n"
		       " ffff88800722ff80: fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb\n"
		       ">ffff888007230000: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03\n"
		       "                                                                ^\n"
		       " ffff888007230080: fc fc fc fc fc fc fc fc fc fc fc fc fc fc fc fc\n" RULE
		       "Disabling lock debugging due to kernel taint\n", &collected);
	report = only(&collected);
	assert_int_equal(report->cause, CR2_LOG_CAUSE_KASAN);
	assert_string_equal(report->words, "KASAN: slab-out-of-bounds");
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_OUT_OF_BOUNDS);
	assert_string_equal(report->function, "write_it");
	assert_string_equal(report->comm, "a/name");
	assert_int_equal(report->pid, 42);
	assert_true(report->write && report->access_size == 8 && report->addr == 0xffff88800723007b);
	assert_true(report->allocation.known && report->allocation.start == 0xffff888007230000);
	assert_int_equal(report->allocation.size, 123);
	assert_string_equal(report->allocation.cache, "kmalloc-128");
	assert_true(report->allocation.allocated && report->allocation.allocated_by == 41);
	assert_false(report->allocation.freed || report->truncated || report->interleaved);
	assert_true(report->has & LOG_HAS_SHADOW && report->shadow == 3);
	assert_int_equal(report->code_length, 0);
	assert_int_equal(report->registers_known, 0);
	collect_finish(&collected);
}

/* The first of its bytes that may not be read is in the next granule. */
static void object_that_was_freed(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string(RULE "BUG: KASAN: slab-use-after-free in read_it+0x18/0x30\n"
		       "Read of size 16 at addr ffff888007230010 by task prog/42\n\n" TASK STACK
		       "Allocated by task 41:\n make_it+0x20/0x30\n\nFreed by task 43:\n free_it+0x20/0x30\n\n"
		       "The buggy address belongs to the object at ffff888007230000\n"
		       " which belongs to the cache names cache of size 64\n"
		       "The buggy address is located 16 bytes inside of\n"
		       " freed 64-byte region [ffff888007230000, ffff888007230040)\n\n"
		       ">ffff888007230000: fa fb 00 fb fb fb fb fb fc fc fc fc fc fc fc fc\n" RULE, &collected);
	report = only(&collected);
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_USE_AFTER_FREE);
	assert_true(report->has & LOG_HAS_ACCESS && !report->write);
	assert_string_equal(report->allocation.cache, "names cache");
	assert_int_equal(report->allocation.freed_by, 43);
	assert_int_equal(report->shadow, 0xfb);
	assert_string_equal(cr2_log_report_call(report, CR2_LOG_STACK_ALLOCATED, 0)->function, "make_it");
	assert_string_equal(cr2_log_report_call(report, CR2_LOG_STACK_FREED, 0)->function, "free_it");
	/* The crash has its own alone. */
	assert_non_null(cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 1));
	assert_null(cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 2));
	assert_int_equal(cr2_log_report_shadow(report, 0)->bytes[2], 0);
	assert_null(cr2_log_report_shadow(report, 1));
	assert_non_null(cr2_kasan_shadow_meaning(report->shadow));
	collect_finish(&collected);
}

static void variable_of_the_kernel(void **state)
{
	struct collected collected;

	(void)state;
	collect_string(RULE "BUG: KASAN: global-out-of-bounds in read_it+0x18/0x30\n"
		       "Read of size 1 at addr ffffffff8b4028aa by task prog/42\n\n" TASK STACK
		       "The buggy address belongs to the variable:\n global_array+0xa/0x40\n\n" RULE, &collected);
	assert_string_equal(only(&collected)->variable, "global_array");
	assert_true(only(&collected)->variable_offset == 0xa && only(&collected)->variable_size == 0x40);
	assert_string_equal(only(&collected)->function, "read_it");
	collect_finish(&collected);
}

static void variables_of_a_frame(void **state)
{
	static const char *const places[] = {
		"The buggy address belongs to stack of task prog/42\n and is located at offset 42 in frame:\n"
		" read_it+0x0/0x100 [mod]\n\nThis frame has 2 objects:\n",
		"addr ffff88800a1b7d2a is located in stack of task prog/42 at offset 42 in frame:\n"
		" read_it+0x0/0x100 [mod]\n\nthis frame has 2 objects:\n",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(places); i++) {
		const struct cr2_log_variable *variable;
		struct collected collected;
		uint64_t offset;
		char text[2048];

		snprintf(text, sizeof(text), RULE "BUG: KASAN: stack-out-of-bounds in read_it+0x18/0x30\n"
			 "Write of size 1 at addr ffff88800a1b7d2a by task prog/42\n\n" TASK STACK
			 "%s [32, 42) 'x'\n [64, 72) 'p' (line 7)\n\nMemory state around the buggy address:\n"
			 ">ffff88800a1b7d00: f1 f1 f1 f1 00 02 f2 f2 00 f3 f3 f3 00 00 00 00\n" RULE, places[i]);
		collect_string(text, &collected);
		assert_string_equal(cr2_log_report_text(only(&collected), CR2_LOG_TEXT_FRAME), "read_it");
		assert_true(cr2_log_report_value(only(&collected), CR2_LOG_VALUE_FRAME_OFFSET, &offset));
		assert_int_equal(offset, 42);
		variable = cr2_log_report_variable(only(&collected), 0);
		assert_true(variable->start == 32 && variable->end == 42);
		assert_string_equal(variable->name, "x");
		assert_string_equal(cr2_log_report_variable(only(&collected), 1)->name, "p");
		assert_null(cr2_log_report_variable(only(&collected), 2));
		assert_int_equal(only(&collected)->shadow, 2);
		collect_finish(&collected);
	}
}

static void words_of_other_kernels(void **state)
{
	static const struct {
		const char *lines;
		uint64_t addr;
		enum cr2_log_pattern pattern;
	} rows[] = {
		{"BUG: KASAN: double-free in kfree+0x10/0x80\nFree of addr ffff888007230000 by task prog/42\n",
		 0xffff888007230000, CR2_LOG_PATTERN_INVALID_FREE},
		{"BUG: KASAN: double-free or invalid-free in kfree+0x10/0x80\n", 0,
		 CR2_LOG_PATTERN_INVALID_FREE},
		{"BUG: KASAN: use-after-free in f+0x10/0x80 at addr ffff880034a7b000\n"
		 "Read of size 8 by task prog/42\n", 0xffff880034a7b000, CR2_LOG_PATTERN_USE_AFTER_FREE},
		{"BUG: KASAN: null-ptr-deref in f+0x10/0x80\nRead of size 8 at addr 0000000000000018 by task "
		 "prog/42\n", 0x18, CR2_LOG_PATTERN_NEAR_NULL},
		{"BUG: KASAN: user-memory-access in f+0x10/0x80\nRead of size 8 at addr 00007f0000001000 by "
		 "task prog/42\n", 0x7f0000001000, CR2_LOG_PATTERN_USER_ADDRESS},
		{"BUG: KASAN: wild-memory-access in f+0x10/0x80\nRead of size 8 at addr 6b6b6b6b6b6b6b83 by "
		 "task prog/42\n", 0x6b6b6b6b6b6b6b83, CR2_LOG_PATTERN_NON_CANONICAL},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;

		collect_string(rows[i].lines, &collected);
		if (only(&collected)->pattern != rows[i].pattern)
			print_error("%s", rows[i].lines);
		assert_int_equal(only(&collected)->pattern, rows[i].pattern);
		assert_true(only(&collected)->addr == rows[i].addr);
		assert_true(only(&collected)->truncated);
		collect_finish(&collected);
	}
}

/* The line that names the range is newer than KASAN, and may be lost. */
static void shadow_is_turned_back(void **state)
{
	static const struct {
		const char *line;
		uint64_t start; /* 0: no shadow */
		enum cr2_log_pattern pattern;
	} rows[] = {
		{"general protection fault, probably for non-canonical address 0xdffffc0000000004: 0000 [#1] SMP",
		 0x20, CR2_LOG_PATTERN_NEAR_NULL},
		{"Oops: general protection fault, probably for non-canonical address 0xdffffc0000000004: 0000 "
		 "[#1] PREEMPT SMP KASAN PTI", 0x20, CR2_LOG_PATTERN_NEAR_NULL},
		{"general protection fault, probably for non-canonical address 0xe00000000900000a: 0000 [#1] "
		 "SMP KASAN", 0x0000200048000050, CR2_LOG_PATTERN_USER_ADDRESS},
		{"general protection fault, probably for non-canonical address 0xed6d696d6d6d6d6d: 0000 [#1] "
		 "SMP KASAN", 0x6b6b6b6b6b6b6b68, CR2_LOG_PATTERN_NON_CANONICAL},
		{"general protection fault, probably for non-canonical address 0xed6d696d6d6d6d6d: 0000 [#1] "
		 "SMP", 0, CR2_LOG_PATTERN_NON_CANONICAL},
		{"BUG: unable to handle page fault for address: fffffbfff4042000\nOops: 0000 [#1] SMP KASAN PTI",
		 0xffffffffa0210000, CR2_LOG_PATTERN_UNMAPPED},
		{"BUG: unable to handle page fault for address: fffffbffffffffff\nOops: 0000 [#1] SMP KASAN PTI",
		 0xfffffffffffffff8, CR2_LOG_PATTERN_ERROR_POINTER},
		{"BUG: unable to handle page fault for address: fffffbfff4042000\nOops: 0000 [#1] SMP PTI", 0,
		 CR2_LOG_PATTERN_UNMAPPED},
		{"BUG: unable to handle page fault for address: ffff888000001000\nOops: 0000 [#1] SMP KASAN PTI",
		 0, CR2_LOG_PATTERN_UNMAPPED},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;
		const struct cr2_log_report *report;

		collect_string(rows[i].line, &collected);
		report = only(&collected);
		if (report->pattern != rows[i].pattern || report->range_start != rows[i].start)
			print_error("%s\n", rows[i].line);
		assert_int_equal(report->pattern, rows[i].pattern);
		assert_true(report->range_start == rows[i].start);
		assert_true(report->range_end == (rows[i].start ? rows[i].start + 7 : 0));
		assert_int_equal((report->has & LOG_HAS_SHADOW_ADDR) != 0, rows[i].start != 0);
		collect_finish(&collected);
	}
}

/* It ends by itself: what follows is the page fault's again. */
static void report_within_a_page_fault(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("BUG: unable to handle page fault for address: ffffc90000a01018\n"
		       "#PF: error_code(0x0002) - not-present page\n" RULE
		       "BUG: KASAN: slab-use-after-free in read_it+0x18/0x30\n"
		       "Read of size 16 at addr ffff888007230010 by task prog/42\n\n" TASK STACK RULE
		       "Oops: 0002 [#1] SMP KASAN\nCPU: 1 PID: 7 Comm: own Not tainted 6.1.0 #1\n"
		       "RIP: 0010:own+0x5/0x20\nCode: 90 <48> c7 47 18 05 00 00 00\n"
		       "RDI: ffffc90000a01000 R08: 0000000000000001\n"
		       "---[ end trace 0000000000000000 ]---\n", &collected);
	assert_int_equal(collected.n, 2);
	assert_true(collected.reports[0].interleaved && !collected.reports[0].truncated);
	assert_string_equal(collected.reports[0].comm, "own");
	assert_string_equal(collected.reports[0].function, "own");
	assert_string_equal(collected.reports[0].insn.operand, "[rdi + 0x18]");
	assert_string_equal(collected.reports[1].comm, "prog");
	assert_string_equal(collected.reports[1].function, "read_it");
	assert_false(collected.reports[1].truncated);
	collect_finish(&collected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object_that_is_too_small),
		cmocka_unit_test(object_that_was_freed),
		cmocka_unit_test(variable_of_the_kernel),
		cmocka_unit_test(variables_of_a_frame),
		cmocka_unit_test(words_of_other_kernels),
		cmocka_unit_test(shadow_is_turned_back),
		cmocka_unit_test(report_within_a_page_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
