/* SPDX-License-Identifier: MIT */
/* The stream: pieces, interleaved and cut reports, odd names, what is no crash. */
#include <errno.h>
#include <stdio.h>

#include "collect.h"

#define NULL_READ "Code: c3 90 <8b> 04 25 00 00 00 00\n" /* mov eax, [0] */
#define MEMBER_WRITE "Code: c3 90 <c7> 40 18 07 00 00 00\n" /* mov dword ptr [rax + 0x18], 7 */
#define IP " ip 000055d0c0de1139 sp 00007ffd00003a10 "

static const struct cr2_log_report *only(const struct collected *collected)
{
	assert_int_equal(collected->n, 1);
	return &collected->reports[0];
}

static void segfault_of_the_manual(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string("prog[123]: segfault at 0 ip 000055d0c0de1139 sp 00007ffd3a10 error 4 in "
		       "prog[55d0c0de1000+1000] likely on CPU 1\n", &collected);
	report = only(&collected);
	assert_int_equal(report->kind, CR2_LOG_SEGFAULT);
	assert_string_equal(report->comm, "prog");
	assert_int_equal(report->pid, 123);
	assert_true(report->addr == 0 && report->ip == 0x55d0c0de1139 && report->sp == 0x7ffd3a10);
	assert_int_equal(report->error, 4);
	assert_string_equal(report->object, "prog");
	assert_true(report->object_start == 0x55d0c0de1000 && report->object_length == 0x1000);
	assert_int_equal(report->cpu, 1);
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_NULL);
	collect_finish(&collected);
}

#define VSYSCALL(ip, registers) "p[1] vsyscall fault (exploit attempt?) ip:" ip " cs:33 sp:7ffd00003a10 " registers "\n"

/* The pointer that a vsyscall writes through, where only one can be the bad one. */
static void a_vsyscall_of_a_bad_pointer(void **state)
{
	static const struct {
		const char *line;
		bool known;
		uint64_t addr;
	} rows[] = {
		{VSYSCALL("ffffffffff600400", "ax:c9 si:55d0c0de1000 di:8"), true, 8}, /* time() has one */
		{VSYSCALL("ffffffffff600000", "ax:60 si:10 di:0"), true, 0x10},
		{VSYSCALL("ffffffffff600000", "ax:60 si:10 di:8"), false, 0},
		{VSYSCALL("ffffffffff600400", "ax:c9 si:0 di:0"), false, 0},
		{VSYSCALL("ffffffffff600400", "ax:c9 si:0"), false, 0},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;
		uint64_t addr = 0;

		collect_string(rows[i].line, &collected);
		assert_int_equal(only(&collected)->cause, CR2_LOG_CAUSE_VSYSCALL);
		assert_string_equal(only(&collected)->comm, "p");
		assert_int_equal(cr2_log_report_value(only(&collected), CR2_LOG_VALUE_ADDR, &addr), rows[i].known);
		assert_true(addr == rows[i].addr);
		collect_finish(&collected);
	}
}

/* Where vsyscall=none, a line of its own stands before the segfault's. */
static void a_vsyscall_and_its_segfault_are_one_crash(void **state)
{
	static const char vsyscall[] = "p[1] vsyscall attempted with vsyscall=none ip:ffffffffff600400 cs:33 "
				       "sp:7ffd00003a10 ax:c9 si:0 di:0\n";
	static const char segfault[] = "p[1]: segfault at ffffffffff600400 ip ffffffffff600400 sp 00007ffd00003a10 "
				       "error 15\n";
	struct collected collected;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "%s%s", vsyscall, segfault);
	collect_string(text, &collected);
	assert_int_equal(only(&collected)->kind, CR2_LOG_SEGFAULT);
	collect_finish(&collected);
	/* Of another program. */
	snprintf(text, sizeof(text), "%sq[2]: %s", vsyscall, strchr(segfault, ' ') + 1);
	collect_string(text, &collected);
	assert_int_equal(collected.n, 2);
	collect_finish(&collected);
}

static void error_code_is_hexadecimal(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("p[1]: segfault at 7f0000001000 ip 00007f0000001000 sp 00007ffd00003a10 error 14\n",
		       &collected);
	assert_int_equal(only(&collected)->error, 0x14);
	assert_true(only(&collected)->fetch);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED);
	collect_finish(&collected);
}

/* A task's name has at most 15 characters; older lines have more before it. */
static void what_stands_before_a_name_is_dropped(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("the name of 16 c[77]: segfault at 8" IP "error 4 in a[55d0c0de1000+1000]\n",
		       &collected);
	assert_string_equal(only(&collected)->comm, "c");
	collect_finish(&collected);
}

static void names_may_hold_anything(void **state)
{
	static const char *const names[] = {"a b", "[x]: y", "a: [b] c", "kworker/0:0", "x]: ip",
					    ")(*&^%$#@!", "(sd-pam)", "a[1]b",
					    "a name of 15 ch"};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++) {
		struct collected collected;
		char line[256];

		snprintf(line, sizeof(line), "[  1.5] %s[77]: segfault at 8" IP "error 4 in %s[55d0c0de1000+1000]\n",
			 names[i], names[i]);
		collect_string(line, &collected);
		assert_string_equal(only(&collected)->comm, names[i]);
		assert_string_equal(only(&collected)->object, names[i]);
		assert_int_equal(only(&collected)->pid, 77);
		collect_finish(&collected);
		snprintf(line, sizeof(line), "traps: %s[77] trap divide error ip:401000 sp:7ffd00003a10 error:0 in "
			 "%s[401000+1000]\n", names[i], names[i]);
		collect_string(line, &collected);
		assert_string_equal(only(&collected)->comm, names[i]);
		assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_DIVIDE_ERROR);
		collect_finish(&collected);
	}
}

static void deleted_files_and_control_protection(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("p[1]: segfault at 0" IP "error 4 in old (deleted)[55d0c0de1000+1000]\n", &collected);
	assert_string_equal(only(&collected)->object, "old (deleted)");
	collect_finish(&collected);
	collect_string("traps: p[1] control protection ip:401000 sp:7ffd00003a10 ssp:7ffd00001000 "
		       "error:1(near ret) in p[401000+1000]\n", &collected);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_CONTROL_FLOW);
	assert_string_equal(only(&collected)->object, "p");
	collect_finish(&collected);
}

static void half_lines_are_no_reports(void **state)
{
	static const char *const lines[] = {
		"p[1]: segfault at \n", "p[1]: segfault at 0 ip 00005\n", "p[1]: segfault at 0" IP "error\n",
		"p[1]: segfault at 0" IP "error 4x\n", "p[]: segfault at 0" IP "error 4\n",
		"p[99999999999]: segfault at 0" IP "error 4\n", "]: segfault at 0" IP "error 4\n",
		"traps: p[1] trap ip:1 sp:\n", "BUG: unable to handle page fault for address: \n",
		"general protection fault\n", "Oops: 00\n", "Internal error: Oops: 17 [#2] ARM\n",
		"Oops: Kernel access of bad area, sig: 11 [#1]\n", "Oops: 0004 ilc:2 [#1] SMP\n",
		"BUG: stack guard page was hit at\n", "general protection of the realm [#1]\n",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(lines); i++) {
		struct collected collected;

		collect_string(lines[i], &collected);
		if (collected.n)
			print_error("%s", lines[i]);
		assert_int_equal(collected.n, 0);
		assert_memory_equal(collected.passed.data, lines[i], strlen(lines[i]));
		collect_finish(&collected);
	}
}

/* The first report's code is the second's only by chance of order: the instructions tell. */
static void code_goes_to_the_report_that_it_fits(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("a[1]: segfault at 0" IP "error 4\nb[2]: segfault at 18" IP "error 6\n"
		       MEMBER_WRITE NULL_READ, &collected);
	assert_int_equal(collected.n, 2);
	assert_string_equal(collected.reports[0].comm, "a");
	assert_string_equal(collected.reports[0].insn.text, "mov eax, dword ptr [0]");
	assert_string_equal(collected.reports[1].insn.text, "mov dword ptr [rax + 0x18], 7");
	assert_true(collected.reports[1].insn.has_base_value && collected.reports[1].insn.base_inferred);
	assert_true(collected.reports[1].insn.base_value == 0);
	assert_false(collected.reports[0].interleaved || collected.reports[1].interleaved);
	collect_finish(&collected);
}

static void code_that_fits_both_goes_to_none(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("a[1]: segfault at 18" IP "error 6\nb[2]: segfault at 18" IP "error 6\n"
		       MEMBER_WRITE MEMBER_WRITE, &collected);
	assert_int_equal(collected.n, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(collected.reports[i].interleaved);
		assert_int_equal(collected.reports[i].code_length, 0);
	}
	collect_finish(&collected);
}

/* What has no code of its own: the line behind the later one is that one's. */
static void code_is_the_last_programs(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("a[1]: segfault at 18" IP "error 6\nb[2]: segfault at 18" IP "error 6\n" MEMBER_WRITE
		       "c[3]: segfault at 18" IP "error 6\n" MEMBER_WRITE, &collected);
	assert_int_equal(collected.n, 3);
	for (int i = 0; i < 3; i++) {
		assert_false(collected.reports[i].interleaved);
		assert_int_equal(collected.reports[i].code_length != 0, i != 0);
	}
	collect_finish(&collected);
}

/* Of a name that a break cut, the first letters are no address. */
static void a_name_s_beginning_is_no_ip(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("BUG: unable to handle page fault for address: ffff8881abcd1018\nOops: 0000 [#1] SMP\n"
		       "RIP: 0010:f\noo_work+0x24/0x90 [foo]\n---[ end trace 0000000000000000 ]---\n", &collected);
	assert_int_equal(collected.n, 1);
	assert_false(log_has(&collected.reports[0], LOG_HAS_IP));
	collect_finish(&collected);
}

static void callers_and_hosts_keep_reports_apart(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("[  1.0][   T1] a[1]: segfault at 18" IP "error 6\n"
		       "[  1.0][   T2] b[2]: segfault at 18" IP "error 6\n"
		       "[  1.0][   T2] Code: <c7> 40 18 08 00 00 00\n"
		       "[  1.0][   T1] Code: <c7> 40 18 07 00 00 00\n", &collected);
	assert_int_equal(collected.n, 2);
	assert_string_equal(collected.reports[0].insn.text, "mov dword ptr [rax + 0x18], 7");
	assert_string_equal(collected.reports[1].insn.text, "mov dword ptr [rax + 0x18], 8");
	collect_finish(&collected);
	collect_string("Nov 23 07:35:16 one kernel: a[1]: segfault at 0" IP "error 4\n"
		       "Nov 23 07:35:16 two kernel: " NULL_READ, &collected);
	assert_int_equal(only(&collected)->code_length, 0);
	collect_finish(&collected);
}

/* A segfault's lines in the middle of an oops, each with its own code. */
static void crash_within_an_oops(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
		       "#PF: supervisor write access in kernel mode\n"
		       "#PF: error_code(0x0002) - not-present page\n"
		       "a[1]: segfault at 0" IP "error 4\n"
		       "PGD 0 P4D 0 \n"
		       NULL_READ
		       "Oops: 0002 [#1] SMP PTI\n"
		       "CPU: 1 PID: 42 Comm: a name Not tainted 5.15.0 #1\n"
		       "RIP: 0010:func+0x1/0x20\n"
		       "Code: <48> c7 47 18 05 00 00 00\n"
		       "RSP: 0018:ffffc90000103e58 EFLAGS: 00010246\n"
		       "RAX: 0000000000000001 RBX: 0000000000000002 RCX: 0000000000000003\n"
		       "RDX: 0000000000000004 RSI: 0000000000000005 RDI: 0000000000000000\n"
		       "Call Trace:\n"
		       "RIP: 0033:0x7f0000000000\n"
		       "Code: <0f> 05\n"
		       "RAX: ffffffffffffffda RBX: 0000000000000000\n"
		       "---[ end trace 0123456789abcdef ]---\n", &collected);
	assert_int_equal(collected.n, 2);
	assert_string_equal(collected.reports[0].comm, "a name");
	assert_string_equal(collected.reports[0].taint, "Not tainted");
	assert_string_equal(collected.reports[0].release, "5.15.0");
	assert_string_equal(collected.reports[0].insn.text, "mov qword ptr [rdi + 0x18], 5");
	assert_true(collected.reports[0].registers[CR2_REGISTER_AX] == 1);
	assert_true(collected.reports[0].insn.has_base_value && !collected.reports[0].insn.base_inferred);
	assert_string_equal(collected.reports[1].comm, "a");
	assert_string_equal(collected.reports[1].insn.text, "mov eax, dword ptr [0]");
	collect_finish(&collected);
}

/* A warning's registers must not be taken for the oops's. */
static void warning_within_an_oops(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string("BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
		       "#PF: supervisor write access in kernel mode\n"
		       "------------[ cut here ]------------\n"
		       "WARNING: CPU: 0 PID: 7 at kernel/x.c:1 other+0x1/0x2\n"
		       "Oops: 0002 [#1] SMP PTI\n"
		       "CPU: 0 PID: 7 Comm: other Not tainted 5.15.0 #1\n"
		       "RIP: 0010:other+0x1/0x2\n"
		       "Code: <0f> 0b\n"
		       "RAX: 0000000000000bad RBX: 0000000000000bad RCX: 0000000000000bad\n"
		       "---[ end trace 0123456789abcdef ]---\n"
		       "RIP: 0010:func+0x1/0x20\n"
		       "---[ end trace 0123456789abcdf0 ]---\n", &collected);
	report = only(&collected);
	assert_true(report->interleaved);
	assert_string_equal(report->function, "func");
	assert_int_equal(report->registers_known, 0);
	assert_int_equal(report->code_length, 0);
	assert_int_equal(report->error, 2);
	collect_finish(&collected);
}

static void second_oops_ends_the_first(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("BUG: unable to handle page fault for address: ffff888000000000\n"
		       "Oops: 0002 [#1] SMP PTI\n"
		       "BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
		       "Oops: 0000 [#2] SMP PTI\n"
		       "---[ end trace 0123456789abcdef ]---\n", &collected);
	assert_int_equal(collected.n, 2);
	assert_true(collected.reports[0].truncated);
	assert_int_equal(collected.reports[0].number, 1);
	assert_false(collected.reports[1].truncated);
	assert_int_equal(collected.reports[1].pattern, CR2_LOG_PATTERN_NULL);
	collect_finish(&collected);
}

/* The ring buffer has overwritten the beginning: CR2 and the Oops line tell the rest. */
static void oops_without_its_first_lines(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string("Oops: 0002 [#1] SMP\n"
		       "RIP: 0010:[<ffffffff81000001>]  [<ffffffff81000001>] func+0x1/0x20 [mod]\n"
		       "CR2: 0000000000000028 CR3: 000000001d869000 CR4: 00000000003406f0\n", &collected);
	report = only(&collected);
	assert_true(report->truncated);
	assert_true(report->addr == 0x28 && report->ip == 0xffffffff81000001);
	assert_string_equal(report->module, "mod");
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_NEAR_NULL);
	collect_finish(&collected);
}

static void kasan_tells_the_address_meant(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string("general protection fault, probably for non-canonical address 0xdffffc0000000003: "
		       "0000 [#1] PREEMPT SMP KASAN\n"
		       "KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]\n"
		       "---[ end trace 0123456789abcdef ]---\n", &collected);
	report = only(&collected);
	assert_int_equal(report->pattern, CR2_LOG_PATTERN_NEAR_NULL);
	assert_true(report->range_start == 0x18 && report->range_end == 0x1f);
	collect_finish(&collected);
}

/* The second line names the function again: its letters are no address. */
static void functions_are_no_addresses(void **state)
{
	static const char *const names[] = {"ext4_x", "add", "dead.isra.0", "f"};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++) {
		struct collected collected;
		char lines[512];

		snprintf(lines, sizeof(lines), "BUG: unable to handle kernel paging request at ffff8f0012345678\n"
			 "IP: %s+0x24/0x90\nOops: 0000 [#1] SMP\nRIP: 0010:%s+0x24/0x90\n", names[i], names[i]);
		collect_string(lines, &collected);
		assert_string_equal(only(&collected)->function, names[i]);
		assert_false(only(&collected)->has & LOG_HAS_IP);
		collect_finish(&collected);
	}
}

/* A call's target is counted from ip, which newer kernels do not print. */
static void targets_without_ip_are_not_printed(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("double fault: 0000 [#1] SMP\nRIP: 0010:deep+0x24/0x90\n"
		       "Code: 90 <e8> 14 f9 ff ff 90\n", &collected);
	assert_string_equal(only(&collected)->insn.text, "call");
	collect_finish(&collected);
	/* Not the kernel's stack, or no address at all. */
	collect_string("double fault: 0000 [#1] SMP\nRIP: 0010:entry_SYSCALL_64+0x3/0x20\n"
		       "RSP: 0018:00007ffe00000010 EFLAGS: 00010286\n", &collected);
	assert_int_equal(collected.reports[0].pattern, CR2_LOG_PATTERN_WRONG_STACK);
	assert_true(collected.reports[0].pattern_likely);
	collect_finish(&collected);
	collect_string("double fault: 0000 [#1] SMP\nRIP: 0010:deep+0x3/0x20\n"
		       "RSP: 0018:4141414141414141 EFLAGS: 00010286\n", &collected);
	assert_int_equal(collected.reports[0].pattern, CR2_LOG_PATTERN_WRONG_STACK);
	assert_false(collected.reports[0].pattern_likely);
	collect_finish(&collected);
	collect_string("double fault: 0000 [#1] SMP\nRIP: 0010:[<ffffffff81000000>] deep+0x24/0x90\n"
		       "Code: 90 <e8> 14 f9 ff ff 90\n", &collected);
	assert_string_equal(only(&collected)->insn.text, "call 0xffffffff80fff919");
	collect_finish(&collected);
}

static void tasks_as_kernels_name_them(void **state)
{
	static const struct {
		const char *line, *comm;
		unsigned pid;
		const char *taint, *release;
	} rows[] = {
		{"CPU: 1 PID: 42 Comm: a name Kdump: loaded Not tainted 5.14.0-1 #1", "a name", 42,
		 "Not tainted", "5.14.0-1"},
		{"CPU: 1 PID: 42 Comm: x Kdump: loaded Tainted: G           OE     6.1.0 #1", "x", 42,
		 "G           OE", "6.1.0"},
		{"Pid: 7, comm: a name Not tainted 3.2.0-4-amd64 #1", "a name", 7, "Not tainted",
		 "3.2.0-4-amd64"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;
		char lines[512];

		snprintf(lines, sizeof(lines), "Oops: 0000 [#1] SMP\n%s\n", rows[i].line);
		collect_string(lines, &collected);
		assert_string_equal(only(&collected)->comm, rows[i].comm);
		assert_int_equal(only(&collected)->pid, rows[i].pid);
		assert_string_equal(only(&collected)->taint, rows[i].taint);
		assert_string_equal(only(&collected)->release, rows[i].release);
		assert_int_equal(only(&collected)->tainted, strcmp(rows[i].taint, "Not tainted") != 0);
		collect_finish(&collected);
	}
}

/* The kernel cuts a name at 15 bytes, wherever its blanks are; a shorter one's blanks are lost. */
static void names_behind_other_words(void **state)
{
	static const char *const rows[][2] = {
		{"some daemon: Isolated Web Co", "Isolated Web Co"},
		{"db3,kernel,Isolated Web Co", "Isolated Web Co"},
		{"Isolated Web Co", "Isolated Web Co"},
		{"a line of other words: prog", "prog"},
		{"at 192.0.2.7 prog1", "prog1"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;
		char line[256];

		snprintf(line, sizeof(line), "%s[1]: segfault at 0" IP "error 4\n", rows[i][0]);
		collect_string(line, &collected);
		assert_string_equal(only(&collected)->comm, rows[i][1]);
		collect_finish(&collected);
	}
}

static void deaths_by_other_names(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("PANIC: double fault, error_code: 0x0\n"
		       "CPU: 0 PID: 1 Comm: init Not tainted 5.4.0 #1\n"
		       "RIP: 0010:deep+0x24/0x90\n"
		       "Kernel panic - not syncing: Machine halted.\n", &collected);
	assert_int_equal(only(&collected)->cause, CR2_LOG_CAUSE_DOUBLE_FAULT);
	assert_string_equal(only(&collected)->function, "deep");
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_STACK);
	collect_finish(&collected);
	collect_string("traps: PANIC: double fault, error_code: 0x0\n"
		       "double fault: 0000 [#3] PREEMPT SMP\n", &collected);
	assert_int_equal(only(&collected)->number, 3);
	assert_int_equal(only(&collected)->cause, CR2_LOG_CAUSE_DOUBLE_FAULT);
	collect_finish(&collected);
	collect_string("segment-related general protection fault: 0030 [#2] SMP\n", &collected);
	assert_int_equal(only(&collected)->cause, CR2_LOG_CAUSE_GENERAL_PROTECTION);
	assert_int_equal(only(&collected)->error, 0x30);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_SELECTOR);
	collect_finish(&collected);
	collect_string("BUG: unable to handle kernel paging request at ffff8f0012345678\n"
		       "IP: deep+0x24/0x90\n"
		       "Thread overran stack, or stack corrupted\n"
		       "Oops: 0000 [#1] SMP\n", &collected);
	assert_true(only(&collected)->stack_overrun);
	assert_int_equal(only(&collected)->cause, CR2_LOG_CAUSE_PAGE_FAULT);
	collect_finish(&collected);
}

/* The error code of a trap: a selector, or a gate of the IDT that int may not use. */
static void error_codes_of_protection(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("traps: p[1] general protection fault ip:401000 sp:7ffd00003a10 error:30\n"
		       "traps: p[1] general protection fault ip:401000 sp:7ffd00003a10 error:82\n", &collected);
	assert_int_equal(collected.n, 2);
	assert_int_equal(collected.reports[0].pattern, CR2_LOG_PATTERN_SELECTOR);
	assert_int_equal(collected.reports[1].pattern, CR2_LOG_PATTERN_PRIVILEGED);
	collect_finish(&collected);
}

static void cut_registers_are_not_known(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
		       "Oops: 0002 [#1] SMP PTI\n"
		       "RAX: 0000000000000001 RBX: 0000000000000002 RCX: 00000000\n"
		       "CR2: 0000000000000018 CR3: 000000001d869000 CR4: 0000\n", &collected);
	assert_int_equal(only(&collected)->registers_known,
			 1 << CR2_REGISTER_AX | 1 << CR2_REGISTER_BX);
	assert_false(only(&collected)->has & LOG_HAS_CR4);
	collect_finish(&collected);
}

static void reserved_bits_mean_a_broken_page_table(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("a: Corrupted page table at address 7f0000001000\n"
		       "PGD 800000000d0e5067 P4D 800000000d0e5067 PUD d0e6067 PMD d0e7067 PTE 80ff00000d0e8067\n"
		       "Bad pagetable: 000d [#1] SMP PTI\n"
		       "---[ end trace 0123456789abcdef ]---\n", &collected);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_PAGE_TABLE);
	assert_true(only(&collected)->addr == 0x7f0000001000);
	assert_int_equal(only(&collected)->error, 0xd);
	assert_true(only(&collected)->entries[CR2_LEVEL_PTE] == 0x80ff00000d0e8067);
	collect_finish(&collected);
}

/* It checks the rights of a page that is there: where there is none, the jump alone is wrong. */
static void smep_needs_a_page(void **state)
{
	static const char fetch[] = "BUG: unable to handle page fault for address: 000055d0c0de1139\n"
		"Oops: %s [#1] SMP PTI\n"
		"RIP: 0010:0x55d0c0de1139\n"
		"CR2: 000055d0c0de1139 CR3: 000000001d869000 CR4: 00000000003006f0\n";
	struct collected collected;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), fetch, "0011");
	collect_string(text, &collected);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_SMEP);
	collect_finish(&collected);
	snprintf(text, sizeof(text), fetch, "0010");
	collect_string(text, &collected);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_JUMP_TO_UNMAPPED);
	collect_finish(&collected);
}

static void protection_key_and_shadow_of_sp(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("p[1]: segfault at 7f0000001000" IP "error 25\n", &collected);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_PROTECTION_KEY);
	collect_finish(&collected);
	/* A thread's stack, entered by a call: 8 bytes below sp. */
	collect_string("p[1]: segfault at 7f0000000ff8 ip 000055d0c0de1139 sp 00007f0000001000 error 6\n",
		       &collected);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_STACK);
	collect_finish(&collected);
	/* Beyond the other end of the stack, through an ordinary pointer. */
	collect_string("p[1]: segfault at 7ffd00005000 ip 000055d0c0de1139 sp 00007ffd00003a10 error 4\n",
		       &collected);
	assert_int_equal(only(&collected)->pattern, CR2_LOG_PATTERN_UNMAPPED);
	assert_true(only(&collected)->pattern_likely);
	collect_finish(&collected);
}

/* Each trap of the table; one that is not in it keeps the kernel's words. */
static void traps_have_causes(void **state)
{
	static const struct {
		enum cr2_log_cause cause;
		const char *words;
	} traps[] = {
#define X(id, name, label, trap) {CR2_LOG_CAUSE_##id, trap},
#include <cr2/tables/log_cause.def>
#undef X
		{CR2_LOG_CAUSE_GENERAL_PROTECTION, "general protection fault"},
		{CR2_LOG_CAUSE_OTHER, "trap int39"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(traps); i++) {
		struct collected collected;
		const char *words;
		char line[256];

		if (!traps[i].words)
			continue;
		snprintf(line, sizeof(line), "traps: p[1] %s ip:401000 sp:7ffd00003a10 error:0\n",
			 traps[i].words);
		collect_string(line, &collected);
		assert_int_equal(cr2_log_report_cause(only(&collected)), traps[i].cause);
		words = cr2_log_report_text(only(&collected), CR2_LOG_TEXT_WORDS);
		if (traps[i].cause == CR2_LOG_CAUSE_OTHER)
			assert_string_equal(words, traps[i].words);
		else
			assert_null(words);
		collect_finish(&collected);
	}
}

/* What the line does not hold is not known, and what a caller has is left alone. */
static void report_from_outside(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;
	uint64_t value = 7;
	size_t n = 7;

	(void)state;
	collect_string("p[9]: segfault at 18" IP "error 6 in p[55d0c0de1000+1000]\n" MEMBER_WRITE,
		       &collected);
	report = only(&collected);
	assert_int_equal(cr2_log_report_kind(report), CR2_LOG_SEGFAULT);
	assert_int_equal(cr2_log_report_cause(report), CR2_LOG_CAUSE_SEGFAULT);
	assert_int_equal(cr2_log_report_pattern(report), CR2_LOG_PATTERN_NEAR_NULL);
	assert_false(cr2_log_report_value(report, CR2_LOG_VALUE_CPU, &value));
	assert_false(cr2_log_report_value(report, CR2_LOG_VALUE_INDEX, &value));
	assert_false(cr2_log_report_register(report, CR2_REGISTER_AX, &value));
	assert_false(cr2_log_report_register(report, CR2_REGISTER_COUNT, &value));
	assert_false(cr2_log_report_entry(report, CR2_LEVEL_PGD, &value));
	assert_int_equal(value, 7);
	assert_true(cr2_log_report_value(report, CR2_LOG_VALUE_ADDR, &value) && value == 0x18);
	assert_true(cr2_log_report_value(report, CR2_LOG_VALUE_ACCESS, &value));
	assert_int_equal(value, CR2_ACCESS_WRITE);
	assert_true(cr2_log_report_value(report, CR2_LOG_VALUE_BASE, &value));
	assert_int_equal(value, CR2_REGISTER_AX);
	assert_true(cr2_log_report_value(report, CR2_LOG_VALUE_OBJECT_OFFSET, &value) && value == 0x139);
	assert_true(cr2_log_report_is(report, CR2_LOG_IS_USER));
	assert_true(cr2_log_report_is(report, CR2_LOG_IS_REGISTER_INFERRED));
	assert_false(cr2_log_report_is(report, CR2_LOG_IS_TRUNCATED));
	assert_string_equal(cr2_log_report_text(report, CR2_LOG_TEXT_COMM), "p");
	assert_null(cr2_log_report_text(report, CR2_LOG_TEXT_MODULE));
	assert_int_equal(cr2_log_report_bytes(report, &n)[0], 0xc7);
	assert_int_equal(n, 7);
	assert_int_equal(cr2_log_report_place(report)->match, CR2_SYMBOL_NO_FILE);
	collect_finish(&collected);
}

static void programs_of_32_bits(void **state)
{
	struct collected collected;

	(void)state;
	/* inc eax would be a prefix in 64-bit code. */
	collect_string("p[1]: segfault at 8 ip 0000000008049007 sp 00000000ffd563a0 error 4 in p[8049000+1000]\n"
		       "Code: <8b> 40 08 40\n", &collected);
	assert_string_equal(only(&collected)->insn.text, "mov eax, dword ptr [eax + 8]");
	assert_true(only(&collected)->insn.has_base_value);
	assert_true(only(&collected)->insn.base_value == 0);
	collect_finish(&collected);
}

/* Not byte by byte: what lies between the members is not theirs. */
static void expect_same_findings(const struct cr2_log_report *seen, const struct cr2_log_report *wanted)
{
	assert_int_equal(seen->n_findings, wanted->n_findings);
	for (size_t i = 0; i < wanted->n_findings; i++) {
		const struct cr2_log_finding *one = &seen->findings[i], *other = &wanted->findings[i];

		assert_true(one->kind == other->kind && one->certainty == other->certainty &&
			    one->value == other->value && one->other == other->other &&
			    one->offset == other->offset && one->bit == other->bit && one->level == other->level &&
			    one->other_register == other->other_register && one->name == other->name &&
			    one->meaning == other->meaning);
	}
}

/* Of lists, what they hold counts, not where it is. */
static void expect_same(const struct cr2_log_report *seen, const struct cr2_log_report *wanted)
{
	struct cr2_log_report one = *seen, other = *wanted;

	memset(one.calls, 0, sizeof(one.calls));
	memset(other.calls, 0, sizeof(other.calls));
	expect_same_findings(seen, wanted);
	memset(one.findings, 0, sizeof(one.findings));
	memset(other.findings, 0, sizeof(other.findings));
	assert_memory_equal(&one, &other, sizeof(one));
	assert_int_equal(seen->calls[0].n, wanted->calls[0].n);
	for (size_t i = 0; i < wanted->calls[0].n; i++) {
		const struct cr2_log_call *call = &seen->calls[0].items[i], *same = &wanted->calls[0].items[i];

		assert_string_equal(call->function, same->function);
		assert_string_equal(call->stack, same->stack);
		assert_true(call->offset == same->offset && call->reliable == same->reliable);
	}
}

static void pieces_of_any_size_give_the_same(void **state)
{
	char *text = load_log("linux-6.12.txt");
	size_t length = strlen(text);
	struct collected whole;

	(void)state;
	collect(text, length, 0, &whole);
	for (size_t step = 1; step < 8000; step = step * 3 + 1) {
		struct collected pieces;

		collect(text, length, step, &pieces);
		assert_int_equal(pieces.n, whole.n);
		for (size_t i = 0; i < whole.n; i++)
			expect_same(&pieces.reports[i], &whole.reports[i]);
		assert_int_equal(pieces.passed.length, whole.passed.length);
		assert_memory_equal(pieces.passed.data, whole.passed.data, whole.passed.length);
		assert_int_equal(pieces.stats.lines, whole.stats.lines);
		collect_finish(&pieces);
	}
	collect_finish(&whole);
	free(text);
}

static void text_passes_with_reports_after_their_lines(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("before\np[1]: segfault at 0" IP "error 4\n" NULL_READ "after\n\0x\nlast", &collected);
	assert_string_equal(collected.passed.data,
			    "before\np[1]: segfault at 0" IP "error 4\n" NULL_READ "{1}after\n");
	collect_finish(&collected);
	collect("a\0b\n\xff\r\nlast", 11, 0, &collected);
	assert_memory_equal(collected.passed.data, "a\0b\n\xff\r\nlast", 11);
	assert_int_equal(collected.passed.length, 11);
	assert_int_equal(collected.stats.bytes, 11);
	collect_finish(&collected);
}

static void long_lines_pass_and_hide_nothing(void **state)
{
	const size_t length = 300000;
	struct cr2_text text = {0};
	struct collected collected;

	(void)state;
	assert_int_equal(cr2_grow(&text.data, &text.capacity, length + 200, 1), 0);
	memset(text.data, 'x', length);
	text.length = length;
	assert_int_equal(cr2_text_append(&text, "\np[1]: segfault at 0" IP "error 4\n"), 0);
	for (size_t step = 0; step < 100000; step += 33333) {
		collect(text.data, text.length, step, &collected);
		assert_int_equal(only(&collected)->line, 2);
		assert_int_equal(collected.passed.length, text.length + 3);
		collect_finish(&collected);
	}
	cr2_text_finish(&text);
}

/* More crashes at once than are kept open: none is lost. */
static void many_open_reports(void **state)
{
	struct cr2_text text = {0};
	struct collected collected;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(cr2_text_printf(&text, "[  1.0][T%d] BUG: kernel NULL pointer dereference, "
						 "address: 0000000000000000\n", i), 0);
	collect_string(text.data, &collected);
	assert_int_equal(collected.n, 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(collected.reports[i].line, i + 1);
	collect_finish(&collected);
	cr2_text_finish(&text);
}

static void suppressed_lines_are_counted(void **state)
{
	struct collected collected;

	(void)state;
	collect_string("[  1.0] show_signal_msg: 13 callbacks suppressed\n"
		       "[  2.0] show_signal: 4 callbacks suppressed\n"
		       "[  2.0] do_trap: 32 callbacks suppressed\n"
		       "[  2.0] do_general_protection: 8 callbacks suppressed\n"
		       "[  2.0] warn_bad_vsyscall: 64 callbacks suppressed\n"
		       "[  2.0] net_ratelimit: 100 callbacks suppressed\n", &collected);
	assert_int_equal(collected.stats.suppressed, 13 + 4 + 32 + 8 + 64);
	assert_int_equal(collected.n, 0);
	collect_finish(&collected);
	/* Old kernels say neither who nor what: only the line that was let through does. */
	collect_string("[  1.0] __ratelimit: 9 callbacks suppressed\n"
		       "[  1.0] httpd[991]: segfault at 10 ip 00007f3a1c2b4d21 sp 00007fff5d9a1c40 error 6\n"
		       "[  2.0] __ratelimit: 7 callbacks suppressed\n"
		       "[  2.0] nf_conntrack: table full, dropping packet.\n"
		       "[  2.0] httpd[992]: segfault at 10 ip 00007f3a1c2b4d21 sp 00007fff5d9a1c40 error 6\n"
		       "printk: 4 messages suppressed.\n"
		       "sshd[77]: segfault at 0000000000000000 rip 00002b3c5d0a1c21 rsp 00007fff5d9a1c40 error 4\n",
		       &collected);
	assert_int_equal(collected.stats.suppressed, 9 + 4);
	assert_int_equal(collected.n, 3);
	assert_true(collected.reports[2].ip == 0x2b3c5d0a1c21 && collected.reports[2].sp == 0x7fff5d9a1c40);
	collect_finish(&collected);
}

static int count_report(void *data, const struct cr2_log_report *report)
{
	(void)report;
	++*(int *)data;
	return 0;
}

static int refuse_report(void *data, const struct cr2_log_report *report)
{
	(void)data;
	(void)report;
	return -EPIPE;
}

static void silence_tells_what_waits(void **state)
{
	static const char line[] = "p[1]: segfault at 0" IP "error 4\n";
	int told = 0;
	struct cr2_log_config config = {.size = sizeof(config), .report = count_report, .data = &told, .no_symbols = true};
	struct cr2_log *log;

	(void)state;
	assert_int_equal(cr2_log_create(&config, &log), 0);
	assert_int_equal(cr2_log_feed(log, line, strlen(line)), 0);
	assert_int_equal(told, 0);
	assert_int_equal(cr2_log_idle(log), 0);
	assert_int_equal(told, 1);
	assert_int_equal(cr2_log_end(log), 0);
	assert_int_equal(told, 1);
	cr2_log_destroy(log);
}

static void callbacks_can_stop_the_stream(void **state)
{
	static const char line[] = "traps: p[1] trap invalid opcode ip:401000 sp:7ffd00003a10 error:0 in p[401000+1000]\n";
	struct cr2_log_config config = {.size = sizeof(config), .report = refuse_report, .no_symbols = true};
	struct cr2_log *log;

	(void)state;
	assert_int_equal(cr2_log_create(&config, &log), 0);
	assert_int_equal(cr2_log_feed(log, line, strlen(line)), -EPIPE);
	cr2_log_destroy(log);
	cr2_log_destroy(NULL);
}

static void tables_have_names(void **state)
{
	(void)state;
	for (int i = 1; i < CR2_LOG_PATTERN_COUNT; i++) {
		assert_non_null(cr2_log_pattern_name((enum cr2_log_pattern)i));
		assert_non_null(cr2_log_pattern_sentence((enum cr2_log_pattern)i));
	}
	assert_null(cr2_log_pattern_name(CR2_LOG_PATTERN_NONE));
	assert_null(cr2_log_pattern_name(CR2_LOG_PATTERN_COUNT));
	for (int i = 0; i < CR2_LOG_CAUSE_COUNT; i++) {
		assert_non_null(cr2_log_cause_name((enum cr2_log_cause)i));
		assert_non_null(cr2_log_cause_label((enum cr2_log_cause)i));
		for (int other = 0; other < i; other++)
			assert_string_not_equal(cr2_log_cause_name((enum cr2_log_cause)i),
						cr2_log_cause_name((enum cr2_log_cause)other));
	}
	assert_null(cr2_log_cause_name(CR2_LOG_CAUSE_COUNT));
	assert_null(cr2_log_cause_label(CR2_LOG_CAUSE_COUNT));
	assert_string_equal(cr2_poison_find(0xdead000000000122)->name, "LIST_POISON2");
	assert_string_equal(cr2_poison_find(0x6b6b6b6b6b6b6b6b)->name, "POISON_FREE");
	assert_null(cr2_poison_find(0));
	assert_null(cr2_poison_find(0xffff888000000000));
}

/* No crashes: page faults as tracefs, perf script and kmod/fault_trace.c print them. */
static void faults_of_traces(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report;

	(void)state;
	collect_string("            bash-10483   [001] d....  6454.063880: page_fault_user: "
		       "address=0x7fda79c383d8 ip=0x7fda79c38000 error_code=0x14\n", &collected);
	report = only(&collected);
	assert_int_equal(report->kind, CR2_LOG_TRACE);
	assert_string_equal(report->comm, "bash");
	assert_int_equal(report->pid, 10483);
	assert_int_equal(report->cpu, 1);
	assert_true(report->addr == 0x7fda79c383d8 && report->ip == 0x7fda79c38000);
	assert_true(report->error == 0x14 && report->fetch && report->user);
	collect_finish(&collected);
	collect_string("my prog 77 [003] 1.5: exceptions:page_fault_kernel: address=0x10 "
		       "ip=copy_from_user error_code=0x2\n", &collected);
	report = only(&collected);
	assert_string_equal(report->comm, "my prog");
	assert_int_equal(report->pid, 77);
	assert_true(report->addr == 0x10 && report->write && !report->user);
	assert_false(report->has & LOG_HAS_IP);
	collect_finish(&collected);
	collect_string(" a-5 [000] ..... 3.1: fault_return: PID=6 addr=0x7f0000001000 flags=0x1255 "
		       "vma=[0x7f0000000000-0x7f0000004000] ret=0x0 time=812ns\n", &collected);
	report = only(&collected);
	assert_int_equal(report->pid, 6);
	assert_true(report->fault_flags == 0x1255 && report->returned == 0);
	assert_true(report->mapping_start == 0x7f0000000000 && report->mapping_end == 0x7f0000004000);
	assert_true(report->duration_ns == 812 && report->has & LOG_HAS_RETURN);
	collect_finish(&collected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segfault_of_the_manual),
		cmocka_unit_test(a_vsyscall_of_a_bad_pointer),
		cmocka_unit_test(a_vsyscall_and_its_segfault_are_one_crash),
		cmocka_unit_test(error_code_is_hexadecimal),
		cmocka_unit_test(names_may_hold_anything),
		cmocka_unit_test(what_stands_before_a_name_is_dropped),
		cmocka_unit_test(deleted_files_and_control_protection),
		cmocka_unit_test(half_lines_are_no_reports),
		cmocka_unit_test(code_goes_to_the_report_that_it_fits),
		cmocka_unit_test(code_that_fits_both_goes_to_none),
		cmocka_unit_test(code_is_the_last_programs),
		cmocka_unit_test(a_name_s_beginning_is_no_ip),
		cmocka_unit_test(callers_and_hosts_keep_reports_apart),
		cmocka_unit_test(crash_within_an_oops),
		cmocka_unit_test(warning_within_an_oops),
		cmocka_unit_test(second_oops_ends_the_first),
		cmocka_unit_test(oops_without_its_first_lines),
		cmocka_unit_test(kasan_tells_the_address_meant),
		cmocka_unit_test(functions_are_no_addresses),
		cmocka_unit_test(targets_without_ip_are_not_printed),
		cmocka_unit_test(tasks_as_kernels_name_them),
		cmocka_unit_test(names_behind_other_words),
		cmocka_unit_test(deaths_by_other_names),
		cmocka_unit_test(error_codes_of_protection),
		cmocka_unit_test(cut_registers_are_not_known),
		cmocka_unit_test(reserved_bits_mean_a_broken_page_table),
		cmocka_unit_test(smep_needs_a_page),
		cmocka_unit_test(protection_key_and_shadow_of_sp),
		cmocka_unit_test(traps_have_causes),
		cmocka_unit_test(report_from_outside),
		cmocka_unit_test(programs_of_32_bits),
		cmocka_unit_test(pieces_of_any_size_give_the_same),
		cmocka_unit_test(text_passes_with_reports_after_their_lines),
		cmocka_unit_test(long_lines_pass_and_hide_nothing),
		cmocka_unit_test(many_open_reports),
		cmocka_unit_test(suppressed_lines_are_counted),
		cmocka_unit_test(silence_tells_what_waits),
		cmocka_unit_test(callbacks_can_stop_the_stream),
		cmocka_unit_test(faults_of_traces),
		cmocka_unit_test(tables_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
