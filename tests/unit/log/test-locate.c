/* SPDX-License-Identifier: MIT */
/* Places in object files: this very program is the one that "crashed". */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cr2/base.h>

#include "log/locate.h"

#include "../test.h"

/* Its size is known: 16 bytes, a load from [rdi + 0x18] at offset 4. */
__asm__(".text\n"
	".globl sixteen_bytes\n"
	".type sixteen_bytes, @function\n"
	"sixteen_bytes: .byte 0x0f, 0x1f, 0x40, 0x00\n"
	".byte 0x48, 0x8b, 0x47, 0x18\n"
	".skip 7, 0x90\n"
	".byte 0xc3\n"
	".size sixteen_bytes, 16\n");
void sixteen_bytes(void);

static char variable[16] = "x";
static char program[PATH_MAX], folder[PATH_MAX], name[200];

static __attribute__((noinline)) int crashing_function(volatile int *p)
{
	return *p + 1;
}

struct mapping {
	uint64_t start, length, offset;
};

/* The mapping of this program's that holds the address. */
static void find_mapping(uint64_t address, struct mapping *ret)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[PATH_MAX + 100];
	bool found = false;

	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps)) {
		uint64_t start, end, offset;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &end, &offset) != 3)
			continue;
		found = address >= start && address < end;
		*ret = (struct mapping){start, end - start, offset};
	}
	fclose(maps);
	assert_true(found);
}

static void crash_at(uintptr_t where, struct cr2_log_report *ret)
{
	struct mapping mapping;
	uint64_t ip = where;

	find_mapping(ip, &mapping);
	*ret = (struct cr2_log_report){
		.kind = CR2_LOG_SEGFAULT, .ip = ip, .object_start = mapping.start,
		.object_length = mapping.length, .code_length = 24, .code_ip = 8,
		.has = LOG_HAS_IP | LOG_HAS_OBJECT | LOG_HAS_ADDR | LOG_HAS_FILE_OFFSET,
		.file_offset = ip - mapping.start + mapping.offset, .addr = (uintptr_t)variable,
	};
	snprintf(ret->object, sizeof(ret->object), "%s", name);
	memcpy(ret->code, (const char *)ip - ret->code_ip, ret->code_length);
}

static void locate(const char *path, struct cr2_log_report *report)
{
	struct symbols *symbols;

	assert_int_equal(symbols_create(&path, 1, &symbols), 0);
	log_locate(symbols, report);
	symbols_destroy(symbols);
}

static void place_in_the_source(void **state)
{
	struct cr2_log_report report;

	(void)state;
	crash_at((uintptr_t)crashing_function, &report);
	locate(folder, &report);
	assert_int_equal(report.place.match, CR2_SYMBOL_SAME);
	assert_string_equal(report.place.symbol, "crashing_function");
	assert_int_equal(report.place.symbol_offset, 0);
	assert_non_null(strstr(report.place.file, "test-locate.c"));
	assert_in_range(report.place.line, 30, 60);
	assert_string_equal(report.place.data_symbol, "variable");
	assert_string_equal(report.place.data_section, ".data");
	assert_true(report.place.data_write && !report.place.data_exec);
}

/* Older kernels do not print it: the executable segment is the one. */
static void offset_is_worked_out(void **state)
{
	struct cr2_log_report report, older;

	(void)state;
	crash_at((uintptr_t)crashing_function, &report);
	older = report;
	older.has &= ~(uint32_t)LOG_HAS_FILE_OFFSET;
	older.file_offset = 0;
	locate(program, &older); /* the file itself, not its folder */
	assert_int_equal(older.place.match, CR2_SYMBOL_SAME);
	assert_true(older.has & LOG_HAS_FILE_OFFSET);
	assert_true(older.file_offset == report.file_offset);
	assert_string_equal(older.place.symbol, "crashing_function");
}

static void other_bytes_are_another_program(void **state)
{
	struct cr2_log_report report;

	(void)state;
	crash_at((uintptr_t)crashing_function, &report);
	report.code[12] ^= 1;
	locate(folder, &report);
	assert_int_equal(report.place.match, CR2_SYMBOL_DIFFERS);
	assert_string_equal(report.place.symbol, "");
	assert_string_equal(report.place.file, "");
	assert_false(report.place.has_address);
}

static void code_is_read_where_the_log_has_none(void **state)
{
	struct cr2_log_report report;

	(void)state;
	crash_at((uintptr_t)sixteen_bytes + 4, &report);
	report.code_length = 0;
	locate(folder, &report);
	assert_int_equal(report.place.match, CR2_SYMBOL_UNVERIFIED);
	assert_true(report.insn.from_file);
	assert_memory_equal(report.insn.bytes, "\x48\x8b\x47\x18", 4);
	assert_string_equal(report.place.symbol, "sixteen_bytes");
	assert_int_equal(report.place.symbol_offset, 4);
}

static void names_from_a_log_stay_in_their_folder(void **state)
{
	static const char *const names[] = {"..", ".", "", "../test", "/etc/passwd", "no-such-program",
					    "dev/zero"};
	struct cr2_log_report report;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++) {
		crash_at((uintptr_t)crashing_function, &report);
		snprintf(report.object, sizeof(report.object), "%s", names[i]);
		locate(folder, &report);
		assert_int_equal(report.place.match, CR2_SYMBOL_NO_FILE);
	}
}

static inline __attribute__((always_inline)) int inlined_function(volatile int *p)
{
	return *p + p[1];
}

static __attribute__((noinline)) int calling_function(volatile int *p)
{
	return inlined_function(p) + 2;
}

static void oops_in(const char *function, uint64_t size, struct cr2_log_report *ret)
{
	*ret = (struct cr2_log_report){.kind = CR2_LOG_OOPS, .has = LOG_HAS_FUNCTION | LOG_HAS_FUNCTION_OFFSET,
				       .function_offset = 4, .function_size = size};
	snprintf(ret->function, sizeof(ret->function), "%s", function);
	strcpy(ret->release, "6.12.0-test");
}

/* A kernel's file is found by being called vmlinux: this program, for once. */
static void kernel_function_by_name_and_size(void **state)
{
	char vmlinux[PATH_MAX];
	struct cr2_log_report report;

	(void)state;
	snprintf(vmlinux, sizeof(vmlinux), "%.4000s/vmlinux-of-test-locate", folder);
	unlink(vmlinux);
	assert_int_equal(symlink(program, vmlinux), 0);
	oops_in("sixteen_bytes", 32, &report); /* 16 of padding */
	locate(vmlinux, &report);
	assert_int_equal(report.place.match, CR2_SYMBOL_UNVERIFIED);
	assert_true(report.insn.from_file);
	assert_memory_equal(report.insn.bytes, "\x48\x8b\x47\x18", 4);
	oops_in("sixteen_bytes", 15, &report);
	locate(vmlinux, &report);
	assert_int_equal(report.place.match, CR2_SYMBOL_DIFFERS);
	oops_in("no_such_function", 16, &report);
	locate(vmlinux, &report);
	assert_int_equal(report.place.match, CR2_SYMBOL_NO_FILE);
	/* A module is not looked for in the kernel. */
	oops_in("sixteen_bytes", 16, &report);
	strcpy(report.module, "some_module");
	locate(vmlinux, &report);
	assert_int_equal(report.place.match, CR2_SYMBOL_NO_FILE);
	unlink(vmlinux);
}

/* The size that the kernel gives a module's last function goes to the end of its page. */
static void last_function_of_a_module(void **state)
{
	char ko[PATH_MAX], command[2 * PATH_MAX];
	struct cr2_log_report report;

	(void)state;
	snprintf(ko, sizeof(ko), "%.4000s/some_module.ko", folder);
	snprintf(command, sizeof(command), "echo 'int first(int *p) { return *p; } int last(int *p) { return p[1]; }' | "
		 "cc -x c -g -O1 -c -o '%s' - 2>/dev/null", ko);
	if (system(command) != 0)
		test_skip("no compiler");
	for (int i = 0; i < 2; i++) {
		oops_in(i ? "last" : "first", 0xfc0, &report);
		strcpy(report.module, "some_module");
		report.function_offset = 0;
		locate(ko, &report);
		assert_int_equal(report.place.match, i ? CR2_SYMBOL_UNVERIFIED : CR2_SYMBOL_DIFFERS);
	}
	assert_true(report.insn.from_file);
	unlink(ko);
}

static uint64_t size_of(const char *function)
{
	char command[PATH_MAX + 100];
	unsigned long long size = 0;
	FILE *symbols;

	snprintf(command, sizeof(command), "nm -S '%.4000s' | awk '$4 == \"%s\" { print $2 }'", program, function);
	symbols = popen(command, "r");
	assert_non_null(symbols);
	if (fscanf(symbols, "%llx", &size) != 1)
		size = 0;
	pclose(symbols);
	return size;
}

/* A call trace of two entries, one of which the file at hand has. */
static void locate_calls(struct symbols *symbols, uint64_t offset, uint64_t size,
			 struct cr2_log_report *ret)
{
	static const char *const names[] = {"calling_function", "no_such_function"};

	oops_in("calling_function", size, ret);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(names); i++) {
		struct cr2_log_call *call = log_calls_add(&ret->calls[0]);

		assert_non_null(call);
		*call = (struct cr2_log_call){.reliable = true, .has_offset = true, .offset = offset, .size = size};
		strcpy(call->function, names[i]);
	}
	assert_int_equal(log_locate_calls(symbols, ret), 0);
}

static void expect_calls(const struct cr2_log_report *report)
{
	const struct cr2_log_call *call = NULL;
	size_t n = report->calls[0].n;

	for (size_t i = 0; i < n - 1; i++) {
		call = cr2_log_report_call(report, CR2_LOG_STACK_CRASH, i);
		assert_int_equal(call->inlined, i < n - 2);
		assert_string_equal(call->function, call->inlined ? "inlined_function" : "calling_function");
		assert_non_null(strstr(call->file, "test-locate.c"));
		/* The compiler gives no line to what belongs to no statement. */
		if (call->line)
			assert_in_range(call->line, 100, 300);
	}
	call = cr2_log_report_call(report, CR2_LOG_STACK_CRASH, n - 1);
	assert_string_equal(call->function, "no_such_function");
	assert_string_equal(call->file, "");
}

/* Of each entry the line of the call, and what is inlined there before it: somewhere in the function. */
static void call_trace_with_lines(void **state)
{
	char vmlinux[PATH_MAX];
	const char *path = vmlinux;
	struct symbols *symbols;
	uint64_t size = size_of("calling_function");
	bool inlined = false, lines = false;

	(void)state;
	if (!size)
		test_skip("nm does not find the function in this program");
	snprintf(vmlinux, sizeof(vmlinux), "%.4000s/vmlinux-of-test-calls", folder);
	unlink(vmlinux);
	assert_int_equal(symlink(program, vmlinux), 0);
	assert_int_equal(symbols_create(&path, 1, &symbols), 0);
	for (uint64_t offset = 1; offset < size; offset++) {
		struct cr2_log_report report;

		locate_calls(symbols, offset, size, &report);
		expect_calls(&report);
		inlined = inlined || report.calls[0].n == 3;
		lines = lines || cr2_log_report_call(&report, CR2_LOG_STACK_CRASH, 0)->line;
		log_report_finish(&report);
	}
	assert_true(inlined);
	assert_true(lines);
	symbols_destroy(symbols);
	unlink(vmlinux);
}

/* More programs than are kept open at once, again and again. */
static void cache_forgets_the_oldest(void **state)
{
	const char *path = folder;
	struct symbols *symbols;

	(void)state;
	assert_int_equal(symbols_create(&path, 1, &symbols), 0);
	for (int i = 0; i < 100; i++) {
		struct cr2_log_report report;

		crash_at((uintptr_t)crashing_function, &report);
		if (i % 20)
			snprintf(report.object, sizeof(report.object), "no-such-program-%d", i);
		log_locate(symbols, &report);
		assert_int_equal(report.place.match, i % 20 ? CR2_SYMBOL_NO_FILE : CR2_SYMBOL_SAME);
	}
	symbols_destroy(symbols);
	symbols_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_in_the_source),
		cmocka_unit_test(offset_is_worked_out),
		cmocka_unit_test(other_bytes_are_another_program),
		cmocka_unit_test(code_is_read_where_the_log_has_none),
		cmocka_unit_test(names_from_a_log_stay_in_their_folder),
		cmocka_unit_test(kernel_function_by_name_and_size),
		cmocka_unit_test(last_function_of_a_module),
		cmocka_unit_test(call_trace_with_lines),
		cmocka_unit_test(cache_forgets_the_oldest),
	};
	char *slash;

	if (!realpath("/proc/self/exe", program))
		return 1;
	strcpy(folder, program);
	slash = strrchr(folder, '/');
	snprintf(name, sizeof(name), "%.199s", slash + 1);
	*slash = '\0';
	/* So that the compiler keeps it. */
	return crashing_function(&(int){0}) - 1 + calling_function((int[2]){0}) - 2 + cmocka_run_group_tests(tests, NULL, NULL);
}
