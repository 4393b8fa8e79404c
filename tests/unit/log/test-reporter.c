/* SPDX-License-Identifier: MIT */
/* Crashes that others than the kernel report: each report of tests/data/log/reporters/ whole. */
#include <stdio.h>

#include "collect.h"

#define NONE UINT64_MAX /* not told */

/* Everything that a report tells; what is not named is not told. */
struct expected {
	enum cr2_log_reporter reporter;
	enum cr2_log_kind kind;
	enum cr2_log_cause cause;
	enum cr2_log_pattern pattern;
	bool likely;
	uint64_t addr, access, ip, error, pid, code;
	const char *comm, *function, *file, *object, *instruction;
	uint32_t line;
};

#define REPORT(r, k, c, p, ...) \
	{.reporter = CR2_LOG_REPORTER_##r, .kind = CR2_LOG_##k, .cause = CR2_LOG_CAUSE_##c, \
	 .pattern = CR2_LOG_PATTERN_##p, __VA_ARGS__}
#define READ CR2_ACCESS_READ
#define WRITE CR2_ACCESS_WRITE
#define FETCH CR2_ACCESS_FETCH

#include "reporters.h"

static uint64_t value(const struct cr2_log_report *report, enum cr2_log_value which)
{
	uint64_t value = NONE;

	cr2_log_report_value(report, which, &value);
	return value;
}

static void assert_text(const struct cr2_log_report *report, enum cr2_log_text which,
			const char *expected)
{
	const char *text = cr2_log_report_text(report, which);

	if (!expected)
		assert_null(text);
	else
		assert_non_null(text);
	if (expected)
		assert_string_equal(text, expected);
}

/* "f", or "f+0x24" where the offset is told. */
static void assert_function(const struct cr2_log_report *report, const char *expected)
{
	const char *function = cr2_log_report_text(report, CR2_LOG_TEXT_FUNCTION);
	uint64_t offset = value(report, CR2_LOG_VALUE_FUNCTION_OFFSET);
	char place[200] = "";

	if (function && offset != NONE)
		snprintf(place, sizeof(place), "%s+0x%llx", function, (unsigned long long)offset);
	else if (function)
		snprintf(place, sizeof(place), "%s", function);
	assert_string_equal(place, expected ? expected : "");
	assert_true(function || offset == NONE);
	assert_true(value(report, CR2_LOG_VALUE_FUNCTION_SIZE) == NONE);
}

static void assert_report(const struct cr2_log_report *report, const struct expected *expected)
{
	const struct cr2_log_source *source = cr2_log_report_source(report, 0);

	print_message("line %llu\n", (unsigned long long)value(report, CR2_LOG_VALUE_LINE));
	assert_int_equal(cr2_log_report_reporter(report), expected->reporter);
	assert_int_equal(cr2_log_report_kind(report), expected->kind);
	assert_int_equal(cr2_log_report_cause(report), expected->cause);
	assert_int_equal(cr2_log_report_pattern(report), expected->pattern);
	assert_int_equal(cr2_log_report_is(report, CR2_LOG_IS_PATTERN_LIKELY), expected->likely);
	assert_true(value(report, CR2_LOG_VALUE_ADDR) == expected->addr);
	assert_true(value(report, CR2_LOG_VALUE_ACCESS) == expected->access);
	assert_true(value(report, CR2_LOG_VALUE_IP) == expected->ip);
	assert_true(value(report, CR2_LOG_VALUE_ERROR) == expected->error);
	assert_true(value(report, CR2_LOG_VALUE_PID) == expected->pid);
	assert_true(value(report, CR2_LOG_VALUE_SIGNAL_CODE) == expected->code);
	assert_text(report, CR2_LOG_TEXT_COMM, expected->comm);
	assert_function(report, expected->function);
	assert_text(report, CR2_LOG_TEXT_OBJECT, expected->object);
	assert_text(report, CR2_LOG_TEXT_INSTRUCTION, expected->instruction);
	assert_int_equal(source != NULL, expected->file != NULL);
	if (!source)
		return;
	assert_string_equal(source->file, expected->file);
	assert_int_equal(source->line, expected->line);
}

static void assert_file(const char *text, const struct expected *expected, size_t n)
{
	struct collected collected;

	collect_string(text, &collected);
	assert_int_equal(collected.n, n);
	for (size_t i = 0; i < n; i++)
		assert_report(&collected.reports[i], &expected[i]);
	collect_finish(&collected);
}

/* Every report of every reporter's file, each fact of it. */
static void reports_are_read_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(files); i++) {
		char *text = load_log(files[i].name);

		print_message("%s\n", files[i].name);
		assert_file(text, files[i].reports, files[i].n);
		free(text);
	}
}

/* The text with prefix before each line. */
static char *prefixed(const char *text, const char *prefix)
{
	struct cr2_text out = {0};

	while (*text) {
		size_t n = strcspn(text, "\n");

		assert_int_equal(cr2_text_printf(&out, "%s%.*s\n", prefix, (int)n, text), 0);
		text += n + (text[n] == '\n');
	}
	return out.data;
}

/* What a container's runtime, a journal and a quote put before each line changes nothing. */
static void prefixes_change_nothing(void **state)
{
	static const char *const prefixes[] = {
		"web-1  | ", "> ", "Nov 24 10:00:01 host prog[123]: ", "2026-11-24T10:00:01.0Z stderr F ",
		"[2026-11-24 10:00:01] ",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(files); i++) {
		char *text = load_log(files[i].name);

		for (size_t j = 0; j < CR2_ARRAY_SIZE(prefixes); j++) {
			char *with = prefixed(text, prefixes[j]);

			print_message("%s, '%s'\n", files[i].name, prefixes[j]);
			if (!files[i].has_prefixes)
				assert_file(with, files[i].reports, files[i].n);
			free(with);
		}
		free(text);
	}
}

static void a_container_s_json_is_read(void **state)
{
	static const struct expected expected[] = {
		REPORT(ADDRESS_SANITIZER, SEGFAULT, SEGFAULT, NEAR_NULL, .likely = true, .addr = 0x18,
		       .access = READ, .ip = 0x1129, .error = NONE, .pid = 7, .code = NONE, .function = "f",
		       .file = "a.c", .line = 5),
	};

	(void)state;
	assert_file("{\"log\":\"==7==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000018 "
		    "(pc 0x000000001129 bp 0x000000000002 sp 0x7ffea1225008 T0)\\n\",\"stream\":\"stderr\"}\n"
		    "{\"log\":\"==7==The signal is caused by a READ memory access.\\n\",\"stream\":\"stderr\"}\n"
		    "{\"log\":\"    #0 0x1129 in f a.c:5:3\\n\",\"stream\":\"stderr\"}\n"
		    "{\"log\":\"==7==ABORTING\\n\",\"stream\":\"stderr\"}\n", expected, 1);
}

/* Signals and codes that no file of the data holds. */
static void signals_and_codes_decide(void **state)
{
	static const struct {
		const char *text;
		enum cr2_log_cause cause;
		enum cr2_log_pattern pattern;
	} cases[] = {
#define JAVA(signal, rest) "#  " signal " at pc=0x0000000000401000, pid=1, tid=1\nsiginfo: " rest "\n"
		{JAVA("SIGSEGV (0xb)", "si_signo: 11 (SIGSEGV), si_code: 2 (SEGV_ACCERR), si_addr: 0x0000000000601000"),
		 CR2_LOG_CAUSE_SEGFAULT, CR2_LOG_PATTERN_NOT_PERMITTED},
		{JAVA("SIGSEGV (0xb)", "si_signo: 11 (SIGSEGV), si_code: 4 (SEGV_PKUERR), si_addr: 0x0000000000601000"),
		 CR2_LOG_CAUSE_SEGFAULT, CR2_LOG_PATTERN_PROTECTION_KEY},
		{JAVA("SIGSEGV (0xb)", "si_signo: 11 (SIGSEGV), si_code: 0 (SI_USER), si_pid: 4, si_uid: 0"),
		 CR2_LOG_CAUSE_OTHER, CR2_LOG_PATTERN_NONE},
		{JAVA("SIGSEGV (0xb)", "si_signo: 11 (SIGSEGV), si_code: 2 (SEGV_ACCERR), si_addr: 0x0000000000401000"),
		 CR2_LOG_CAUSE_SEGFAULT, CR2_LOG_PATTERN_JUMP_TO_DATA},
		{JAVA("SIGBUS (0x7)", "si_signo: 7 (SIGBUS), si_code: 2 (BUS_ADRERR), si_addr: 0x00007f0000001000"),
		 CR2_LOG_CAUSE_BUS_ERROR, CR2_LOG_PATTERN_BEYOND_FILE},
		{JAVA("SIGBUS (0x7)", "si_signo: 7 (SIGBUS), si_code: 1 (BUS_ADRALN), si_addr: 0x00007f0000001000"),
		 CR2_LOG_CAUSE_BUS_ERROR, CR2_LOG_PATTERN_MISALIGNED},
		{JAVA("SIGFPE (0x8)", "si_signo: 8 (SIGFPE), si_code: 1 (FPE_INTDIV), si_addr: 0x0000000000401000"),
		 CR2_LOG_CAUSE_DIVIDE_ERROR, CR2_LOG_PATTERN_DIVIDE_ERROR},
		{JAVA("SIGFPE (0x8)", "si_signo: 8 (SIGFPE), si_code: 3 (FPE_FLTDIV), si_addr: 0x0000000000401000"),
		 CR2_LOG_CAUSE_OTHER, CR2_LOG_PATTERN_NONE},
		{JAVA("SIGILL (0x4)", "si_signo: 4 (SIGILL), si_code: 2 (ILL_ILLOPN), si_addr: 0x0000000000401000"),
		 CR2_LOG_CAUSE_INVALID_OPCODE, CR2_LOG_PATTERN_INVALID_INSTRUCTION},
		{"#  EXCEPTION_ACCESS_VIOLATION (0xc0000005) at pc=0x0000000000401000, pid=1, tid=1\n"
		 "siginfo: EXCEPTION_ACCESS_VIOLATION (0xc0000005), writing address 0x0000000000000018\n",
		 CR2_LOG_CAUSE_SEGFAULT, CR2_LOG_PATTERN_NEAR_NULL},
		{"SIGSEGV: segmentation violation\nPC=0x401000 m=0 sigcode=1 addr=0x18\n\ngoroutine 1 [syscall]:\n"
		 "rax    0x0\nrip    0x401000\n", CR2_LOG_CAUSE_SEGFAULT, CR2_LOG_PATTERN_NEAR_NULL},
		{"==1==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000000 (pc 0x401000 bp 0x2 sp 0x7ffd00003a10 T0)\n"
		 "==1==Hint: this fault was caused by a dereference of a high value address (see register values below).\n",
		 CR2_LOG_CAUSE_GENERAL_PROTECTION, CR2_LOG_PATTERN_NON_CANONICAL},
		{"* thread #1, stop reason = EXC_BAD_ACCESS (code=EXC_I386_GPFLT)\n",
		 CR2_LOG_CAUSE_GENERAL_PROTECTION, CR2_LOG_PATTERN_NON_CANONICAL},
		{"* thread #1, stop reason = EXC_BAD_INSTRUCTION (code=EXC_I386_INVOP, subcode=0x0)\n",
		 CR2_LOG_CAUSE_INVALID_OPCODE, CR2_LOG_PATTERN_INVALID_INSTRUCTION},
		{"* thread #1, name = 'a', stop reason = signal SIGBUS: illegal address (fault address=0x7f0000001000)\n",
		 CR2_LOG_CAUSE_BUS_ERROR, CR2_LOG_PATTERN_BEYOND_FILE},
		{"signal 11 (SIGSEGV), code 2 (SEGV_ACCERR), fault addr 0x7f0000001000 (write)\n",
		 CR2_LOG_CAUSE_SEGFAULT, CR2_LOG_PATTERN_WRITE_TO_READONLY},
		{"signal 11 (SIGSEGV), code 128 (SI_KERNEL), fault addr --------\n",
		 CR2_LOG_CAUSE_GENERAL_PROTECTION, CR2_LOG_PATTERN_NON_CANONICAL},
		{"thread 'main' panicked at src/main.rs:4:5:\nmisaligned pointer dereference: address must be a "
		 "multiple of 0x8 but is 0x7ffd00003a11\n", CR2_LOG_CAUSE_ALIGNMENT_CHECK, CR2_LOG_PATTERN_MISALIGNED},
#undef JAVA
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(cases); i++) {
		struct collected collected;

		print_message("%s", cases[i].text);
		collect_string(cases[i].text, &collected);
		assert_int_equal(collected.n, 1);
		assert_int_equal(collected.reports[0].cause, cases[i].cause);
		assert_int_equal(collected.reports[0].pattern, cases[i].pattern);
		collect_finish(&collected);
	}
}

static void registers_are_kept(void **state)
{
	static const char text[] =
		"==9==ERROR: AddressSanitizer: SEGV on unknown address (pc 0x401000 bp 0x2 sp 0x7ff0 T0)\n"
		"==9==Register values:\nrax = 0x0000000000000001  rbx = 0x0000000000000002  \n"
		"r8  = 0x0000000000000003   r9  = 0x0000000000000004  \n==9==ABORTING\n";
	struct collected collected;
	uint64_t reg;

	(void)state;
	collect_string(text, &collected);
	assert_int_equal(collected.n, 1);
	assert_true(cr2_log_report_register(&collected.reports[0], CR2_REGISTER_BX, &reg) && reg == 2);
	assert_true(cr2_log_report_register(&collected.reports[0], CR2_REGISTER_R8, &reg) && reg == 3);
	assert_true(cr2_log_report_register(&collected.reports[0], CR2_REGISTER_R9, &reg) && reg == 4);
	assert_true(cr2_log_report_register(&collected.reports[0], CR2_REGISTER_SP, &reg) && reg == 0x7ff0);
	collect_finish(&collected);
}

/* People write about crashes, and most of what these reporters print is none. */
static void what_is_no_crash_is_no_report(void **state)
{
	static const char text[] =
		"the program received signal SIGSEGV, Segmentation fault. What now?\n"
		"I see AddressSanitizer: SEGV on unknown address in my log\n"
		"==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x4f bp 0x7 sp 0x7\n"
		"==1==ERROR: LeakSanitizer: detected memory leaks\n"
		"SUMMARY: AddressSanitizer: SEGV /tmp/a.c:5 in f\n"
		"Program received signal SIGTRAP, Trace/breakpoint trap.\nProgram received signal SIGINT, Interrupt.\n"
		"Program terminated with signal SIGABRT, Aborted.\n"
		"unexpected fault address in the book\nunexpected fault address 0x18 is what Go says\n"
		"[signal SIGSEGV: segmentation violation\n[signal SIGHUP: hangup code=0x1 addr=0x0 pc=0x1]\n"
		"SIGSEGV\nSIGSEGV: segmentation violation is signal 11\n"
		"#  SIGSEGV (0xb) at pc=\n#  Internal Error (a.cpp:12), pid=1, tid=2\n"
		"thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds: the len is 0 but the index is 1\n"
		"my stack has overflowed its stack\nthe thread panicked at once\n"
		"PID 1 received SIGSEGV for address: nowhere\n"
		"FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n"
		"        Signal: 6 (ABRT)\nSignal: 11\nSignal: strong\nsystemd[1]: a.service: Main process exited, "
		"code=dumped, status=11/SEGV\nSegmentation fault (core dumped)\nThe process dumped core.\n"
		"Process 4713 (x) of user 0 terminated abnormally with signal 6/ABRT, processing...\n"
		"* thread #1, stop reason = breakpoint 1.1\n* thread #1, stop reason = signal SIGABRT\n"
		"pid: 1, tid: 1, name: a  >>> a <<<\nsignal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------\n"
		"Fatal double fault is bad\nFatal trap 12\nFatal trap 30: reserved (unknown) fault while in kernel mode\n"
		"!!!! X64 Exception Type - 03(#BP - Breakpoint)  CPU Apic ID - 00000000 !!!!\nX64 Exception Type\n";
	struct collected collected;

	(void)state;
	collect_string(text, &collected);
	assert_int_equal(collected.n, 0);
	assert_int_equal(collected.passed.length, strlen(text));
	collect_finish(&collected);
}

/* As the sources of other versions print them than those of the data. */
static void forms_of_other_versions(void **state)
{
	struct collected collected;
	const struct cr2_log_report *report = NULL;

	(void)state;
	collect_string("Fatal trap 12: page fault while in kernel mode\n"
		       "fault virtual address\t= 0x18\n"
		       "fault code\t\t= supervisor read data, page not present\n"
		       "instruction pointer\t= 0x20:0xffffffff80c8d3c7\n"
		       "current thread\t\t= 2023/100123 (a daemon/its thread)\nUptime: 1s\n"
		       "Fatal double fault\n"
		       "rip 0xffffffff80b00001 rsp 0xfffffe0012345678 rbp 0xfffffe0012345690\n"
		       "rcx 0 rsi 0x5 rdi 0x6\nUptime: 1s\n"
		       "!!!! X64 Exception Type - 0E(#PF - Page-Fault)  CPU Apic ID - 00000000 !!!!\n"
		       "ExceptionData - 0000000000000002\n"
		       "RIP  - 000000000DEDB00A, CS  - 0000000000000038, RFLAGS - 0000000000000246\n"
		       "!!!! Find PE image /b/App.dll (ImageBase=000000000DEDA000, EntryPoint=000000000DEDB000) !!!!\n",
		       &collected);
	assert_int_equal(collected.n, 3);
	report = collected.reports;
	assert_true(report[0].pid == 2023 && report[0].has & LOG_HAS_PID);
	assert_string_equal(report[0].comm, "a daemon");
	assert_true(report[1].registers[CR2_REGISTER_SI] == 6 && report[1].registers[CR2_REGISTER_DI] == 5);
	assert_string_equal(report[2].object, "/b/App.dll");
	collect_finish(&collected);
}

static void reporters_have_names_of_their_own(void **state)
{
	(void)state;
	for (int i = 0; i < CR2_LOG_REPORTER_COUNT; i++) {
		assert_non_null(cr2_log_reporter_name((enum cr2_log_reporter)i));
		assert_non_null(cr2_log_reporter_label((enum cr2_log_reporter)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(cr2_log_reporter_name((enum cr2_log_reporter)i),
						cr2_log_reporter_name((enum cr2_log_reporter)j));
	}
	assert_null(cr2_log_reporter_name(CR2_LOG_REPORTER_COUNT));
	assert_null(cr2_log_reporter_label(CR2_LOG_REPORTER_COUNT));
	assert_string_equal(cr2_log_signal_code_name(11, 1), "SEGV_MAPERR");
	assert_string_equal(cr2_log_signal_code_name(11, 0x80), "SI_KERNEL");
	assert_null(cr2_log_signal_code_name(11, 77));
}

static void expect_function(const struct cr2_log_report *report, const char *wanted)
{
	assert_string_equal(report->function, wanted);
}

/* Go's frames end where C was called. */
static void frames_beside_the_pc_name_nothing(void **state)
{
	(void)state;
	collect_only("fatal error: unexpected signal during runtime execution\n"
		     "[signal SIGSEGV: segmentation violation code=0x1 addr=0xe5 pc=0x7fecc24e8a5c]\n\n"
		     "goroutine 49 [syscall]:\nruntime.cgocall(0x5a1c60, 0xc0000d5dc8)\n"
		     "\t/usr/local/go/src/runtime/cgocall.go:133 +0x5b\nnet._C2func_getaddrinfo(0xc0000a4000)\n"
		     "\t_cgo_gotypes.go:94 +0x55\n", expect_function, "");
	collect_only("[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x460600]\n\n"
		     "goroutine 1 [running]:\nmain.member(...)\n\t/src/main.go:14\n",
		     expect_function, "main.member");
}

static void expect_offset(const struct cr2_log_report *report, const char *wanted)
{
	uint64_t offset;

	assert_true(cr2_log_report_value(report, CR2_LOG_VALUE_OBJECT_OFFSET, &offset));
	assert_true(offset == strtoull(wanted, NULL, 16));
}

static void offsets_in_files_are_kept(void **state)
{
	(void)state;
	collect_only("#  SIGSEGV (0xb) at pc=0x00007f1234561a34, pid=1, tid=1\n#\n# Problematic frame:\n"
		     "# C  [libfoo.so+0x1a34]  Java_Foo_bar+0x14\n#\n", expect_offset, "1a34");
	collect_only("pid: 7, tid: 7, name: a  >>> a <<<\n"
		     "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x18\n"
		     "backtrace:\n      #00 pc 0000000000051890  /system/lib64/libfoo.so (foo_bar+16)\n",
		     expect_offset, "51890");
}

static void expect_base(const struct cr2_log_report *report, const char *wanted)
{
	assert_string_equal(report->insn.operand, wanted);
	assert_true(report->insn.has_base_value && report->insn.has_address && report->insn.address == 0x18);
	assert_true(report->addr == 0x18 && report->write);
}

static void operands_of_intel_are_read(void **state)
{
	(void)state;
	collect_only("Program received signal SIGSEGV, Segmentation fault.\n"
		     "0x000055555555513d in deref (p=0x0) at a.c:5\n"
		     "=> 0x55555555513d <deref+12>:\tmov    DWORD PTR [rax+rcx*4+0x8],eax\n"
		     "rax            0x0                 0\nrcx            0x4                 4\n"
		     "rip            0x55555555513d      0x55555555513d <deref+12>\n", expect_base, "[rax+rcx*4+0x8]");
}

static void expect_pattern(const struct cr2_log_report *report, const char *wanted)
{
	assert_string_equal(cr2_log_pattern_name(report->pattern), wanted);
}

/* What the code, the registers and the memory that gdb shows say of the access. */
static void what_gdb_shows_decides(void **state)
{
	(void)state;
	collect_only("Program received signal SIGSEGV, Segmentation fault.\n0x0000000000000000 in ?? ()\n",
		     expect_pattern, "jump_to_null");
	collect_only("Program received signal SIGSEGV, Segmentation fault.\n0x0000000123456789 in ?? ()\n"
		     "=> 0x123456789:\tCannot access memory at address 0x123456789\n", expect_pattern, "jump_to_unmapped");
	/* No page fault, whatever the sentence says. */
	collect_only("Program received signal SIGSEGV, Segmentation fault.\nwr (p=0x1) at a.c:5\n"
		     "=> 0x555555555141 <wr>:\tmovb   $0x1,(%rdi)\n"
		     "rdi            0x4141414141414141  4702111234474983745\n", expect_pattern, "non_canonical");
}

#define STOP "* thread #1, name = 'a', stop reason = signal SIGSEGV: address not mapped to object (fault address: 0x8)\n"
#define FRAME "frame #0: 0x000055555555513d a`deref(p=0x0) at a.c:5:13\n"

/* What is asked for shows the stop again; after the program went on, it is another. */
static void a_stop_is_one_crash(void **state)
{
	struct collected collected;

	(void)state;
	collect_only(STOP "    " FRAME "(lldb) bt\n" STOP "  * " FRAME, expect_function, "deref");
	collect_string(STOP "    " FRAME "(lldb) c\nProcess 7 resuming\n" STOP "    " FRAME, &collected);
	assert_int_equal(collected.n, 2);
	collect_finish(&collected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_read_whole),
		cmocka_unit_test(prefixes_change_nothing),
		cmocka_unit_test(a_container_s_json_is_read),
		cmocka_unit_test(signals_and_codes_decide),
		cmocka_unit_test(registers_are_kept),
		cmocka_unit_test(what_is_no_crash_is_no_report),
		cmocka_unit_test(frames_beside_the_pc_name_nothing),
		cmocka_unit_test(offsets_in_files_are_kept),
		cmocka_unit_test(operands_of_intel_are_read),
		cmocka_unit_test(what_gdb_shows_decides),
		cmocka_unit_test(a_stop_is_one_crash),
		cmocka_unit_test(forms_of_other_versions),
		cmocka_unit_test(reporters_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
