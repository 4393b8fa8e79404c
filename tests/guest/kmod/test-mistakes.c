/* SPDX-License-Identifier: MIT */
/*
 * What a kernel says when it dies, read with its module's file at hand: the function, the line and
 * what went wrong are those of mistake.c. A stack that is used up is not among them: no kernel survives that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cr2/log.h>

#include "kmod.h"

static const struct mistake {
	const char *name, *function; /* NULL: what ran was no code; the call trace names who went there */
	enum cr2_log_pattern pattern;
} mistakes[] = {
	{"null_read", "null_read", CR2_LOG_PATTERN_NEAR_NULL},
	{"null_write", "null_write", CR2_LOG_PATTERN_NULL},
	{"non_canonical", "non_canonical", CR2_LOG_PATTERN_NON_CANONICAL},
	{"beyond_memory", "beyond_memory", CR2_LOG_PATTERN_UNMAPPED},
	{"write_to_text", "write_to_text", CR2_LOG_PATTERN_WRITE_TO_TEXT},
	{"write_to_rodata", "write_to_rodata", CR2_LOG_PATTERN_WRITE_TO_READONLY},
	{"jump_to_null", NULL, CR2_LOG_PATTERN_JUMP_TO_NULL},
	{"jump_to_data", NULL, CR2_LOG_PATTERN_JUMP_TO_DATA},
};

/* The line that is marked so in mistake.c. */
static uint32_t line_of(const char *name)
{
	FILE *file = fopen(getenv("CR2_MISTAKE"), "r");
	uint32_t line = 0, found = 0;
	char text[256], mark[64];

	assert_non_null(file);
	snprintf(mark, sizeof(mark), "/* here: %s */", name);
	while (fgets(text, sizeof(text), file)) {
		line++;
		if (strstr(text, mark))
			found = line;
	}
	fclose(file);
	assert_true(found);
	return found;
}

static void expect_line(const char *file, uint32_t line, const char *mark)
{
	if (!strstr(file, "mistake.c") || line != line_of(mark))
		fail_msg("%s:%u, not mistake.c:%u", file, line, line_of(mark));
}

/* Who went where no code is. */
static void expect_caller(const struct cr2_log_report *report)
{
	const struct cr2_log_call *call;

	for (size_t i = 0; (call = cr2_log_report_call(report, CR2_LOG_STACK_CRASH, i)); i++)
		if (strcmp(call->function, "jump") == 0)
			break;
	assert_non_null(call);
	assert_string_equal(call->module, "mistake");
	expect_line(call->file, call->line, "jump");
}

static void expect_place(const struct cr2_log_report *report, const struct mistake *mistake)
{
	const struct cr2_symbol_place *place = cr2_log_report_place(report);

	if (!mistake->function) {
		expect_caller(report);
		return;
	}
	assert_string_equal(cr2_log_report_text(report, CR2_LOG_TEXT_FUNCTION), mistake->function);
	assert_string_equal(cr2_log_report_text(report, CR2_LOG_TEXT_MODULE), "mistake");
	expect_line(place->file, place->line, mistake->function);
}

struct expectation {
	const struct mistake *mistake;
	unsigned reports;
};

static int on_report(void *data, const struct cr2_log_report *report)
{
	struct expectation *expectation = data;
	const struct mistake *mistake = expectation->mistake;

	expectation->reports++;
	if (cr2_log_report_pattern(report) != mistake->pattern)
		fail_msg("%s, not %s", cr2_log_pattern_name(cr2_log_report_pattern(report)),
			 cr2_log_pattern_name(mistake->pattern));
	assert_false(cr2_log_report_is(report, CR2_LOG_IS_TRUNCATED));
	assert_string_equal(cr2_log_report_text(report, CR2_LOG_TEXT_COMM), "prime");
	expect_place(report, mistake);
	return 0;
}

static void expect_death(const struct mistake *mistake)
{
	struct expectation expectation = {.mistake = mistake};
	const char *folder = the_modules();
	struct cr2_log_config config = {.size = sizeof(config), .report = on_report, .data = &expectation,
					.paths = &folder, .n_paths = 1};
	struct cr2_log *log;
	struct cr2_text text;

	ask("die %s", mistake->name);
	text = ask_text("log");
	print_message("# %s\n", mistake->name);
	assert_int_equal(cr2_log_create(&config, &log), 0);
	assert_int_equal(cr2_log_feed(log, text.data, text.length), 0);
	assert_int_equal(cr2_log_end(log), 0);
	cr2_log_destroy(log);
	if (expectation.reports != 1)
		fail_msg("%u reports in\n%s", expectation.reports, text.data);
	cr2_text_finish(&text);
}

/* The module stays: those who died in it hold it. */
void test_mistakes(void **state)
{
	(void)state;
	assert_int_equal(ask("write /proc/sys/kernel/panic_on_oops 0"), 0);
	assert_int_equal(ask("write /proc/sys/kernel/printk 1"), 0); /* the console is slow */
	assert_int_equal(ask("load mistake.ko"), 0);
	for (size_t i = 0; i < CR2_ARRAY_SIZE(mistakes); i++)
		expect_death(&mistakes[i]);
}
