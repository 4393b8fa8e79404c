/* SPDX-License-Identifier: MIT */
/* What dmesg, the journal, syslog daemons and consoles put before a message comes off. */
#include <stdio.h>
#include <string.h>

#include <cr2/base.h>

#include "log/line.h"

#include "../test.h"

#define MESSAGE "a b[c[1]: segfault at 0"

static struct log_span span(const char *text)
{
	return (struct log_span){text, text + strlen(text)};
}

static void every_prefix_comes_off(void **state)
{
	static const struct {
		const char *prefix, *when;
		bool source, caller;
	} rows[] = {
		{"", "", false, false},
		{"[  123.456789] ", "[  123.456789]", false, false},
		{"[1234567.000001] ", "[1234567.000001]", false, false},
		{"[    3.141592][ T1234] ", "[    3.141592]", false, true},
		{"[    3.141592] [T1234] ", "[    3.141592]", false, true},
		{"[    3.141592][    C1] ", "[    3.141592]", false, true},
		{"<6>[  123.456789] ", "[  123.456789]", false, false},
		{"<6>", "", false, false},
		{"kern  :info  : [  123.456789] ", "[  123.456789]", false, false},
		{"[Thu Nov 23 07:35:16 2026] ", "[Thu Nov 23 07:35:16 2026]", false, false},
		{"[Nov23 07:35] ", "[Nov23 07:35]", false, false},
		{"[  +0.000012] ", "[  +0.000012]", false, false},
		{"2026-11-23T07:35:16,123456+00:00 ", "2026-11-23T07:35:16,123456+00:00", false, false},
		{"Nov 23 07:35:16 host kernel: ", "Nov 23 07:35:16", true, false},
		{"Nov  3 07:35:16 host kernel: [  123.456789] ", "[  123.456789]", true, false},
		{"Nov 23 07:35:16 host.example.org kernel: [  1.5][   T77] ", "[  1.5]", true, true},
		{"Thu 2026-11-23 07:35:16 UTC host kernel: ", "Thu 2026-11-23 07:35:16 UTC", true, false},
		{"2026-11-23T07:35:16+0100 host kernel: ", "2026-11-23T07:35:16+0100", true, false},
		{"2026-11-23T07:35:16.123456+01:00 host kernel: [  123.456789] ", "[  123.456789]", true,
		 false},
		{"2026-11-23 07:35:16 host kernel: ", "2026-11-23 07:35:16", true, false},
		{"1700721316.123456 host kernel: ", "1700721316.123456", true, false},
		{"[  123.456789] host kernel: ", "[  123.456789]", true, false},
		{"Thu Nov 23 07:35:16 2026 kern.info kernel: [  123.456789] ", "[  123.456789]", true, false},
		{"Nov 23 07:35:16 host kern.info kernel: [  123.456789] ", "[  123.456789]", true, false},
		{"kernel: ", "", false, false},
		{"<4>1 2026-11-23T07:35:16.123456Z host kernel - - - ", "2026-11-23T07:35:16.123456Z", true,
		 false},
		{"<4>1 2026-11-23T07:35:16Z host kernel - - [a@1 b=\"c\"] [  12.5] ", "[  12.5]", true, false},
		{"6,1234,5678901,-;", "6,1234,5678901,-", false, false},
		{"6,1234,5678901,-,caller=T12;", "6,1234,5678901,-,caller=T12", false, true},
		{"MESSAGE=", "", false, false},
		{"    MESSAGE=", "", false, false},
		{"{\"PRIORITY\":\"6\",\"MESSAGE\":\"", "", false, false},
		{"\t\"MESSAGE\" : \"", "", false, false},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		char text[256], message[256], when[64];
		struct log_line line;

		snprintf(text, sizeof(text), "%s%s\r", rows[i].prefix, MESSAGE);
		log_line_parse(span(text), &line);
		log_copy(line.message, message, sizeof(message));
		log_copy(line.when, when, sizeof(when));
		if (strcmp(message, MESSAGE) || strcmp(when, rows[i].when))
			print_error("%s\n", text);
		assert_string_equal(message, MESSAGE);
		assert_string_equal(when, rows[i].when);
		assert_int_equal(line.source != 0, rows[i].source);
		assert_int_equal(line.caller != 0, rows[i].caller);
	}
}

static void callers_and_hosts_are_told_apart(void **state)
{
	struct log_line a, b, c;

	(void)state;
	log_line_parse(span("Nov 23 07:35:16 one kernel: [  1.0][  T1] x"), &a);
	log_line_parse(span("Nov 23 07:35:17 one kernel: [  2.0][ T1] y"), &b);
	log_line_parse(span("Nov 23 07:35:17 two kernel: [  2.0][    C1] y"), &c);
	assert_true(a.source == b.source && a.caller == b.caller);
	assert_true(a.source != c.source && a.caller != c.caller);
}

/* What begins like a prefix but is none stays in the message. */
static void messages_are_left_whole(void **state)
{
	static const char *const messages[] = {
		"[drm] ready", "[UFW BLOCK] IN=eth0", "a kernel: of truth", "[c]rash[1]: segfault at 0",
		"<not a level> x", "[T12x] y", "[] z", "May be", "1,2,x;y",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(messages); i++) {
		char text[128], message[128];
		struct log_line line;

		snprintf(text, sizeof(text), "[  123.456789] %s", messages[i]);
		log_line_parse(span(text), &line);
		log_copy(line.message, message, sizeof(message));
		assert_string_equal(message, strcmp(messages[i], "a kernel: of truth") ? messages[i] :
					     "of truth");
	}
}

static void numbers_are_taken_whole_or_not(void **state)
{
	struct log_span rest = span("ffff888112340000 x");
	uint64_t value = 0;

	(void)state;
	assert_true(log_take_hex(&rest, &value));
	assert_true(value == 0xffff888112340000);
	assert_int_equal(*rest.start, ' ');
	rest = span("12345678901234567"); /* 17 digits */
	assert_false(log_take_hex(&rest, &value));
	rest = span("(null)");
	assert_true(log_take_hex(&rest, &value));
	assert_true(value == 0);
	rest = span("xyz");
	assert_false(log_take_hex(&rest, &value));
	assert_int_equal(*rest.start, 'x');
}

static void copies_are_printable(void **state)
{
	char text[32];

	(void)state;
	log_copy(span("a\x1b[1m\xc3\xa4\xff\t"), text, sizeof(text));
	assert_string_equal(text, "a\\x1b[1m\xc3\xa4\\xff\\x09");
	log_copy(span("\xc2\x9b\xed\xa0\x80"), text, sizeof(text)); /* C1 control, surrogate */
	assert_string_equal(text, "\\xc2\\x9b\\xed\\xa0\\x80");
	log_copy(span("0123456789"), text, 5);
	assert_string_equal(text, "0123");
	log_copy(span("012\xc3\xa4"), text, 5); /* no half characters */
	assert_string_equal(text, "012");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix_comes_off),
		cmocka_unit_test(callers_and_hosts_are_told_apart),
		cmocka_unit_test(messages_are_left_whole),
		cmocka_unit_test(numbers_are_taken_whole_or_not),
		cmocka_unit_test(copies_are_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
