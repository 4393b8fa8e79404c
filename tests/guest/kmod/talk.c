/* SPDX-License-Identifier: MIT */
/* Questions to faulter.c in the guest, a line each, and its answers. */
#include <stdio.h>
#include <stdlib.h>

#include <cr2/guest.h>

#include "kmod.h"

void tell(const char *format, ...)
{
	struct cr2_text line = {0}, reason = {0};
	struct cr2_guest *guest = the_guest();
	va_list args;
	int r;

	va_start(args, format);
	r = cr2_text_vprintf(&line, format, args);
	va_end(args);
	assert_int_equal(r, 0);
	assert_int_equal(cr2_text_append(&line, "\n"), 0);
	if (cr2_guest_write(guest, line.data, line.length, &reason) < 0)
		fail_msg("%s: %s", line.data, reason.data);
	cr2_text_finish(&line);
}

static void read_line(struct cr2_text *line)
{
	struct cr2_text reason = {0};

	if (cr2_guest_read_line(the_guest(), line, &reason) > 0)
		return;
	/* All of it: cmocka cuts its messages. */
	fputs(cr2_guest_console(the_guest()), stderr);
	fail_msg("the guest answers no more: %s", reason.data ? reason.data : "it ended");
}

long answer(void)
{
	struct cr2_text line = {0};
	char *end;
	long n;

	read_line(&line);
	n = strtol(line.data, &end, 10);
	if (*end || end == line.data)
		fail_msg("no number: %s", line.data);
	cr2_text_finish(&line);
	return n;
}

struct usage answer_usage(void)
{
	struct cr2_text line = {0};
	struct usage usage;

	read_line(&line);
	if (sscanf(line.data, "%d %" SCNu64 " %" SCNu64, &usage.pid, &usage.minor,
		   &usage.major) != 3)
		fail_msg("no process and its faults: %s", line.data);
	cr2_text_finish(&line);
	return usage;
}

struct cr2_text ask_text(const char *question)
{
	struct cr2_text text = {0}, line = {0};

	tell("%s", question);
	for (read_line(&line); strcmp(line.data, ".") != 0; read_line(&line))
		assert_int_equal(cr2_text_printf(&text, "%s\n", line.data), 0);
	cr2_text_finish(&line);
	if (!text.data)
		assert_int_equal(cr2_text_append(&text, ""), 0);
	return text;
}

void each_line(const char *text, void (*see)(const char *line, void *data), void *data)
{
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		see(line, data);
}

uint64_t value_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		fail_msg("no '%s' in\n%s", name, text);
	return strtoull(at + strlen(name), NULL, 10);
}

/* What the kernel says when something is wrong with it; faulter.c knows when it lost a line. */
static void expect_calm(const char *log)
{
	static const char *const bad[] = {"WARNING", "BUG", "INFO: ", "Oops", "Call Trace",
					  "protection fault", "(lost)"};

	for (size_t i = 0; i < CR2_ARRAY_SIZE(bad); i++)
		if (strstr(log, bad[i]))
			fail_msg("%s in the kernel's log:\n%s", bad[i], log);
}

struct cr2_text ask_log(void)
{
	struct cr2_text log = ask_text("log");

	expect_calm(log.data);
	return log;
}

void forget_log(void)
{
	struct cr2_text log = ask_log();

	cr2_text_finish(&log);
}
