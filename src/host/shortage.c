/* SPDX-License-Identifier: MIT */
/*
 * Control groups: the limit of each from this process's up to the topmost that is mounted here, as
 * cgroup2 has it (memory.max, memory.events.local) or the older kind (memory.limit_in_bytes,
 * memory.failcnt). That a limit was met does no harm by itself, since page cache gives way; but
 * then a step that failed, or lost pages, did so because of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/reason.h"

#include "cgroup.h"
#include "shortage.h"

#define RUNNER_BYTES (8 << 20) /* with less it is killed itself, and cannot say why */

static uint64_t number_after(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

static void read_from_start(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
}

static uint64_t read_count(const struct host_shortage *shortage, const struct host_group *group)
{
	char text[512];

	read_from_start(group->events, text, sizeof(text));
	return shortage->unified ? number_after(text, "\nmax ") : strtoull(text, NULL, 10);
}

static uint64_t read_fallbacks(const struct host_shortage *shortage)
{
	char text[16384];

	read_from_start(shortage->vmstat, text, sizeof(text));
	return number_after(text, "\nthp_fault_fallback ");
}

/* --- which groups there are --- */

/* No limit is "max", or more than any machine has. */
static bool read_limit(const char *path, uint64_t *ret_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32] = "";

	if (fd < 0)
		return false;
	read_from_start(fd, text, sizeof(text));
	close(fd);
	*ret_bytes = strtoull(text, NULL, 10);
	return text[0] >= '0' && text[0] <= '9' && *ret_bytes < 1ULL << 60;
}

/* Also where the limit cannot be met: it may be set anew, but a scenario is short. */
static int add_group(struct host_shortage *shortage, const char *folder)
{
	struct host_group *group;
	char path[HOST_CGROUP_PATH + 64];
	uint64_t bytes;

	snprintf(path, sizeof(path), "%s/%s", folder,
		 shortage->unified ? "memory.max" : "memory.limit_in_bytes");
	if (!read_limit(path, &bytes))
		return 0;
	if (cr2_grow(&shortage->groups, &shortage->capacity, shortage->n + 1, sizeof(*group)) < 0)
		return -ENOMEM;
	group = &shortage->groups[shortage->n];
	group->limit = strdup(path);
	snprintf(path, sizeof(path), "%s/%s", folder,
		 shortage->unified ? "memory.events.local" : "memory.failcnt");
	group->events = open(path, O_RDONLY | O_CLOEXEC);
	if (group->limit && group->events >= 0) {
		shortage->n++;
		return 0;
	}
	free(group->limit);
	if (group->events < 0)
		return -errno;
	close(group->events);
	return -ENOMEM;
}

/* The innermost first; where the path is not below the mount, the mount is a container's own. */
static int add_groups(struct host_shortage *shortage, const char *mount, const char *path)
{
	char folder[HOST_CGROUP_PATH];
	size_t top = strlen(mount);

	if (snprintf(folder, sizeof(folder), "%s%s", mount, path) >= (int)sizeof(folder) ||
	    access(folder, F_OK) < 0)
		snprintf(folder, sizeof(folder), "%s", mount);
	for (;;) {
		int r = add_group(shortage, folder);
		char *slash = strrchr(folder, '/');

		if (r < 0 || strlen(folder) <= top || !slash)
			return r;
		*slash = '\0';
	}
}

int host_shortage_open(struct host_shortage *shortage)
{
	char mount[HOST_CGROUP_PATH], path[HOST_CGROUP_PATH];

	*shortage = (struct host_shortage){
		.vmstat = open("/proc/vmstat", O_RDONLY | O_CLOEXEC),
	};
	if (host_cgroup_find(&shortage->unified, mount, path))
		return add_groups(shortage, mount, path);
	return 0;
}

void host_shortage_close(struct host_shortage *shortage)
{
	for (size_t i = 0; i < shortage->n; i++) {
		free(shortage->groups[i].limit);
		close(shortage->groups[i].events);
	}
	free(shortage->groups);
	if (shortage->vmstat >= 0)
		close(shortage->vmstat);
	*shortage = (struct host_shortage){.vmstat = -1};
}

/* --- a step --- */

void host_shortage_note(struct host_shortage *shortage)
{
	for (size_t i = 0; i < shortage->n; i++)
		shortage->groups[i].count = read_count(shortage, &shortage->groups[i]);
	if (shortage->huge && shortage->vmstat >= 0)
		shortage->fallbacks = read_fallbacks(shortage);
}

static int refuse_limit(const struct host_group *group, uint64_t bytes, struct cr2_text *reason)
{
	return reason_refuse(reason, -EOPNOTSUPP, "memory is short here: the control group's limit is "
			     "%" PRIu64 " KiB (%s)", bytes >> 10, group->limit);
}

int host_shortage_check_room(const struct host_shortage *shortage, struct cr2_text *reason)
{
	uint64_t bytes;

	for (size_t i = 0; i < shortage->n; i++)
		if (read_limit(shortage->groups[i].limit, &bytes) && bytes < RUNNER_BYTES)
			return refuse_limit(&shortage->groups[i], bytes, reason);
	return 0;
}

bool host_shortage_allows(const struct host_shortage *shortage, uint64_t bytes)
{
	uint64_t limit;

	for (size_t i = 0; i < shortage->n; i++)
		if (read_limit(shortage->groups[i].limit, &limit) && limit < bytes)
			return false;
	return true;
}

int host_shortage_check_limit(const struct host_shortage *shortage, struct cr2_text *reason)
{
	for (size_t i = 0; i < shortage->n; i++) {
		const struct host_group *group = &shortage->groups[i];
		uint64_t bytes;

		if (read_count(shortage, group) == group->count || !read_limit(group->limit, &bytes))
			continue;
		return refuse_limit(group, bytes, reason);
	}
	return 0;
}

int host_shortage_check_huge(const struct host_shortage *shortage, struct cr2_text *reason)
{
	if (!shortage->huge || shortage->vmstat < 0 ||
	    read_fallbacks(shortage) == shortage->fallbacks)
		return 0;
	return reason_refuse(reason, -EOPNOTSUPP, "the kernel found no free 2 MiB page: memory is short or "
			     "fragmented (echo 1 > /proc/sys/vm/compact_memory)");
}
