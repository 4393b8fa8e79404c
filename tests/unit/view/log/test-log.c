/* SPDX-License-Identifier: MIT */
/* Crash reports as people and programs get them, from the logs of real kernels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cr2/view_log.h>

#include "log/report.h"

#include "../../test.h"
#include "../../log/collect.h"
#include "../golden.h"

struct wanted {
	unsigned nth; /* report of the file, from 0 */
	struct cr2_log_report report;
	unsigned seen;
};

/* Reports end with their log: copies are kept, and freed when the tests end. */
static struct cr2_log_report kept[64];
static size_t n_kept;

static int finish_kept(void **state)
{
	(void)state;
	while (n_kept)
		log_report_finish(&kept[--n_kept]);
	return 0;
}

static int keep_nth(void *data, const struct cr2_log_report *report)
{
	struct wanted *wanted = data;

	if (wanted->seen++ != wanted->nth)
		return 0;
	assert_true(n_kept < CR2_ARRAY_SIZE(kept));
	copy_report(report, &kept[n_kept]);
	wanted->report = kept[n_kept++];
	return 0;
}

static void read_report(const char *text, size_t n, unsigned nth, struct cr2_log_report *ret)
{
	struct wanted wanted = {.nth = nth};
	struct cr2_log_config config = {.size = sizeof(config), .report = keep_nth, .data = &wanted, .no_symbols = true};
	struct cr2_log *log;

	assert_int_equal(cr2_log_create(&config, &log), 0);
	assert_int_equal(cr2_log_feed(log, text, n), 0);
	assert_int_equal(cr2_log_end(log), 0);
	cr2_log_destroy(log);
	assert_true(wanted.seen > nth);
	*ret = wanted.report;
}

static void load(const char *name, unsigned nth, struct cr2_log_report *ret)
{
	char path[512], text[65536];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/../data/log/%s", getenv("CR2_TEST_SOURCE"), name);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text), file);
	fclose(file);
	read_report(text, n, nth, ret);
}

static void expect(const char *name, const struct cr2_log_report *report)
{
	static const unsigned widths[] = {80, 100};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(widths); i++) {
		struct cr2_style style = {.width = widths[i]};
		struct cr2_text plain = {0}, coloured = {0};
		char golden[64];

		assert_int_equal(cr2_view_log(report, "dmesg.txt", &style, &plain), 0);
		style.colour = true;
		assert_int_equal(cr2_view_log(report, "dmesg.txt", &style, &coloured), 0);
		snprintf(golden, sizeof(golden), "log-%s-%u", name, widths[i]);
		assert_golden(golden, &plain);
		assert_fits(&plain, widths[i]);
		assert_same_without_colour(&coloured, &plain);
		cr2_text_finish(&plain);
		cr2_text_finish(&coloured);
	}
}

static void program_without_its_file(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-6.18.txt", 2, &report);
	expect("near-null", &report);
}

static void program_with_its_file(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-6.18.txt", 8, &report);
	report.pattern = CR2_LOG_PATTERN_WRITE_TO_READONLY;
	report.place = (struct cr2_symbol_place){
		.match = CR2_SYMBOL_SAME, .path = "/usr/bin/crash", .has_address = true, .address = 0x12ea,
		.symbol = "main", .symbol_offset = 0xe3, .file = "/src/crash.c", .line = 27,
		.data_known = true, .data_symbol = "text", .data_section = ".rodata",
	};
	expect("readonly", &report);
}

static void program_of_an_older_kernel(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-5.10.txt", 1, &report);
	expect("older", &report);
	load("linux-5.10.txt", 3, &report);
	expect("wrong-object", &report);
}

static void address_beyond_user_space(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-6.18.txt", 12, &report);
	expect("kernel-address", &report);
}

static void trap_whose_cause_the_log_does_not_prove(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-6.12.txt", 10, &report);
	expect("trap", &report);
}

static void kernel_pages(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-6.12.txt", 19 + 9, &report);
	expect("oops-text", &report);
	load("linux-4.4.txt", 19 + 1, &report);
	expect("oops-near-null", &report);
	load("linux-6.12.txt", 19 + 13, &report);
	expect("oops-error-pointer", &report);
	load("linux-6.12.txt", 19 + 16, &report);
	expect("oops-one-bit", &report);
}

static void kernel_protection(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-5.10.txt", 19 + 4, &report);
	expect("oops-poison", &report);
	load("linux-6.12.txt", 19 + 6, &report);
	expect("oops-letters", &report);
}

static void kernel_stack(void **state)
{
	struct cr2_log_report report;

	(void)state;
	load("linux-6.1.txt", 19 + 17, &report);
	expect("oops-stack", &report);
}

/* A log may hold anything: no escape sequence of its reaches the terminal. */
static void names_cannot_drive_the_terminal(void **state)
{
	static const char line[] = "a\033[2J\xff[1]: segfault at 0 ip 000055d0c0de1139 sp 00007ffd00003a10 "
				   "error 4 in b\033]0;x\007[55d0c0de1000+1000]\n";
	const struct cr2_style style = {.width = 100};
	struct cr2_log_report report;
	struct cr2_text text = {0};

	(void)state;
	read_report(line, strlen(line), 0, &report);
	assert_int_equal(cr2_view_log(&report, "\033c", &style, &text), 0);
	assert_null(strchr(text.data, '\033'));
	assert_null(strchr(text.data, '\007'));
	assert_non_null(strstr(text.data, "a\\x1b[2J\\xff"));
	cr2_text_finish(&text);
}

static json_t *json_of(const struct cr2_log_report *report)
{
	struct cr2_text text = {0};
	json_t *json;

	assert_int_equal(cr2_view_log_json(report, "dmesg.txt", &text), 0);
	assert_ptr_equal(strchr(text.data, '\n'), text.data + text.length - 1);
	json = json_loads(text.data, 0, NULL);
	assert_non_null(json);
	cr2_text_finish(&text);
	return json;
}

static void expect_text(json_t *json, const char *key, const char *value)
{
	const char *seen = json_string_value(json_object_get(json, key));

	if (!seen)
		print_error("%s is missing\n", key);
	assert_non_null(seen);
	assert_string_equal(seen, value);
}

static void json_of_a_segfault(void **state)
{
	struct cr2_log_report report;
	json_t *json;

	(void)state;
	load("linux-6.18.txt", 2, &report);
	json = json_of(&report);
	expect_text(json, "kind", "segfault");
	expect_text(json, "comm", "a: [b] near");
	assert_int_equal(json_integer_value(json_object_get(json, "pid")), report.pid);
	expect_text(json, "addr", "0x18");
	expect_text(json, "error", "0x6");
	expect_text(json, "access", "write");
	expect_text(json, "mode", "user");
	assert_true(json_is_false(json_object_get(json, "present")));
	expect_text(json, "object", "crash");
	expect_text(json, "object_offset", "0x11b7");
	expect_text(json, "mapping_offset", "0x1b7");
	expect_text(json, "instruction", "mov dword ptr [rax + 0x18], 7");
	expect_text(json, "operand", "[rax + 0x18]");
	expect_text(json, "register", "rax");
	expect_text(json, "register_value", "0x0");
	assert_true(json_is_true(json_object_get(json, "register_inferred")));
	expect_text(json, "pattern", "near_null");
	assert_true(json_is_string(json_object_get(json, "ip")));
	assert_true(json_is_string(json_object_get(json, "sp")));
	assert_true(json_is_string(json_object_get(json, "object_start")));
	json_decref(json);
}

static void json_of_an_oops(void **state)
{
	struct cr2_log_report report;
	json_t *json, *entries, *flags;

	(void)state;
	load("linux-6.12.txt", 19 + 9, &report);
	json = json_of(&report);
	expect_text(json, "kind", "oops");
	expect_text(json, "function", "put");
	expect_text(json, "module", "crash");
	expect_text(json, "mode", "kernel");
	assert_true(json_is_true(json_object_get(json, "present")));
	expect_text(json, "pattern", "write_to_text");
	expect_text(json, "refused_by", "pmd");
	entries = json_object_get(json, "entries");
	assert_int_equal(json_object_size(entries), 4);
	flags = json_object_get(json_object_get(entries, "pmd"), "flags");
	assert_string_equal(json_string_value(json_array_get(flags, 0)), "present");
	json_decref(json);
}

/* What a log does not hold is null, not left out, and never a zero that looks like a fact. */
static void json_of_what_is_not_known(void **state)
{
	static const char *const keys[] = {"addr", "access", "present", "object", "object_start",
					   "object_offset", "instruction"};
	struct cr2_log_report report;
	json_t *json, *finding;

	(void)state;
	load("linux-6.12.txt", 6, &report); /* a call of 0x4141414141414141 */
	json = json_of(&report);
	expect_text(json, "kind", "trap");
	for (size_t i = 0; i < CR2_ARRAY_SIZE(keys); i++) {
		if (!json_is_null(json_object_get(json, keys[i])))
			print_error("%s is not null\n", keys[i]);
		assert_true(json_is_null(json_object_get(json, keys[i])));
	}
	finding = json_array_get(json_object_get(json, "findings"), 0);
	expect_text(finding, "finding", "letters");
	expect_text(finding, "certainty", "likely");
	expect_text(finding, "text", "AAAAAAAA");
	assert_true(json_is_null(json_object_get(finding, "bit")));
	json_decref(json);
}

static const char call[] =
	" a-5 [000] ..... 3.1: fault_return: PID=6 addr=0x7f0000001000 flags=0x1255 "
	"vma=[0x7f0000000000-0x7f0000004000] ret=0x0 time=812ns\n";

static void call_in_a_trace(void **state)
{
	const struct cr2_style style = {.width = 100};
	struct cr2_log_report report;
	struct cr2_text text = {0};
	json_t *json, *mapping;

	(void)state;
	read_report(call, strlen(call), 0, &report);
	assert_int_equal(cr2_view_log(&report, NULL, &style, &text), 0);
	assert_string_equal(text.data, "fault_return of a[6]\n"
		"  mapping      [0x7f0000000000, 0x7f0000004000): 0x7f0000001000 is inside it\n"
		"  fault flags  0x1255 = WRITE|ALLOW_RETRY|KILLABLE|USER|INTERRUPTIBLE|VMA_LOCK\n"
		"  returned     0x0 = none\n"
		"  after        812 ns\n\n");
	cr2_text_finish(&text);
	json = json_of(&report);
	expect_text(json, "cause", "fault_return");
	expect_text(json, "fault_flags", "0x1255");
	assert_int_equal(json_integer_value(json_object_get(json, "duration_ns")), 812);
	mapping = json_object_get(json, "mapping");
	expect_text(mapping, "start", "0x7f0000000000");
	expect_text(mapping, "end", "0x7f0000004000");
	json_decref(json);
}

static void expect_keys(json_t *these, json_t *those)
{
	const char *key;
	json_t *value;

	json_object_foreach(these, key, value) {
		if (!json_object_get(those, key))
			print_error("%s is missing\n", key);
		assert_non_null(json_object_get(those, key));
	}
}

/* Whatever was reported: a program finds each key, and null where it is not known. */
static void every_report_has_the_same_keys(void **state)
{
	static const unsigned nths[] = {0, 6, 14, 19, 19 + 4, 19 + 17};
	struct cr2_log_report report;
	json_t *first, *json;

	(void)state;
	read_report(call, strlen(call), 0, &report);
	first = json_of(&report);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(nths); i++) {
		load("linux-6.12.txt", nths[i], &report);
		json = json_of(&report);
		expect_keys(first, json);
		expect_keys(json, first);
		json_decref(json);
	}
	json_decref(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_without_its_file),
		cmocka_unit_test(program_with_its_file),
		cmocka_unit_test(program_of_an_older_kernel),
		cmocka_unit_test(address_beyond_user_space),
		cmocka_unit_test(trap_whose_cause_the_log_does_not_prove),
		cmocka_unit_test(kernel_pages),
		cmocka_unit_test(kernel_protection),
		cmocka_unit_test(kernel_stack),
		cmocka_unit_test(names_cannot_drive_the_terminal),
		cmocka_unit_test(json_of_a_segfault),
		cmocka_unit_test(json_of_an_oops),
		cmocka_unit_test(json_of_what_is_not_known),
		cmocka_unit_test(call_in_a_trace),
		cmocka_unit_test(every_report_has_the_same_keys),
	};

	return cmocka_run_group_tests(tests, NULL, finish_kept);
}
