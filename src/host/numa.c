/* SPDX-License-Identifier: MIT */
/*
 * See numa.h. The scanner is a task's own work, which the clock's tick hands to a task that runs: once its period is
 * over it goes through all of the task's memory, from where it was last time. How often it has come to the end stands
 * in /proc/PID/sched. Of mappings that nobody seems to use it leaves out some, but none in so many passes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cr2/settings.h>

#include "base/reason.h"

#include "numa.h"
#include "setting.h"

#define PASSES 5
#define PATIENCE_MS 20000

bool host_numa_scans(const struct cr2_litmus *litmus)
{
	return cr2_litmus_has(litmus, CR2_OP_NUMA_SCAN);
}

bool host_numa_moves(const struct cr2_litmus *litmus)
{
	return cr2_litmus_has(litmus, CR2_OP_MIGRATE) || host_numa_scans(litmus);
}

/* --- nodes --- */

/* Of a list such as "0-1,3" the first number that is not without; -1: there is none. */
static int other_node(const char *list, int without)
{
	char *end;

	for (; *list >= '0' && *list <= '9'; list = *end == ',' ? end + 1 : "") {
		long first = strtol(list, &end, 10), last = first;

		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (first != without)
			return (int)first;
		if (last > first)
			return (int)first + 1;
	}
	return -1;
}

int host_numa_nodes(int ret_nodes[2], struct cr2_text *reason)
{
	char list[256] = "";
	unsigned cpu, node = 0;

	if (syscall(SYS_getcpu, &cpu, &node, NULL) < 0)
		return reason_refuse(reason, -errno, "this CPU's node: %s", strerror(errno));
	setting_read("/sys/devices/system/node/has_memory", list, sizeof(list));
	ret_nodes[0] = (int)node;
	ret_nodes[1] = other_node(list, (int)node);
	return ret_nodes[1] >= 0 ? 0 : reason_refuse(reason, -EOPNOTSUPP, "this machine's memory is of one node: a guest "
						     "has two (--on guest)");
}

/* --- the scanner --- */

static int switch_to(const char *value, struct cr2_text *reason)
{
	const char *path = cr2_setting_pattern(CR2_SETTING_NUMA);
	int r = setting_write(path, value);

	return r == 0 ? 0 : reason_refuse(reason, -EOPNOTSUPP, "%s cannot be set to %s here: %s", path, value, strerror(-r));
}

int host_numa_rest(struct cr2_text *reason)
{
	return switch_to("0", reason);
}

/* How often the scanner has come to the end of its memory, or -1. */
static long passes(pid_t pid)
{
	static const char name[] = "mm->numa_scan_seq";
	char path[32], line[256];
	long n = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/sched", (int)pid);
	file = fopen(path, "re");
	while (file && n < 0 && fgets(line, sizeof(line), file)) {
		const char *colon = strncmp(line, name, strlen(name)) == 0 ? strchr(line, ':') : NULL;

		if (colon)
			n = strtol(colon + 1, NULL, 10);
	}
	if (file)
		fclose(file);
	return n;
}

static int wait_for_passes(pid_t pid, struct cr2_text *reason)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	const long first = passes(pid);

	if (first < 0)
		return reason_refuse(reason, -EOPNOTSUPP, "/proc/PID/sched does not tell of the scanner "
				     "(CONFIG_SCHED_DEBUG)");
	for (unsigned waited = 0; passes(pid) < first + PASSES; waited++) {
		if (waited > PATIENCE_MS)
			return reason_refuse(reason, -EOPNOTSUPP, "the scanner of NUMA balancing does not come");
		nanosleep(&pause, NULL);
	}
	return 0;
}

int host_numa_scan(pid_t pid, struct host_slot *slot, struct cr2_text *reason)
{
	int r = switch_to("1", reason), rests;

	if (r == 0)
		r = wait_for_passes(pid, reason);
	rests = host_numa_rest(reason);
	__atomic_store_n(&slot->scanned, true, __ATOMIC_RELEASE);
	return r < 0 ? r : rests;
}
