/* SPDX-License-Identifier: MIT */
/* See cgroup.h. */
#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"

static bool find_mount(bool unified, char mount[HOST_CGROUP_PATH])
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	while (!found && file && (entry = getmntent(file))) {
		found = unified ? strcmp(entry->mnt_type, "cgroup2") == 0 :
			strcmp(entry->mnt_type, "cgroup") == 0 && hasmntopt(entry, "memory");
		if (found)
			snprintf(mount, HOST_CGROUP_PATH, "%s", entry->mnt_dir);
	}
	if (file)
		endmntent(file);
	return found;
}

/* "4:memory:/path" of the older kind, else "0::/path". Returns false: neither. */
static bool find_path(bool *ret_unified, char path[HOST_CGROUP_PATH])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[HOST_CGROUP_PATH];
	bool found = false, old = false;

	while (!old && file && fgets(line, sizeof(line), file)) {
		char *rest = line, *kinds;

		line[strcspn(line, "\n")] = '\0';
		strsep(&rest, ":");
		kinds = strsep(&rest, ":");
		if (!rest)
			continue;
		old = strcmp(kinds, "memory") == 0;
		if (!old && *kinds)
			continue;
		snprintf(path, HOST_CGROUP_PATH, "%s", strcmp(rest, "/") == 0 ? "" : rest);
		found = true;
	}
	if (file)
		fclose(file);
	*ret_unified = !old;
	return found;
}

bool host_cgroup_find(bool *ret_unified, char mount[HOST_CGROUP_PATH], char path[HOST_CGROUP_PATH])
{
	return find_path(ret_unified, path) && find_mount(*ret_unified, mount);
}
