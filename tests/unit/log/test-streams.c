/* SPDX-License-Identifier: MIT */
/*
 * The same crashes as tools, mails and machines show them: whatever stands before their lines
 * and however they are written, the same is known of them. The forms of dmesg and journalctl
 * are those of util-linux 2.38 and systemd 252.
 */
#include <stdio.h>

#include <jansson.h>

#include "collect.h"

static const char *const oops[] = {
	"BUG: kernel NULL pointer dereference, address: 0000000000000018",
	"#PF: supervisor read access in kernel mode",
	"#PF: error_code(0x0000) - not-present page",
	"PGD 800000000d0e5067 P4D 800000000d0e5067 PUD d0e6067 PMD 0 ",
	"Oops: 0000 [#1] PREEMPT SMP PTI",
	"CPU: 1 PID: 42 Comm: a name Not tainted 6.1.0 #1",
	"RIP: 0010:func+0x24/0x90 [mod]",
	"Code: 90 90 90 90 90 90 90 90 <48> 8b 47 18 c3 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90",
	"RSP: 0018:ffffc90000103e58 EFLAGS: 00010246",
	"RAX: 0000000000000001 RBX: 0000000000000002 RCX: 0000000000000003",
	"RDX: 0000000000000004 RSI: 0000000000000005 RDI: 0000000000000000",
	"CR2: 0000000000000018 CR3: 000000001d869000 CR4: 00000000003406f0",
	"Call Trace:",
	" <TASK>",
	" caller+0x1/0x20",
	"---[ end trace 0000000000000000 ]---",
};
/* What another stream prints in between. */
static const char *const other[] = {
	"RIP: 0010:other+0x1/0x2", "CPU: 3 PID: 7 Comm: other Not tainted 5.4.0 #1", "x",
	"RAX: 0000000000000bad RBX: 0000000000000bad RCX: 0000000000000bad", "PGD bad P4D bad",
	"Code: 90 <0f> 0b 90 90 90 90 90 90 90 90 90 90 90 90 90 90",
};
static const char *const program[] = {
	"my prog[123]: segfault at 8 ip 0000000000401136 sp 00007ffd3a10aaa0 error 4 in prog[401000+1000]",
	"Code: 90 90 90 90 90 90 90 90 <8b> 40 08 c3 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90 90",
};

static void assert_oops(const struct cr2_log_report *report, const char *name)
{
	const struct cr2_log_call *call = cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 0);
	bool right = report->kind == CR2_LOG_OOPS && (report->has & LOG_HAS_ADDR) && report->addr == 0x18 &&
		     report->error == 0 && strcmp(report->comm, "a name") == 0 && report->pid == 42 &&
		     report->cpu == 1 && strcmp(report->function, "func") == 0 &&
		     strcmp(report->module, "mod") == 0 && report->function_offset == 0x24 &&
		     strcmp(report->insn.text, "mov rax, qword ptr [rdi + 0x18]") == 0 &&
		     report->entries[CR2_LEVEL_PUD] == 0xd0e6067 && report->registers[CR2_REGISTER_AX] == 1 &&
		     report->registers[CR2_REGISTER_SI] == 5 && report->cr4 == 0x3406f0 &&
		     call && strcmp(call->function, "caller") == 0 && strcmp(call->stack, "TASK") == 0 &&
		     !cr2_log_report_call(report, CR2_LOG_STACK_CRASH, 1) &&
		     !report->truncated && !report->interleaved;

	if (!right)
		print_error("%s: %s[%u] %s+%#lx %s rax=%#lx%s%s\n", name, report->comm, report->pid, report->function,
			    (unsigned long)report->function_offset, report->insn.text,
			    (unsigned long)report->registers[CR2_REGISTER_AX],
			    report->truncated ? " truncated" : "", report->interleaved ? " interleaved" : "");
	assert_true(right);
}

static void assert_program(const struct cr2_log_report *report, const char *name)
{
	bool right = report->kind == CR2_LOG_SEGFAULT && report->addr == 8 && report->ip == 0x401136 &&
		     report->error == 4 && strcmp(report->comm, "my prog") == 0 && report->pid == 123 &&
		     strcmp(report->object, "prog") == 0 &&
		     strcmp(report->insn.text, "mov eax, dword ptr [rax + 8]") == 0;

	if (!right)
		print_error("%s: '%s'[%u] %s\n", name, report->comm, report->pid, report->insn.text);
	assert_true(right);
}

/* head: a '#' in it is a digit of the time that goes on. */
static void append_head(struct cr2_text *text, const char *head, unsigned i)
{
	for (; *head; head++) {
		char c = *head == '\x01' ? (char)('0' + i % 10) : *head;

		assert_int_equal(cr2_text_append_n(text, &c, 1), 0);
	}
}

#define N "\x01" /* a digit that differs from line to line */

static const struct head {
	const char *name, *head;
	const char *other; /* of lines of another stream in between; NULL: none */
} heads[] = {
	{"none", "", NULL},
	{"dmesg", "[   24.60000" N "] ", NULL},
	{"dmesg -x", "kern  :alert : [   24.60000" N "] ", NULL},
	{"dmesg -T", "[Sat Nov 28 00:24:2" N " 2026] ", NULL},
	{"dmesg -d", "[   24.600001 <    0.00010" N ">] ", NULL},
	{"dmesg -dT", "[Sat Nov 28 00:24:2" N " 2026 <    0.000100>] ", NULL},
	{"dmesg --time-format=delta", "[<    0.00010" N ">] ", NULL},
	{"dmesg --time-format=reltime", "[  +0.00010" N "] ", NULL},
	{"dmesg --time-format=iso", "2026-11-28T00:24:27,60000" N "+00:00 ", NULL},
	{"dmesg -r", "<1>[   24.60000" N "] ", NULL},
	{"dmesg --color", "\x1b[32m[   24.60000" N "] \x1b[0m\x1b[33m", NULL},
	{"dmesg --color -x", "kern  :warn  : \x1b[32m[Sat Nov 28 00:24:2" N " 2026] \x1b[0m", NULL},
	{"journalctl", "Sep 21 14:13:2" N " box kernel: ", "Sep 21 14:13:2" N " fox kernel: "},
	{"journalctl -o short-full", "Mon 2026-09-21 14:13:2" N " UTC box kernel: ",
	 "Mon 2026-09-21 14:13:2" N " UTC fox kernel: "},
	{"journalctl -o short-iso", "2026-09-21T14:13:2" N "+0000 box kernel: ",
	 "2026-09-21T14:13:2" N "+0000 fox kernel: "},
	{"journalctl -o short-monotonic", "[   24.60000" N "] box kernel: ", "[   24.60000" N "] fox kernel: "},
	{"journalctl -o short-delta", "[   24.601000 <    0.00100" N " >] box kernel: ",
	 "[   24.601000 <    0.00100" N " >] fox kernel: "},
	{"journalctl -o short-unix", "179000000" N ".000000 box kernel: ", "179000000" N ".000000 fox kernel: "},
	{"journalctl -o export", "_HOSTNAME=box\nMESSAGE=", NULL},
	{"an address instead of kernel:", "Dec 20 04:19:3" N " 192.0.2.7 [24." N "] ",
	 "Dec 20 04:19:3" N " 192.0.2.8 [24." N "] "},
	{"a host instead of kernel:", "Dec 20 04:19:3" N " box [24." N "] ", "Dec 20 04:19:3" N " fox [24." N "] "},
	{"two brackets", "[2026-03-28 22:39:2" N "] [    2." N "] ", NULL},
	{"a guest's console", "Oct 24 10:52:0" N " host vm@a[158]: [    0.4" N "] ",
	 "Oct 24 10:52:0" N " host vm@b[159]: [    0.4" N "] "},
	{"a guest's console beside its host", "Oct 24 10:52:0" N " host vm@a[158]: [    0.4" N "] ",
	 "Oct 24 10:52:0" N " host kernel: "},
	{"a mail", "> [    1." N "] ", NULL},
	{"a mail of mails", "> > >> [    1." N "] ", NULL},
	{"a list", "- [    1." N "] ", NULL},
	{"a comment", " * ", NULL},
	{"an indent", "\t    [    1." N "] ", NULL},
	{"a chat", "[10:52] <nick> [    1." N "] ", "[10:52] <mick> [    1." N "] "},
	{"a chat with blanks", "12:0" N " < nick> [    1." N "] ", NULL},
	{"netconsole's receiver", "192.0.2.9:6666 [    1." N "] ", NULL},
	{"wall", " kernel:[    1." N "] ", NULL},
	{"wall without times", "kernel:", NULL},
	{"grep", "kern.log:Nov 23 07:35:1" N " box kernel: ", "kern.log:Nov 23 07:35:1" N " fox kernel: "},
	{"grep -n", "/var/log/kern.log.1:1" N ":Nov 23 07:35:16 box kernel: ", NULL},
	{"grep, dates of ISO", "kern.log:2026-11-28T10:22:3" N "+01:00 box kernel: ",
	 "kern.log:2026-11-28T10:22:3" N "+01:00 fox kernel: "},
	{"grep -C", "kern.log-1" N "-[    1." N "] ", NULL},
	{"German", "[Fr M\xc3\xa4r 26 10:00:0" N " 2021] ", NULL},
	{"Chinese", "[\xe4\xba\x94 6\xe6\x9c\x88 12 10:00:0" N " 2020] ", NULL},
	{"Russian", "[\xd0\x9f\xd1\x82 \xd0\xb8\xd1\x8e\xd0\xbd 12 10:00:0" N " 2020] ", NULL},
	{"French", "f\xc3\xa9vr. 23 10:00:0" N " box kernel: ", "f\xc3\xa9vr. 23 10:00:0" N " fox kernel: "},
	{"Russian journal", "\xd0\xbd\xd0\xbe\xd1\x8f 23 10:00:0" N " box kernel: ", NULL},
	{"Finnish", "vas. 19 10:00:0" N " box kernel: ", NULL},
	{"CRI", "2026-03-28T22:39:25.12345678" N "Z stdout F [    1." N "] ", NULL},
	{"CRI without times", "2026-03-28T22:39:25.12345678" N "Z stdout F ", NULL},
	{"compose", "web-1  | [    1." N "] ", "web-2  | [    1." N "] "},
	{"compose without times", "web-1  | ", "web-2  | "},
	{"Talos", "192.0.2.7: kern: info: [2026-03-28T22:39:25.12" N "Z]: ",
	 "192.0.2.8: kern: info: [2026-03-28T22:39:25.12" N "Z]: "},
	{"Android", "<1>[    1." N "] [c0] ", "<1>[    1." N "] [c1] "},
	{"Android without brackets", "<1>[    1." N "] c0 ", "<1>[    1." N "] c1 "},
	{"MediaTek", "<4>[    1." N "]<3>.(2)[145:kworker/u:2]", "<4>[    1." N "]<3>.(1)[146:kworker/u:1]"},
	{"MediaTek with interrupts off", "[    1." N "]-(2)[145:init]", NULL},
	{"Huawei", "[    1." N "s][pid:145,cpu2,init,1]", "[    1." N "s][pid:146,cpu3,sh,1]"},
	{"Samsung", "[    1." N "]  [2:    kworker/2:1:  123] ", "[    1." N "]  [3:    kworker/3:1:  124] "},
	{"logcat", "03-28 22:39:25.12" N "     0     0 W         : [    1." N "] ", NULL},
	{"netconsole", "6,123" N ",5678901,-;", NULL},
	{"RFC 5424", "<4>1 2026-11-23T07:35:16.12345" N "Z box kernel - - - ",
	 "<4>1 2026-11-23T07:35:16.12345" N "Z fox kernel - - - "},
	{"a byte-order mark", "\xef\xbb\xbf", NULL},
	{"a name that nobody knows", "%%node-a%% ", "%%node-b%% "},
	{"two names that nobody knows", "%%node-a%% ttyS0: ", "%%node-a%% ttyS1: "},
	{"a name without a blank", "node-a/console:", "node-b/console:"},
};

static void check_oops(const struct cr2_text *text, const char *name)
{
	struct collected collected;
	size_t n = 0;

	collect(text->data, text->length, 0, &collected);
	for (size_t i = 0; i < collected.n; i++)
		n += collected.reports[i].kind == CR2_LOG_OOPS;
	if (n != 1 || collected.n != 1)
		print_error("%s: %zu reports\n%s", name, collected.n, text->data);
	assert_int_equal(collected.n, 1);
	assert_oops(&collected.reports[0], name);
	assert_int_equal(collected.stats.unread, 0);
	collect_finish(&collected);
}

static void oopses_behind_any_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(heads); i++) {
		struct cr2_text text = {0};

		for (unsigned line = 0; line < CR2_ARRAY_SIZE(oops); line++) {
			append_head(&text, heads[i].head, line);
			assert_int_equal(cr2_text_printf(&text, "%s\n", oops[line]), 0);
			if (!heads[i].other)
				continue;
			append_head(&text, heads[i].other, line);
			assert_int_equal(cr2_text_printf(&text, "%s\n", other[line % CR2_ARRAY_SIZE(other)]), 0);
		}
		check_oops(&text, heads[i].name);
		cr2_text_finish(&text);
	}
}

static void check_program(const struct cr2_text *text, const char *name)
{
	struct collected collected;

	collect(text->data, text->length, 0, &collected);
	if (collected.n != 1)
		print_error("%s: %zu reports\n%s", name, collected.n, text->data);
	assert_int_equal(collected.n, 1);
	assert_program(&collected.reports[0], name);
	collect_finish(&collected);
}

static void programs_behind_any_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(heads); i++) {
		struct cr2_text text = {0};

		/* Where a name may have blanks, nothing says where an unknown head ends. */
		if (strstr(heads[i].name, "nobody knows") || strstr(heads[i].name, "without a blank") ||
		    strstr(heads[i].name, "without brackets"))
			continue;
		for (unsigned line = 0; line < CR2_ARRAY_SIZE(program); line++) {
			append_head(&text, heads[i].head, line);
			assert_int_equal(cr2_text_printf(&text, "%s\n", program[line]), 0);
			if (!heads[i].other)
				continue;
			append_head(&text, heads[i].other, line);
			assert_int_equal(cr2_text_printf(&text, "%s\n", other[5]), 0);
		}
		check_program(&text, heads[i].name);
		cr2_text_finish(&text);
	}
}

/* A character or a string in place of each of some characters. */
static void append_spelt(struct cr2_text *text, const char *line, const char *const (*spellings)[2])
{
	for (; *line; line++) {
		const char *spelt = NULL;

		for (size_t i = 0; spellings[i][0] && !spelt; i++)
			spelt = *line == *spellings[i][0] ? spellings[i][1] : NULL;
		assert_int_equal(spelt ? cr2_text_append(text, spelt) : cr2_text_append_n(text, line, 1), 0);
	}
}

static void append_json(struct cr2_text *text, const char *format, const char *line)
{
	json_t *string = json_string(line);
	char *quoted = json_dumps(string, JSON_ENCODE_ANY);

	assert_non_null(quoted);
	assert_int_equal(cr2_text_printf(text, format, quoted), 0);
	free(quoted);
	json_decref(string);
}

static void append_array(struct cr2_text *text, const char *begin, const char *between, const char *end,
			 const char *line)
{
	assert_int_equal(cr2_text_append(text, begin), 0);
	for (const char *p = line; *p; p++)
		assert_int_equal(cr2_text_printf(text, "%s%d", p == line ? "" : between, *p), 0);
	assert_int_equal(cr2_text_append(text, end), 0);
}

static void write_nbsp(struct cr2_text *text, const char *line)
{
	static const char *const spellings[][2] = {{" ", "\xc2\xa0"}, {0}};

	append_spelt(text, line, spellings);
	assert_int_equal(cr2_text_append(text, "\n"), 0);
}

static void write_nbsp_entities(struct cr2_text *text, const char *line)
{
	static const char *const spellings[][2] = {{"<", "&lt;"}, {">", "&gt;"}, {" ", "&nbsp;"}, {0}};

	append_spelt(text, line, spellings);
	assert_int_equal(cr2_text_append(text, "<br>\n"), 0);
}

static void write_nbsp_numbers(struct cr2_text *text, const char *line)
{
	static const char *const spellings[][2] = {{"<", "&#60;"}, {">", "&#62;"}, {" ", "&#160;"}, {0}};

	append_spelt(text, line, spellings);
	assert_int_equal(cr2_text_append(text, "\n"), 0);
}

/* cat -A of what dmesg --color and a web page's blanks came to. */
static void write_cat(struct cr2_text *text, const char *line)
{
	static const char *const spellings[][2] = {{" ", "M-BM- "}, {0}};

	assert_int_equal(cr2_text_append(text, "^[[32m[   24.600001]^[[0m "), 0);
	append_spelt(text, line, spellings);
	assert_int_equal(cr2_text_append(text, "^M$\n"), 0);
}

/* grep --color -E 'BUG|fault|Oops|CPU|Code', of lines that all are shown. */
static void write_grep(struct cr2_text *text, const char *line)
{
	static const char *const marked[] = {"BUG", "fault", "Oops", "CPU", "Code"};

	while (*line) {
		size_t n = 0;

		for (size_t i = 0; i < CR2_ARRAY_SIZE(marked) && !n; i++)
			n = strncmp(line, marked[i], strlen(marked[i])) == 0 ? strlen(marked[i]) : 0;
		assert_int_equal(n ? cr2_text_printf(text, "\x1b[01;31m\x1b[K%.*s\x1b[m\x1b[K", (int)n, line) :
				 cr2_text_append_n(text, line, 1), 0);
		line += n ? n : 1;
	}
	assert_int_equal(cr2_text_append(text, "\n"), 0);
}

/* A terminal's links around what looks like one. */
static void write_links(struct cr2_text *text, const char *line)
{
	const char *word = strchr(line, ' ');
	int n = word ? (int)(word + 1 - line) : 0;

	assert_int_equal(cr2_text_printf(text, "%.*s\x1b]8;;https://x.org/a?b=c\x1b\\%s\x1b]8;;\x1b\\\n", n, line,
					 line + n), 0);
}

static void write_html(struct cr2_text *text, const char *line)
{
	static const char *const spellings[][2] = {{"<", "&lt;"}, {">", "&gt;"}, {"&", "&amp;"}, {0}};

	append_spelt(text, line, spellings);
	assert_int_equal(cr2_text_append(text, "<br>\n"), 0);
}

static void write_unicode(struct cr2_text *text, const char *line)
{
	static const char *const spellings[][2] = {{"<", "\\u003c"}, {">", "\\u003e"}, {0}};

	append_spelt(text, line, spellings);
	assert_int_equal(cr2_text_append(text, "\n"), 0);
}

static void write_markdown(struct cr2_text *text, const char *line)
{
	static const char *const spellings[][2] = {
		{"<", "\\<"}, {"[", "\\["}, {"]", "\\]"}, {"_", "\\_"}, {"#", "\\#"}, {0},
	};

	append_spelt(text, line, spellings);
	assert_int_equal(cr2_text_append(text, "\n"), 0);
}

static void write_crlf(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "[    1.5] %s\r\n", line), 0);
}

/* As dmesg --color=always does: up to the colon, and the rest. */
static void write_colours(struct cr2_text *text, const char *line)
{
	const char *colon = strchr(line, ':');
	int n = colon && colon[1] && colon - line < 20 ? (int)(colon + 2 - line) : 0;

	assert_int_equal(cr2_text_printf(text, "\x1b[32m[   24.600001] \x1b[0m\x1b[33m%.*s\x1b[0m\x1b[7m\x1b[31m%s\x1b[0m\n",
					 n, line, line + n), 0);
}

static void write_log_json(struct cr2_text *text, const char *line)
{
	append_json(text, "{\"PRIORITY\":\"4\",\"MESSAGE\":%s,\"_HOSTNAME\":\"box\"}\n", line);
}

/* The newlines are the log's. */
static void write_docker(struct cr2_text *text, const char *line)
{
	char with_newline[300];

	snprintf(with_newline, sizeof(with_newline), "[    1.5] %s\r\n", line);
	append_json(text, "{\"log\":%s,\"stream\":\"stdout\",\"time\":\"2026-03-28T22:39:25Z\"}\n", with_newline);
}

static void write_sse(struct cr2_text *text, const char *line)
{
	append_json(text, "data: {\"MESSAGE\":%s,\"_HOSTNAME\":\"box\"}\n\n", line);
}

static void write_cloud(struct cr2_text *text, const char *line)
{
	append_json(text, "{\"insertId\":\"a\",\"textPayload\":%s,\"timestamp\":\"t\"}\n", line);
}

static void write_nested(struct cr2_text *text, const char *line)
{
	append_json(text, "{\"kubernetes\":{\"pod_name\":\"a\"},\"jsonPayload\":{\"message\":%s}}\n", line);
}

static void write_dmesg_json(struct cr2_text *text, const char *line)
{
	append_json(text, "      },{\n         \"pri\": 4,\n         \"time\":    24.600001,\n         \"msg\": %s\n", line);
}

static void write_bytes(struct cr2_text *text, const char *line)
{
	append_array(text, "{\"MESSAGE\":[", ",", "],\"PRIORITY\":\"4\"}\n", line);
}

static void write_spaced_bytes(struct cr2_text *text, const char *line)
{
	append_array(text, "{\"MESSAGE\": [", ", ", "], \"PRIORITY\": \"4\"}\n", line);
}

static void write_pretty_bytes(struct cr2_text *text, const char *line)
{
	append_array(text, "{\n\t\"MESSAGE\" : [\n\t\t", ",\n\t\t", "\n\t],\n\t\"PRIORITY\" : \"4\"\n}\n", line);
}

static void write_pretty(struct cr2_text *text, const char *line)
{
	append_json(text, "{\n\t\"_HOSTNAME\" : \"box\",\n\t\"MESSAGE\" : %s,\n\t\"PRIORITY\" : \"4\"\n}\n", line);
}

static void write_export(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "__CURSOR=s=8c;i=1\n_BOOT_ID=6f\n_TRANSPORT=kernel\nPRIORITY=4\n"
					 "_HOSTNAME=box\nMESSAGE=%s\n\n", line), 0);
}

static void write_export_binary(struct cr2_text *text, const char *line)
{
	char size[8] = {(char)strlen(line)};

	assert_int_equal(cr2_text_append(text, "_HOSTNAME=box\nMESSAGE\n"), 0);
	assert_int_equal(cr2_text_append_n(text, size, sizeof(size)), 0);
	assert_int_equal(cr2_text_printf(text, "%s\n\n", line), 0);
}

static void write_verbose(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "Mon 2026-09-21 14:13:20.000000 UTC [s=8c71;i=1;b=6f;m=17;t=65;x=be]\n"
					 "    _TRANSPORT=kernel\n    PRIORITY=4\n    _HOSTNAME=box\n"
					 "    MESSAGE=%s\n", line), 0);
}

static void write_unknown_key(struct cr2_text *text, const char *line)
{
	append_json(text, "{\"ts\":\"2026-03-28T22:39:25Z\",\"attributes\":{\"x.y\":%s}}\n", line);
}

/* What is called a message says something else. */
static void write_other_member(struct cr2_text *text, const char *line)
{
	append_json(text, "{\"message\":\"a line of the console\",\"event\":{\"original\":%s}}\n", line);
}

static void write_loki(struct cr2_text *text, const char *line)
{
	append_json(text, "{\"streams\":[{\"stream\":{\"job\":\"k\"},\"values\":[[\"17\",%s]]}]}\n", line);
}

static void write_csv(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "2026-11-28T11:00:00Z,kernel,\"%s\"\n", line), 0);
}

static void write_quoted_csv(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "\"Nov 28, 2026 @ 06:00:%02zu.000\",\"box\",\"%s\"\n",
					 text->length % 60, line), 0);
}

static void write_logfmt(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "level=crit msg=\"%s\" ts=1\n", line), 0);
}

static void write_logfmt_stamped(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "level=crit msg=\"[    1.5] %s\" ts=1\n", line), 0);
}

static void write_double_json(struct cr2_text *text, const char *line)
{
	struct cr2_text inner = {0};

	append_json(&inner, "{\"message\":%s}", line);
	append_json(text, "{\"log\":%s}\n", inner.data);
	cr2_text_finish(&inner);
}

static void write_list_of_html(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_append(text, "<li class=\"x\"><span>[    1.5] </span>"), 0);
	write_html(text, line);
	assert_int_equal(cr2_text_append(text, "</li>\n"), 0);
}

static void write_fence(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "%s[    1.5] %s\n", text->length ? "" : "```", line), 0);
}

static void write_strings(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "    \"%s\",\n", line), 0);
}

static void write_list(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "'[    1.5] %s'\n", line), 0);
}

static void write_backticks(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "`[    1.5] %s`\n", line), 0);
}

static void write_parentheses(struct cr2_text *text, const char *line)
{
	assert_int_equal(cr2_text_printf(text, "([    1.5] %s\n", line), 0);
}

static const struct {
	const char *name;
	void (*write)(struct cr2_text *text, const char *line);
} forms[] = {
	{"JSON with an unknown key", write_unknown_key}, {"Loki", write_loki},
	{"JSON with another message", write_other_member},
	{"CSV", write_csv}, {"CSV, quoted", write_quoted_csv}, {"logfmt", write_logfmt}, {"logfmt with times", write_logfmt_stamped},
	{"strings", write_strings}, {"a list", write_list}, {"backticks", write_backticks},
	{"parentheses", write_parentheses},
	{"JSON in JSON", write_double_json}, {"a list of HTML", write_list_of_html}, {"a fence", write_fence},
	{"entities for blanks", write_nbsp_entities}, {"numbers for blanks", write_nbsp_numbers},
	{"cat -A", write_cat}, {"grep --color", write_grep}, {"links", write_links},
	{"no-break spaces", write_nbsp}, {"HTML", write_html}, {"\\u003c", write_unicode},
	{"markdown", write_markdown}, {"CRLF", write_crlf}, {"colours", write_colours},
	{"journalctl -o json", write_log_json}, {"docker", write_docker}, {"journalctl -o json-sse", write_sse},
	{"textPayload", write_cloud}, {"nested", write_nested}, {"dmesg -J", write_dmesg_json},
	{"MESSAGE as bytes", write_bytes}, {"MESSAGE as bytes, with blanks", write_spaced_bytes},
	{"MESSAGE as bytes, a line each", write_pretty_bytes},
	{"journalctl -o json-pretty", write_pretty}, {"journalctl -o export", write_export},
	{"journalctl -o export, binary", write_export_binary}, {"journalctl -o verbose", write_verbose},
};

static void crashes_in_any_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(forms); i++) {
		struct cr2_text text = {0};

		for (size_t line = 0; line < CR2_ARRAY_SIZE(oops); line++)
			forms[i].write(&text, oops[line]);
		check_oops(&text, forms[i].name);
		cr2_text_clear(&text);
		for (size_t line = 0; line < CR2_ARRAY_SIZE(program); line++)
			forms[i].write(&text, program[line]);
		check_program(&text, forms[i].name);
		cr2_text_finish(&text);
	}
}

static void append_lines(struct cr2_text *text, const char *format, const char *between)
{
	for (size_t line = 0; line < CR2_ARRAY_SIZE(oops); line++) {
		assert_int_equal(cr2_text_append(text, line ? between : ""), 0);
		append_json(text, format, oops[line]);
	}
}

/* Many records in one line, in any JSON. */
static void crash_in_a_line_of_records(void **state)
{
	static const struct {
		const char *name, *begin, *each, *end;
	} rows[] = {
		{"dmesg -J", "{\"dmesg\":[", "{\"pri\":4,\"msg\":%s}", "]}\n"},
		{"events", "{\"a\":{\"events\":[", "{\"message\":%s,\"id\":\"x\"}", "]},\"b\":\"c\"}\n"},
		{"an array", "[", "{\"timestamp\":1,\"message\":%s}", "]\n"},
		{"an array of lines", "[", "%s", "]\n"},
		{"an array of lines in an object", "{\"stdout_lines\":[", "%s", "]}\n"},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_text text = {0};

		assert_int_equal(cr2_text_append(&text, rows[i].begin), 0);
		append_lines(&text, rows[i].each, ",");
		assert_int_equal(cr2_text_append(&text, rows[i].end), 0);
		check_oops(&text, rows[i].name);
		cr2_text_finish(&text);
	}
}

/* All of an oops in one string, as a collector of logs has it. */
static void crash_in_one_record(void **state)
{
	struct cr2_text all = {0}, text = {0};

	(void)state;
	for (size_t line = 0; line < CR2_ARRAY_SIZE(oops); line++)
		assert_int_equal(cr2_text_printf(&all, "[    1.5] %s\n", oops[line]), 0);
	append_json(&text, "{\"message\":%s}\n", all.data);
	check_oops(&text, "one record");
	cr2_text_clear(&text);
	append_json(&text, "{\n    \"Output\": %s,\n    \"b\": 1\n}\n", all.data);
	check_oops(&text, "one record of an unknown name, in a line of its own");
	cr2_text_finish(&all);
	cr2_text_finish(&text);
}

/* first: in place of the oops's first lines; heads: before those that follow. */
static void first_lines_that_differ(void **state)
{
	static const struct {
		const char *name, *first, *head;
		unsigned from; /* the line of the oops that follows */
	} rows[] = {
		{"a prompt", "root@vm:~# [    1.1] BUG: kernel NULL pointer dereference, address: 0000000000000018\n",
		 "[    1.2] ", 1},
		{"a prompt without time", "root@vm:~# BUG: kernel NULL pointer dereference, address: 0000000000000018\n",
		 "", 1},
		{"glued", "[    1.1] foo: bad memory accessBUG: kernel NULL pointer dereference, address: 0000000000000018\n",
		 "[    1.2] ", 1},
		{"glued at a timestamp",
		 "foo bar[    1.1] BUG: kernel NULL pointer dereference, address: 0000000000000018\n", "[    1.2] ", 1},
		{"cut", "ernel NULL pointer dereference, address: 0000000000000018\n", "[    1.2] ", 1},
		{"cut more", "pointer dereference, address: 0000000000000018\n", "Nov 23 07:35:16 box kernel: ", 1},
		{"cut in the timestamp", "1.1] BUG: kernel NULL pointer dereference, address: 0000000000000018\n",
		 "[    1.2] ", 1},
		{"lost", "", "[    1.2] ", 4},
		{"broken", "[    1.1] BUG: kernel NULL pointer dereference,\naddress: 0000000000000018\n", "[    1.2] ", 1},
		{"broken at the number", "> [    1.1] BUG: kernel NULL pointer dereference, address:\n> 0000000000000018\n",
		 "> [    1.2] ", 1},
		{"4.x, broken around a blank line",
		 "BUG: unable to handle kernel\n\nNULL pointer dereference at 0000000000000018\n", "", 1},
		{"4.x, broken before its address", "BUG: unable to handle kernel NULL pointer dereference\n"
		 "at 0000000000000018\n", "", 1},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_text text = {0};

		assert_int_equal(cr2_text_append(&text, rows[i].first), 0);
		if (rows[i].from == 4)
			assert_int_equal(cr2_text_printf(&text, "%sOops: 0000 [#1] SMP\n%s%s\n", rows[i].head,
							 rows[i].head, oops[3]), 0);
		for (size_t line = rows[i].from; line < CR2_ARRAY_SIZE(oops); line++)
			if (line != 4 || rows[i].from != 4)
				assert_int_equal(cr2_text_printf(&text, "%s%s\n", rows[i].head, oops[line]), 0);
		check_oops(&text, rows[i].name);
		cr2_text_finish(&text);
	}
}

/* A line of an oops in two. */
static void broken_lines_of_an_oops(void **state)
{
	static const struct {
		unsigned line;
		const char *text;
	} rows[] = {
		{6, "RIP: 0010:func\n+0x24/0x90 [mod]\n"},
		{7, "Code: 90 90 90 90 90 90 90 90\n<48> 8b 47 18 c3 90 90 90 90 90 90\n"},
		{7, "Code: 90 90 90\n90 90 90 90 90\n<48> 8b 47 18 c3 90 90 90 90 90 90\n"},
		{7, "Code: 90 90 90 90 90 90 90 90 <48> 8b\n47 18 c3 90 90 90 90 90 90\n"},
		{7, "Code: 90 90 90 90 90 90 90 90 <4\n8> 8b 47 18 c3 90 90 90 90 90 90\n"},
		{7, "Code: 90 90 90 90 90 90 90 90 <48> 8b 4\n7 18 c3 90 90 90 90 90 90\n"},
		{9, "RAX:\n0000000000000001 RBX: 0000000000000002 RCX: 0000000000000003\n"},
		{3, "PGD 800000000d0e5067 P4D 800000000d0e5067 [    1.2] PUD d0e6067 PMD 0\n"},
		{3, "PGD 800000000d0e5067 P4D 800000000d0e5067 PU D d0e6067 PM D 0\n"},
		{4, "Oops: 0000 [#1] SMP [    1.2] x\n"},
		{10, "RDX: 0000000000000004 RSI: 0000000000000005 [    1.2] RDI: 0000000000000000\n"},
	};
	static const char *const marks[] = {"", "> ", "[    1.1] ", "Nov 23 07:35:16 box kernel: "};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows) * CR2_ARRAY_SIZE(marks); i++) {
		const char *mark = marks[i % CR2_ARRAY_SIZE(marks)], *broken = rows[i / CR2_ARRAY_SIZE(marks)].text;
		struct cr2_text text = {0};

		for (size_t line = 0; line < CR2_ARRAY_SIZE(oops); line++)
			assert_int_equal(cr2_text_printf(&text, "%s%s\n", mark, line == rows[i / CR2_ARRAY_SIZE(marks)].line ?
							 "@" : oops[line]), 0);
		/* Each of its pieces has the head. */
		for (char *at = strchr(text.data, '@'); at; at = NULL) {
			struct cr2_text whole = {0};

			assert_int_equal(cr2_text_append_n(&whole, text.data, (size_t)(at - text.data)), 0);
			for (const char *p = broken; *p; p++) {
				assert_int_equal(cr2_text_append_n(&whole, p, 1), 0);
				if (*p == '\n' && p[1])
					assert_int_equal(cr2_text_append(&whole, mark), 0);
			}
			assert_int_equal(cr2_text_append(&whole, at + 2), 0);
			check_oops(&whole, broken);
			cr2_text_finish(&whole);
		}
		cr2_text_finish(&text);
	}
}

/* Where a terminal or a mail program breaks the line next: at its width, or at the last blank before that. */
static size_t break_at(const char *line, size_t width, bool blanks)
{
	size_t length = strlen(line), at = width;

	if (length <= width)
		return length;
	while (blanks && at > 0 && line[at] != ' ')
		at--;
	return blanks && at == 0 ? strcspn(line, " ") : at;
}

/* comm: a break in the task's name, which has a blank, is seen. */
static bool append_broken(struct cr2_text *text, const char *line, size_t width, bool blanks)
{
	bool in_comm = false;

	while (*line) {
		size_t n = break_at(line, width, blanks);

		assert_int_equal(cr2_text_append_n(text, line, n), 0);
		assert_int_equal(cr2_text_append(text, "\n"), 0);
		line += n;
		in_comm |= blanks && strncmp(line, " name", 5) == 0;
		line += blanks && *line == ' ';
	}
	return in_comm;
}

/* All lines of an oops, as they come out of a window of each width. */
static void oopses_of_any_width(void **state)
{
	static const char *const heads_of_lines[] = {"[   24.601234] ", "Nov 23 07:35:16 box kernel: [   24.601234] "};

	(void)state;
	for (size_t i = 0; i < 2 * CR2_ARRAY_SIZE(heads_of_lines); i++)
		for (size_t width = strlen(heads_of_lines[i / 2]) + 30; width < 140; width++) {
			struct cr2_text text = {0};
			bool in_comm = false;

			for (size_t line = 0; line < CR2_ARRAY_SIZE(oops); line++) {
				char whole[300];

				snprintf(whole, sizeof(whole), "%s%s", heads_of_lines[i / 2], oops[line]);
				in_comm |= append_broken(&text, whole, width, i % 2);
			}
			/* Nothing tells "a name" from "aname" there. */
			if (!in_comm)
				check_oops(&text, text.data);
			cr2_text_finish(&text);
		}
}

/* What follows is lost: what is left of the line is no fact where it may have gone on. */
static void what_was_cut_is_not_known(void **state)
{
	static const char before[] = "[    1.1] BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
				     "[    1.2] Oops: 0000 [#1] SMP\n[    1.3] ";
	static const char *const lines[] = {
		"CPU: 1 PID: 42 Comm: kworker/1:2 Kd", "CPU: 1 PID: 42 Comm: bash", "CPU: 1 PID: 42 Comm: bash Not tai",
		"CPU: 1 PID: 42 Comm: bash Not tainted 5.1", "CPU: 1 PID: 42 Comm: bash Kdump: loaded Not tainted 5.15.0",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(lines); i++) {
		struct collected collected;
		struct cr2_text text = {0};

		assert_int_equal(cr2_text_printf(&text, "%s%s\n[    1.4] RIP: 0010:f+0x1/0x2\n", before, lines[i]), 0);
		collect_string(text.data, &collected);
		assert_int_equal(collected.n, 1);
		assert_int_equal(collected.reports[0].pid, 42);
		assert_string_equal(collected.reports[0].release, "");
		assert_string_equal(collected.reports[0].taint, "");
		assert_string_equal(collected.reports[0].comm, strstr(lines[i], "tainted") ? "bash" : "");
		collect_finish(&collected);
		cr2_text_finish(&text);
	}
}

/* Of the oops's lines, some are cut, or lost: what they would have said is not known. */
static void facts_of_cut_lines(void **state)
{
	static const char first[] = "[    1.1] BUG: unable to handle page fault for address: ffffc90000204008\n";
	struct collected collected;
	struct cr2_text text = {0};

	(void)state;
	assert_int_equal(cr2_text_printf(&text, "%s[    1.2] #PF: supervisor wri\n[    1.3] Oops: 0000 [#1] SMP\n", first), 0);
	collect_string(text.data, &collected);
	assert_int_equal(collected.n, 1);
	assert_false(collected.reports[0].write); /* Oops: says it */
	assert_int_equal(collected.reports[0].error, 0);
	collect_finish(&collected);
	cr2_text_clear(&text);
	assert_int_equal(cr2_text_printf(&text, "%s[    1.2] #PF: supervisor wri\n", first), 0);
	collect_string(text.data, &collected);
	assert_false(collected.reports[0].has & LOG_HAS_ACCESS);
	collect_finish(&collected);
	/* The walk does not end there. */
	cr2_text_clear(&text);
	assert_int_equal(cr2_text_printf(&text, "%s[    1.2] PGD 100000067 P4D 100001067 PUD 1000\n", first), 0);
	collect_string(text.data, &collected);
	assert_int_equal(collected.reports[0].entries_known, 1 << CR2_LEVEL_PGD | 1 << CR2_LEVEL_P4D);
	collect_finish(&collected);
	cr2_text_clear(&text);
	assert_int_equal(cr2_text_printf(&text, "%s[    1.2] PGD 100000067 P4D 100001067 PUD 80000001400000e3\n", first), 0);
	collect_string(text.data, &collected);
	assert_int_equal(collected.reports[0].entries_known,
			 1 << CR2_LEVEL_PGD | 1 << CR2_LEVEL_P4D | 1 << CR2_LEVEL_PUD);
	collect_finish(&collected);
	/* A program's registers end the call trace, whose beginning is lost. */
	cr2_text_clear(&text);
	assert_int_equal(cr2_text_printf(&text, "%s[    1.3] Oops: 0000 [#1] SMP\n[    1.4] RIP: 0010:f+0x1/0x2\n"
					 "[    1.5] RSP: 002b:00007ffd3a10aaa0 EFLAGS: 00000202 ORIG_RAX: 0000000000000001\n"
					 "[    1.6] RAX: 0000000000000bad RBX: 0000000000000bad RCX: 0000000000000bad\n", first), 0);
	collect_string(text.data, &collected);
	assert_int_equal(collected.reports[0].registers_known & ~(1U << CR2_REGISTER_IP), 0);
	assert_false(collected.reports[0].has & LOG_HAS_SP);
	collect_finish(&collected);
	cr2_text_finish(&text);
}

/* The lines between the first, which is lost, and "Oops:"; however the text comes. */
static void lines_before_a_death_are_its(void **state)
{
	static const char *const marks[] = {"", "[    1.1] ", "Nov 23 07:35:16 box kernel: ", "%%node%% "};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(marks); i++)
		for (size_t step = 0; step < 100; step += 7) {
			struct cr2_text text = {0};
			struct collected collected;

			assert_int_equal(cr2_text_printf(&text, "%sPGD bad P4D bad\n\n\n\n\n\n\nx\nNov 1 00:00:00 fox kernel: PGD bad\n",
							 marks[i]), 0);
			for (size_t line = 1; line < CR2_ARRAY_SIZE(oops); line++)
				assert_int_equal(cr2_text_printf(&text, "%s%s\n", marks[i], oops[line]), 0);
			collect(text.data, text.length, step, &collected);
			assert_int_equal(collected.n, 1);
			assert_int_equal(collected.reports[0].entries_known, 1 << CR2_LEVEL_PGD | 1 << CR2_LEVEL_P4D |
					 1 << CR2_LEVEL_PUD | 1 << CR2_LEVEL_PMD);
			assert_true(collected.reports[0].entries[CR2_LEVEL_PGD] == 0x800000000d0e5067);
			assert_oops(&collected.reports[0], marks[i]);
			collect_finish(&collected);
			cr2_text_finish(&text);
		}
}

static void broken_lines_of_a_program(void **state)
{
	static const char *const rows[] = {
		"my prog[123]: segfault at 8 ip 0000000000401136 sp\n00007ffd3a10aaa0 error 4 in prog[401000+1000]\n",
		"my prog[123]: segfault at 8 ip 00000000004\n01136 sp 00007ffd3a10aaa0 error 4 in prog[401000+1000]\n",
		"[    1.1] my prog[123]: segfault at 8 ip 0000000000401136 sp 00007ffd3a10aaa0 error\n"
		"4 in prog[401000+1000]\n",
		"> [    1.1] my prog[123]: segfault at 8 ip 0000000000401136\n>\n"
		"> sp 00007ffd3a10aaa0 error 4 in prog[401000+1000]\n",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct cr2_text text = {0};

		assert_int_equal(cr2_text_printf(&text, "%s%s%s\n", rows[i], *rows[i] == '>' ? "> " : "", program[1]), 0);
		check_program(&text, rows[i]);
		cr2_text_finish(&text);
	}
}

/* One crash in another form, and two records of another kind's first line. */
static void deaths_that_lost_their_head(void **state)
{
	static const char *const firsts[] = {
		"eneral protection fault: 0000 [#1] SMP\n", "protection fault: 0000 [#1] SMP\n",
		"foo bad memory accessgeneral protection fault: 0000 [#1] SMP\n",
		"neral protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP\n",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(firsts); i++) {
		struct collected collected;
		char text[512];

		snprintf(text, sizeof(text), "%s[    1.2] RIP: 0010:func+0x24/0x90 [mod]\n[    1.2] %s\n"
			 "[    1.2] ---[ end trace 0000000000000000 ]---\n", firsts[i], oops[9]);
		collect_string(text, &collected);
		if (collected.n != 1)
			print_error("%s", text);
		assert_int_equal(collected.n, 1);
		assert_int_equal(collected.reports[0].cause, CR2_LOG_CAUSE_GENERAL_PROTECTION);
		assert_string_equal(collected.reports[0].function, "func");
		assert_int_equal(collected.reports[0].registers[CR2_REGISTER_AX], 1);
		collect_finish(&collected);
	}
}

/* Text about crashes, and programs that print them. */
static void what_talks_of_crashes_is_none(void **state)
{
	static const char *const texts[] = {
		"This fixes BUG: unable to handle page fault for address: ffffeb0000000008 as seen on boot.\n"
		"The page was freed before.\n",
		"    x86/mm: fix a crash at boot\n\n    With the option set, \"BUG: kernel NULL pointer dereference, "
		"address: 0000000000000018\"\n    is printed, because the list is empty.\n",
		"We saw 'general protection fault: 0000 [#1]' and 'Oops: 0002 [#1] SMP' in the log.\n",
		"\tpr_alert(\"BUG: unable to handle page fault for address: %px\\n\", (void *)address);\n",
		"mm/x.c:12:\tdie(\"general protection fault\", regs, error_code);\n",
		"\tcollect_string(\"BUG: kernel NULL pointer dereference, address: 0000000000000018\\n\"\n"
		"\t\t       \"#PF: supervisor write access in kernel mode\\n\"\n"
		"\t\t       \"Oops: 0002 [#1] SMP PTI\\n\"\n"
		"\t\t       \"RIP: 0010:func+0x1/0x20\\n\"\n",
		"static const char text[] =\n\t\"BUG: kernel NULL pointer dereference, address: 0000000000000018\\n\"\n"
		"\t\"#PF: supervisor write access in kernel mode\\n\"\n\t\"Oops: 0002 [#1] SMP PTI\\n\"\n",
		"The kernel prints `BUG: unable to handle page fault for address: ffff888000000000` then.\n",
		"an Oops: 0002 [#1] is a write to a page that is not there\n",
		"double fault, stack segment, general protection: see the manual, chapter 6 (0x8 to 0xd).\n",
		"Unable to handle kernel paging request is what ARM says\n",
		"prog: segfault at 0x7f0000001000 (signal 11)\n",
		"Yesterday I got BUG: unable to handle page fault for address: 0000000000000018 here, any idea?\n"
		"fatal: RIP: old friend. Oops: I did it again.\nThe Oops: 0002 [#1] line is missing.\n",
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(texts); i++) {
		struct collected collected;

		collect_string(texts[i], &collected);
		if (collected.n)
			print_error("%s", texts[i]);
		assert_int_equal(collected.n, 0);
		collect_finish(&collected);
	}
}

/* It is said that they are there; what only talks of one, and what is read, is not. */
static void crashes_of_unknown_form_are_counted(void **state)
{
	static const struct {
		const char *text;
		unsigned places;
	} rows[] = {
		{"[    1.1] Unable to handle kernel paging request at virtual address ffff000000001000\n", 1},
		{"[    1.1] Internal error: Oops: 0000000096000004 [#1] SMP\n", 1},
		{"[    1.1] prog[7]: segfault at 7f0000001000 pc 0000000000401136\n", 1},
		{"[    1.1] kernel BUG at mm/x.c:310!\n[    1.1] invalid opcode: 0000 [#3] SMP\n", 1},
		{"[    1.1] divide error: 0000 [#3] SMP\n", 1},
		{"%%node%% BUG: unable to handle page fault for address: ffff888000000000\nx\n", 1},
		/* Lines of one and the same crash. */
		{"Unable to handle kernel paging request at virtual address ffff000000001000\n"
		 "Internal error: Oops: 0000000096000004 [#1] SMP\n", 1},
		{"BUG: unable to handle page fault for address: ffff888000000000\n", 0},
		{"prog[7]: segfault at 0 ip 1 sp 2 error 4\n", 0},
		{"Today I got BUG: unable to handle page fault for address: ffffeb0000000008 here.\n"
		 "The Oops: 0002 [#1] line is missing.\n", 0},
		{"This fixes BUG: unable to handle page fault for address: ffffeb0000000008 as seen.\n", 0},
		{"pr_alert(\"BUG: unable to handle page fault for address: 0x0\");\n", 0},
		{"BUG: unable to handle kernel\n", 0},
		{"net_ratelimit: 100 callbacks suppressed 0x0\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < CR2_ARRAY_SIZE(rows); i++) {
		struct collected collected;

		collect_string(rows[i].text, &collected);
		if (collected.stats.unread != rows[i].places)
			print_error("%s", rows[i].text);
		assert_int_equal(collected.stats.unread, rows[i].places);
		collect_finish(&collected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oopses_behind_any_head),
		cmocka_unit_test(programs_behind_any_head),
		cmocka_unit_test(crashes_in_any_form),
		cmocka_unit_test(crash_in_a_line_of_records),
		cmocka_unit_test(crash_in_one_record),
		cmocka_unit_test(first_lines_that_differ),
		cmocka_unit_test(broken_lines_of_an_oops),
		cmocka_unit_test(broken_lines_of_a_program),
		cmocka_unit_test(oopses_of_any_width),
		cmocka_unit_test(what_was_cut_is_not_known),
		cmocka_unit_test(facts_of_cut_lines),
		cmocka_unit_test(lines_before_a_death_are_its),
		cmocka_unit_test(deaths_that_lost_their_head),
		cmocka_unit_test(what_talks_of_crashes_is_none),
		cmocka_unit_test(crashes_of_unknown_form_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
