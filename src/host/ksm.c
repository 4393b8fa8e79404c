/* SPDX-License-Identifier: MIT */
/*
 * See ksm.h. ksmd goes through the mergeable memory of all processes while it is let, as far as pages_to_scan at a time, which is
 * all of it here; when it is stopped it finishes that. It merges what it has seen unchanged once before: a few full scans
 * leave nothing to merge.
 */
#include "ksm.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cr2/settings.h>

#include "base/reason.h"

#include "setting.h"

#define SCANS 6
#define PATIENCE_MS 20000
#define FULL_SCANS "/sys/kernel/mm/ksm/full_scans"

bool host_ksm_knows(pid_t pid)
{
	char path[32], line[512];
	bool known = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	file = fopen(path, "re");
	while (file && !known && fgets(line, sizeof(line), file))
		known = strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " mg");
	if (file)
		fclose(file);
	return known;
}

/* The process whose memory would be merged with the scenario's; 0: there is none. */
static pid_t find_other(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (folder && !found && (entry = readdir(folder))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && host_ksm_knows(pid))
			found = pid;
	}
	if (folder)
		closedir(folder);
	return found;
}

int host_ksm_check(struct cr2_text *reason)
{
	const char *path = cr2_setting_pattern(CR2_SETTING_KSM_RUN);
	char value[16];
	pid_t other;
	int r = setting_read(path, value, sizeof(value));

	if (r < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "%s: %s (CONFIG_KSM)", path, strerror(-r));
	if (strcmp(value, "0") != 0)
		return reason_refuse(reason, -EOPNOTSUPP, "KSM runs on this machine, at its own times: %s is %s", path, value);
	other = find_other();
	return !other ? 0 : reason_refuse(reason, -EOPNOTSUPP, "KSM would merge the memory of process %d, too, which is "
					  "advised mergeable", (int)other);
}

static int set_run(const char *value, struct cr2_text *reason)
{
	const char *path = cr2_setting_pattern(CR2_SETTING_KSM_RUN);
	int r = setting_write(path, value);

	return r == 0 ? 0 : reason_refuse(reason, -EOPNOTSUPP, "%s cannot be set to %s here: %s", path, value, strerror(-r));
}

int host_ksm_rest(struct cr2_text *reason)
{
	return set_run("0", reason);
}

static long full_scans(void)
{
	char value[32];

	return setting_read(FULL_SCANS, value, sizeof(value)) < 0 ? -1 : strtol(value, NULL, 10);
}

static int wait_for_scans(struct cr2_text *reason)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	const long first = full_scans();

	for (unsigned waited = 0; full_scans() < first + SCANS; waited++) {
		if (waited > PATIENCE_MS)
			return reason_refuse(reason, -EOPNOTSUPP, "KSM's scanner does not come to an end");
		nanosleep(&pause, NULL);
	}
	return 0;
}

int host_ksm_scan(struct cr2_text *reason)
{
	int r = set_run("1", reason), rests;

	if (r == 0)
		r = wait_for_scans(reason);
	rests = host_ksm_rest(reason);
	return r < 0 ? r : rests;
}
