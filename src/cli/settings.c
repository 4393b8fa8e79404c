/* SPDX-License-Identifier: MIT */
/* What is said while the settings of this machine are taken. */
#include <errno.h>
#include <string.h>

#include <cr2/settings.h>

#include "cli.h"

/* A wait is for a terminal, and passes; elsewhere its line stays. */
static void tell_waiting(int pid)
{
	char who[32] = "";

	if (pid)
		snprintf(who, sizeof(who), " (pid %d)", pid);
	if (!cli_progress("waiting for another cr2%s, which has this machine's settings", who))
		cli_error(CLI_OK, "waiting for another cr2%s, which has this machine's settings", who);
}

static void tell_restored(const struct cr2_settings_event *event)
{
	char others[64] = "";

	if (event->others)
		snprintf(others, sizeof(others), "; %zu changed since by others %s left alone",
			 event->others, event->others == 1 ? "is" : "are");
	cli_error(CLI_OK, "put back %zu system setting%s that a killed cr2 (pid %d) had changed%s",
		  event->restored, event->restored == 1 ? "" : "s", event->pid, others);
}

static void tell(void *data, const struct cr2_settings_event *event)
{
	(void)data;
	switch (event->news) {
	case CR2_SETTINGS_WAITING:
		tell_waiting(event->pid);
		break;
	case CR2_SETTINGS_TAKEN:
		cli_progress_end();
		break;
	case CR2_SETTINGS_RESTORED:
		tell_restored(event);
		break;
	case CR2_SETTINGS_UNSAVED:
		cli_error(CLI_OK, "what system settings were cannot be kept in /run/cr2 (%s): they are put "
			  "back unless this cr2 is killed together with its children", event->why);
		break;
	}
}

const struct cr2_settings_watch cli_settings_watch = {.tell = tell};

static void tell_lasting(void *data, const struct cr2_settings_event *event)
{
	if (event->news != CR2_SETTINGS_WAITING && event->news != CR2_SETTINGS_TAKEN)
		tell(data, event);
}

const struct cr2_settings_watch cli_settings_watch_of_jobs = {.tell = tell_lasting};

int cli_settle_settings(void)
{
	struct cr2_held_settings *none;
	struct cr2_text reason = {0};
	int code = CLI_OK, r = cr2_settings_hold(NULL, 0, &cli_settings_watch, &none, &reason);

	if (r < 0)
		code = cli_error(CLI_UNABLE, "%s", reason.data ? reason.data : strerror(-r));
	else
		cr2_settings_release(none);
	cr2_text_finish(&reason);
	return code;
}
