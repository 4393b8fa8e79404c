/* SPDX-License-Identifier: MIT */
/* The judge's end outside: a guest booted with the module in it, and what it reports. */
#include <errno.h>
#include <stdio.h>

#include "guest/guest.h"

#include "counter.h"

#define COUNTER_DISK_MIB 64

/* A line of serve.c's. The end is what the last one that says so makes it. */
static void take_verdict(struct cr2_counter_report *report, const char *line)
{
	unsigned long long expected, seen;
	int a, b;

	if (sscanf(line, "case %d %d %llu %llu", &a, &b, &expected, &seen) == 4 && a >= 0 && a < CR2_COUNTER_CASES) {
		report->cases[a] = (struct cr2_counter_seen){true, b, expected, seen};
	} else if (sscanf(line, "loaded %d", &a) == 1 && a < 0) {
		report->end = CR2_COUNTER_NOT_LOADED;
		report->error = -a;
	} else if (sscanf(line, "file %d", &a) == 1 && a < 0) {
		report->end = CR2_COUNTER_NO_FILE;
		report->error = -a;
	} else if (sscanf(line, "unloaded %d", &a) == 1 && report->end == CR2_COUNTER_LOST) {
		report->end = a < 0 ? CR2_COUNTER_NOT_UNLOADED : CR2_COUNTER_DONE;
		report->error = -a;
	}
}

/* Until the guest has said all, or is gone. */
static int listen(struct cr2_guest *guest, struct cr2_counter_report *report)
{
	struct cr2_text line = {0}, lost = {0};
	int status = 0, r;

	while ((r = cr2_guest_read_line(guest, &line, &lost)) > 0)
		take_verdict(report, line.data);
	if (r == 0)
		r = cr2_guest_wait(guest, &status, &lost);
	/* A guest that is lost is an answer. */
	if (r < 0 && r != -ENOMEM) {
		report->end = r == -ETIMEDOUT ? CR2_COUNTER_TIME_OUT : CR2_COUNTER_LOST;
		r = 0;
	}
	cr2_text_finish(&line);
	cr2_text_finish(&lost);
	return r < 0 ? r : cr2_text_append(&report->console, cr2_guest_console(guest));
}

int cr2_guest_counter_judge(const struct cr2_guest_config *config, const char *module,
			    struct cr2_counter_report *ret_report, struct cr2_text *reason)
{
	static const char *const command[] = {GUEST_PROGRAM, "guest-counter", NULL};
	const struct cr2_guest_file file = {.path = COUNTER_MODULE, .source = module};
	const struct cr2_guest_config full = {
		.kernel = config->kernel,
		.program = config->program,
		.command = command,
		.n_files = 1,
		.files = &file,
		/* One that crashed has nothing more to say. */
		.kernel_arguments = "panic_on_oops=1 panic=-1",
		.disk = COUNTER_DISK_MIB,
		.watch = config->watch,
		.idle_seconds = 30,
		.run_seconds = config->run_seconds,
	};
	struct cr2_guest *guest;
	int r;

	*ret_report = (struct cr2_counter_report){.end = CR2_COUNTER_LOST};
	r = cr2_guest_boot(&full, &guest, reason);
	if (r < 0)
		return r;
	r = listen(guest, ret_report);
	cr2_guest_destroy(guest);
	if (r < 0)
		cr2_counter_report_finish(ret_report);
	return r;
}
