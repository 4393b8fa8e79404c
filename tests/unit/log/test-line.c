/* SPDX-License-Identifier: MIT */
/* What dmesg, the journal, syslog daemons and consoles put before a message comes off. */
#include <stdio.h>
#include <string.h>

#include <cr2/base.h>

#include "log/head.h"

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
		/* A level is no name: that of the next line may differ. */
		{"Thu Nov 23 07:35:16 2026 kern.info kernel: [  123.456789] ", "[  123.456789]", false, false},
		{"[   24.600001 <    0.000100>] ", "[   24.600001 <    0.000100>]", false, false},
		{"[   24.600000                ] box kernel: ", "[   24.600000                ]", true, false},
		{"[Sat Nov 28 00:24:27 2026 <    0.009800>] ", "[Sat Nov 28 00:24:27 2026 <    0.009800>]", false,
		 false},
		{"[<    0.000100>] ", "[<    0.000100>]", false, false},
		{"[2026-03-28 22:39:25] [    2.5] ", "[    2.5]", false, false},
		{"[10:52] <nick> [    2.5] ", "[    2.5]", true, false},
		{"Dec 20 04:19:39 192.0.2.7 [24.6] ", "[24.6]", true, false},
		{"Dec 20 04:19:39 192.0.2.7 ", "Dec 20 04:19:39", true, false},
		{"Oct 24 10:52:07 host vm@a[158]: [    0.41] ", "[    0.41]", true, false},
		{"> [    1.1] ", "[    1.1]", false, false},
		{">> > [    1.1] ", "[    1.1]", false, false},
		{"- [    1.1] ", "[    1.1]", false, false},
		{"    * ", "", false, false},
		{" kernel:[    1.1] ", "[    1.1]", false, false},
		{"kernel:", "", false, false},
		{"root@vm:~# [    1.1] ", "[    1.1]", true, false},
		{"kern.log:Nov 23 07:35:16 host kernel: ", "Nov 23 07:35:16", true, false},
		{"kern.log.1-12-[    1.1] ", "[    1.1]", false, false},
		{"[Fr M\xc3\xa4r 26 10:00:00 2021] ", "[Fr M\xc3\xa4r 26 10:00:00 2021]", false, false},
		{"[\xe4\xba\x94 6\xe6\x9c\x88 12 10:00:00 2020] ",
		 "[\xe4\xba\x94 6\xe6\x9c\x88 12 10:00:00 2020]", false, false},
		{"[\xd0\x9f\xd1\x82 \xd0\xb8\xd1\x8e\xd0\xbd 12 10:00:00 2020] ",
		 "[\xd0\x9f\xd1\x82 \xd0\xb8\xd1\x8e\xd0\xbd 12 10:00:00 2020]", false, false},
		{"f\xc3\xa9vr. 23 10:00:00 host kernel: ", "f\xc3\xa9vr. 23 10:00:00", true, false},
		{"\xd0\xbd\xd0\xbe\xd1\x8f 23 10:00:00 host kernel: ", "\xd0\xbd\xd0\xbe\xd1\x8f 23 10:00:00",
		 true, false},
		{"vas. 19 10:00:00 host kernel: ", "vas. 19 10:00:00", true, false},
		{"11\xe6\x9c\x88 23 10:00:00 host kernel: ", "11\xe6\x9c\x88 23 10:00:00", true, false},
		{"2026-03-28T22:39:25.123456789Z stdout F [    1.1] ", "[    1.1]", true, false},
		{"web-1  | [    1.1] ", "[    1.1]", true, false},
		{"192.0.2.7: kern: info: [2026-03-28T22:39:25.123Z]: ", "[2026-03-28T22:39:25.123Z]", true, false},
		{"<4>[    1.1] [c0] ", "[    1.1]", false, true},
		{"[    1.1]  [2:    kworker/2:1:  123] ", "[    1.1]", false, true},
		{"03-28 22:39:25.123     0     0 W         : [    1.1] ", "[    1.1]", false, false},
		{"Nov 23 07:35:16 host kern.info kernel: [  123.456789] ", "[  123.456789]", true, false},
		{"kernel: ", "", false, false},
		{"<4>1 2026-11-23T07:35:16.123456Z host kernel - - - ", "2026-11-23T07:35:16.123456Z", true,
		 false},
		{"<4>1 2026-11-23T07:35:16Z host kernel - - [a@1 b=\"c\"] [  12.5] ", "[  12.5]", true, false},
		{"6,1234,5678901,-;", "6,1234,5678901,-", false, false},
		{"6,1234,5678901,-,caller=T12;", "6,1234,5678901,-,caller=T12", false, true},
		{"2026-03-28T22:39:25.123456789Z stdout F ", "2026-03-28T22:39:25.123456789Z", true, false},
		{"web-1  | ", "", true, false},
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

/* A second record's timestamp begins a message of its own. */
static void records_in_one_line(void **state)
{
	struct log_line line;
	char message[64];

	(void)state;
	log_line_parse(span("[    1.1] PGD a [    1.2][   T7] PUD b [c] "), &line);
	log_copy(line.message, message, sizeof(message));
	assert_string_equal(message, "PGD a");
	assert_true(log_line_next(&line));
	log_copy(line.message, message, sizeof(message));
	assert_string_equal(message, "PUD b [c]");
	assert_true(line.caller != 0);
	assert_false(log_line_next(&line));
}

static void shapes_tell_heads_apart(void **state)
{
	static const struct {
		const char *head, *line, *message;
	} rows[] = {
		{"web-1  | ", "web-1  | RIP: x", "RIP: x"},
		{"web-1  | ", "web-2  | RIP: x", NULL},
		{"web-1  | ", "RIP: x y z", NULL},
		{"12: vm kern.alert ", "13: vm kern.info  RIP: x", "RIP: x"},
		{"vm[7]:", "vm[7]:RIP: x", "RIP: x"},
		{"vm[7]:", "vm[8]:RIP: x", NULL},
		{"", "RIP: x", "RIP: x"},
		{"memory access", "memory x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct log_span line = span(rows[i].line);
		struct log_shape shape;
		char message[64];

		log_shape_take(span(rows[i].head), &shape);
		assert_int_equal(log_shape_skip(&shape, &line), rows[i].message != NULL);
		log_copy(line, message, sizeof(message));
		assert_string_equal(message, rows[i].message ? rows[i].message : rows[i].line);
	}
	assert_true(log_head_is_prose(span("this fixes a ")));
	assert_true(log_head_is_prose(span("Today I got ")));
	assert_true(log_head_is_quotation(span("pr_alert(\"")));
	assert_false(log_head_is_prose(span("web-1  | ")));
	assert_false(log_head_is_prose(span("vm@a[158]: ")));
}

/* What begins like a prefix but is none stays in the message. */
static void messages_are_left_whole(void **state)
{
	static const char *const messages[] = {
		"[drm] ready", "[UFW BLOCK] IN=eth0", "a kernel: of truth", "[c]rash[1]: segfault at 0",
		"<not a level> x", "[T12x] y", "[] z", "May be", "1,2,x;y",
		"#PF: x", "PGD 0 P4D 0", "<TASK>", "? f+0x1/0x2", "[<ffffffff81000000>] f+0x1/0x2",
		"rtc_cmos 00:01: x", "pci 0000:00:1f.2: [8086:2922] type 00", "a: [00:1f.2] b",
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
		cmocka_unit_test(records_in_one_line),
		cmocka_unit_test(shapes_tell_heads_apart),
		cmocka_unit_test(messages_are_left_whole),
		cmocka_unit_test(numbers_are_taken_whole_or_not),
		cmocka_unit_test(copies_are_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
