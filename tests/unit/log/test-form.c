/* SPDX-License-Identifier: MIT */
/* Messages are taken out of records of data formats, and markup off them. */
#include <string.h>

#include <cr2/base.h>

#include "log/form.h"

#include "../test.h"

static void read_line(struct log_forms *forms, const char *line, size_t n, struct log_plain *ret_plain)
{
	assert_int_equal(log_form_read(forms, (struct log_span){line, line + n}, ret_plain), 0);
}

static void assert_span(struct log_span span, const char *text)
{
	char copy[256];

	log_copy(span, copy, sizeof(copy));
	assert_string_equal(copy, text);
}

static void messages_come_out(void **state)
{
	static const struct {
		const char *line, *text, *when, *host;
	} rows[] = {
		{"[  1.1] BUG: x", "[  1.1] BUG: x", "", ""},
		{"[  1.1] BUG: x\r", "[  1.1] BUG: x", "", ""},
		/* journalctl -o json, json-sse, json-seq, json-pretty, export, verbose */
		{"{\"_HOSTNAME\":\"box\",\"MESSAGE\":\"BUG: \\u003c48\\u003e\",\"PRIORITY\":\"4\",\"__REALTIME_TIMESTAMP\":\"17\"}",
		 "BUG: <48>", "17", "box"},
		{"data: {\"MESSAGE\":\"BUG: x\"}", "BUG: x", "", ""},
		{"\x1e{\"MESSAGE\":\"BUG: x\"}", "BUG: x", "", ""},
		{"{\"MESSAGE\":[27,91,51,49,109,66,85,71,27,91,48,109]}", "BUG", "", ""},
		{"{\"MESSAGE\":[\"BUG\",\"other\"]}", "BUG", "", ""},
		{"\t\"MESSAGE\" : \"BUG: \\\"x\\\"\",", "BUG: \"x\"", "", ""},
		{"MESSAGE=BUG: x", "BUG: x", "", ""},
		{"    MESSAGE=BUG: x", "BUG: x", "", ""},
		/* dmesg -J */
		{"         \"msg\": \"BUG: x\"", "BUG: x", "", ""},
		/* Containers, and the services that collect their logs */
		{"{\"log\":\"[  1.1] BUG: x\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-28T22:39:25Z\"}",
		 "[  1.1] BUG: x\\x0a", "2026-03-28T22:39:25Z", ""},
		{"{\"insertId\":\"a\",\"textPayload\":\"BUG: x\",\"timestamp\":\"t\"}", "BUG: x", "t", ""},
		{"{\"jsonPayload\":{\"message\":\"BUG: x\",\"hostname\":\"box\"}}", "BUG: x", "", "box"},
		{"2026-03-28T22:39:25Z stdout F {\"level\":\"info\",\"msg\":\"BUG: x\"}", "BUG: x", "", ""},
		/* An object that was cut */
		{"{\"PRIORITY\":\"4\",\"MESSAGE\":\"BUG: \\u003c48", "BUG: <48", "", ""},
		{"{\"PRIORITY\":\"4\",\"MESSAGE\":\"BUG: x\",\"_HO", "BUG: x", "", ""},
		/* Objects that hold no message */
		{"{\"a\":1} BUG: x", "{\"a\":1} BUG: x", "", ""},
		{"{{{{\"", "{{{{\"", "", ""},
		/* Markup */
		{"\x1b[32m[   24.6] \x1b[0m\x1b[33mBUG: \x1b[0m\x1b[7m\x1b[31mx\x1b[0m", "[   24.6] BUG: x", "", ""},
		{"^[[32m[   24.6] ^[[0mBUG: x", "[   24.6] BUG: x", "", ""},
		{"#033[32mBUG: x#033[0m", "BUG: x", "", ""},
		{"\x1b[?2004l\rBUG: x", "\\x0dBUG: x", "", ""},
		{"\x1b[2Jx", "\\x1b[2Jx", "", ""},
		{"\xef\xbb\xbf[  1.1] BUG: x", "[  1.1] BUG: x", "", ""},
		{"\xc2\xa0" "BUG:\xc2\xa0x\xe2\x80\x8b", " BUG: x", "", ""},
		{"Code: &lt;48&gt; &#60;0f&#x3e; &amp;&nbsp;.", "Code: <48> <0f> & .", "", ""},
		{"<li><span class=\"a\">Code: &lt;48&gt;</span></li>", "Code: <48>\\x0a", "", ""},
		{"Code: <48> <c3> <TASK> <signal handler called> Vec<u8> </x> <br", "Code: <48> <c3> <TASK> "
		 "<signal handler called> Vec<u8> </x> <br", "", ""},
		{"BUG:&nbsp;unable&#160;to&#xa0;handle&#xA0;x", "BUG: unable to handle x", "", ""},
		/* Links, a window's title */
		{"in \x1b]8;;file://box/usr/bin/a\x1b\\a\x1b]8;;\x1b\\[1+2]", "in a[1+2]", "", ""},
		{"in \x1b]8;id=1;http://x/y\x07" "a\x1b]8;;\x07[1+2]", "in a[1+2]", "", ""},
		{"in ^[]8;;http://x/y^[\\a^[]8;;^G[1+2]", "in a[1+2]", "", ""},
		{"\x1b]0;root@box: ~\x07root@box:~# BUG: x", "root@box:~# BUG: x", "", ""},
		{"\x1b]8;;never ends", "\\x1b]8;;never ends", "", ""},
		/* grep --color marks in the midst of words */
		{"seg\x1b[01;31m\x1b[Kfault\x1b[m\x1b[K at 0", "segfault at 0", "", ""},
		/* cat -v and cat -A */
		{"^[[32m[   24.6] ^[[0mBUG:^Ix^M$", "[   24.6] BUG:\\x09x", "", ""},
		{"PMD 0 $", "PMD 0 ", "", ""},
		{"[Fr M-CM-$r 26] M-BM- BUG:M-BM- xM-bM-^@M-^K", "[Fr \xc3\xa4r 26]  BUG: x", "", ""},
		{"M- M-x M-C x MM-- 5 $ 6", "M- M-x M-C x MM-- 5 $ 6", "", ""},
		{"Code: \\u003c48\\u003e", "Code: <48>", "", ""},
		{"Code: \\<48> ext4\\_x \\[1.5\\]", "Code: <48> ext4_x [1.5]", "", ""},
		{"M\xc3\xa4r. & #PF: \\x0a &x; &#1; ^ \\", "M\xc3\xa4r. & #PF: \\x0a &x; &#1; ^ \\", "", ""},
	};
	struct log_forms forms = {0};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct log_plain plain;

		read_line(&forms, rows[i].line, strlen(rows[i].line), &plain);
		assert_span(plain.text, rows[i].text);
		assert_span(plain.when, rows[i].when);
		assert_span(plain.host, rows[i].host);
		assert_false(plain.frame);
	}
	log_forms_finish(&forms);
}

static void frames_hold_no_message(void **state)
{
	static const char *const frames[] = {
		"", "   ", "{", "      },{", "   ]", "         \"pri\": 6,", "   \"dmesg\": [", "_PID=77", "PRIORITY=4",
		"__REALTIME_TIMESTAMP=1790000000000000", "    _HOSTNAME=box", "MESSAGE", "{}",
		"Mon 2026-09-21 14:13:20.000000 UTC [s=8c71;i=1;b=6f;m=17;t=65;x=be]",
	};
	static const char *const others[] = {"RIP: x", "RAX: 0", "MESSAGE x", "a=b", "PC=0x48a1f7 m=0", "\"RIP: x\"", "---[ end"};
	struct log_forms forms = {0};
	struct log_plain plain;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(frames); i++) {
		read_line(&forms, frames[i], strlen(frames[i]), &plain);
		assert_true(plain.frame);
	}
	for (size_t i = 0; i < CR2_ARRAY_SIZE(others); i++) {
		read_line(&forms, others[i], strlen(others[i]), &plain);
		assert_false(plain.frame);
	}
	log_forms_finish(&forms);
}

/* As export has a field that is no text: its length in eight bytes, on a line of its own. */
static void lengths_of_binary_fields_come_off(void **state)
{
	static const char line[] = "\x2e\0\0\0\0\0\0\0\x1b[31mCode: 0f\x1b[0m";
	struct log_forms forms = {0};
	struct log_plain plain;

	(void)state;
	read_line(&forms, line, sizeof(line) - 1, &plain);
	assert_span(plain.text, "Code: 0f");
	/* 266: its lowest byte is a newline. */
	read_line(&forms, "\x01\0\0\0\0\0\0Code: 0f", 15, &plain);
	assert_span(plain.text, "Code: 0f");
	log_forms_finish(&forms);
}

static void arrays_with_a_line_for_each_byte(void **state)
{
	static const char *const lines[] = {"\t\"MESSAGE\" : [", "\t\t66,", "\t\t85,", "\t\t71"};
	struct log_forms forms = {0};
	struct log_plain plain;

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(lines); i++) {
		read_line(&forms, lines[i], strlen(lines[i]), &plain);
		assert_true(plain.frame && forms.in_array);
		/* A number is no rest of a line that was broken. */
		if (i)
			assert_span(plain.text, "");
	}
	read_line(&forms, "\t],", 3, &plain);
	assert_span(plain.text, "BUG");
	assert_false(plain.frame || forms.in_array);
	/* What is no number ends it, too. */
	read_line(&forms, lines[0], strlen(lines[0]), &plain);
	read_line(&forms, "BUG: x", 6, &plain);
	assert_false(forms.in_array);
	log_forms_finish(&forms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_out),
		cmocka_unit_test(frames_hold_no_message),
		cmocka_unit_test(lengths_of_binary_fields_come_off),
		cmocka_unit_test(arrays_with_a_line_for_each_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
