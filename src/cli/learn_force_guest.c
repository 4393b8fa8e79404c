/* SPDX-License-Identifier: MIT */
/* cr2 learn force --on guest:VERSION: the program is built here, and judged by the cr2 of a guest, where all can be seen. */
#include <string.h>

#include "cli.h"
#include "learn_force.h"
#include "target_guest.h"

#define DISK 256 /* MiB: for demands about files on a disk */
#define IDLE 90 /* seconds that a guest may say nothing besides what the program has */

/* What cr2 says there is said here. Returns 0 or a negative errno with the reason. */
static int relay(struct cr2_guest *guest, int *ret_status, struct cr2_text *reason)
{
	struct cr2_text line = {0};
	int r;

	while ((r = cr2_guest_read_line(guest, &line, reason)) > 0)
		puts(line.data ? line.data : "");
	cr2_text_finish(&line);
	return r < 0 ? r : cr2_guest_wait(guest, ret_status, reason);
}

static int judge(const struct cr2_guest_config *config, struct cr2_text *reason, int *ret_code)
{
	struct cr2_guest *guest = NULL;
	int status = 0, r = cr2_guest_boot(config, &guest, reason);

	if (r == 0)
		r = relay(guest, &status, reason);
	cr2_guest_destroy(guest);
	if (r < 0)
		return r;
	*ret_code = status == CLI_OK || status == CLI_DIFFERENT || status == CLI_UNABLE ? status :
		    cli_error(CLI_UNABLE, "learn force: cr2 ended in the guest with %d", status);
	return 0;
}

int force_program_judge_in_guest(const struct force_program *p, const char *guest, const struct cr2_demand_task *task,
				 bool json)
{
	struct cr2_text program = {0}, seed = {0}, seconds = {0}, reason = {0};
	struct cr2_guest_kernel kernel = {0};
	int code = CLI_UNABLE, r = target_guest_kernel(guest, &kernel, &reason);

	if (r == 0)
		r = cr2_text_printf(&program, "%s/program", p->folder.path.data);
	if (r == 0)
		r = cr2_text_printf(&seed, "%llu", (unsigned long long)task->seed);
	if (r == 0)
		r = cr2_text_printf(&seconds, "%.0f", p->seconds);
	if (r == 0) {
		const char *command[] = {"/cr2", "learn", "force", cr2_demand_name(task->demand), "--seed", seed.data,
					 "--time-limit", seconds.data, "/program", json ? "--json" : NULL, NULL};
		const struct cr2_guest_file files[] = {{"/program", program.data}};
		const struct cr2_guest_config config = {
			.kernel = &kernel,
			.command = command,
			.n_files = CR2_ARRAY_SIZE(files),
			.files = files,
			.disk = DISK,
			.watch = &target_guest_watch,
			.idle_seconds = IDLE + (unsigned)p->seconds,
		};

		r = judge(&config, &reason, &code);
	}
	if (r < 0)
		code = cli_error(CLI_UNABLE, "learn force: %s", reason.data ? reason.data : strerror(-r));
	cr2_guest_kernel_finish(&kernel);
	cr2_text_finish(&program);
	cr2_text_finish(&seed);
	cr2_text_finish(&seconds);
	cr2_text_finish(&reason);
	return code;
}
