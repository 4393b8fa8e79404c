/* SPDX-License-Identifier: MIT */
/* Kernel reports in all their forms: decoded, of 32 bits, mixed into each other, incomplete. */
#include <stdio.h>

#include "collect.h"

#define TASK(pid, comm) "CPU: 1 PID: " #pid " Comm: " comm " Not tainted 6.1.0 #1\n"
#define END "---[ end trace 0000000000000000 ]---\n"
#define FAULT "BUG: unable to handle page fault for address: ffffc90000a01018\n" \
	"#PF: supervisor write access in kernel mode\n" \
	"#PF: error_code(0x0002) - not-present page\n"
#define DEATH "Oops: 0002 [#1] PREEMPT SMP PTI\n" TASK(42, "own") \
	"RIP: 0010:own+0x5/0x20 [mod]\n" \
	"Code: 90 <48> c7 47 18 05 00 00 00 90\n" \
	"RAX: 0000000000000001 RBX: 0000000000000002 RCX: 0000000000000003\n" \
	"RDX: 0000000000000004 RSI: 0000000000000005 RDI: ffffc90000a01000\n" \
	"Call Trace:\n <TASK>\n caller+0x1/0x2\n </TASK>\n" END

static const struct cr2_log_report *only(const struct collected *collected)
{
	assert_int_equal(collected->n, 1);
	return &collected->reports[0];
}

/* ---- decoded call traces ---- */

static void assert_text(const char *text, const char *wanted)
{
	assert_string_equal(text ? text : "(none)", wanted ? wanted : "(none)");
}

static void sources_that_the_log_names(void **state)
{
	static const struct {
		const char *line, *function, *module, *build_id;
		bool offset;
		unsigned n;
		struct cr2_log_source sources[2];
	} rows[] = {
		{"RIP: 0010:read_it (fs/x.c:1 (discriminator 3)) mod", "read_it", "mod", NULL, false, 1,
		 {{"", "fs/x.c", 1, 3}}},
		{"RIP: 0010:read_it (/src/a b/fs/x.c:12)", "read_it", NULL, NULL, false, 1,
		 {{"", "/src/a b/fs/x.c", 12, 0}}},
		{"RIP: 0010:read_it (/src/a b/y.h:7 (inlined by) /src/a b/fs/x.c:12 (discriminator 2)) mod", "read_it",
		 "mod", NULL, false, 2, {{"", "/src/a b/y.h", 7, 0}, {"", "/src/a b/fs/x.c", 12, 2}}},
		{"RIP: 0010:read_it (no source here)", NULL, NULL, NULL, false, 0, {{{0}, {0}, 0, 0}}},
		{"RIP: 0010:read_it (include/y.h:7 fs/x.c:12 (discriminator 2))", "read_it", NULL, NULL,
		 false, 2, {{"", "include/y.h", 7, 0}, {"", "fs/x.c", 12, 2}}},
		{"RIP: 0010:read_it (fs/x.c:?)", "read_it", NULL, NULL, false, 1, {{"", "fs/x.c", 0, 0}}},
		{"RIP: 0010:read_it+0x3e7/0x870 net/core/net-sysfs.c:1462", "read_it", NULL, NULL, true, 1,
		 {{"", "net/core/net-sysfs.c", 1462, 0}}},
		{"RIP: 0010:inner include/y.h:7 [inline]\nRIP: 0010:read_it+0x3/0x8 fs/x.c:12", "read_it",
		 NULL, NULL, true, 2, {{"inner", "include/y.h", 7, 0}, {"", "fs/x.c", 12, 0}}},
		{"RIP: 0010:read_it+0x3/0x8 [mod 0123456789abcdef0123456789abcdef01234567]", "read_it", "mod",
		 "0123456789abcdef0123456789abcdef01234567", true, 0, {{{0}, {0}, 0, 0}}},
		{"RIP: 0010:read_it (??:?) mod", "read_it", "mod", NULL, false, 0, {{{0}, {0}, 0, 0}}},
		{"RIP: 0010:read_it (/src/fs/x.c:12:3)", "read_it", NULL, NULL, false, 1, {{"", "/src/fs/x.c", 12, 0}}},
		/* A script decodes one of the two, and not what another function is. */
		{"IP: read_it+0x3/0x8 [mod]\nRIP: 0010:read_it (fs/x.c:12 (discriminator 1)) mod", "read_it", "mod",
		 NULL, true, 1, {{"", "fs/x.c", 12, 1}}},
		{"IP: read_it+0x3/0x8 [mod]\nRIP: 0010:other (fs/x.c:12) mod", "read_it", "mod", NULL, true, 0,
		 {{{0}, {0}, 0, 0}}},
		/* The next line is no part of it. */
		{"RIP: 0010:read_it+0x3/0x8 fs/x.c:12\nCall Trace:", "read_it", NULL, NULL, true, 1,
		 {{"", "fs/x.c", 12, 0}}},
		{"RIP: 0010:[<ffffffff811a239f>]  [<ffffffff811a239f>] read_it+0x3/0x8 [mod]", "read_it",
		 "mod", NULL, true, 0, {{{0}, {0}, 0, 0}}},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		const struct cr2_log_report *report;
		const struct cr2_log_source *source;
		struct collected collected;
		char lines[512];
		uint64_t value;

		snprintf(lines, sizeof(lines), "Oops: 0000 [#1] SMP\n%s\n", rows[i].line);
		collect_string(lines, &collected);
		report = only(&collected);
		assert_text(cr2_log_report_text(report, CR2_LOG_TEXT_FUNCTION), rows[i].function);
		assert_text(cr2_log_report_text(report, CR2_LOG_TEXT_MODULE), rows[i].module);
		assert_text(cr2_log_report_text(report, CR2_LOG_TEXT_BUILD_ID), rows[i].build_id);
		assert_int_equal(cr2_log_report_value(report, CR2_LOG_VALUE_FUNCTION_OFFSET, &value),
				 rows[i].offset);
		for (unsigned j = 0; j < rows[i].n; j++) {
			source = cr2_log_report_source(report, j);
			assert_non_null(source);
			assert_string_equal(source->function, rows[i].sources[j].function);
			assert_string_equal(source->file, rows[i].sources[j].file);
			assert_int_equal(source->line, rows[i].sources[j].line);
			assert_int_equal(source->discriminator, rows[i].sources[j].discriminator);
		}
		assert_null(cr2_log_report_source(report, rows[i].n));
		collect_finish(&collected);
	}
}

/* ---- kernels of 32 bits ---- */

/* Linux 4.4 and older: the instruction last. */
static void old_kernel_of_32_bits(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string("BUG: unable to handle kernel NULL pointer dereference at 00000018\n"
		       "IP: [<f8a4100e>] near_write+0xe/0x20 [crash]\n"
		       "*pde = 00000000 \n"
		       "Oops: 0002 [#1] SMP \n"
		       "Modules linked in: crash(OE)\n"
		       "CPU: 0 PID: 1 Comm: init Tainted: G           OE   4.4.0-21-generic #37-Ubuntu\n"
		       "task: f4c8c000 ti: f4c8a000 task.ti: f4c8a000\n"
		       "EIP: 0060:[<f8a4100e>] EFLAGS: 00010246 CPU: 0\n"
		       "EIP is at near_write+0xe/0x20 [crash]\n"
		       "EAX: 00000000 EBX: c18d7e00 ECX: 00000003 EDX: 00000001\n"
		       "ESI: f4c8bf54 EDI: 00000000 EBP: f4c8bf40 ESP: f4c8bf2c\n"
		       " DS: 007b ES: 007b FS: 00d8 GS: 00e0 SS: 0068\n"
		       "CR0: 80050033 CR2: 00000018 CR3: 34d8c000 CR4: 000006d0\n"
		       "Stack:\n"
		       " c18d7e00 f4c8bf54 f4c8bf40 c1002113\n"
		       "Call Trace:\n"
		       " [<c1002113>] do_one_initcall+0xa3/0x1d0\n"
		       "Code: 55 89 e5 <c7> 40 18 05 00 00 00 40 5d c3\n"
		       "EIP: [<f8a4100e>] near_write+0xe/0x20 [crash] SS:ESP 0068:f4c8bf2c\n"
		       "CR2: 0000000000000018\n" END, &collected);
	report = only(&collected);
	assert_int_equal(report->code_bits, 32);
	assert_true(report->ip == 0xf8a4100e && report->sp == 0xf4c8bf2c && report->addr == 0x18);
	assert_string_equal(report->function, "near_write");
	assert_string_equal(report->module, "crash");
	assert_string_equal(report->insn.text, "mov dword ptr [eax + 0x18], 5");
	assert_true(report->insn.has_base_value && report->insn.base_value == 0);
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_NEAR_NULL);
	assert_true(report->registers[CR2_REGISTER_SI] == 0xf4c8bf54);
	assert_int_equal(report->entries_known, 1 << CR2_LEVEL_PMD);
	assert_true(report->cr4 == 0x6d0 && report->has & LOG_HAS_CR4);
	collect_finish(&collected);
}

/* Linux 5.2 and newer, with PAE: entries of 64 bits in tables of three levels. */
static void new_kernel_of_32_bits(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string("BUG: unable to handle page fault for address: f7d02ff8\n"
		       "#PF: supervisor write access in kernel mode\n"
		       "#PF: error_code(0x0003) - permissions violation\n"
		       "*pdpt = 000000000189a001 *pde = 00000000018ea063 *pte = 8000000037d02161 \n"
		       "Oops: 0003 [#1] SMP PTI\n"
		       TASK(42, "prog")
		       "EIP: put+0x3/0x10 [crash]\n"
		       "Code: 55 89 e5 <ff> 00 40 5d c3\n"
		       "EAX: f7d02ff8 EBX: c18d7e00 ECX: 00000003 EDX: 00000001\n"
		       "ESI: f4c8bf54 EDI: 00000000 EBP: f4c8bf40 ESP: f4c8bf2c\n"
		       "DS: 007b ES: 007b FS: 00d8 GS: 00e0 SS: 0068 EFLAGS: 00010246\n"
		       "CR0: 80050033 CR2: f7d02ff8 CR3: 0189a000 CR4: 003006f0\n"
		       "Call Trace:\n do_one_initcall+0x40/0x1d0\n"
		       "EIP: 0xb7f5a549\n"
		       "Code: Bad EIP value.\n"
		       "EAX: ffffffda EBX: 00000003 ECX: 00000001 EDX: 00000002\n" END, &collected);
	report = only(&collected);
	assert_int_equal(report->code_bits, 32);
	assert_string_equal(report->insn.text, "inc dword ptr [eax]");
	assert_string_equal(report->function, "put");
	assert_true(report->registers[CR2_REGISTER_BX] == 0xc18d7e00);
	assert_false(report->code_unreadable || report->in_user_code);
	assert_true(report->entries[CR2_LEVEL_PUD] == 0x189a001);
	assert_int_equal(report->refused, CR2_LEVEL_PTE);
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_WRITE_TO_READONLY);
	collect_finish(&collected);
}

static void verdicts_that_32_bits_cannot_have(void **state)
{
	static const struct {
		const char *lines;
		enum cr2_log_pattern pattern;
	} rows[] = {
		/* A present page of the program: SMAP's address, but not its kernel. */
		{"BUG: unable to handle page fault for address: 08049000\nOops: 0001 [#1] SMP\n"
		 "EIP: touch+0x3/0x10\nCode: <8b> 00 40\nEAX: 08049000 EBX: 00000000\n",
		 CR2_LOG_PATTERN_USER_ADDRESS},
		{"BUG: unable to handle page fault for address: f8a41000\nOops: 0000 [#1] SMP\n"
		 "EIP: touch+0x3/0x10\nCode: <8b> 00 40\nEAX: f8a41000 EBX: 00000000\n*pde = 00000000\n",
		 CR2_LOG_PATTERN_UNMAPPED},
		{"BUG: unable to handle page fault for address: fffffff4\nOops: 0000 [#1] SMP\n"
		 "EIP: touch+0x3/0x10\nCode: <8b> 00 40\nEAX: fffffff4 EBX: 00000000\n",
		 CR2_LOG_PATTERN_ERROR_POINTER},
		{"BUG: kernel NULL pointer dereference, address: 00000000\nOops: 0010 [#1] SMP\nEIP: 0x0\n",
		 CR2_LOG_PATTERN_JUMP_TO_NULL},
		{"general protection fault: 0000 [#1] SMP\nEIP: touch+0x3/0x10\nCode: <8b> 00 40\n"
		 "EAX: 6b6b6b6b EBX: 00000000\n", CR2_LOG_PATTERN_NONE},
		{"general protection fault: 0068 [#1] SMP\nEIP: touch+0x3/0x10\n", CR2_LOG_PATTERN_SELECTOR},
		{"p[1]: segfault at c1000000 ip 08049007 sp bfe563a0 error 5 in p[8049000+1000]\n",
		 CR2_LOG_PATTERN_KERNEL_ADDRESS},
		{"p[1]: segfault at ffffffff ip 08049007 sp bfe563a0 error 5 in p[8049000+1000]\n",
		 CR2_LOG_PATTERN_ERROR_POINTER},
		/* A 32-bit program on a 64-bit kernel has these addresses for itself. */
		{"p[1]: segfault at c1000000 ip 0000000008049007 sp 00000000ffd563a0 error 4\n",
		 CR2_LOG_PATTERN_UNMAPPED},
		{"traps: p[1] general protection fault ip:8049007 sp:ffd563a0 error:0 in p[8049000+1000]\n",
		 CR2_LOG_PATTERN_NONE},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;

		collect_string(rows[i].lines, &collected);
		if (only(&collected)->pattern != rows[i].pattern)
			print_error("%s", rows[i].lines);
		assert_int_equal(only(&collected)->pattern, rows[i].pattern);
		assert_int_equal(only(&collected)->code_bits, 32);
		collect_finish(&collected);
	}
}

/* An absolute address is no negative displacement. */
static void absolute_operand_of_32_bits(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("Oops: 0002 [#1] SMP\nEIP: put+0x3/0x10\nCode: <c7> 05 18 10 a4 f8 05 00 00 00\n"
		       "EAX: 00000000 EBX: 00000000\n", &collected);
	assert_true(only(&collected)->insn.has_address && only(&collected)->insn.address == 0xf8a41018);
	assert_true(only(&collected)->addr == 0xf8a41018 && only(&collected)->addr_inferred);
	collect_finish(&collected);
}

/* Eight digits are 32 bits only where nothing says otherwise. */
static void cut_address_is_not_known(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("BUG: unable to handle page fault for address: ffff8f00\nOops: 0000 [#1] SMP\n"
		       "RIP: 0010:touch+0x3/0x10\n"
		       "CR2: ffff8f0012345678 CR3: 000000001d869000 CR4: 00000000003006f0\n", &collected);
	assert_true(only(&collected)->addr == 0xffff8f0012345678);
	assert_int_equal(only(&collected)->code_bits, 64);
	collect_finish(&collected);
	collect_string("BUG: unable to handle page fault for address: ffff8f0012\nRIP: 0010:touch+0x3/0x10\n",
		       &collected);
	assert_false(only(&collected)->has & LOG_HAS_ADDR);
	collect_finish(&collected);
}

/* ---- reports mixed into each other ---- */

#define LOCKUP "watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [other:7]\n"
#define OTHERS TASK(7, "other") "RIP: 0010:other+0x1/0x2\nCode: <0f> 0b\n" \
	"RAX: 0000000000000bad RBX: 0000000000000bad RCX: 0000000000000bad\nCall Trace:\n other+0x1/0x2\n"
#define KFENCE "==================================================================\n" \
	"BUG: KFENCE: use-after-free read in other+0x1/0x2\n" TASK(7, "other") \
	"Call Trace:\n other+0x1/0x2\n" \
	"==================================================================\n"

static void expect_nothing_lent(const struct cr2_log_report *report, bool whole)
{
	assert_true(report->interleaved);
	assert_string_equal(report->comm, whole ? "own" : "");
	assert_string_equal(report->function, whole ? "own" : "");
	assert_int_equal(report->code_length, whole ? 10 : 0);
	assert_int_equal(report->registers_known & 1 << CR2_REGISTER_AX, whole ? 1 << CR2_REGISTER_AX : 0);
	assert_true(!whole || report->registers[CR2_REGISTER_AX] == 1);
	assert_int_equal(report->error, 2);
}

/* What ends by itself gives the rest back; after what does not, nothing is sure. */
static void other_reports_lend_nothing(void **state)
{
	static const struct {
		const char *lines;
		bool whole;
	} rows[] = {
		{KFENCE, true},
		{"------------[ cut here ]------------\nWARNING: CPU: 3 PID: 7 at kernel/x.c:1 other+0x1/0x2\n"
		 OTHERS END, true},
		{"invalid opcode: 0000 [#2] SMP\n" OTHERS END, true},
		{LOCKUP OTHERS, false},
		{"NMI backtrace for cpu 3\n" OTHERS, false},
		{"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n" OTHERS, false},
		{"BUG: sleeping function called from invalid context at mm/x.c:1\n" OTHERS, false},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_text text = {0};
		struct collected collected;

		assert_int_equal(cr2_text_printf(&text, "%s%s%s", FAULT, rows[i].lines, DEATH), 0);
		collect_string(text.data, &collected);
		expect_nothing_lent(only(&collected), rows[i].whole);
		assert_int_equal(only(&collected)->number, 1);
		collect_finish(&collected);
		cr2_text_finish(&text);
	}
}

/* Its beginning stands before the page fault's: the call trace comes too early. */
static void call_trace_of_an_earlier_report(void **state)
{
	struct collected collected;

	(void)state;
	collect_string(FAULT "Call Trace:\n other+0x1/0x2\nRIP: 0033:0x7f0000000000\nCode: <0f> 05\n"
		       "Oops: 0002 [#1] SMP\n", &collected);
	expect_nothing_lent(only(&collected), false);
	assert_int_equal(only(&collected)->number, 1);
	collect_finish(&collected);
}

/* The page fault's own CPU is named later, after lines that may be either's. */
static void kasan_keeps_its_task(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("==================================================================\n"
		       "BUG: KASAN: slab-use-after-free in f+0x5a1/0x6d0\n"
		       "Read of size 8 at addr ffff88810a2b3c40 by task swapper/1/0\n\n"
		       "BUG: unable to handle page fault for address: ffffc90000a01018\n"
		       "CPU: 1 PID: 0 Comm: swapper/1 Not tainted 6.6.30 #2\n"
		       "#PF: supervisor read access in kernel mode\n"
		       "#PF: error_code(0x0000) - not-present page\n"
		       "Oops: 0000 [#1] SMP\n" END, &collected);
	assert_int_equal(collected.n, 2);
	assert_int_equal(collected.reports[0].cause, CR2_LOG_CAUSE_KASAN);
	assert_int_equal(collected.reports[0].cpu, 1);
	assert_string_equal(collected.reports[0].release, "6.6.30");
	assert_true(collected.reports[0].interleaved && collected.reports[1].interleaved);
	assert_string_equal(collected.reports[1].comm, "");
	assert_false(collected.reports[1].has & (LOG_HAS_PID | LOG_HAS_CPU));
	assert_int_equal(collected.reports[1].number, 1);
	collect_finish(&collected);
}

/* Where the kernel says which CPU prints, a line is no other one's rest. */
static void calls_of_another_cpu(void **state)
{
	struct collected collected;
	const struct cr2_log_call *call;

	(void)state;
	collect_string("[    1.1][  T900] BUG: unable to handle page fault for address: ffffc90000a01018\n"
		       "[    1.1][    C3] watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [stress-ng:1188]\n"
		       "[    1.1][  T900] Oops: 0002 [#1] PREEMPT SMP NOPTI\n"
		       "[    1.1][    C3] RIP: 0010:other+0x7f/0x2d0\n"
		       "[    1.1][  T900] RIP: 0010:own+0x54/0x140\n"
		       "[    1.1][  T900] Call Trace:\n"
		       "[    1.1][    C3] Call Trace:\n"
		       "[    1.1][    C3]  <TASK>\n"
		       "[    1.1][  T900]  <TASK>\n"
		       "[    1.1][    C3]  other_caller+0x3f/0x60\n"
		       "[    1.1][  T900]  caller+0x41/0x90 [ring]\n"
		       "[    1.1][  T900]  </TASK>\n"
		       "[    1.1][  T900] " END, &collected);
	assert_string_equal(only(&collected)->function, "own");
	call = cr2_log_report_call(only(&collected), CR2_LOG_STACK_CRASH, 0);
	assert_non_null(call);
	assert_string_equal(call->function, "caller");
	assert_null(cr2_log_report_call(only(&collected), CR2_LOG_STACK_CRASH, 1));
	collect_finish(&collected);
}

static void double_fault_beside_a_page_fault(void **state)
{
	struct collected collected;

	(void)state;
	collect_string(FAULT "traps: PANIC: double fault, error_code: 0x0\n"
		       "double fault: 0000 [#2] SMP\n" OTHERS END, &collected);
	assert_int_equal(collected.n, 2);
	assert_string_equal(collected.reports[0].function, "");
	assert_string_equal(collected.reports[0].comm, "");
	assert_true(collected.reports[0].truncated && !(collected.reports[0].has & LOG_HAS_IP));
	assert_int_equal(collected.reports[0].number, 0);
	assert_int_equal(collected.reports[1].cause, CR2_LOG_CAUSE_DOUBLE_FAULT);
	assert_string_equal(collected.reports[1].function, "other");
	assert_false(collected.reports[1].interleaved);
	collect_finish(&collected);
	/* Both go on: nobody knows whose the rest is. */
	collect_string(FAULT "traps: PANIC: double fault, error_code: 0x0\n"
		       "Oops: 0002 [#1] SMP\n" OTHERS "double fault: 0000 [#2] SMP\n" END, &collected);
	assert_int_equal(collected.n, 2);
	expect_nothing_lent(&collected.reports[0], false);
	assert_int_equal(collected.reports[0].number, 1);
	assert_true(collected.reports[1].interleaved);
	assert_string_equal(collected.reports[1].function, "");
	assert_int_equal(collected.reports[1].number, 2);
	collect_finish(&collected);
}

/* ---- what is not there ---- */

static void address_from_operand_and_registers(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string(DEATH, &collected);
	report = only(&collected);
	assert_true(report->addr_inferred && report->addr == 0xffffc90000a01018);
	assert_string_equal(report->insn.operand, "[rdi + 0x18]");
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_UNMAPPED);
	collect_finish(&collected);
	/* A jump to where it cannot read is at ip. */
	collect_string("Oops: 0010 [#1] SMP\nRIP: 0010:0x0\nCode: Unable to access opcode bytes at 0xffffffffffffffd6.\n",
		       &collected);
	assert_true(only(&collected)->addr_inferred && only(&collected)->addr == 0);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_JUMP_TO_NULL);
	collect_finish(&collected);
	collect_string(FAULT DEATH, &collected);
	assert_false(only(&collected)->addr_inferred);
	collect_finish(&collected);
	/* Not without the register. */
	collect_string("Oops: 0002 [#1] SMP\nRIP: 0010:own+0x5/0x20\nCode: <48> c7 47 18 05 00 00 00\n"
		       "RDI: ffffc90000\n", &collected);
	assert_false(only(&collected)->has & LOG_HAS_ADDR);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_NONE);
	collect_finish(&collected);
}

static void first_line_alone(void **state)
{
	static const struct {
		const char *address;
		enum cr2_log_pattern pattern;
	} rows[] = {
		{"0000000000000018", CR2_LOG_PATTERN_NEAR_NULL},
		{"0000000000000000", CR2_LOG_PATTERN_NULL},
		{"fffffffffffffff4", CR2_LOG_PATTERN_ERROR_POINTER},
		{"00007f0012345678", CR2_LOG_PATTERN_USER_ADDRESS},
		{"ffff8f0012345678", CR2_LOG_PATTERN_NONE},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;
		char line[256];

		snprintf(line, sizeof(line), "BUG: unable to handle page fault for address: %s\n", rows[i].address);
		collect_string(line, &collected);
		assert_int_equal(only(&collected)->pattern, rows[i].pattern);
		assert_int_equal(only(&collected)->pattern_likely, rows[i].pattern != CR2_LOG_PATTERN_NONE);
		assert_false(only(&collected)->interleaved);
		collect_finish(&collected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_that_the_log_names),
		cmocka_unit_test(old_kernel_of_32_bits),
		cmocka_unit_test(new_kernel_of_32_bits),
		cmocka_unit_test(verdicts_that_32_bits_cannot_have),
		cmocka_unit_test(absolute_operand_of_32_bits),
		cmocka_unit_test(cut_address_is_not_known),
		cmocka_unit_test(other_reports_lend_nothing),
		cmocka_unit_test(call_trace_of_an_earlier_report),
		cmocka_unit_test(kasan_keeps_its_task),
		cmocka_unit_test(calls_of_another_cpu),
		cmocka_unit_test(double_fault_beside_a_page_fault),
		cmocka_unit_test(address_from_operand_and_registers),
		cmocka_unit_test(first_line_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
